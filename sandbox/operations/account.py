"""What somebody may read about their own account."""

from __future__ import annotations

from typing import Any

from sandbox.core import Call, without_empty
from sandbox.factors import ORDER, WEB_AUTHN
from sandbox.operations.registry import Answer, operation
from sandbox.people import Person
from sandbox.pools import Client, Pool


@operation("GetUser")
def get_user(call: Call) -> Answer:
    """Attributes and stored preference; never what sign-in will really ask (contract 2.6)."""
    bearer = call.bearer()
    return {
        "Username": bearer.person.username,
        "UserAttributes": readable_attributes(bearer.client, bearer.person),
        **stored_preference(bearer.person),
        **without_empty({"MFAOptions": bearer.person.mfa_options}),
    }


@operation("DeleteUser")
def delete_user(call: Call) -> None:
    """Delete one's own account."""
    call.sandbox.people.remove(call.bearer().person)


@operation("GetUserAuthFactors")
def get_user_auth_factors(call: Call) -> Answer:
    """Stored preference, and the factors that exist whether activated or not."""
    bearer = call.bearer()
    return auth_factors(call, bearer.pool, bearer.person)


def auth_factors(call: Call, pool: Pool, person: Person) -> Answer:
    """What both GetUserAuthFactors answer."""
    return {
        "Username": person.username,
        **stored_preference(person),
        "ConfiguredUserAuthFactors": configured_factors(call, pool, person),
    }


def readable_attributes(client: Client, person: Person) -> list[dict[str, str]]:
    """The attributes that a client may show to the person."""
    return [each for each in person.attribute_list() if client.reads(each["Name"])]


def stored_preference(person: Person) -> dict[str, Any]:
    """UserMFASettingList and PreferredMfaSetting, each left out when there is nothing."""
    listed = [factor for factor in ORDER if factor in person.activated]
    return without_empty({"UserMFASettingList": listed, "PreferredMfaSetting": person.preferred})


def configured_factors(call: Call, pool: Pool, person: Person) -> list[str]:
    """ConfiguredUserAuthFactors: password, one-time codes where offered, passkey and app."""
    offered = {*pool.first_factors, *pool.mfa_settings}
    factors = ["PASSWORD"] if person.verifier else []
    if person.attributes.get("email") and offered & {"EMAIL_OTP", "EmailMfaConfiguration"}:
        factors.append("EMAIL_OTP")
    if person.attributes.get("phone_number") and offered & {"SMS_OTP", "SmsMfaConfiguration"}:
        factors.append("SMS_OTP")
    if call.sandbox.passkeys.of(person):
        factors.append(WEB_AUTHN)
    return [*factors, "SOFTWARE_TOKEN"] if person.totp else factors
