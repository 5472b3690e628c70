"""What Cognito would answer for a name that nobody has, where it would say more than that.

Cognito pretends for unknown names only (contract 5.6). The portal pretends for people it must
not tell apart from them before a sign-in: disabled, locked, without any way to be reached.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.cognito.self_service import Delivery


def name_of_nobody(name: str) -> str:
    """A name that nobody has, the same every time for a name, to ask the pool in its place."""
    return f"nobody-{_invented(name).hex()}"


def delivery(name: str, attribute: str) -> Delivery:
    """Where a code might have gone, as Cognito masks it; the same every time for a name.

    attribute: email or phone_number.
    """
    invented = _invented(name)
    if attribute == "phone_number":
        return Delivery(attribute, "SMS", f"+*******{int.from_bytes(invented[2:6]) % 10_000:04}")
    local, _, domain = name.lower().partition("@")
    if not domain:
        local, domain = (chr(ord("a") + each % 26) for each in invented[:2])
    return Delivery(attribute, "EMAIL", f"{local[:1]}***@{domain[:1]}***")


def _invented(name: str) -> bytes:
    salt = settings.COGNITO_USER_POOL_ID
    return salted_hmac(salt, name.lower(), algorithm="sha256").digest()
