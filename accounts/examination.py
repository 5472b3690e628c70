"""The doctor at work: what the pool says of itself, what the portal's settings say, how it runs."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from accounts import doctor, notices, recoveries, streaming, undelivered
from accounts.cognito.configuration import read_configuration
from accounts.doctor import Finding, Grade, Portal
from accounts.watch import deployment
from accounts.webhooks import examination as webhooks

# It comes at the end of a sitting, and again after a minute where the pool did not answer.
WORKER_MAY_TAKE = timedelta(minutes=2)


def examine() -> list[Finding]:
    """Read pool and clients anew, and say what is wrong with them, errors first.

    Costs four calls and one for each app client, and where identities have profiles, a try of
    each of their rights on nobody; what may not be read is a finding of its own.
    """
    deployed = deployment.findings()
    tables = deployment.NO_TABLES.isdisjoint(each.name for each in deployed)
    found = [*deployed, *doctor.findings(read_configuration(), portal(tables=tables))]
    if tables:
        found += [*webhooks.findings(), *streaming.findings()]
    return sorted(found, key=lambda each: list(Grade).index(each.grade))


def portal(*, tables: bool = True) -> Portal:
    """What the portal's settings say, and its tables; an authenticator app is always offered."""
    switches = {"SMS_MFA": settings.OFFER_SMS, "EMAIL_OTP": settings.OFFER_EMAIL}
    managed = "managed" in settings.DOORS
    delayed, given_up = notices.unsent() if tables else (0, 0)
    return Portal(
        host=settings.PORTAL_HOST,
        flow=settings.COGNITO_SIGN_IN_FLOW,
        has_secret=bool(settings.COGNITO_CLIENT_SECRET),
        offers=frozenset({"SOFTWARE_TOKEN_MFA", *(name for name, on in switches.items() if on)}),
        by_password="password" in settings.DOORS,
        comes_back_to=_address("doors:managed_callback") if managed else "",
        signs_out_to=_address("doors:signed_out") if managed else "",
        left_open=recoveries.left_open(WORKER_MAY_TAKE) if tables and settings.RECOVERY else 0,
        undelivered=undelivered.failing(),
        delayed=delayed,
        given_up=given_up,
    )


def _address(name: str) -> str:
    return f"{settings.PORTAL_URL}{reverse(name)}"
