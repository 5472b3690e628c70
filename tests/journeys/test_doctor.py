"""`manage.py doctor` in front of real pools of a sandbox: each ailment, and a healthy one."""

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import audit, notices, undelivered
from accounts.subjects import Subject
from tests.clock import Clock
from tests.conftest import serve
from tests.journeys.conftest import SMS_SENDER
from tests.people import People
from tests.sandbox_process import Sandbox
from tests.unit.persons import somebody

pytestmark = pytest.mark.usefixtures("by_srp")

SES = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/a@example.com",
}
FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
METHODS = {
    "SoftwareTokenMfaConfiguration": {"Enabled": True},
    "SmsMfaConfiguration": {"SmsConfiguration": SMS_SENDER},
    "EmailMfaConfiguration": {},
}
HEALTHY: dict[str, Any] = {
    "pool": {
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]},
        "AutoVerifiedAttributes": ["email", "phone_number"],
        "EmailConfiguration": SES,
        "SmsConfiguration": SMS_SENDER,
        "UserAttributeUpdateSettings": {
            "AttributesRequireVerificationBeforeUpdate": ["email", "phone_number"]
        },
    },
    "mfa": {"MfaConfiguration": "OPTIONAL", **METHODS},
    "client": {
        "ClientName": "Portal",
        "ExplicitAuthFlows": FLOWS,
        "PreventUserExistenceErrors": "ENABLED",
        "RefreshTokenValidity": 1,
    },
}


@pytest.fixture
def hospital(sandbox: Sandbox, settings: Any, db: None) -> Any:
    """Make a pool, healthy but for what is said, and let the portal serve it."""

    def admit(**ailing: dict[str, Any]) -> People:
        admin = sandbox.admin()
        made = {part: {**HEALTHY[part], **ailing.get(part, {})} for part in HEALTHY}
        pool = {name: value for name, value in made["pool"].items() if value is not None}
        mfa = {name: value for name, value in made["mfa"].items() if value is not None}
        client = {name: value for name, value in made["client"].items() if value is not None}
        pool_id = admin.create_user_pool(PoolName="Hospital", **pool)["UserPool"]["Id"]
        admin.set_user_pool_mfa_config(UserPoolId=pool_id, **mfa)
        own = admin.create_user_pool_client(UserPoolId=pool_id, **client)["UserPoolClient"]
        for number, other in enumerate(ailing.get("others", {}).values()):
            admin.create_user_pool_client(UserPoolId=pool_id, ClientName=f"Other {number}", **other)
        return serve(sandbox, settings, pool_id, own["ClientId"])

    return admit


def _doctor(capsys: Any, **options: Any) -> tuple[dict[str, dict[str, str]], int]:
    """The findings by name, and the exit status."""
    status = 0
    try:
        call_command("doctor", json=True, **options)
    except SystemExit as end:
        status = int(str(end.code))
    found = json.loads(capsys.readouterr().out)["findings"]
    return {each["name"]: each for each in found}, status


def test_a_healthy_pool_has_nothing(hospital: Any, capsys: Any):
    hospital()
    assert _doctor(capsys, strict=True) == ({}, 0)


