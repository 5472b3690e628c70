"""Audit rows as others collect them: valid by the published schema, with nothing personal."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from accounts import audit, ocsf
from accounts.audit import Mandate
from accounts.models import AuditRecord
from accounts.subjects import Subject
from portal.activity.said import SAID
from tests.unit.persons import ORIGIN, somebody

HERE = Path(__file__).parent / "ocsf"
CLASSES = {3001: "account_change", 3002: "authentication", 3004: "entity_management"}
SCHEMAS = {
    uid: Draft202012Validator(json.loads((HERE / f"{name}.json").read_text()))
    for uid, name in CLASSES.items()
}
EVENTS = sorted({*SAID, *ocsf.ACTIVITY, "audit_sealed", "something_new"})


def row(event: str, outcome: str = "done", **more: Any) -> AuditRecord:
    return AuditRecord(
        event=event,
        outcome=outcome,
        pool_id="eu-central-1_Unit00001",
        actor="nora",
        number=7,
        previous="0" * 64,
        hash="1" * 64,
        seal="2" * 64,
        **more,
    )


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("outcome", [str(each) for each in AuditRecord.Outcome])
@pytest.mark.parametrize("full", [True, False], ids=["full", "bare"])
def test_every_event_is_valid(event: str, outcome: str, *, full: bool):
    """AUD-01: by the published schema, with everything that a row can say and with nothing."""
    more: dict[str, Any] = {
        "sub": "ella",
        "factor": "SMS_MFA",
        "client_address": "203.0.113.7",
        "session_hash": "5e55",
        "request_id": "r",
        "ticket": "HD-1",
        "detail": {"reason": "no", "asked": {"activated": []}},
    }
    made = ocsf.event_of(row(event, outcome, **more if full else {}))
    SCHEMAS[made["class_uid"]].validate(made)
    assert made["type_uid"] == made["class_uid"] * 100 + made["activity_id"]


def test_the_schema_can_say_no():
    """The test above would be empty if it did not."""
    made = ocsf.event_of(row("signed_in", sub="nora"))
    for broken in (
        {**made, "activity_id": 1000},
        {**made, "surprise": 1},
        {name: value for name, value in made.items() if name not in {"service", "dst_endpoint"}},
        {name: value for name, value in made.items() if name != "user"},
    ):
        assert not SCHEMAS[3002].is_valid(broken)


@pytest.mark.parametrize(
    ("event", "class_uid", "activity"),
    [
        ("totp_enrolled", 3001, "MFA Factor Enable"),
        ("bulk_turned_off", 3001, "MFA Factor Disable"),
        ("passkey_deleted", 3001, "MFA Factor Disable"),
        ("helpdesk_turn_off", 3001, "MFA Factor Disable"),
        ("recovery_begun", 3001, "MFA Factor Disable"),
        ("password_reset", 3001, "Password Reset"),
        ("signed_in", 3002, "Logon"),
        ("signed_out", 3002, "Logoff"),
        ("audit_read", 3004, "Read"),
        ("something_new", 3001, "something_new"),
    ],
)
def test_an_event_has_its_name_there(event: str, class_uid: int, activity: str):
    made = ocsf.event_of(row(event, sub="nora", factor="SOFTWARE_TOKEN_MFA"))
    assert (made["class_uid"], made["activity_name"]) == (class_uid, activity)
    factors = made.get("auth_factors", [{}])[0].get("factor_type")
    expected = "WebAuthn" if event.startswith("passkey_") else "OTP"
    assert factors == (None if class_uid == 3004 else expected)


@pytest.mark.parametrize("event", ["helpdesk_remove_app", "bulk_app_removed"])
def test_an_app_that_was_removed_is_named(event: str):
    """Its rows have no method of their own: the event says which."""
    assert ocsf.event_of(row(event))["auth_factors"] == [
        {"factor_type_id": 7, "factor_type": "OTP"}
    ]


@pytest.mark.parametrize(
    ("before", "after", "activity", "factors"),
    [
        (["SMS_MFA", "EMAIL_OTP"], ["EMAIL_OTP"], "MFA Factor Disable", [1]),
        (["EMAIL_OTP"], ["SMS_MFA"], "MFA Factor Disable", [8]),
        ([], ["EMAIL_OTP", "SMS_MFA"], "MFA Factor Enable", [8, 1]),
        (["SMS_MFA"], ["SMS_MFA"], "preference_changed", None),
    ],
)
def test_a_preference_says_whether_a_method_went_off_or_on(
    before: list[str], after: list[str], activity: str, factors: list[int] | None
):
    """By what was asked for before and after; its outcome, too, which only names the intention."""
    detail = {"before": {"activated": before}, "asked": {"activated": after}}
    begun = row("preference_changed", "intended", detail=detail)
    for each in (begun, row("preference_changed", "done", completes=begun)):
        made = ocsf.event_of(each)
        SCHEMAS[3001].validate(made)
        assert made["activity_name"] == activity
        told = made.get("auth_factors")
        assert (told and [factor["factor_type_id"] for factor in told]) == factors


@pytest.mark.django_db
def test_the_export_is_one_object_a_line_in_the_order_of_the_chain(capsys: Any):
    """AUD-03, AUD-04: an operator's words stay here; the hash goes along."""
    mandate = Mandate(Subject("eu-central-1_Unit00001", "ella"), "Ella from accounts", "HD-1")
    with audit.change(somebody(), "totp_enrolled", mandate=mandate):
        pass
    audit.signed_in(somebody())
    call_command("audit", "export")
    said = capsys.readouterr().out
    lines = [json.loads(line) for line in said.splitlines()]
    rows = list(AuditRecord.objects.order_by("number"))
    assert [line["unmapped"]["hash"] for line in lines] == [each.hash for each in rows]
    assert [line["status"] for line in lines] == ["Intended", "Success", "Success"]
    assert lines[0]["metadata"]["correlation_uid"] == lines[1]["metadata"]["correlation_uid"]
    assert lines[0]["src_endpoint"] == {"ip": ORIGIN.client_address}
    assert lines[0]["user"] == {"uid": "ella"}
    assert "accounts" not in said.replace("Account", "")


@pytest.mark.django_db
def test_the_export_keeps_to_its_times(capsys: Any):
    now = datetime.now(UTC)
    for days in (3, 2, 1):
        AuditRecord.objects.create(
            event="signed_in",
            outcome="done",
            pool_id="eu-central-1_Unit00001",
            sub=f"day-{days}",
            actor="nora",
            created_at=now - timedelta(days=days),
        )
    since, until = now - timedelta(days=2.5), now - timedelta(days=1.5)
    call_command("audit", "export", "--since", since.isoformat(), "--until", until.isoformat())
    assert [json.loads(line)["user"]["uid"] for line in capsys.readouterr().out.splitlines()] == [
        "day-2"
    ]
