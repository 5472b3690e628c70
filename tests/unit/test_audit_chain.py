"""The chain of the audit: whatever is changed, dropped or moved is found, and named."""

import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts import audit, chain, models, trail
from accounts.audit import Mandate
from accounts.models import AuditHead, AuditRecord
from accounts.subjects import Subject
from tests.unit.persons import somebody

POOL = "eu-central-1_Unit00001"
KNOWN = "6ef887d88c76f3695b4d328195027a76f8c444c00f89f33875048bf843e7ddd4"


def write(rows: int = 5, **who: Any) -> None:
    for _ in range(rows):
        audit.signed_in(somebody(**who))


def sql(statement: str, *values: Any) -> None:
    """As somebody with a shell of the database would."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def found(pool_id: str = POOL) -> list[tuple[int, str]]:
    return [(each.number, each.says.partition(" (")[0]) for each in trail.findings(pool_id)]


# --- one form ---------------------------------------------------------------------------------


def test_the_canonical_form_never_changes():
    """AUD-04: another form of the same row would break every chain that exists."""
    row = {
        "id": uuid.UUID("00000000-0000-4000-8000-000000000001"),
        "created_at": datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1))),
        "event": "signed_in",
        "factor": "",
        "completes_id": None,
        "detail": {"b": [1.0, "é"], "a": {}},
        "number": 7,
        "hash": "whatever",
        "seal": "whatever",
    }
    assert chain.canonical(row).decode() == (
        '{"created_at":"2026-03-01T11:00:00.000000+00:00","detail":{"a":{},"b":[1,"é"]},'
        '"event":"signed_in","id":"00000000-0000-4000-8000-000000000001","number":7}'
    )
    assert chain.digest(row) == KNOWN


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**40), 2**40)
        | st.text('aé€😀 "\\\n', max_size=8)
        | st.floats(-1e6, 1e6, allow_nan=False, width=32),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_the_form_survives_json(detail: Any):
    """AUD-04: what a database gives back has the hash of what was written."""
    once = chain.canonical({"detail": detail})
    assert chain.canonical({"detail": json.loads(json.dumps(detail))}) == once


@pytest.mark.django_db
@pytest.mark.parametrize("detail", [{}, {"a": 1.0, "b": [1e5, 0.1, None], "ä": "\u2028é"}])
def test_the_form_survives_the_database(detail: dict[str, Any]):
    """AUD-04."""
    with audit.change(somebody(), "totp_enrolled", detail=detail):
        pass
    assert found() == []


@pytest.mark.django_db
def test_every_column_is_under_the_hash():
    """AUD-01, AUD-04: but for the two that are made from it."""
    write(1)
    row = AuditRecord.objects.values().get()
    columns = {field.attname for field in AuditRecord._meta.concrete_fields}
    assert set(row) == columns == set(AuditRecord.objects.get().said())
    for name in columns - chain.MADE:
        assert chain.digest({**row, name: "something else"}) != row["hash"], name


# --- what is written --------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_row_follows_the_one_before_in_its_own_pool():
    """AUD-04, AUZ-03: two pools, two chains."""
    write(2)
    write(2, pool_id="eu-central-1_Other0001")
    write(1)
    rows = list(AuditRecord.objects.filter(pool_id=POOL).order_by("number"))
    assert [row.number for row in rows] == [1, 2, 3]
    assert [row.previous for row in rows] == ["", rows[0].hash, rows[1].hash]
    assert AuditHead.objects.get(pool_id=POOL).hash == rows[2].hash
    assert trail.pools() == ["eu-central-1_Other0001", POOL]
    assert found() == found("eu-central-1_Other0001") == []


@pytest.mark.django_db
def test_a_row_says_by_which_check_and_with_whose_agreement():
    """AUD-01, HLP-02, HLP-04: both rows of the act."""
    mandate = Mandate(Subject(POOL, "ella"), "lost it", "INC-7", "check-1", "approval-2")
    with audit.change(somebody(), "totp_enrolled", mandate=mandate):
        pass
    said = {
        (row.sub, row.actor, row.reason, row.ticket, row.caller_check, row.approval)
        for row in AuditRecord.objects.all()
    }
    assert said == {("ella", "nora", "lost it", "INC-7", "check-1", "approval-2")}


@pytest.mark.django_db
def test_writing_costs_few_statements(django_assert_num_queries: Any):
    """AUD-04: on PostgreSQL one for both; else the head, the head again, the row. The others begin
    and end a transaction."""
    write(1)
    with django_assert_num_queries(3 if connection.vendor == "postgresql" else 5):
        write(1)


@pytest.mark.django_db
def test_a_head_that_others_moved_is_followed_all_the_same():
    """AUD-04: whatever this process saw last, even a row that is gone, or one that never stood."""
    write(2)
    for number in (2, 1, 9):
        models._last_seen[POOL] = (number, "somebody else's")
        write(1)
    with suppress(LookupError), transaction.atomic():
        write(1)
        raise LookupError
    write(1)
    assert found() == []
    assert AuditRecord.objects.count() == 6


@pytest.mark.django_db
@pytest.mark.parametrize(
    "way",
    [
        lambda rows: rows.update(event="x"),
        lambda rows: rows.delete(),
        lambda rows: rows.bulk_create([AuditRecord()]),
    ],
    ids=["update", "delete", "bulk"],
)
def test_there_is_no_way_round_the_chain(way: Callable[[Any], Any]):
    """AUD-04."""
    write(1)
    for rows in (AuditRecord.objects, AuditRecord.objects.all()):
        with pytest.raises((TypeError, AttributeError)):
            way(rows)
    assert found() == []


@pytest.mark.django_db
def test_a_head_that_cannot_be_moved_stops_the_change(monkeypatch: Any):
    """AUD-06: the row is not there either, and nothing is made."""
    write(1)
    held = AuditHead.held

    def late(pool_id: str) -> AuditHead:
        head = held(pool_id)
        AuditHead.objects.filter(pool_id=pool_id).update(number=99)
        return head

    # As where others write at this very moment; on SQLite it is never otherwise.
    monkeypatch.setattr(AuditRecord, "_follows_last_seen", lambda *_: False)
    monkeypatch.setattr(AuditHead, "held", late)
    made = []
    with pytest.raises(Exception, match="somebody else"), audit.change(somebody(), "totp_enrolled"):
        made.append("change")
    assert made == []
    assert AuditRecord.objects.count() == 1


# --- tampering --------------------------------------------------------------------------------

CHANGED, DROPPED, UNSEALED = "was changed", "missing", "was not sealed by this portal"
TAMPERING: dict[str, tuple[list[str], list[tuple[int, str]]]] = {
    "what": (["UPDATE ROWS SET event = 'signed_out' WHERE number = 3"], [(3, CHANGED)]),
    "who": (["UPDATE ROWS SET actor = 'eve' WHERE number = 1"], [(1, CHANGED)]),
    "when": (["UPDATE ROWS SET created_at = '2020-01-01' WHERE number = 5"], [(5, CHANGED)]),
    "why": (["UPDATE ROWS SET reason = 'I may' WHERE number = 2"], [(2, CHANGED)]),
    "detail": (["UPDATE ROWS SET detail = '{\"a\": 1}' WHERE number = 4"], [(4, CHANGED)]),
    "another person's": (["UPDATE ROWS SET sub = 'eve' WHERE number = 4"], [(4, CHANGED)]),
    "one dropped": (["DELETE FROM ROWS WHERE number = 3"], [(3, DROPPED)]),
    "some dropped": (["DELETE FROM ROWS WHERE number IN (2, 3)"], [(2, DROPPED)]),
    "the first dropped": (["DELETE FROM ROWS WHERE number = 1"], [(1, DROPPED)]),
    "the last dropped": (["DELETE FROM ROWS WHERE number = 5"], [(5, "missing, the newest")]),
    "all dropped": (["DELETE FROM ROWS"], [(1, "missing, the newest")]),
    "the head dropped": (["DELETE FROM accounts_audithead"], [(5, "the chain has no head")]),
    "the head back": (
        ["UPDATE accounts_audithead SET number = 4"],
        [(4, "is not what the head of the chain names")],
    ),
    "swapped": (
        [
            "UPDATE ROWS SET number = 99 WHERE number = 2",
            "UPDATE ROWS SET number = 2 WHERE number = 3",
            "UPDATE ROWS SET number = 3 WHERE number = 99",
        ],
        [
            (2, "does not follow row 1"), (2, CHANGED),
            (3, "does not follow row 2"), (3, CHANGED),
            (4, "does not follow row 3"),
        ],
    ),
    "renumbered over a gap": (
        [
            "DELETE FROM ROWS WHERE number = 4",
            "UPDATE ROWS SET number = 4 WHERE number = 5",
            "UPDATE accounts_audithead SET number = 4",
        ],
        [(4, "does not follow row 3"), (4, CHANGED)],
    ),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found_and_named(how: str):
    """AUD-04."""
    write()
    statements, findings = TAMPERING[how]
    for statement in statements:
        sql(statement.replace("ROWS", "accounts_auditrecord"))
    assert found() == findings


@pytest.mark.django_db
def test_hashes_made_anew_lack_the_seal():
    """AUD-04: with all rights in the database and none of the keys, to the end of the chain."""
    write()
    previous = ""
    for row in AuditRecord.objects.order_by("number").values():
        row |= {"event": "signed_out" if row["number"] == 3 else row["event"]}
        row |= {"previous": previous}
        previous = chain.digest(row)
        sql(
            "UPDATE accounts_auditrecord SET event = %s, previous = %s, hash = %s"
            " WHERE number = %s",
            *(row["event"], row["previous"], previous, row["number"]),
        )
    sql("UPDATE accounts_audithead SET hash = %s", previous)
    assert found() == [(3, UNSEALED), (4, UNSEALED), (5, UNSEALED)]
    # What is written after it makes nothing good.
    write(1)
    assert found() == [(3, UNSEALED), (4, UNSEALED), (5, UNSEALED)]


@pytest.mark.django_db
def test_a_row_that_somebody_adds_lacks_the_seal():
    """AUD-04."""
    write(2)
    last = AuditRecord.objects.order_by("number").values().last()
    assert last
    row = {**last, "id": uuid.uuid4(), "number": 3, "previous": last["hash"], "actor": "eve"}
    added = AuditRecord(**row | {"hash": chain.digest(row)})
    super(AuditRecord, added).save(force_insert=True)
    assert found() == [(3, UNSEALED), (2, "is not what the head of the chain names")]
    sql("UPDATE accounts_audithead SET number = 3, hash = %s", added.hash)
    assert found() == [(3, UNSEALED)]


@pytest.mark.django_db
def test_an_end_cut_off_with_its_head_is_found_by_an_anchor(capsys: Any):
    """AUD-04: the database alone cannot tell; what was noted elsewhere can."""
    write()
    call_command("audit", "anchor")
    pool_id, noted = capsys.readouterr().out.split()
    assert _verify(capsys, "--anchor", pool_id, noted)[0] == 0
    fourth = AuditRecord.objects.get(number=4)
    sql("DELETE FROM accounts_auditrecord WHERE number = 5")
    sql("UPDATE accounts_audithead SET number = 4, hash = %s", fourth.hash)
    assert found() == []
    status, said = _verify(capsys, "--anchor", pool_id, noted)
    assert status == 1
    assert "row 5: missing, though it was noted elsewhere" in said
    # Filled up again by another row.
    write(1)
    assert (
        "row 5: is not what was noted elsewhere" in _verify(capsys, "--anchor", pool_id, noted)[1]
    )


def _verify(capsys: Any, *more: str) -> tuple[int, str]:
    try:
        call_command("audit", "verify", *more)
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, capsys.readouterr().out


@pytest.mark.django_db
def test_the_command_says_which_and_fails(capsys: Any):
    """AUD-04."""
    write()
    status, said = _verify(capsys)
    assert status == 0
    assert said.endswith(": holds\n")
    third = AuditRecord.objects.get(number=3)
    sql("UPDATE accounts_auditrecord SET outcome = 'refused' WHERE number = 3")
    status, said = _verify(capsys)
    assert (status, said) == (1, f"{POOL} row 3: was changed ({third.id})\n")


@pytest.mark.django_db
def test_an_anchor_that_is_none_is_refused():
    with pytest.raises(Exception, match="NUMBER:HASH"):
        call_command("audit", "verify", "--anchor", POOL, "nonsense")


# --- keys -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_new_key_breaks_nothing(settings: Any):
    """AUD-04: as long as the former one is known, and after `audit seal` without it."""
    write(3)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-" + "0123456789" * 5
    assert {says for _, says in found()} == {UNSEALED}
    assert trail.reseal(POOL) != []
    settings.SECRET_KEY_FALLBACKS = [former]
    write(2)
    assert found() == []
    assert trail.reseal(POOL) == []
    settings.SECRET_KEY_FALLBACKS = []
    write(1)
    assert found() == []
    # The seal of today stands for all of before: a row that is made anew breaks the link.
    second = AuditRecord.objects.values().get(number=2) | {"actor": "eve"}
    sql(
        "UPDATE accounts_auditrecord SET actor = 'eve', hash = %s WHERE number = 2",
        chain.digest(second),
    )
    assert found() == [(3, "does not follow row 2")]


@pytest.mark.django_db
def test_nobody_seals_with_a_key_of_their_own():
    """AUD-04: a forged word of a later seal counts for nothing."""
    write(3)
    audit.resealed(POOL, {"through": 3})
    sql("UPDATE accounts_auditrecord SET seal = %s WHERE number IN (2, 4)", "0" * 64)
    assert found() == [(2, UNSEALED), (4, UNSEALED)]


# --- time -------------------------------------------------------------------------------------


def _write_at(days_ago: int, rows: int = 2) -> None:
    for _ in range(rows):
        AuditRecord.objects.create(
            event="signed_in",
            outcome="done",
            pool_id=POOL,
            sub="nora",
            actor="nora",
            created_at=datetime.now(UTC) - timedelta(days=days_ago),
        )


@pytest.mark.django_db
def test_what_is_purged_leaves_a_summary_and_the_chain_holds(monkeypatch: Any):
    """AUD-04, DAT-01: more than once, and in pieces."""
    monkeypatch.setattr(trail, "PURGED_AT_ONCE", 3)
    _write_at(20, 4)
    _write_at(10, 3)
    noted = trail.anchor(POOL)
    last_gone = AuditRecord.objects.get(number=4)
    _write_at(1, 2)
    assert trail.purge(POOL, datetime.now(UTC) - timedelta(days=15)) == 4
    assert found() == []
    summaries = list(AuditRecord.objects.filter(event="audit_purged").order_by("number"))
    assert [(each.detail["from"], each.detail["through"]) for each in summaries] == [(1, 3), (4, 4)]
    assert summaries[1].detail["hash"] == last_gone.hash
    assert summaries[0].detail["events"] == {"signed_in": 3}
    assert trail.purge(POOL, datetime.now(UTC) - timedelta(days=15)) == 0
    assert trail.purge(POOL, datetime.now(UTC) - timedelta(days=5)) == 3
    assert found() == []
    assert noted
    assert trail.holds_at(noted) is None
    assert trail.holds_at(trail.Anchor(POOL, 2, "0" * 64)) is None
    assert trail.holds_at(trail.Anchor(POOL, noted.number, "0" * 64)) is not None


@pytest.mark.django_db
def test_more_than_was_purged_is_missed():
    """AUD-04: whoever deletes by hand has no summary for it."""
    _write_at(20, 3)
    _write_at(1, 3)
    trail.purge(POOL, datetime.now(UTC) - timedelta(days=15))
    sql("DELETE FROM accounts_auditrecord WHERE number = 4")
    assert found() == [(4, DROPPED)]
    sql("DELETE FROM accounts_auditrecord WHERE event = 'audit_purged'")
    assert found()[0] == (1, DROPPED)


@pytest.mark.django_db
def test_no_change_is_cut_in_two():
    """DAT-01: an intention stays as long as its outcome."""
    _write_at(20, 1)
    with audit.change(somebody(), "totp_enrolled"), audit.change(somebody(), "sms_enrolled"):
        _write_at(20, 1)
    first = AuditRecord.objects.filter(outcome="intended")
    sql("UPDATE accounts_auditrecord SET created_at = '2020-01-01' WHERE outcome = 'intended'")
    assert first.count() == 2
    assert trail.purge(POOL, datetime.now(UTC) - timedelta(days=15)) == 1
    assert first.count() == 2


@pytest.mark.django_db
def test_an_empty_audit_holds(capsys: Any):
    assert _verify(capsys) == (0, "")
    assert trail.purge(POOL, datetime.now(UTC)) == 0
    assert trail.anchor(POOL) is None
