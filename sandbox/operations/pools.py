"""User pools: made, changed, described, listed, deleted."""

from __future__ import annotations

import base64
import json
from typing import Any

from sandbox.core import ACCOUNT, Call
from sandbox.operations.registry import Answer, operation
from sandbox.pool_rules import check_mfa_at_pool, check_pool
from sandbox.pools import DEFAULT_PASSWORD_POLICY, Pool, new_pool_id
from sandbox.protocol import refusal
from sandbox.schema import added_attributes, custom_attributes, standard_attributes
from sandbox.tiers import check_sessions

NOT_SETTINGS = ("PoolName", "MfaConfiguration", "Schema", "UserPoolId")
AT_CREATION_ONLY = ("AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
DEFAULT_PAGE = 60
Document = dict[str, Any]
_DOMAIN_MEMBER = {False: "Domain", True: "CustomDomain"}


@operation("CreateUserPool")
def create_user_pool(call: Call) -> Answer:
    """Make a pool."""
    return {"UserPool": described(call, make_pool(call, new_pool_id(call.sandbox.region)))}


def make_pool(call: Call, pool_id: str) -> Pool:
    """Make a pool with an id of one's choice, from the input of CreateUserPool."""
    given = call.input
    settings, mode = _settings(given), given.get("MfaConfiguration", "OFF")
    mfa = _switched(settings, {}, mode)
    check_mfa_at_pool(settings, mfa)
    check_pool(settings, mfa)
    stamp = call.sandbox.clock.stamp()
    document = {
        "name": given["PoolName"],
        "settings": settings,
        "mfa": mfa,
        "schema": custom_attributes(_checked_schema(given.get("Schema", []))),
        "created": stamp,
        "modified": stamp,
    }
    return call.sandbox.pools.save(pool_id, document)


@operation("UpdateUserPool")
def update_user_pool(call: Call) -> Answer:
    """Change a pool; most members that are omitted go back to their default (contract 10.2)."""
    pool, given = call.pool(), call.input
    kept = call.sandbox.switches.update_pool_keeps.split(",")
    settings = _settings(given)
    for name in (*kept, *AT_CREATION_ONLY):
        if name in pool.settings and name not in NOT_SETTINGS:
            settings[name] = _merged(pool.settings[name], settings.get(name))
    mfa = dict(pool.mfa_settings)
    if "MfaConfiguration" in given:
        mfa = _switched(settings, mfa, given["MfaConfiguration"])
    _check_passkey_first(settings, mfa)
    check_mfa_at_pool(settings, mfa)
    check_pool(settings, mfa)
    check_sessions(settings, tracked=pool.tracks_sessions)
    call.sandbox.pools.save(pool.id, _changed(call, pool, settings=settings, mfa=mfa))
    return {}


@operation("AddCustomAttributes")
def add_custom_attributes(call: Call) -> Answer:
    """Give a pool more attributes of its own; they stay for ever."""
    pool = call.pool()
    added = _checked_schema(call.input["CustomAttributes"])
    if any("Name" not in given for given in added):
        raise refusal("missing_parameter", name="Name")
    schema = added_attributes(pool.document.get("schema", {}), added)
    call.sandbox.pools.save(pool.id, _changed(call, pool, schema=schema))
    return {}


@operation("DescribeUserPool")
def describe_user_pool(call: Call) -> Answer:
    """Everything about a pool but which factors are on."""
    return {"UserPool": described(call, call.pool())}


@operation("DeleteUserPool")
def delete_user_pool(call: Call) -> None:
    """Delete a pool with its clients and people."""
    pool = call.pool()
    if pool.settings.get("DeletionProtection") == "ACTIVE":
        raise refusal("pool_protected")
    if call.sandbox.domains.of(pool.id):
        raise refusal("pool_with_domain")
    call.sandbox.pools.remove(pool)


@operation("ListUserPools")
def list_user_pools(call: Call) -> Answer:
    """Names and ids of the pools."""
    page, following = paged(call, call.sandbox.pools.all())
    listed = [
        {
            "Id": pool.id,
            "Name": pool.document["name"],
            "LambdaConfig": pool.settings.get("LambdaConfig", {}),
            "LastModifiedDate": pool.document["modified"],
            "CreationDate": pool.document["created"],
        }
        for pool in page
    ]
    return {"UserPools": listed, **following}


def paged(call: Call, items: list[Any]) -> tuple[list[Any], dict[str, str]]:
    """One page of a short list, and the NextToken that leads on."""
    size = call.input.get("MaxResults") or call.input.get("Limit") or DEFAULT_PAGE
    start = _start(call.input.get("NextToken"))
    end = start + size
    if end >= len(items):
        return items[start:], {}
    token = base64.urlsafe_b64encode(json.dumps(end).encode()).decode()
    return items[start:end], {"NextToken": token}


def described(call: Call, pool: Pool) -> Document:
    """A UserPoolType."""
    policy = {"PasswordPolicy": pool.password_policy}
    sign_in = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}
    return {
        "Id": pool.id,
        "Name": pool.document["name"],
        "DeletionProtection": "INACTIVE",
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": []},
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": False,
            "UnusedAccountValidityDays": 7,
        },
        "LambdaConfig": {},
        "UserPoolTier": "ESSENTIALS",
        **pool.settings,
        "Policies": sign_in | pool.settings.get("Policies", {}) | policy,
        "MfaConfiguration": pool.mfa,
        "SchemaAttributes": list(pool.schema.values()),
        **{_DOMAIN_MEMBER[each.custom]: each.name for each in call.sandbox.domains.of(pool.id)},
        "EstimatedNumberOfUsers": call.sandbox.people.count(pool.id),
        "Arn": f"arn:aws:cognito-idp:{call.sandbox.region}:{ACCOUNT}:userpool/{pool.id}",
        "CreationDate": pool.document["created"],
        "LastModifiedDate": pool.document["modified"],
    }


