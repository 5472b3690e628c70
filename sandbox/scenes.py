"""Scenes: pools, clients and people to try things with. Ids and passwords are fixed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.core import ACCOUNT, Call, Sandbox
from sandbox.factors import EMAIL, PASSKEY_AS_FACTOR, SMS, TOTP, WEB_AUTHN
from sandbox.operations import OPERATIONS
from sandbox.operations.clients import make_client
from sandbox.operations.pools import make_pool
from sandbox.relying_party import LOCALHOST
from sandbox.scene_files import imported, read_scene
from sandbox.validation import validator

# Phone numbers are Australian mobile numbers reserved for fiction.
OPTIONAL_POOL = "Optional1"
REQUIRED_POOL = "Required1"
OPTIONAL_CLIENT = "demoportaloptional00000001"
REQUIRED_CLIENT = "demoportalrequired00000001"
OPTIONAL_DOMAIN = "demo-optional"
REQUIRED_DOMAIN = "demo-required"
OPTIONAL_OAUTH_CLIENT = "demooauthoptional000000001"
REQUIRED_OAUTH_CLIENT = "demooauthrequired000000001"
PORTAL = "http://localhost:8000"
OAUTH_SETTINGS = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"],
    "CallbackURLs": [f"{PORTAL}/accounts/amazon-cognito/login/callback/"],
    "LogoutURLs": [f"{PORTAL}/"],
    "SupportedIdentityProviders": ["COGNITO"],
}
# The demo, the demo with a helpdesk (operators of each role, accounts of each tier), or nothing.
DEMO, HELPDESK, EMPTY = "demo", "helpdesk", "empty"
SCENES = (DEMO, HELPDESK, EMPTY)
FLOWS = [
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
]
# Pages at http://localhost, on any port, can register these passkeys.
PASSKEYS = {"RelyingPartyId": LOCALHOST, "FactorConfiguration": PASSKEY_AS_FACTOR}
BLOCKS = {TOTP: "SoftwareTokenMfaSettings", SMS: "SMSMfaSettings", EMAIL: "EmailMfaSettings"}

DOMAINS = {
    OPTIONAL_POOL: (OPTIONAL_DOMAIN, OPTIONAL_OAUTH_CLIENT),
    REQUIRED_POOL: (REQUIRED_DOMAIN, REQUIRED_OAUTH_CLIENT),
}


@dataclass(frozen=True)
class ScenePerson:
    """Somebody of a scene: how they sign in and what they have."""

    username: str
    password: str
    description: str
    pool: str = OPTIONAL_POOL
    phone: str | None = None
    phone_verified: bool = True
    totp_secret: str | None = None
    activated: tuple[str, ...] = ()
    preferred: str | None = None
    temporary: bool = False
    group: str = ""


PEOPLE = (
    ScenePerson("nora", "Harbour-Lamp-27", "Nothing set up yet."),
    ScenePerson(
        "tom",
        "Copper-Kettle-48",
        "An authenticator app, and nothing else.",
        totp_secret="NB2W45DFOIZA6YTPMRSXEYLTMVZGC3TEN5WWC3TEN5ZGS5DJ",  # noqa: S106 - made up
        activated=(TOTP,),
    ),
    ScenePerson(
        "maria",
        "Willow-Bridge-63",
        "Text messages and e-mail, neither preferred: she is asked each time.",
        phone="+61491570156",
        activated=(SMS, EMAIL),
    ),
    ScenePerson(
        "ella",
        "Silver-Orchard-85",
        "Authenticator app (preferred), text messages and e-mail.",
        phone="+61491570157",
        totp_secret="MFZWK4TFON2WY5DBNZSGS4TBORUGK4TDOVWGC5DPOJUW4ZLS",  # noqa: S106 - made up
        activated=(TOTP, SMS, EMAIL),
        preferred=TOTP,
    ),
    ScenePerson(
        "paul",
        "Marble-Comet-19",
        "Has a temporary password and must choose a new one.",
        temporary=True,
    ),
    ScenePerson(
        "uma",
        "Velvet-Anchor-56",
        "A phone number that was never verified; nothing set up.",
        phone="+61491570158",
        phone_verified=False,
    ),
    ScenePerson(
        "rita",
        "Golden-Meadow-72",
        "Only a verified e-mail address, which is her way of recovery: must set a factor up.",
        pool=REQUIRED_POOL,
    ),
    ScenePerson(
        "ravi",
        "Quiet-Lantern-34",
        "A verified authenticator app, no preference stored: asked for it all the same.",
        pool=REQUIRED_POOL,
        totp_secret="OJXXG5DFOJUW4ZLTMFWGC5DFOJXXK4TJMFWGC5DPON2WY5DB",  # noqa: S106 - made up
    ),
    ScenePerson(
        "rosa",
        "Amber-Voyage-91",
        "A verified phone number: asked for a text message without having chosen it.",
        pool=REQUIRED_POOL,
        phone="+61491570159",
    ),
)

# Of the scene with a helpdesk. Everybody has an app, since whoever works there proves it twice.
DESK = (
    ScenePerson(
        "vera",
        "Paper-Window-22",
        "Helpdesk, viewer: looks at accounts and changes nothing.",
        totp_secret="OZSXEYLIMVWHAZDFONVXMZLSMFUGK3DQMRSXG23WMVZGC2DF",  # noqa: S106 - made up
        activated=(TOTP,),
        group="helpdesk-viewers",
    ),
    ScenePerson(
        "agnes",
        "Cobalt-River-64",
        "Helpdesk, agent: checks callers and frees them.",
        totp_secret="MFTW4ZLTNBSWY4DEMVZWWYLHNZSXG2DFNRYGIZLTNNQWO3TF",  # noqa: S106 - made up
        activated=(TOTP,),
        group="helpdesk",
    ),
    ScenePerson(
        "sam",
        "Winter-Ladder-37",
        "Helpdesk, senior: also agrees to what others ask for.",
        totp_secret="ONQW22DFNRYGIZLTNNZWC3LIMVWHAZDFONVXGYLNNBSWY4DE",  # noqa: S106 - made up
        activated=(TOTP,),
        group="helpdesk-seniors",
    ),
    ScenePerson(
        "sonja",
        "Linen-Harbour-58",
        "Helpdesk, senior: a second one, since nobody agrees to their own.",
        totp_secret="ONXW42TBNBSWY4DEMVZWW43PNZVGC2DFNRYGIZLTNNZW63TK",  # noqa: S106 - made up
        activated=(TOTP,),
        group="helpdesk-seniors",
    ),
    ScenePerson(
        "audrey",
        "Maple-Signal-41",
        "Helpdesk, auditor: reads the audit and the numbers.",
        totp_secret="MF2WI4TFPFUGK3DQMRSXG23BOVSHEZLZNBSWY4DEMVZWWYLV",  # noqa: S106 - made up
        activated=(TOTP,),
        group="auditors",
    ),
    ScenePerson(
        "ada",
        "Granite-Swallow-93",
        "Helpdesk, administrator: sees what is wrong with the pool.",
        totp_secret="MFSGC2DFNRYGIZLTNNQWIYLIMVWHAZDFONVWCZDBNBSWY4DE",  # noqa: S106 - made up
        activated=(TOTP,),
        group="helpdesk-administrators",
    ),
    ScenePerson(
        "dora",
        "Ivory-Compass-76",
        "A director, whose account needs more care: app and text messages, app preferred.",
        phone="+61491570110",
        totp_secret="MRXXEYLENFZGKY3UN5ZGI33SMFSGS4TFMN2G64TEN5ZGCZDJ",  # noqa: S106 - made up
        activated=(TOTP, SMS),
        preferred=TOTP,
        group="directors",
    ),
)


def seed(sandbox: Sandbox, scene: str) -> None:
    """Fill an empty sandbox with a scene (a name, or the path of a file), which it remembers."""
    if scene not in SCENES:
        imported(sandbox, read_scene(Path(scene)))
        return
    held: dict[str, Any] = {
        "scene": scene,
        "pools": [],
        "clients": [],
        "people": [],
        "domains": [],
    }
    with sandbox.database.transaction():
        if scene != EMPTY:
            _demo(sandbox, held, PEOPLE if scene == DEMO else (*PEOPLE, *DESK))
        sandbox.set_meta("scene", json.dumps(held))


def begin_anew(sandbox: Sandbox, scene: str) -> None:
    """Throw everything away for a scene; a file that cannot be read leaves everything there."""
    if scene in SCENES:
        sandbox.empty()
    seed(sandbox, scene)


def current(sandbox: Sandbox) -> dict[str, Any]:
    """What the seeded scene holds: pools, clients and people."""
    held: dict[str, Any] = json.loads(sandbox.meta("scene") or "{}")
    return {"scene": "empty", "pools": [], "clients": [], "people": [], "domains": []} | held


def _demo(sandbox: Sandbox, held: dict[str, Any], people: tuple[ScenePerson, ...]) -> None:
    for name, make in ((OPTIONAL_POOL, _optional_pool), (REQUIRED_POOL, _required_pool)):
        pool_id, client_id, title = make(sandbox)
        held["pools"].append({"id": pool_id, "name": title})
        held["clients"].append({"id": client_id, "pool": pool_id})
        held["domains"].append(_domain(sandbox, pool_id, *DOMAINS[name]))
        for person in people:
            if person.pool == name:
                held["people"].append(_settle(sandbox, pool_id, person))


def _optional_pool(sandbox: Sandbox) -> tuple[str, str, str]:
    settings = _pool_settings("Demo", ["admin_only"]) | {
        "UserAttributeUpdateSettings": {
            "AttributesRequireVerificationBeforeUpdate": ["email", "phone_number"]
        },
        "AliasAttributes": ["email"],
    }
    return _pool(sandbox, OPTIONAL_POOL, OPTIONAL_CLIENT, settings, "OPTIONAL")


def _required_pool(sandbox: Sandbox) -> tuple[str, str, str]:
    settings = _pool_settings(
        "Demo, second factor required", ["verified_email", "verified_phone_number"]
    )
    return _pool(sandbox, REQUIRED_POOL, REQUIRED_CLIENT, settings, "ON")


def _domain(sandbox: Sandbox, pool_id: str, name: str, client_id: str) -> dict[str, str]:
    """Managed login for a pool, and the client that comes to it."""
    given = {"Domain": name, "UserPoolId": pool_id, "ManagedLoginVersion": 2}
    _run(sandbox, "CreateUserPoolDomain", given)
    client = {
        "UserPoolId": pool_id,
        "ClientName": "Portal by managed login",
        "ExplicitAuthFlows": FLOWS,
        "PreventUserExistenceErrors": "ENABLED",
        **OAUTH_SETTINGS,
    }
    make_client(_call(sandbox, "CreateUserPoolClient", client), client_id)
    return {"name": name, "pool": pool_id, "client": client_id}


def _pool_settings(name: str, recovery: list[str]) -> dict[str, Any]:
    return {
        "PoolName": name,
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", WEB_AUTHN]}},
        "AutoVerifiedAttributes": ["email", "phone_number"],
        "UsernameConfiguration": {"CaseSensitive": False},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [
                {"Priority": priority, "Name": each} for priority, each in enumerate(recovery, 1)
            ]
        },
        "EmailConfiguration": {
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": f"arn:aws:ses:eu-central-1:{ACCOUNT}:identity/accounts@example.com",
        },
        "SmsConfiguration": {
            "SnsCallerArn": f"arn:aws:iam::{ACCOUNT}:role/sandbox-text-messages",
            "ExternalId": "sandbox",
        },
    }


def _pool(
    sandbox: Sandbox, name: str, client_id: str, settings: dict[str, Any], mode: str
) -> tuple[str, str, str]:
    pool = make_pool(_call(sandbox, "CreateUserPool", settings), f"{sandbox.region}_{name}")
    sms = {"SmsConfiguration": settings["SmsConfiguration"]}
    _run(
        sandbox,
        "SetUserPoolMfaConfig",
        {
            "UserPoolId": pool.id,
            "MfaConfiguration": mode,
            "SmsMfaConfiguration": sms,
            "SoftwareTokenMfaConfiguration": {"Enabled": True},
            "EmailMfaConfiguration": {},
            "WebAuthnConfiguration": PASSKEYS,
        },
    )
    client = {
        "UserPoolId": pool.id,
        "ClientName": "Portal",
        "ExplicitAuthFlows": FLOWS,
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": True,
    }
    make_client(_call(sandbox, "CreateUserPoolClient", client), client_id)
    return pool.id, client_id, settings["PoolName"]


def _settle(sandbox: Sandbox, pool_id: str, person: ScenePerson) -> dict[str, Any]:
    """Make one person; returns what a visitor needs to be them."""
    who = {"UserPoolId": pool_id, "Username": person.username}
    _run(
        sandbox,
        "AdminCreateUser",
        {
            **who,
            "TemporaryPassword": person.password,
            "MessageAction": "SUPPRESS",
            "UserAttributes": _attributes(person),
        },
    )
    if not person.temporary:
        _run(
            sandbox,
            "AdminSetUserPassword",
            {
                **who,
                "Password": person.password,
                "Permanent": True,
            },
        )
    if person.totp_secret:
        _give_app(sandbox, pool_id, person)
    if person.activated:
        blocks = {
            BLOCKS[factor]: {"Enabled": True, "PreferredMfa": factor == person.preferred}
            for factor in person.activated
        }
        _run(sandbox, "AdminSetUserMFAPreference", who | blocks)
    if person.group:
        _join(sandbox, pool_id, person)
    return _shown(pool_id, person)


def _join(sandbox: Sandbox, pool_id: str, person: ScenePerson) -> None:
    """Put a person into their group, made for the first one."""
    group = {"UserPoolId": pool_id, "GroupName": person.group}
    answer = OPERATIONS["ListGroups"](_call(sandbox, "ListGroups", {"UserPoolId": pool_id})) or {}
    if all(each["GroupName"] != person.group for each in answer.get("Groups", ())):
        _run(sandbox, "CreateGroup", group)
    _run(sandbox, "AdminAddUserToGroup", {**group, "Username": person.username})


def _attributes(person: ScenePerson) -> list[dict[str, str]]:
    values = {"email": f"{person.username}@example.com", "email_verified": "true"}
    if person.phone:
        flag = "true" if person.phone_verified else "false"
        values |= {"phone_number": person.phone, "phone_number_verified": flag}
    return [{"Name": name, "Value": value} for name, value in values.items()]


def _give_app(sandbox: Sandbox, pool_id: str, person: ScenePerson) -> None:
    pool = sandbox.pools.get(pool_id)
    found = sandbox.people.by_username(pool, person.username)
    assert found is not None  # noqa: S101 - made a moment ago
    secret = person.totp_secret or ""
    found.totp = {"id": "scene", "secret": secret, "name": "Demo phone"}
    sandbox.people.touch(found)


def _shown(pool_id: str, person: ScenePerson) -> dict[str, Any]:
    shown = {
        "pool": pool_id,
        "username": person.username,
        "password": person.password,
        "email": f"{person.username}@example.com",
        "description": person.description,
    }
    if person.phone:
        shown["phone_number"] = person.phone
    if person.totp_secret:
        shown["totp_secret"] = person.totp_secret
    return shown


def _run(sandbox: Sandbox, name: str, given: dict[str, Any]) -> None:
    OPERATIONS[name](_call(sandbox, name, given))


def _call(sandbox: Sandbox, name: str, given: dict[str, Any]) -> Call:
    return Call(sandbox, name, validator(name)(given))
