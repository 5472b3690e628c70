"""What is wrong with a pool and its client, before people find out. Values in, findings out.

Nothing here reads anything: `accounts.cognito.configuration` does.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from accounts.cognito.configuration import Configuration
from accounts.cognito.identities import NO_SUCH_PROFILE

ADMIN_SCOPE = "aws.cognito.signin.user.admin"
SRP = "ALLOW_USER_SRP_AUTH"
# What a client may do that was made without saying (contract 10.1).
DEFAULT_FLOWS = frozenset({SRP, "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CUSTOM_AUTH"})
UNIT = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
LONGEST_ACCESS = timedelta(hours=1)
LONGEST_REFRESH = timedelta(days=1)
# UserAuthentication, per account and region, all pools together (contract 12).
SIGN_INS_PER_SECOND = 120
RUSH = 0.01  # of all people, within one minute
OWN_IDENTITY = "The portal's own identity"
CHANNELS = {
    "SMS_MFA": ("verified_phone_number", "phone_number", "text messages"),
    "EMAIL_OTP": ("verified_email", "email", "e-mail"),
}
BLOCKS = {
    "SMS_MFA": "SmsMfaConfiguration",
    "EMAIL_OTP": "EmailMfaConfiguration",
    "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaConfiguration",
}


class Grade(StrEnum):
    """error: something does not work. warning: it is weak. advice: know it, then decide."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be. says: what it means; do: what helps."""

    grade: Grade
    name: str
    says: str
    do: str


@dataclass(frozen=True)
class Portal:
    """What the portal's own settings say. offers: factors, in Cognito's names.

    comes_back_to, signs_out_to: addresses for managed login; empty where its door is closed.
    left_open: accounts that the worker should have closed to a password alone by now.
    undelivered: kinds of message that the pool could not send to many people lately.
    delayed, given_up: notices of the portal's own that no mail server took yet, or ever.
    """

    host: str
    flow: str
    has_secret: bool
    offers: frozenset[str]
    by_password: bool = True
    comes_back_to: str = ""
    signs_out_to: str = ""
    left_open: int = 0
    undelivered: frozenset[str] = frozenset()
    delayed: int = 0
    given_up: int = 0


Rule = Callable[[Configuration, Portal], Iterator[Finding]]


def findings(configuration: Configuration, portal: Portal) -> list[Finding]:
    """Everything there is to say, errors first."""
    found = [each for rule in RULES for each in rule(configuration, portal)]
    return sorted(found, key=lambda each: list(Grade).index(each.grade))


def _error(name: str, says: str, do: str) -> Finding:
    return Finding(Grade.ERROR, name, says, do)


def _warning(name: str, says: str, do: str) -> Finding:
    return Finding(Grade.WARNING, name, says, do)


def _advice(name: str, says: str, do: str) -> Finding:
    return Finding(Grade.ADVICE, name, says, do)


# --- what could be read -----------------------------------------------------------------------


def _reading(now: Configuration, portal: Portal) -> Iterator[Finding]:
    needed = {"DescribeUserPool", "GetUserPoolMfaConfig"}
    for operation, reason in now.unread.items():
        make = _error if operation in needed else _warning
        yield make(
            "unread",
            f"{operation} was refused ({reason}), so what it would tell is not checked.",
            "Give the portal's role the rights of deploy/iam/, and check pool id, client id and "
            "region.",
        )
    if now.rights_missing:
        yield _error(
            "recovery-rights",
            f"PORTAL_RECOVERY is on, and IAM refuses {', '.join(now.rights_missing)}: nobody comes "
            "back in by a recovery code or a pass.",
            "Give the portal's role deploy/iam/helpdesk-read.json and helpdesk-recover.json (where "
            "COGNITO_READ_PROFILE and COGNITO_RECOVER_PROFILE are set, the roles of those), or set "
            "PORTAL_RECOVERY=false.",
        )
    if portal.left_open:
        yield _error(
            "left-open",
            f"Unfinished ways back in: {portal.left_open}, past their end and not closed. Those "
            "accounts may be open to their password alone, and no notice is sent either.",
            "Start the worker (manage.py worker), and look for gap_not_closed in its log.",
        )
    if now.flow_refused:
        yield _error(
            "flow-refused",
            f"A sign-in with {portal.flow} was tried and refused ({now.flow_refused}).",
            f"Check that the client allows ALLOW_{portal.flow}, and its secret.",
        )
    if not now.keys_readable:
        yield _error(
            "keys",
            "The pool's keys cannot be fetched from the issuer, so no sign-in can be believed.",
            "Check COGNITO_ISSUER, and that the portal may reach it over the network.",
        )