OFF = {"MfaConfiguration": "OFF", **dict.fromkeys(METHODS)}
LITE: dict[str, Any] = {"pool": {"UserPoolTier": "LITE"}, "mfa": {"EmailMfaConfiguration": None}}
BY_MAIL = {
    "RecoveryMechanisms": [
        {"Priority": 1, "Name": "verified_email"},
        {"Priority": 2, "Name": "verified_phone_number"},
    ]
}
OAUTH = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "CallbackURLs": ["https://mfa.example.com/callback/"],
    "SupportedIdentityProviders": ["COGNITO"],
}
AILMENTS: list[tuple[str, str, dict[str, Any]]] = [
    ("mfa-off", "error", {"mfa": OFF}),
    ("method-off", "advice", {"mfa": {"SmsMfaConfiguration": None}}),
    (
        "default-sender",
        "warning",
        {
            "pool": {"EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"}},
            "mfa": {"EmailMfaConfiguration": None},
        },
    ),
    ("tier", "warning", LITE),
    ("recovery", "warning", {"pool": {"AccountRecoverySetting": BY_MAIL}}),
    ("replaced-at-once", "warning", {"pool": {"UserAttributeUpdateSettings": None}}),
    (
        "relying-party",
        "error",
        {
            "mfa": {
                "WebAuthnConfiguration": {
                    "RelyingPartyId": "acme.example",
                    "UserVerification": "required",
                }
            }
        },
    ),
    (
        "devices",
        "advice",
        {
            "pool": {
                "DeviceConfiguration": {
                    "ChallengeRequiredOnNewDevice": True,
                    "DeviceOnlyRememberedOnUserPrompt": True,
                }
            }
        },
    ),
    (
        "threat-protection",
        "advice",
        {"pool": {"UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}, "UserPoolTier": "PLUS"}},
    ),
    (
        "flow-off",
        "error",
        {"client": {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", *FLOWS[1:]]}},
    ),
    ("refresh-off", "error", {"client": {"ExplicitAuthFlows": FLOWS[:1]}}),
    ("scope", "error", {"client": {**OAUTH, "AllowedOAuthScopes": ["openid"]}}),
    ("secret", "error", {"client": {"GenerateSecret": True}}),
    ("attributes", "error", {"client": {"WriteAttributes": ["email"]}}),
    ("access-token", "warning", {"client": {"AccessTokenValidity": 8}}),
    ("refresh-token", "advice", {"client": {"RefreshTokenValidity": 30}}),
    ("revocation", "error", {"client": {"EnableTokenRevocation": False}}),
    ("existence", "warning", {"client": {"PreventUserExistenceErrors": "LEGACY"}}),
    (
        "other-clients",
        "warning",
        {"others": {"api": {"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}}},
    ),
]


@pytest.mark.parametrize(
    ("name", "grade", "ailing"), [pytest.param(*row, id=row[0]) for row in AILMENTS]
)
def test_an_ailment_is_found(
    hospital: Any, capsys: Any, name: str, grade: str, ailing: dict[str, Any]
):
    """Each made in a pool of its own; the exit status is for CI."""
    hospital(**ailing)
    found, status = _doctor(capsys)
    assert found[name]["grade"] == grade
    assert found[name]["do"]
    worst_is_error = any(each["grade"] == "error" for each in found.values())
    assert status == (2 if worst_is_error else 0)
    _, strict = _doctor(capsys, strict=True)
    grades = {each["grade"] for each in found.values()}
    assert strict == (2 if "error" in grades else 1 if "warning" in grades else 0)


# What comes along by nature: no method at all, or none for want of the plan.
COMPANIONS = {
    "mfa-off": {"method-off"},
    "tier": {"method-off"},
    "attributes": set(),
    "relying-party": set(),
}


@pytest.mark.parametrize(
    ("name", "grade", "ailing"), [pytest.param(*row, id=row[0]) for row in AILMENTS]
)
def test_nothing_else_is_found(
    hospital: Any, capsys: Any, name: str, grade: str, ailing: dict[str, Any]
):
    """A rule that speaks without need would be heard by nobody when it matters."""
    hospital(**ailing)
    found, _ = _doctor(capsys)
    assert set(found) - COMPANIONS.get(name, set()) == {name}


@pytest.mark.parametrize(
    ("failure", "name"), [("SNSSandbox", "sms-sandbox"), ("InvalidSmsRole", "sms-role")]
)
def test_messages_that_cannot_be_sent(
    hospital: Any, sandbox: Sandbox, capsys: Any, failure: str, name: str
):
    """What only AWS itself would write into its answer."""
    pool = hospital()
    described = pool.admin.describe_user_pool(UserPoolId=pool.pool_id)["UserPool"]
    body = {"UserPool": {**_plain(described), "SmsConfigurationFailure": failure}}
    with sandbox.trouble("DescribeUserPool", "status", body=body):
        found, _ = _doctor(capsys)
    assert set(found) == {name}


@pytest.mark.parametrize("medium", ["SMS", "EMAIL"])
def test_codes_that_did_not_arrive_lately(
    hospital: Any, capsys: Any, clock: Clock, medium: str, settings: Any
):
    """As long as the banner stands on the pages: for many people, and not for one who tries."""
    hospital()
    for _ in range(settings.TROUBLE_PEOPLE):
        undelivered.note(medium, "ella")
    assert _doctor(capsys)[0] == {}
    for number in range(1, settings.TROUBLE_PEOPLE):
        undelivered.note(medium, f"person-{number}")
    found, status = _doctor(capsys)
    assert (set(found), status) == ({"undelivered"}, 2)
    kind, other = ("text messages", "e-mails") if medium == "SMS" else ("e-mails", "text messages")
    assert f"could not send {kind} " in found["undelivered"]["says"]
    assert other not in found["undelivered"]["says"]
    clock.forward(seconds=settings.TROUBLE_WINDOW.total_seconds() + 1)
    assert "undelivered" not in _doctor(capsys)[0]


def test_notices_that_no_mail_server_takes(
    hospital: Any,
    capsys: Any,
    settings: Any,
    deliver_notices: Any,
    monkeypatch: pytest.MonkeyPatch,
):
    """(NOT-04) those that wait for another try, and those that were given up."""
    hospital()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    notices.announce_for(Subject("pool", "ella"), {"ella@example.com"}, "Something was changed.")
    away = {"mail"}
    assert set(_doctor(capsys)[0]) == away, "one that nobody has tried yet is no trouble"
    deliver_notices()
    found, _ = _doctor(capsys)
    assert set(found) == away | {"notices-delayed"}
    assert found["notices-delayed"]["grade"] == "warning"
    assert "took them: 1." in found["notices-delayed"]["says"]
    monkeypatch.setattr(notices, "RETRY_AFTER", ())
    DBTaskResult.objects.update(run_after=timezone.now())
    deliver_notices()
    found, status = _doctor(capsys)
    assert (set(found), status) == (away | {"notices-given-up"}, 2)
    assert found["notices-given-up"]["grade"] == "error"
    assert "week: 1." in found["notices-given-up"]["says"]


def test_an_audit_that_nobody_collects(hospital: Any, capsys: Any, settings: Any, clock: Clock):
    """(AUD-04, DAT-01) the command and the helpdesk's page say it among the rest."""
    hospital()
    settings.AUDIT_FILE = "/nowhere/audit.jsonl"
    audit.signed_in(somebody())
    assert _doctor(capsys) == ({}, 0)
    clock.forward(days=2)
    found, _ = _doctor(capsys)
    assert found["audit-undelivered"]["grade"] == "warning"
    assert "PORTAL_AUDIT_FILE: 1," in found["audit-undelivered"]["says"]


def test_a_rush_that_the_quota_would_not_bear(hospital: Any, sandbox: Sandbox, capsys: Any):
    pool = hospital()
    described = pool.admin.describe_user_pool(UserPoolId=pool.pool_id)["UserPool"]
    for people, names in ((300_000, set()), (500_000, {"quota"})):
        body = {"UserPool": {**_plain(described), "EstimatedNumberOfUsers": people}}
        with sandbox.trouble("DescribeUserPool", "status", body=body):
            found, _ = _doctor(capsys)
        assert set(found) == names


def _plain(reply: dict[str, Any]) -> Any:
    """As the wire has it: times are numbers."""
    return json.loads(json.dumps(reply, default=lambda moment: moment.timestamp()))


def test_clients_whose_tokens_can_change_methods_are_named(hospital: Any, capsys: Any):
    """(TOK-08) by a flow of the API, or by the scope; a client that can do neither is not."""
    hospital(
        others={
            "api": {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]},
            "made without a word": {},
            "web": {
                **OAUTH,
                "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
                "AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"],
            },
            "harmless": {
                **OAUTH,
                "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
                "AllowedOAuthScopes": ["openid"],
            },
        }
    )
    found, _ = _doctor(capsys)
    says = found["other-clients"]["says"]
    assert [f"Other {number}" in says for number in range(4)] == [True, True, True, False]


def test_every_client_is_looked_at(hospital: Any, capsys: Any):
    """(TOK-08) also those on the second page of the list."""
    api = {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]}
    hospital(others={str(number): api for number in range(61)})
    found, _ = _doctor(capsys)
    assert found["other-clients"]["says"].count("Other ") == 61


BY_MANAGED_LOGIN = {
    **OAUTH,
    "AllowedOAuthScopes": ["openid", "aws.cognito.signin.user.admin"],
    "CallbackURLs": ["http://localhost/sign-in/managed/callback/"],
    "LogoutURLs": ["http://localhost/signed-out/"],
}


@pytest.mark.parametrize(
    ("client", "names"),
    [
        (BY_MANAGED_LOGIN, set()),
        ({}, {"managed-off"}),
        ({**BY_MANAGED_LOGIN, "AllowedOAuthFlows": ["implicit"]}, {"managed-off"}),
        ({**BY_MANAGED_LOGIN, "CallbackURLs": OAUTH["CallbackURLs"]}, {"managed-address"}),
        ({**BY_MANAGED_LOGIN, "LogoutURLs": None}, {"managed-address"}),
    ],
)
def test_what_managed_login_needs(
    hospital: Any, settings: Any, capsys: Any, client: dict[str, Any], names: set[str]
):
    """(TOK-05) where its door is open; the flow of the closed door is nobody's business then."""
    settings.DOORS, settings.COGNITO_DOMAIN = ["managed"], "https://login.example.com"
    hospital(client={**client, "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]})
    found, _ = _doctor(capsys)
    assert set(found) == names


@pytest.mark.parametrize(
    ("operation", "grade"),
    [
        ("DescribeUserPool", "error"),
        ("GetUserPoolMfaConfig", "error"),
        ("DescribeUserPoolClient", "warning"),
        ("ListUserPoolClients", "warning"),
    ],
)
def test_what_may_not_be_read_is_said(
    hospital: Any, sandbox: Sandbox, capsys: Any, operation: str, grade: str
):
    """The rest is checked all the same."""
    hospital()
    with sandbox.trouble(operation, "error", code="AccessDeniedException"):
        found, _ = _doctor(capsys)
    assert set(found) == {"unread"}
    assert found["unread"]["grade"] == grade
    assert operation in found["unread"]["says"]


@pytest.mark.parametrize(
    ("ailing", "names"),
    [
        ({}, {"unread"}),
        (
            {"client": {"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]}},
            {"unread", "flow-refused"},
        ),
        ({"client": {"GenerateSecret": True}}, {"unread", "flow-refused"}),
    ],
)
def test_a_flow_that_cannot_be_read_is_tried(
    hospital: Any, sandbox: Sandbox, capsys: Any, ailing: dict[str, Any], names: set[str]
):
    """As nobody: a wrong password is the right answer."""
    hospital(**ailing)
    with sandbox.trouble("DescribeUserPoolClient", "error", code="AccessDeniedException"):
        found, _ = _doctor(capsys)
    assert set(found) == names


def test_keys_that_cannot_be_fetched(hospital: Any, settings: Any, capsys: Any):
    """(TOK-01) nobody could be believed."""
    hospital()
    settings.COGNITO_ISSUER = "http://127.0.0.1:1/eu-central-1_Nowhere01"
    found, status = _doctor(capsys)
    assert (set(found), status) == ({"keys"}, 2)


def test_what_is_withheld_is_not_missed(hospital: Any, settings: Any, capsys: Any):
    """(FAC-06, FAC-07) an operator who withholds a method needs no pool that offers it."""
    hospital(mfa={"SmsMfaConfiguration": None})
    settings.OFFER_SMS = False
    assert _doctor(capsys) == ({}, 0)


def test_the_text_is_for_people(hospital: Any, capsys: Any):
    hospital(client={"EnableTokenRevocation": False})
    with pytest.raises(SystemExit):
        call_command("doctor")
    said = capsys.readouterr().out
    assert said.startswith("error: revocation\n  The client cannot revoke tokens")
    assert "  Do: Set EnableTokenRevocation." in said
    assert said.rstrip().endswith("error: 1, warning: 0, advice: 0")
    hospital()
    call_command("doctor")
    assert capsys.readouterr().out.startswith("Nothing to say")
