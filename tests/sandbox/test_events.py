"""Threat protection: what is recorded of an account, and what risk leads to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import (
    EMAIL,
    FLOWS,
    PASSWORD,
    SMS,
    TOTP,
    Realm,
    Someone,
    refused,
)

ADMIN_FLOW = "ALLOW_ADMIN_USER_PASSWORD_AUTH"
LOW, MEDIUM, HIGH = "192.0.2.7", "198.51.100.7", "203.0.113.7"
NO_RISK = {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False}
BLOCKED = ("NotAuthorizedException", "Unable to login because of security reasons.")


def watched(make_realm: MakeRealm, mode: str) -> Realm:
    """A pool on the Plus plan with threat protection."""
    both = ["email", "phone_number"]
    realm = make_realm(
        "OPTIONAL",
        (SMS, TOTP),
        UserPoolTier="PLUS",
        UserPoolAddOns={"AdvancedSecurityMode": mode},
        AutoVerifiedAttributes=both,
        AccountRecoverySetting={
            "RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}],
        },
    )
    return realm.client(ExplicitAuthFlows=[*FLOWS, ADMIN_FLOW])


@pytest.fixture(scope="module")
def audited(make_realm: MakeRealm) -> Realm:
    """A pool that only looks."""
    return watched(make_realm, "AUDIT")


@pytest.fixture
def enforced(make_realm: MakeRealm) -> Realm:
    """A pool that acts."""
    return watched(make_realm, "ENFORCED")


def events_of(person: Someone, **more: Any) -> list[dict[str, Any]]:
    """What is recorded of somebody, newest first."""
    answer = person.realm.server.admin.admin_list_user_auth_events(**person.admin_name, **more)
    events: list[dict[str, Any]] = answer["AuthEvents"]
    return events


def story(person: Someone) -> list[tuple[str, str]]:
    return [(each["EventType"], each["EventResponse"]) for each in events_of(person)]


def from_address(person: Someone, address: str) -> dict[str, Any]:
    """A sign-in by a server that says where the person is."""
    answer: dict[str, Any] = person.realm.server.admin.admin_initiate_auth(
        UserPoolId=person.realm.pool_id,
        ClientId=person.realm.client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": person.username, "PASSWORD": person.password},
        ContextData={
            "IpAddress": address,
            "ServerName": "s",
            "ServerPath": "/",
            "HttpHeaders": [],
        },
    )
    return answer


def test_sign_in_without_a_second_factor(audited: Realm) -> None:
    person = audited.person()
    audited.server.stand_still()
    person.sign_in()
    (event,) = events_of(person)
    assert event["EventType"] == "SignIn"
    assert event["EventResponse"] == "Pass"
    assert event["EventRisk"] == NO_RISK
    assert event["ChallengeResponses"] == [
        {"ChallengeName": "Password", "ChallengeResponse": "Success"}
    ]
    assert event["EventContextData"]["IpAddress"] == "127.0.0.1"
    assert "Boto3" in event["EventContextData"]["DeviceName"]
    assert event["CreationDate"].timestamp() == pytest.approx(audited.server.now(), abs=0.01)
    assert "token" not in event


def test_second_factor_is_part_of_the_same_event(audited: Realm) -> None:
    person = audited.person(phone=True)
    person.prefer(SMS=(True, True))
    challenge = person.sign_in()
    assert story(person) == [("SignIn", "InProgress")]
    with refused("CodeMismatchException"):
        person.answer_code(challenge, "000000")
    assert story(person) == [("SignIn", "Fail")]
    person.answer_code(challenge, audited.server.code_sent_to(person.phone))
    (event,) = events_of(person)
    assert event["EventResponse"] == "Pass"
    told = [(e["ChallengeName"], e["ChallengeResponse"]) for e in event["ChallengeResponses"]]
    assert told == [("Password", "Success"), ("Mfa", "Failure"), ("Mfa", "Success")]


def test_wrong_password(audited: Realm) -> None:
    person = audited.person()
    person.password = "Wrong-Horse-1"
    with refused("NotAuthorizedException"):
        person.sign_in()
    (event,) = events_of(person)
    assert event["EventResponse"] == "Fail"
    assert event["ChallengeResponses"] == [
        {"ChallengeName": "Password", "ChallengeResponse": "Failure"}
    ]


def test_password_forgotten_and_changed(audited: Realm) -> None:
    person, user = audited.person(email=True), audited.server.user
    given = {"ClientId": audited.client_id, "Username": person.username}
    user.forgot_password(**given)
    assert story(person) == [("ForgotPassword", "InProgress")]
    with refused("CodeMismatchException"):
        user.confirm_forgot_password(**given, ConfirmationCode="0", Password="Other-Horse-8")
    assert story(person) == [("ForgotPassword", "Fail")]
    code = audited.server.code_sent_to(person.email)
    user.confirm_forgot_password(**given, ConfirmationCode=code, Password="Other-Horse-8")
    assert story(person) == [("ForgotPassword", "Pass")]
    changed = {"AccessToken": person.token, "ProposedPassword": "Third-Horse-9"}
    with refused("NotAuthorizedException"):
        user.change_password(**changed, PreviousPassword="Wrong-Horse-1")
    user.change_password(**changed, PreviousPassword="Other-Horse-8")
    assert story(person)[:2] == [("PasswordChange", "Pass"), ("PasswordChange", "Fail")]


def test_sign_up_and_resent_code(audited: Realm) -> None:
    person = Someone(audited, "newcomer", "")
    given = {"ClientId": audited.client_id, "Username": person.username}
    address = [{"Name": "email", "Value": person.email}]
    audited.server.user.sign_up(**given, Password=PASSWORD, UserAttributes=address)
    audited.server.user.resend_confirmation_code(**given)
    assert story(person) == [("ResendCode", "Pass"), ("SignUp", "Pass")]


def test_pages_and_two_years(audited: Realm) -> None:
    server, person = audited.server, audited.person()
    server.stand_still()
    for _ in range(5):
        person.sign_in()
        server.advance(1)
    every = [each["EventId"] for each in events_of(person)]
    assert len(every) == 5
    paginator = server.admin.get_paginator("admin_list_user_auth_events")
    pages = paginator.paginate(**person.admin_name, PaginationConfig={"PageSize": 2})
    assert [each["EventId"] for page in pages for each in page["AuthEvents"]] == every
    first = server.admin.admin_list_user_auth_events(**person.admin_name, MaxResults=2)
    assert first["NextToken"].startswith(f"{every[1]}#")
    with refused("InvalidParameterException"):
        events_of(person, NextToken="x#1")
    server.advance(2 * 365 * 86400 - 2.5)
    assert len(events_of(person)) == 2


def test_feedback(audited: Realm) -> None:
    person, admin = audited.person(), audited.server.admin
    person.sign_in()
    event = events_of(person)[0]["EventId"]
    admin.admin_update_auth_event_feedback(
        **person.admin_name, EventId=event, FeedbackValue="Invalid"
    )
    feedback = events_of(person)[0]["EventFeedback"]
    assert (feedback["FeedbackValue"], feedback["Provider"]) == ("Invalid", "Admin")
    with refused("ResourceNotFoundException"):
        admin.admin_update_auth_event_feedback(
            **person.admin_name, EventId="none", FeedbackValue="Valid"
        )
    with refused("NotAuthorizedException"):
        audited.server.user.update_auth_event_feedback(
            **person.admin_name, EventId=event, FeedbackValue="Valid", FeedbackToken="guess"
        )


def test_nothing_without_the_add_on(off: Realm) -> None:
    person, admin = off.person(), off.server.admin
    person.sign_in()
    pool = {"UserPoolId": off.pool_id}
    with refused("UserPoolAddOnNotEnabledException"):
        events_of(person)
    with refused("UserPoolAddOnNotEnabledException"):
        admin.describe_risk_configuration(**pool)
    with refused("UserPoolAddOnNotEnabledException"):
        admin.set_risk_configuration(**pool)
    event = {"EventId": "x", "FeedbackValue": "Valid"}
    with refused("UserPoolAddOnNotEnabledException"):
        admin.admin_update_auth_event_feedback(**person.admin_name, **event)
    with refused("UserPoolAddOnNotEnabledException"):
        off.server.user.update_auth_event_feedback(**person.admin_name, **event, FeedbackToken="x")


def test_events_go_with_the_account(audited: Realm) -> None:
    person, admin = audited.person(), audited.server.admin
    person.sign_in()
    admin.admin_delete_user(**person.admin_name)
    with refused("UserNotFoundException"):
        events_of(person)


def action(kind: str, notify: bool = False) -> dict[str, Any]:
    return {"EventAction": kind, "Notify": notify}


def set_risk(realm: Realm, *, client: bool = False, **members: Any) -> dict[str, Any]:
    more = {"ClientId": realm.client_id} if client else {}
    answer: dict[str, Any] = realm.server.admin.set_risk_configuration(
        UserPoolId=realm.pool_id, **more, **members
    )["RiskConfiguration"]
    return answer


def takeover(**actions: str) -> dict[str, Any]:
    wanted = {f"{level}Action": action(kind) for level, kind in actions.items()}
    return {"AccountTakeoverRiskConfiguration": {"Actions": wanted}}


def test_risk_configuration_of_pool_and_client(enforced: Realm) -> None:
    admin, pool = enforced.server.admin, {"UserPoolId": enforced.pool_id}
    assert admin.describe_risk_configuration(**pool)["RiskConfiguration"] == pool
    given = takeover(High="BLOCK")
    stored = set_risk(enforced, **given)
    assert stored.items() >= (pool | given).items()
    assert admin.describe_risk_configuration(**pool)["RiskConfiguration"] == stored
    own = set_risk(enforced, client=True, **takeover(High="NO_ACTION"))
    assert own["ClientId"] == enforced.client_id
    assert admin.describe_risk_configuration(**pool)["RiskConfiguration"] == stored
    person = enforced.person()
    assert "AuthenticationResult" in from_address(person, HIGH)
    set_risk(enforced, client=True)
    with refused(*BLOCKED):
        from_address(person, HIGH)
    assert set_risk(enforced) == pool
    assert "AuthenticationResult" in from_address(person, HIGH)


def test_address_range_that_is_none(enforced: Realm) -> None:
    with refused("InvalidParameterException"):
        set_risk(enforced, RiskExceptionConfiguration={"BlockedIPRangeList": ["here"]})


def test_each_level_has_its_action(enforced: Realm) -> None:
    set_risk(enforced, **takeover(Low="NO_ACTION", Medium="MFA_IF_CONFIGURED", High="BLOCK"))
    person = enforced.person()
    for address, level in ((LOW, "Low"), (MEDIUM, "Medium")):
        assert "AuthenticationResult" in from_address(person, address)
        event = events_of(person)[0]
        assert event["EventRisk"] == {
            "RiskDecision": "AccountTakeover",
            "RiskLevel": level,
            "CompromisedCredentialsDetected": False,
        }
        assert event["EventResponse"] == "Pass"
    with refused(*BLOCKED):
        from_address(person, HIGH)
    event = events_of(person)[0]
    assert event["EventRisk"]["RiskDecision"] == "Block"
    assert event["EventResponse"] == "Fail"
    assert event["EventContextData"]["IpAddress"] == HIGH


@pytest.mark.parametrize("kind", ["MFA_REQUIRED", "MFA_IF_CONFIGURED"])
def test_a_factor_that_is_not_activated_is_asked_for(enforced: Realm, kind: str) -> None:
    set_risk(enforced, **takeover(High=kind))
    person = enforced.person(phone=True)
    assert "AuthenticationResult" in from_address(person, "127.0.0.1")
    asked = from_address(person, HIGH)
    assert asked["ChallengeName"] == SMS
    done = person.answer_code(asked, enforced.server.code_sent_to(person.phone))
    assert "AuthenticationResult" in done
    assert events_of(person)[0]["EventResponse"] == "Pass"


def test_mfa_required_blocks_whoever_has_no_factor(enforced: Realm) -> None:
    set_risk(enforced, **takeover(High="MFA_REQUIRED", Medium="MFA_IF_CONFIGURED"))
    person = enforced.person()
    with refused(*BLOCKED):
        from_address(person, HIGH)
    assert "AuthenticationResult" in from_address(person, MEDIUM)


def test_audit_only_records(audited: Realm) -> None:
    set_risk(
        audited,
        **takeover(High="BLOCK"),
        RiskExceptionConfiguration={"BlockedIPRangeList": ["10.0.0.0/8"]},
    )
    person = audited.person()
    assert "AuthenticationResult" in from_address(person, HIGH)
    assert events_of(person)[0]["EventRisk"]["RiskLevel"] == "High"
    assert "AuthenticationResult" in from_address(person, "10.1.2.3")
    assert events_of(person)[0]["EventRisk"]["RiskDecision"] == "Block"
    set_risk(audited)


def test_addresses_that_always_or_never_block(enforced: Realm) -> None:
    exceptions = {"BlockedIPRangeList": ["10.0.0.0/8"], "SkippedIPRangeList": ["203.0.113.0/25"]}
    set_risk(enforced, **takeover(High="BLOCK"), RiskExceptionConfiguration=exceptions)
    person = enforced.person()
    with refused(*BLOCKED):
        from_address(person, "10.1.2.3")
    assert "AuthenticationResult" in from_address(person, HIGH)
    assert events_of(person)[0]["EventRisk"] == NO_RISK
    with refused(*BLOCKED):
        from_address(person, "203.0.113.200")


def test_context_counts_only_where_the_client_may_pass_it_on(enforced: Realm) -> None:
    set_risk(enforced, **takeover(High="BLOCK"))
    trusted = enforced.client(GenerateSecret=True, EnablePropagateAdditionalUserContextData=True)
    person = enforced.person()

    def sign_in(realm: Realm) -> Any:
        parameters = {"USERNAME": person.username, "PASSWORD": PASSWORD}
        return realm.server.user.initiate_auth(
            ClientId=realm.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters=realm._signed(parameters),
            UserContextData={"IpAddress": HIGH, "EncodedData": "any"},
        )

    assert "AuthenticationResult" in sign_in(enforced)
    with refused(*BLOCKED):
        sign_in(trusted)


def test_notice_and_feedback_by_its_token(enforced: Realm) -> None:
    server = enforced.server
    sender = {
        "SourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/a@example.com",
        "BlockEmail": {
            "Subject": "Stopped",
            "TextBody": "{username} from {ip-address}: {one-click-link-invalid}",
        },
    }
    actions = {"HighAction": action("BLOCK", notify=True), "LowAction": action("BLOCK")}
    settings = {"NotifyConfiguration": sender, "Actions": actions}
    set_risk(enforced, AccountTakeoverRiskConfiguration=settings)
    person = enforced.person(email=True)
    with refused(*BLOCKED):
        from_address(person, LOW)
    assert server.inbox(person.email) == []
    with refused(*BLOCKED):
        from_address(person, HIGH)
    (notice,) = server.inbox(person.email)
    assert notice["subject"] == "Stopped"
    assert notice["text"] == f"{person.username} from {HIGH}: {notice['code']}"
    event = events_of(person)[0]["EventId"]
    server.user.update_auth_event_feedback(
        **person.admin_name, EventId=event, FeedbackValue="Invalid", FeedbackToken=notice["code"]
    )
    feedback = events_of(person)[0]["EventFeedback"]
    assert (feedback["FeedbackValue"], feedback["Provider"]) == ("Invalid", "User")


LITE_REFUSES: dict[str, tuple[dict[str, Any], str]] = {
    "threat protection": (
        {"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}},
        "Threat Protection",
    ),
    "choice": (
        {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}},
        "Choice-based sign-in",
    ),
    "history": (
        {"Policies": {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3}}},
        "Password history",
    ),
    "trigger": (
        {
            "LambdaConfig": {
                "PreTokenGenerationConfig": {
                    "LambdaVersion": "V2_0",
                    "LambdaArn": "arn:aws:lambda:eu-central-1:123456789012:function:f",
                }
            }
        },
        "Access token customization",
    ),
}


@pytest.mark.parametrize(("settings", "feature"), LITE_REFUSES.values(), ids=LITE_REFUSES)
def test_lite_refuses_what_it_lacks(
    make_realm: MakeRealm, settings: dict[str, Any], feature: str
) -> None:
    words = (
        "The following features need to be disabled for the LITE pricing tier configured: "
        + feature
    )
    with refused("FeatureUnavailableInTierException", words):
        make_realm(UserPoolTier="LITE", **settings)
    realm = make_realm(UserPoolTier="PLUS", **settings)
    with refused("FeatureUnavailableInTierException", words):
        realm.server.admin.update_user_pool(
            UserPoolId=realm.pool_id, UserPoolTier="LITE", **settings
        )
    described = realm.server.admin.describe_user_pool(UserPoolId=realm.pool_id)["UserPool"]
    assert described["UserPoolTier"] == "PLUS"


def test_essentials_lacks_threat_protection_only(make_realm: MakeRealm) -> None:
    add_ons = {"AdvancedSecurityMode": "ENFORCED"}
    with refused(
        "FeatureUnavailableInTierException",
        "The following features need to be disabled for the ESSENTIALS pricing tier configured: "
        "Threat Protection",
    ):
        make_realm(UserPoolAddOns=add_ons)
    for settings, feature in LITE_REFUSES.values():
        if feature != "Threat Protection":
            assert make_realm(**settings)


def test_no_step_down_to_lite_with_tracked_sessions(make_realm: MakeRealm) -> None:
    realm = make_realm()
    pool = {"UserPoolId": realm.pool_id}
    for tracking in ("ENABLED", "DISABLED"):
        realm.server.admin.set_user_pool_session_configuration(
            **pool, UserSessionTracking=tracking, TokenSession={"MaxPerUser": 5}
        )
        if tracking == "ENABLED":
            with refused("FeatureUnavailableInTierException"):
                realm.server.admin.update_user_pool(**pool, UserPoolTier="LITE")
    realm.server.admin.update_user_pool(**pool, UserPoolTier="LITE")


def test_lite_refuses_email_as_a_factor(make_realm: MakeRealm) -> None:
    realm = make_realm(UserPoolTier="LITE")
    with refused("FeatureUnavailableInTierException"):
        realm.set_mfa("OPTIONAL", EMAIL)
    realm.set_mfa("OPTIONAL", SMS, TOTP)
    assert realm.person().listed() is None