def _identities(now: Configuration, portal: Portal) -> Iterator[Finding]:
    """The identities of the helpdesk's rights: whether they sign, may, and may no more."""
    for each in now.identities:
        if each.trouble == NO_SUCH_PROFILE:
            yield _error(
                "identity-absent",
                f"{each.name} is {each.profile}, and the AWS config has no profile of that name.",
                "Write it there (AWS_CONFIG_FILE says which file is read), or leave the setting "
                "empty.",
            )
        elif each.trouble:
            yield _error(
                "identity-silent",
                f"{each.name}: the profile {each.profile} has nothing to sign with "
                f"({each.trouble}), so all that it is there for fails.",
                "Check the profile's role_arn, that the role trusts the portal's own role, and "
                "that AWS STS can be reached from here.",
            )
        if each.missing:
            yield _error(
                "identity-rights",
                f"{each.name}: IAM refuses the profile {each.profile} {', '.join(each.missing)}.",
                "Give its role the whole file of deploy/iam that the setting is for.",
            )
        if each.beyond:
            whose = f"{each.name}: the profile {each.profile}" if each.name else OWN_IDENTITY
            yield _warning(
                "identity-beyond",
                f"{whose} may do {', '.join(each.beyond)}, too: a fault where it is used could "
                "change people's accounts.",
                "Take from its role the files of deploy/iam that another profile is for.",
            )


# --- the pool ---------------------------------------------------------------------------------


def _is_on(factor: str, mfa: Mapping[str, Any]) -> bool:
    block = mfa.get(BLOCKS[factor])
    return block is not None and bool(block.get("Enabled", True))


