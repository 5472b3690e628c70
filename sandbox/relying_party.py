"""The domain that passkeys of a pool belong to, and which pages may use them there.

Source: contract 7.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from sandbox.pools import Pool
from sandbox.switches import Switches

if TYPE_CHECKING:
    from sandbox.core import Sandbox

LOCALHOST = "localhost"


def relying_party_id(sandbox: Sandbox, pool: Pool) -> str | None:
    """What is configured, else the pool's custom domain, else its prefix domain."""
    configured: str | None = pool.passkey_settings.get("RelyingPartyId")
    if configured:
        return configured
    domains = sandbox.domains.of(pool.id)
    return domains[0].service_host(sandbox.region) if domains else None


def is_public_suffix(domain: str) -> bool:
    """Whether nobody owns the domain as a whole, like co.uk: no browser takes it for an RP id."""
    return domain.lower() != LOCALHOST and bool(_public_suffixes().is_public(domain))


@cache
def _public_suffixes() -> PublicSuffixList:
    """Mozilla's list; reading it takes a tenth of a second, so only when it is needed."""
    return PublicSuffixList()


def user_verification(pool: Pool) -> str:
    """`required` or `preferred`; a passkey that counts as two factors must verify its user."""
    if pool.passkeys_are_mfa:
        return "required"
    return str(pool.passkey_settings.get("UserVerification", "preferred"))


def allowed_origin(origin: object, relying_party: str, switches: Switches) -> bool:
    """Whether a page of that origin may use a relying party: its own domain or one below it."""
    if not isinstance(origin, str) or not origin:
        return False
    if origin in switches.passkey_origins.split(","):
        return True
    scheme, host = _scheme_and_host(origin)
    if host != relying_party and not host.endswith(f".{relying_party}"):
        return False
    plain = scheme == "http" and switches.passkey_plain_http_on_localhost
    return scheme == "https" or (plain and relying_party == LOCALHOST)


def _scheme_and_host(origin: str) -> tuple[str, str]:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return "", ""
    return parts.scheme, parts.hostname or ""
