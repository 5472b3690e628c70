"""What is remembered of a change: before it, after it, and never changed again."""

import json
import uuid
from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist

from accounts import audit
from accounts.cognito.errors import CodeRejected, CognitoError, CognitoUnreachable
from accounts.models import AuditRecord, Person
from accounts.sessions import Origin
from tests.unit.persons import ORIGIN, somebody

pytestmark = pytest.mark.django_db
Outcome = AuditRecord.Outcome


def rows() -> list[tuple[str, str]]:
    return [(row.event, row.outcome) for row in AuditRecord.objects.all()]


def test_a_record_is_never_changed_and_never_deleted():
    """AUD-04: append-only, as far as one record goes; the chain: test_audit_chain.py."""
    audit.signed_in(somebody())
    record = AuditRecord.objects.get()
    record.event = "something else"
    with pytest.raises(TypeError, match="never changed"):
        record.save()
    with pytest.raises(TypeError, match="never changed"):
        record.save(update_fields=["event"])
    with pytest.raises(TypeError, match="never deleted"):
        record.delete()
    assert rows() == [("signed_in", "done")]


def test_a_change_is_two_rows_and_the_second_names_the_first():
    """AUD-01, AUD-02; design law 5."""
    with audit.change(somebody(), "preference_changed", detail={"asked": "x"}) as act:
        assert rows() == [("preference_changed", "intended")]
        act.detail["blocks"] = {"SMSMfaSettings": {"Enabled": True}}
    intended, done = AuditRecord.objects.all()
    assert (intended.id, intended.outcome, intended.detail) == (act.id, "intended", {"asked": "x"})
    assert (done.outcome, done.completes) == (Outcome.DONE, intended)
    assert done.detail == {"blocks": {"SMSMfaSettings": {"Enabled": True}}}


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (CodeRejected("VerifySoftwareToken", "EnableSoftwareTokenMFAException"), "refused"),
        (CognitoError("SetUserMFAPreference", "SomethingNew"), "refused"),
        (CognitoUnreachable("SetUserMFAPreference", "ReadTimeoutError"), "unknown"),
    ],
)
def test_refusals_and_silence_are_outcomes_too(trouble: CognitoError, outcome: str):
    """AUD-02, RES-04: recorded with Cognito's reason, and passed on."""
    with pytest.raises(type(trouble)), audit.change(somebody(), "totp_enrolled"):
        raise trouble
    assert rows() == [("totp_enrolled", "intended"), ("totp_enrolled", outcome)]
    assert AuditRecord.objects.last().detail == {"reason": str(trouble)}  # type: ignore[union-attr]


def test_a_change_that_cannot_be_recorded_is_not_made(monkeypatch: Any):
    """AUD-06."""

    def broken(*_: Any, **__: Any) -> None:
        raise OSError("the audit store is away")

    monkeypatch.setattr(AuditRecord, "save", broken)
    made = []
    with pytest.raises(OSError, match="away"), audit.change(somebody(), "preference_changed"):
        made.append("change")
    assert made == []


def test_each_row_says_who_what_when_and_where():
    """AUD-01."""
    person = somebody()
    with audit.change(person, "sms_enrolled", factor="SMS_MFA"):
        pass
    for row in AuditRecord.objects.all():
        assert (row.pool_id, row.sub, row.actor) == (person.pool_id, person.sub, person.sub)
        assert (row.event, row.factor) == ("sms_enrolled", "SMS_MFA")
        assert row.client_address == ORIGIN.client_address
        assert (row.session_hash, row.request_id) == (ORIGIN.session_hash, ORIGIN.request_id)
        assert row.created_at.tzinfo is not None


def test_the_schema_has_a_place_for_everything_worth_remembering():
    """AUD-01."""
    for name in (
        "created_at", "event", "outcome", "sub", "actor", "factor", "pool_id", "client_address",
        "session_hash", "embed_client", "request_id", "detail", "reason", "ticket", "caller_check",
        "approval", "number", "previous", "hash", "seal",
    ):  # fmt: skip
        assert AuditRecord._meta.get_field(name)


def test_nobody_is_known_before_a_sign_in_and_nothing_of_them_is_kept():
    """AUD-03, OTP-17: not even the name that was typed."""
    audit.sign_in_refused(Origin("203.0.113.7"), "InitiateAuth: NotAuthorizedException")
    row = AuditRecord.objects.get()
    assert (row.event, row.outcome, row.actor, row.sub) == ("signed_in", "refused", "anonymous", "")
    assert row.detail == {"reason": "InitiateAuth: NotAuthorizedException"}


def test_each_event_has_its_row():
    """AUD-02."""
    person = somebody()
    audit.signed_in(person)
    audit.reauthenticated(person)
    audit.reauthenticated_as_somebody_else(person)
    audit.code_sent(person, "SMS_MFA")
    audit.code_refused(person, "SMS_MFA", "VerifyUserAttribute: CodeMismatchException")
    audit.signed_out(person)
    audit.preference_mismatch(person, uuid.uuid4(), {"asked": None})
    assert rows() == [
        ("signed_in", "done"),
        ("reauthenticated", "done"),
        ("reauthenticated", "refused"),
        ("code_sent", "done"),
        ("code_refused", "refused"),
        ("signed_out", "done"),
        ("preference_mismatch", "done"),
    ]


def test_no_row_holds_the_token_it_was_made_with():
    """AUD-03, TOK-04."""
    person = somebody()
    audit.signed_in(person)
    with audit.change(person, "preference_changed"):
        pass
    for row in AuditRecord.objects.values():
        assert person.token.value not in json.dumps(row, default=str)


def test_a_receipt_opens_only_ones_own_change():
    """AUZ-02, AUZ-03: somebody else's looks like a missing one, also by the same sub elsewhere."""
    person = somebody()
    with audit.change(person, "preference_changed", detail={"asked": "x"}) as act:
        act.detail["more"] = "y"
    own = audit.own_change(person, act.id)
    assert own is not None
    assert (own.id, own.outcome, own.detail) == (act.id, "done", {"asked": "x", "more": "y"})
    assert audit.own_change(somebody(sub="eve"), act.id) is None
    assert audit.own_change(somebody(pool_id="eu-central-1_Other0001"), act.id) is None
    assert audit.own_change(person, uuid.uuid4()) is None
    outcome = AuditRecord.objects.get(outcome=Outcome.DONE)
    assert audit.own_change(person, outcome.id) is None


def test_a_change_that_was_cut_off_is_of_unknown_outcome():
    """RES-04, RES-06."""
    person = somebody()
    with pytest.raises(KeyError), audit.change(person, "preference_changed") as act:
        raise KeyError("cut")
    own = audit.own_change(person, act.id)
    assert own is not None
    assert own.outcome == Outcome.UNKNOWN


def test_a_person_is_the_pair_of_pool_and_sub_and_nothing_else():
    """TOK-03, AUZ-03: equal sub in two pools are two accounts; no name, address or password.

    What they chose to be spoken to in is beside it.
    """
    one = Person.objects.known_as("eu-central-1_One", "same-sub")
    assert Person.objects.known_as("eu-central-1_One", "same-sub") == one
    assert Person.objects.known_as("eu-central-1_Two", "same-sub") != one
    assert {field.name for field in Person._meta.get_fields() if not field.is_relation} == {
        "id", "pool_id", "sub", "created_at", "language",
    }  # fmt: skip
    for name in ("password", "email", "username", "last_login"):
        with pytest.raises(FieldDoesNotExist):
            Person._meta.get_field(name)
