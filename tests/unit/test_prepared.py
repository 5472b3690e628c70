"""Queries that are composed once: the same rows as Django's own, whoever asks and in any order."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Value

from accounts import freezes
from accounts.models import Freeze, NotMeLink, Person, Tally
from accounts.prepared import (
    Prepared,
    PreparedDelete,
    PreparedInsert,
    PreparedUpdate,
    PreparedUpsert,
    together,
)
from accounts.subjects import Subject
from portal.factors.models import LastKnown

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _query(sub: str, ends_at: datetime, own: uuid.UUID) -> Any:
    rows = Freeze.objects.filter(sub=sub, ends_at__gt=ends_at).exclude(pk=own)
    return rows.order_by("ends_at").values_list("id", "ends_at", "why")


def test_it_gives_what_the_query_itself_gives(db: None):
    """Each kind of value, converted in both directions, and no value of the call before."""
    prepared = Prepared(_query, str, datetime, uuid.UUID)
    made = [
        Freeze.objects.create(pool_id="p", sub=sub, ends_at=NOW + timedelta(hours=hours), why="x")
        for sub in ("nora", "tom")
        for hours in (1, 2, 3)
    ]
    for sub, moment, own in [
        ("nora", NOW, made[0].id),
        ("tom", NOW + timedelta(hours=1), made[5].id),
    ]:
        rows = prepared(sub, moment, own)
        assert rows == list(_query(sub, moment, own))
        assert rows


def test_a_value_is_never_sql(db: None):
    """INP-01: it goes as a parameter, whatever it says."""
    Freeze.objects.create(pool_id="p", sub="nora", ends_at=NOW + timedelta(days=9999), why="x")
    assert freezes.frozen_until(Subject("p", "nora")) is not None
    assert freezes.frozen_until(Subject("p", "' OR '1'='1")) is None
    assert freezes.frozen_until(Subject("p", "%s")) is None


def test_a_value_that_the_query_does_not_use_is_a_defect(db: None):
    prepared = Prepared(lambda sub, _: Freeze.objects.filter(sub=sub).values_list("id"), str, str)
    with pytest.raises(AssertionError):
        prepared("nora", "ignored")


def test_a_change_of_rows_is_what_the_query_itself_would_do(db: None):
    """Numbers, moments and names as values; how many rows it was about is told."""
    raising = PreparedUpdate(
        lambda key, least, ends_at: (
            Tally.objects.filter(key=key, count__gte=least),
            {"count": F("count") + 1, "ends_at": Value(ends_at)},
        ),
        str,
        int,
        datetime,
    )
    for key, count in (("one", 1), ("two", 2)):
        Tally.objects.create(key=key, count=count, opens_at=NOW, ends_at=NOW)
    assert raising("one", 2, NOW) == 0
    assert raising("two", 2, NOW + timedelta(hours=1)) == 1
    assert raising("one", 1, NOW + timedelta(hours=2)) == 1
    rows = Tally.objects.order_by("key").values_list("key", "count", "ends_at")
    assert list(rows) == [
        ("one", 2, NOW + timedelta(hours=2)),
        ("two", 3, NOW + timedelta(hours=1)),
    ]


def test_rows_are_deleted_by_name(db: None):
    """Those asked for, and how many they were."""
    deleting = PreparedDelete(lambda key: Tally.objects.filter(key=key), str)
    Tally.objects.create(key="one", count=1, opens_at=NOW, ends_at=NOW)
    Tally.objects.create(key="two", count=1, opens_at=NOW, ends_at=NOW)
    assert [deleting(key) for key in ("one", "one", "' OR '1'='1")] == [1, 0, 0]
    assert list(Tally.objects.values_list("key", flat=True)) == ["two"]


def test_a_row_is_written_with_all_it_says(db: None):
    """INP-01: an id, moments, nothing and a text of quotes, once for each row."""
    writing = PreparedInsert()
    links = [
        NotMeLink(pool_id="p'", sub=sub, about=about, ends_at=NOW)
        for sub, about in (("nora", uuid.uuid4()), ("tom", None))
    ]
    assert [writing(link) for link in links] == [1, 1]
    for link in links:
        found = NotMeLink.objects.get(pk=link.pk)
        assert (found.pool_id, found.sub, found.about) == (link.pool_id, link.sub, link.about)
        assert (found.ends_at, found.used_at) == (NOW, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        writing(links[0])


def test_what_is_json_is_given_as_such(db: None):
    """Whole, as a value of its own; and a row whose number the database gives."""
    known = {"activated": ["it's"], "preferred": None, "prepared-value": 0}
    person = Person.objects.known_as("p", "nora")
    writing = PreparedInsert(ignoring=True)
    row = LastKnown(person=person, known=known, read_at=NOW)
    assert [writing(row), writing(row)] == [1, 0]
    changing = PreparedUpdate(
        lambda person_id, known: (LastKnown.objects.filter(person_id=person_id), {"known": known}),
        uuid.UUID,
        dict,
    )
    assert LastKnown.objects.get(person=person).known == known
    assert changing(person.id, {**known, "activated": []}) == 1
    assert LastKnown.objects.get(person=person).known == {**known, "activated": []}


def test_a_row_that_is_there_stays_where_that_is_said(db: None):
    """Of two who begin a count at once, one begins it."""
    beginning = PreparedInsert(ignoring=True)
    first = Tally(key="one", count=1, opens_at=NOW, ends_at=NOW)
    second = Tally(key="one", count=7, opens_at=NOW, ends_at=NOW)
    assert [beginning(first), beginning(second)] == [1, 0]
    assert Tally.objects.get(key="one").count == 1


def _counting(most: int) -> PreparedUpsert:
    return PreparedUpsert(
        lambda key: (Tally.objects.filter(key=key, count__lt=most), {"count": F("count") + 1}), str
    )


def _first(key: str) -> Tally:
    return Tally(key=key, count=1, opens_at=NOW, ends_at=NOW)


def test_a_row_is_begun_or_changed_where_it_may_be(db: None):
    """Written, changed, and left as it is where it is none of those asked for."""
    counting = _counting(3)
    told = [counting(_first(key), key) for key in ("one", "one", "two", "one", "one")]
    assert told == [1, 1, 1, 1, 0]
    assert dict(Tally.objects.values_list("key", "count")) == {"one": 3, "two": 1}


def test_changes_together_are_those_one_after_another(db: None):
    """A row is written only behind one that was about any; a % stays a %."""
    counting, linking = _counting(2), PreparedInsert()
    forgetting = PreparedDelete(lambda key: Tally.objects.filter(key=key), str)
    link = NotMeLink(pool_id="p%s'", sub="nora", about=uuid.uuid4(), ends_at=NOW)
    assert together(counting.ready(_first("one%"), "one%"), linking.ready(link)) == [1, 1]
    found = NotMeLink.objects.get()
    assert (found.pk, found.pool_id, found.about) == (link.pk, link.pool_id, link.about)
    other = NotMeLink(pool_id="p", sub="tom", ends_at=NOW)
    for counted in (1, 0):
        steps = counting.ready(_first("one%"), "one%"), counting.ready(_first("two"), "two")
        assert together(*steps) == [counted, counted]
    assert together(counting.ready(_first("one%"), "one%"), linking.ready(other)) == [0, 0]
    assert dict(Tally.objects.values_list("key", "count")) == {"one%": 2, "two": 1}
    assert together(forgetting.ready("one%"), forgetting.ready("none")) == [1, 0]
    assert NotMeLink.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps nothing by a name")
def test_the_server_keeps_a_statement_that_is_asked_again(db: None):
    """And still each call has its own values, whatever their size."""
    numbers = Prepared(
        lambda key, count: Tally.objects.filter(key=key, count=count).values_list("count"), str, int
    )
    for count in (1, 2**20, 1, 2**20):
        Tally.objects.update_or_create(
            key="kept%", defaults={"count": count, "opens_at": NOW, "ends_at": NOW}
        )
        assert numbers("kept%", count) == [(count,)]
        assert numbers("kept", count) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement, custom_plans FROM pg_prepared_statements")
        kept = [each for each in cursor.fetchall() if "accounts_tally" in each[0]]
    assert kept
    # And none of its plans: it has one, whatever the values.
    assert all("$2" in statement and not plans for statement, plans in kept)
