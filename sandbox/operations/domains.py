"""Domains of user pools: made, changed, described, deleted. Sources: contract 13.1 and 10.1."""

from __future__ import annotations

import re
import secrets
import string
from datetime import UTC, datetime
from typing import Any

from sandbox.core import ACCOUNT, Call, without_empty
from sandbox.domains import CLASSIC, MANAGED, Domain
from sandbox.operations.registry import Answer, operation
from sandbox.pools import Pool
from sandbox.protocol import refusal

PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?")
HOST = re.compile(rf"(?:{PREFIX.pattern}\.)+{PREFIX.pattern}")
RESERVED = ("aws", "amazon", "cognito")


@operation("CreateUserPoolDomain")
def create_user_pool_domain(call: Call) -> Answer:
    """Give a pool a domain: a prefix, or with a certificate a name of one's own."""
    pool, given = call.pool(), call.input
    custom = "CustomDomainConfig" in given
    _check_name(given["Domain"], custom=custom)
    if call.sandbox.domains.get(given["Domain"]):
        raise refusal("domain_taken")
    if any(known.custom == custom for known in call.sandbox.domains.of(pool.id)):
        raise refusal("second_domain")
    return _saved(call, pool, Domain(given["Domain"], pool.id, _new_settings(call)))


@operation("UpdateUserPoolDomain")
def update_user_pool_domain(call: Call) -> Answer:
    """Change the version of the pages, or the certificate of a custom domain."""
    pool, domain = _named(call)
    if "CustomDomainConfig" in call.input and not domain.custom:
        raise refusal("prefix_with_certificate")
    return _saved(call, pool, domain)


@operation("DescribeUserPoolDomain")
def describe_user_pool_domain(call: Call) -> Answer:
    """Everything about a domain; an empty description if there is none."""
    domain = call.sandbox.domains.get(call.input["Domain"])
    return {"DomainDescription": _described(domain) if domain else {}}


@operation("DeleteUserPoolDomain")
def delete_user_pool_domain(call: Call) -> Answer:
    """Take a domain away; its pages and endpoints are gone with it."""
    call.sandbox.domains.remove(_named(call)[1])
    return {}


def _new_settings(call: Call) -> dict[str, Any]:
    letters = string.ascii_lowercase + string.digits
    front = "".join(secrets.choice(letters) for _ in range(13))
    return {
        "CloudFrontDistribution": f"d{front}.cloudfront.net",
        "S3Bucket": f"aws-cognito-prod-{call.sandbox.region}-assets",
        "Version": f"{datetime.fromtimestamp(call.now, UTC):%Y%m%d%H%M%S}",
        "Status": "ACTIVE",
    }


def _named(call: Call) -> tuple[Pool, Domain]:
    pool, domain = call.pool(), call.sandbox.domains.get(call.input["Domain"])
    if domain is None or domain.pool_id != pool.id:
        raise refusal("unknown_domain")
    return pool, domain


def _check_name(name: str, *, custom: bool) -> None:
    if custom:
        if not HOST.fullmatch(name):
            raise refusal("custom_domain_form")
        return
    if not PREFIX.fullmatch(name):
        raise refusal("domain_form")
    for word in RESERVED:
        if word in name:
            raise refusal("domain_reserved", word=word)


def _saved(call: Call, pool: Pool, domain: Domain) -> Answer:
    version = call.input.get("ManagedLoginVersion", domain.settings.get("ManagedLoginVersion"))
    if version not in (None, CLASSIC, MANAGED):
        raise refusal("managed_login_version")
    if version == MANAGED and pool.tier == "LITE":
        raise refusal("tier_too_low", feature="Managed login", tier="LITE")
    given = {name: call.input[name] for name in ("CustomDomainConfig",) if name in call.input}
    settings = {**domain.settings, "ManagedLoginVersion": version or CLASSIC, **given}
    domain = Domain(domain.name, pool.id, settings)
    call.sandbox.domains.save(domain)
    return without_empty(
        {
            "ManagedLoginVersion": settings["ManagedLoginVersion"],
            "CloudFrontDomain": settings["CloudFrontDistribution"] if domain.custom else None,
        }
    )


def _described(domain: Domain) -> dict[str, Any]:
    """A DomainDescriptionType."""
    return {
        "UserPoolId": domain.pool_id,
        "AWSAccountId": ACCOUNT,
        "Domain": domain.name,
        **domain.settings,
    }
