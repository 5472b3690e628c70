"""The doctor at work: what the pool says of itself, beside what this portal's settings say."""

from django.conf import settings
from django.urls import reverse

from accounts import doctor
from accounts.cognito.configuration import read_configuration
from accounts.doctor import Finding, Grade, Portal
from accounts.webhooks import examination as webhooks


def examine() -> list[Finding]:
    """Read pool and clients anew, and say what is wrong with them, errors first.

    Costs four calls and one for each app client; what may not be read is a finding of its own.
    """
    found = [*doctor.findings(read_configuration(), portal()), *webhooks.findings()]
    return sorted(found, key=lambda each: list(Grade).index(each.grade))


def portal() -> Portal:
    """What the portal's settings say; an authenticator app is always offered."""
    switches = {"SMS_MFA": settings.OFFER_SMS, "EMAIL_OTP": settings.OFFER_EMAIL}
    managed = "managed" in settings.DOORS
    return Portal(
        host=settings.PORTAL_HOST,
        flow=settings.COGNITO_SIGN_IN_FLOW,
        has_secret=bool(settings.COGNITO_CLIENT_SECRET),
        offers=frozenset({"SOFTWARE_TOKEN_MFA", *(name for name, on in switches.items() if on)}),
        by_password="password" in settings.DOORS,
        comes_back_to=_address("doors:managed_callback") if managed else "",
        signs_out_to=_address("doors:signed_out") if managed else "",
    )


def _address(name: str) -> str:
    return f"{settings.PORTAL_URL}{reverse(name)}"