def _settings(given: Document) -> Document:
    settings = {name: value for name, value in given.items() if name not in NOT_SETTINGS}
    policy = settings.get("Policies", {}).get("PasswordPolicy")
    if policy is not None:
        unsaid = {"MinimumLength": 8, "TemporaryPasswordValidityDays": 7} | {
            name: False for name, value in DEFAULT_PASSWORD_POLICY.items() if value is True
        }
        settings["Policies"] = {**settings["Policies"], "PasswordPolicy": unsaid | policy}
    return settings


def _switched(settings: Document, mfa: Document, wanted: str) -> Document:
    changed = {**mfa, "MfaConfiguration": wanted}
    has_factor = any(name.endswith("MfaConfiguration") for name in mfa)
    if wanted != "OFF" and not has_factor and "SmsConfiguration" in settings:
        changed["SmsMfaConfiguration"] = {"SmsConfiguration": settings["SmsConfiguration"]}
    return changed


def _check_passkey_first(settings: Document, mfa: Document) -> None:
    policy = settings.get("Policies", {}).get("SignInPolicy", {})
    passkey = mfa.get("WebAuthnConfiguration", {}).get("FactorConfiguration", "SINGLE_FACTOR")
    wants = "WEB_AUTHN" in policy.get("AllowedFirstAuthFactors", ())
    if wants and mfa.get("MfaConfiguration") == "ON" and passkey == "SINGLE_FACTOR":
        raise refusal("passkey_first_with_mfa")


def _merged(kept: object, given: object) -> object:
    """What is kept of a member, key by key where it has keys."""
    if isinstance(kept, dict) and isinstance(given, dict):
        return {**kept, **given}
    return kept if given is None else given


def _changed(call: Call, pool: Pool, **changes: object) -> Document:
    name = call.input.get("PoolName", pool.document["name"])
    return {**pool.document, **changes, "name": name, "modified": call.sandbox.clock.stamp()}


def _checked_schema(schema: list[Document]) -> list[Document]:
    for given in schema:
        if given.get("Required") and given.get("Name") not in standard_attributes():
            raise refusal("required_own_attribute")
        limits = {**given.get("NumberAttributeConstraints", {})}
        limits |= given.get("StringAttributeConstraints", {})
        if any(not value.lstrip("-").isdecimal() for value in limits.values() if value):
            raise refusal("schema_of_standard", attribute=given.get("Name", ""))
    return schema


def _start(token: str | None) -> int:
    if token is None:
        return 0
    try:
        start = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, RecursionError):
        raise refusal("bad_next_token") from None
    if type(start) is not int or start < 0:
        raise refusal("bad_next_token")
    return start