def _methods(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if now.mfa is None:
        return
    if now.mfa.get("MfaConfiguration", "OFF") == "OFF":
        yield _error(
            "mfa-off",
            "The pool has MFA off: nothing that people choose in the portal has any effect.",
            "Set MFA to optional or required.",
        )
    sender = (now.pool or {}).get("EmailConfiguration", {}).get("EmailSendingAccount")
    for factor in sorted(portal.offers):
        if _is_on(factor, now.mfa):
            continue
        if factor == "EMAIL_OTP" and sender == "COGNITO_DEFAULT":
            yield _warning(
                "default-sender",
                "Codes by e-mail are off and cannot be turned on: Cognito's own sender is set.",
                "Send through Amazon SES (EmailSendingAccount DEVELOPER), or set "
                "PORTAL_OFFER_EMAIL=false.",
            )
            continue
        yield _advice(
            "method-off",
            f"The portal would offer {factor}, but it is off in the pool, so nobody sees it.",
            f"Turn on {BLOCKS[factor]}, or withhold it in the portal's settings.",
        )


def _tier(now: Configuration, portal: Portal) -> Iterator[Finding]:
    tier = (now.pool or {}).get("UserPoolTier", "ESSENTIALS")
    if tier == "LITE" and "EMAIL_OTP" in portal.offers:
        yield _warning(
            "tier",
            "The pool's plan is Lite: codes by e-mail and passkeys need Essentials.",
            "Change the plan, or set PORTAL_OFFER_EMAIL=false.",
        )


def _recovery(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if now.pool is None or now.mfa is None:
        return
    setting = now.pool.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", ())
    ways = {each["Name"] for each in setting}
    for factor, (mechanism, _, words) in CHANNELS.items():
        if mechanism in ways and _is_on(factor, now.mfa):
            yield _warning(
                "recovery",
                f"A forgotten password is reset by {words}, which is also a second step: who "
                "holds that has both.",
                "Recover by the other channel or by an administrator (admin_only).",
            )


def _messages(now: Configuration, portal: Portal) -> Iterator[Finding]:
    failure = (now.pool or {}).get("SmsConfigurationFailure")
    if failure == "SNSSandbox":
        yield _warning(
            "sms-sandbox",
            "Amazon SNS is in its sandbox: text messages reach only numbers verified there.",
            "Ask AWS to leave the SMS sandbox in this region.",
        )
    elif failure:
        yield _error(
            "sms-role",
            f"Cognito cannot send text messages ({failure}).",
            "Check the role of SmsConfiguration, its trust and its external id.",
        )


SENDS = {
    "SMS": (
        "text messages",
        "Look at the SNS spending limit and quota, at the role of SmsConfiguration, and at the "
        "delivery log of text messages in SNS.",
    ),
    "EMAIL": (
        "e-mails",
        "Look at the sending quota and reputation of Amazon SES, and whether the sender is still "
        "verified in this region.",
    ),
}


def _undelivered(now: Configuration, portal: Portal) -> Iterator[Finding]:
    """What did not arrive lately, whatever the settings say."""
    for medium in sorted(portal.undelivered):
        kind, look_at = SENDS[medium]
        yield _error(
            "undelivered",
            f"The pool could not send {kind} to many people lately, so their codes do not arrive; "
            "a banner on all pages names the other ways.",
            look_at,
        )
    if portal.delayed:
        yield _warning(
            "notices-delayed",
            f"Notices to people that wait because no mail server took them: {portal.delayed}. Each "
            "is tried again for a day.",
            "Check EMAIL_URL and the mail server; notice_delayed in the worker's log has reasons.",
        )
    if portal.given_up:
        yield _error(
            "notices-given-up",
            f"Notices to people that were never sent, within the last week: {portal.given_up}. "
            "Somebody was not told of a change to their account.",
            "Check EMAIL_URL and the mail server; the audit has the changes themselves.",
        )


def _contacts(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if now.pool is None or now.mfa is None:
        return
    kept = now.pool.get("UserAttributeUpdateSettings", {})
    kept = set(kept.get("AttributesRequireVerificationBeforeUpdate", ()))
    for factor, (_, attribute, _) in CHANNELS.items():
        if _is_on(factor, now.mfa) and attribute not in kept:
            yield _warning(
                "replaced-at-once",
                f"A new {attribute} replaces the old one before it is proved: a typing mistake "
                "can shut a person out.",
                f"Keep the original value active: add {attribute} to "
                "AttributesRequireVerificationBeforeUpdate.",
            )


def _passkeys(now: Configuration, portal: Portal) -> Iterator[Finding]:
    party = (now.mfa or {}).get("WebAuthnConfiguration", {}).get("RelyingPartyId", "")
    if party and portal.host != party and not portal.host.endswith(f".{party}"):
        yield _error(
            "relying-party",
            f"Passkeys belong to {party}, and the portal is at {portal.host}: browsers refuse "
            "to use or make them here.",
            f"Serve the portal at {party} or below it, or change RelyingPartyId before anybody "
            "has a passkey.",
        )


def _devices(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if (now.pool or {}).get("DeviceConfiguration"):
        yield _advice(
            "devices",
            "The pool tracks devices: a remembered one skips the second step, and a sign-in "
            "can be renewed only with its device key.",
            "Know both before you count on the second step; apps that renew without the key "
            'fail with "Invalid Refresh Token".',
        )


def _threats(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if (now.pool or {}).get("UserPoolAddOns", {}).get("AdvancedSecurityMode") != "ENFORCED":
        return
    yield _advice(
        "threat-protection",
        "Threat protection is enforced: people without a method are asked by risk, and people "
        "with one are asked each time, so turning one on here overrules the risk.",
        "For a second step by risk alone leave people's methods off, as the operation's own "
        "documentation advises; for one each time, ignore this.",
    )


def _quota(now: Configuration, portal: Portal) -> Iterator[Finding]:
    people = (now.pool or {}).get("EstimatedNumberOfUsers", 0)
    rush = people * RUSH / 60
    if rush > SIGN_INS_PER_SECOND / 2:
        yield _advice(
            "quota",
            f"If one in a hundred of about {people} people signs in within a minute, that is "
            f"{rush:.0f} sign-ins a second; the account's default is {SIGN_INS_PER_SECOND}, for "
            "all pools of the region together.",
            "Compare with the account's own quota (Service Quotas) and raise it in time.",
        )


# --- the client -------------------------------------------------------------------------------


def _flows_of(client: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(client.get("ExplicitAuthFlows") or DEFAULT_FLOWS)


def _flows(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if now.client is None:
        return
    flows = _flows_of(now.client)
    if portal.by_password and f"ALLOW_{portal.flow}" not in flows:
        yield _error(
            "flow-off",
            f"The client does not allow {portal.flow}, so nobody can sign in.",
            f"Add ALLOW_{portal.flow} to ExplicitAuthFlows, or change COGNITO_SIGN_IN_FLOW.",
        )
    rotates = now.client.get("RefreshTokenRotation", {}).get("Feature") == "ENABLED"
    if "ALLOW_REFRESH_TOKEN_AUTH" not in flows and not rotates:
        yield _error(
            "refresh-off",
            "The client cannot renew tokens: everybody is signed out when the first one ends.",
            "Turn on refresh token rotation, or add ALLOW_REFRESH_TOKEN_AUTH.",
        )


def _scope(now: Configuration, portal: Portal) -> Iterator[Finding]:
    client = now.client or {}
    oauth = client.get("AllowedOAuthFlowsUserPoolClient", False)
    if oauth and ADMIN_SCOPE not in client.get("AllowedOAuthScopes", ()):
        yield _error(
            "scope",
            f"Managed login gives this client tokens without {ADMIN_SCOPE}: nobody could see or "
            "change their methods with them.",
            "Add the scope to AllowedOAuthScopes.",
        )


def _managed(now: Configuration, portal: Portal) -> Iterator[Finding]:
    """What managed login needs of the client, where its door is open."""
    if now.client is None or not portal.comes_back_to:
        return
    oauth = now.client.get("AllowedOAuthFlowsUserPoolClient", False)
    if not oauth or "code" not in now.client.get("AllowedOAuthFlows", ()):
        yield _error(
            "managed-off",
            "Managed login does not serve this client, so nobody comes in by that door.",
            "Turn on the authorization code grant, or take managed out of PORTAL_DOORS.",
        )
        return
    addresses = (("CallbackURLs", portal.comes_back_to), ("LogoutURLs", portal.signs_out_to))
    for name, address in addresses:
        if address not in now.client.get(name, ()):
            yield _error(
                "managed-address",
                f"Managed login does not know {address}: it shows an error instead of going there.",
                f"Add the address to {name}, letter by letter.",
            )


def _secret(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if now.client is not None and bool(now.client.get("ClientSecret")) != portal.has_secret:
        whose = "has no secret" if portal.has_secret else "has a secret"
        yield _error(
            "secret",
            f"The client {whose}, and COGNITO_CLIENT_SECRET says otherwise: every sign-in fails.",
            "Set COGNITO_CLIENT_SECRET to the client's own, or leave it empty.",
        )


def _attributes(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if now.client is None:
        return
    for factor, (_, attribute, _) in CHANNELS.items():
        for right, name in (("write", "WriteAttributes"), ("read", "ReadAttributes")):
            allowed = now.client.get(name)
            if factor in portal.offers and allowed and attribute not in allowed:
                yield _error(
                    "attributes",
                    f"The client may not {right} {attribute}, which the portal has to.",
                    f"Add {attribute} to {name}.",
                )


def _seconds(client: Mapping[str, Any], token: str, unit: str, default: int) -> timedelta:
    unit = client.get("TokenValidityUnits", {}).get(token, unit)
    return timedelta(seconds=(client.get(f"{token}Validity") or default) * UNIT[unit])


def _said(duration: timedelta) -> str:
    """In the largest unit that leaves no rest."""
    seconds = int(duration.total_seconds())
    unit = next(unit for unit in reversed(UNIT) if seconds % UNIT[unit] == 0)
    number = seconds // UNIT[unit]
    return f"{number} {unit if number > 1 else unit.removesuffix('s')}"


def _validity(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if now.client is None:
        return
    access = _seconds(now.client, "AccessToken", "hours", 1)
    if access > LONGEST_ACCESS:
        yield _warning(
            "access-token",
            f"Access tokens last {_said(access)}: apps that only check a signature accept one so "
            "long after a sign-out.",
            "An hour or less.",
        )
    refresh = _seconds(now.client, "RefreshToken", "days", 30)
    if refresh > LONGEST_REFRESH:
        yield _advice(
            "refresh-token",
            f"Refresh tokens of the portal's client last {_said(refresh)}; no session here is "
            "longer than twelve hours.",
            "A day is enough.",
        )


def _revocation(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if now.client is not None and now.client.get("EnableTokenRevocation") is False:
        yield _error(
            "revocation",
            "The client cannot revoke tokens: a sign-out here would leave them alive.",
            "Set EnableTokenRevocation.",
        )


def _existence(now: Configuration, portal: Portal) -> Iterator[Finding]:
    if now.client is not None and now.client.get("PreventUserExistenceErrors") != "ENABLED":
        yield _warning(
            "existence",
            "The client tells strangers which names exist.",
            "Set PreventUserExistenceErrors to ENABLED.",
        )


def _other_clients(now: Configuration, portal: Portal) -> Iterator[Finding]:
    able = [_name(each) for each in now.others if can_change_mfa(each)]
    if able:
        yield _warning(
            "other-clients",
            f"Tokens of these app clients can change people's methods at Cognito directly, past "
            f"the portal, its proofs and its notices: {', '.join(sorted(able))}.",
            f"Give {ADMIN_SCOPE} only to clients that need it; clients of the API's own flows "
            "always have it, so let their tokens reach no browser.",
        )


def can_change_mfa(client: Mapping[str, Any]) -> bool:
    """Whether a client's access tokens carry the scope: each sign-in by API, or by its OAuth."""
    by_api = any(
        "USER" in flow or "PASSWORD" in flow or "CUSTOM" in flow or flow == "ADMIN_NO_SRP_AUTH"
        for flow in _flows_of(client)
    )
    by_oauth = client.get("AllowedOAuthFlowsUserPoolClient", False) and (
        ADMIN_SCOPE in client.get("AllowedOAuthScopes", ())
    )
    return by_api or bool(by_oauth)


def _name(client: Mapping[str, Any]) -> str:
    return f"{client.get('ClientName', 'unnamed')} ({client['ClientId']})"


RULES: tuple[Rule, ...] = (
    _reading,
    _identities,
    _methods,
    _tier,
    _recovery,
    _messages,
    _undelivered,
    _contacts,
    _passkeys,
    _devices,
    _threats,
    _quota,
    _flows,
    _scope,
    _managed,
    _secret,
    _attributes,
    _validity,
    _revocation,
    _existence,
    _other_clients,
)
