"""The table of limits: what it says, how it counts, and that its document says the same."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.conf import settings as portal
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from accounts import limits, noted
from accounts.limits import LIMITS, METHODS, PROOFS, LimiterAway, LimitReached
from accounts.management.commands.limits import BEGIN, END, document
from accounts.models import Tally
from tests.unit.speech import source_files

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIGHT = limits.Limit("tight", "tries", "person", 3, timedelta(minutes=1), "no more")


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def spent(limit: limits.Limit, *key: str) -> int:
    """Spend until it is refused; how often it was not."""
    for times in range(limit.amount + 2):
        try:
            limits.spend(limit, *key)
        except LimitReached:
            return times
    raise AssertionError(f"{limit.name} has no end")


def refused_for(username: str, method: str) -> timedelta | None:
    with pytest.raises(LimitReached) as reached:
        limits.spend_proof(username, method)
    return reached.value.wait


# --- the document -----------------------------------------------------------------------------


def test_the_document_is_the_table():
    """LIM-01: one source; docs/limits.md holds what the code counts by."""
    page = Path(portal.BASE_DIR, "docs/limits.md").read_text()
    assert page.partition(BEGIN)[2].partition(END)[0].strip() == document()


def test_every_limit_stands_in_the_table_once():
    """LIM-01: a limit that code could spend and nobody documents would be found here."""
    made = [each for each in vars(limits).values() if isinstance(each, limits.Limit)]
    assert list(LIMITS) == made
    assert len({each.name for each in LIMITS}) == len(LIMITS)
    for each in LIMITS:
        assert each.name in document()


def test_every_limit_is_spent_somewhere():
    """LIM-01: a row that nothing counts would be a promise that nobody keeps."""
    source = " ".join(path.read_text() for path in source_files())
    names = {name: each for name, each in vars(limits).items() if isinstance(each, limits.Limit)}
    for name in names:
        assert re.search(rf"\bspend\w*\((?:limits\.)?{name}\b", source), name


def test_nothing_counts_beside_the_table():
    """LIM-01, LIM-03: allauth's own limiter forgets with the cache, and lets pass what it cannot.

    With its limits off, whoever asks it is always let through.
    """
    assert portal.ACCOUNT_RATE_LIMITS is False
    assert [path for path in source_files() if "ratelimit" in path.read_text()] == []


def test_the_command_prints_the_table(capsys: Any):
    """LIM-01."""
    call_command("limits")
    assert capsys.readouterr().out.strip() == document()


# --- windows ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [each for each in LIMITS if each.amount <= 120])
def test_a_limit_lets_through_its_amount_and_no_more(limit: limits.Limit, clock: Any):
    """LIM-01, OTP-11: every row, and again once its window is over."""
    assert spent(limit, "nora") == limit.amount
    clock.shift(limit.window - timedelta(seconds=1))
    with pytest.raises(LimitReached) as reached:
        limits.spend(limit, "nora")
    assert reached.value.wait == timedelta(seconds=1)
    clock.shift(timedelta(seconds=1))
    assert spent(limit, "nora") == limit.amount


@pytest.mark.django_db
def test_each_has_a_count_of_their_own(clock: Any, settings: Any):
    """AUZ-03, OTP-06: apart by person and by pool, together for each way to write a name."""
    assert spent(TIGHT, "nora") == 3
    assert spent(TIGHT, "NORA") == 0
    assert spent(TIGHT, "tom") == 3
    assert spent(TIGHT, "no", "ra") == 3
    settings.COGNITO_USER_POOL_ID = "eu-central-1_Another01"
    assert spent(TIGHT, "nora") == 3


@pytest.mark.django_db
def test_each_has_a_count_of_their_own_where_there_is_an_alarm(clock: Any):
    """AUZ-03, OTP-11: the alarm is about one of them, too."""
    alarmed = replace(TIGHT, alarm_at=3)
    with capture_logs() as logs:
        assert (spent(alarmed, "nora"), spent(alarmed, "tom")) == (3, 3)
    assert [line["event"] for line in logs] == ["alarm", "alarm"]


@pytest.mark.django_db
def test_what_is_refused_is_not_counted(clock: Any):
    """LIM-05: somebody who keeps knocking does not keep the window open."""
    spent(TIGHT, "nora")
    clock.shift(timedelta(seconds=59))
    for _ in range(10):
        assert spent(TIGHT, "nora") == 0
    clock.shift(timedelta(seconds=1))
    assert spent(TIGHT, "nora") == 3


@pytest.mark.django_db
def test_a_cache_that_is_restarted_forgets_no_limit(clock: Any):
    """OTP-04: sessions may go with it, counts do not."""
    spent(TIGHT, "nora")
    limits.spend_proof("nora", "SMS_MFA")
    cache.clear()
    assert spent(TIGHT, "nora") == 0
    assert Tally.objects.filter(key__startswith="proofs:", count=1).exists()


@pytest.mark.django_db
def test_nobody_reads_from_the_table_who_is_meant(clock: Any):
    """FAC-10, AUD-03: keyed hashes only."""
    limits.spend_send("sub-of-nora", "+447400123456", "203.0.113.7")
    limits.spend_proof("nora", "SMS_MFA")
    kept = " ".join(str(vars(row)) for row in Tally.objects.all())
    for canary in ("nora", "447400123456", "203.0.113.7"):
        assert canary not in kept


@pytest.mark.django_db
def test_a_narrow_limit_does_not_use_up_the_wide_ones(clock: Any, monkeypatch: Any):
    """OTP-11: per person, per destination, per address and in total."""
    total = replace(limits.SEND_TOTAL, amount=1000, alarm_at=0)
    monkeypatch.setattr(limits, "SEND_TOTAL", total)
    for _ in range(limits.SEND_PERSON.amount):
        limits.spend_send("nora", "+447400123456", "203.0.113.7")
    for _ in range(20):
        with pytest.raises(LimitReached, match="send-person"):
            limits.spend_send("nora", "+447400123456", "203.0.113.7")
    for sub in ("tom", "ella"):
        with pytest.raises(LimitReached, match="send-destination"):
            limits.spend_send(sub, "+447400123456", "203.0.113.8")
    for number in range(limits.SEND_ADDRESS.amount - limits.SEND_PERSON.amount):
        limits.spend_send(f"person {number}", f"+4474001{number:05}", "203.0.113.7")
    with pytest.raises(LimitReached, match="send-address"):
        limits.spend_send("uma", "+447400999999", "203.0.113.7")
    limits.spend_send("uma", "+447400999999", "2001:db8:1::1")


@pytest.mark.django_db
def test_the_alarm_rings_once_in_a_window(clock: Any, monkeypatch: Any):
    """OTP-11: at half of the total, and where the pool sends more than that by itself."""
    total = replace(limits.SEND_TOTAL, amount=4, alarm_at=2)
    monkeypatch.setattr(limits, "SEND_TOTAL", total)
    with capture_logs() as logs:
        for number in range(4):
            limits.spend_send(f"person {number}", f"+4474001{number:05}", f"203.0.113.{number}")
    assert [(line["event"], line["log_level"], line["counted"]) for line in logs] == [
        ("alarm", "error", 2)
    ]
    with pytest.raises(LimitReached, match="send-total"):
        limits.spend_send("uma", "+447400999999", "203.0.113.9")
    with capture_logs() as logs:
        limits.note_send()
    assert logs[0]["event"] == "alarm"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
        ("", "unknown"),
        ("203.0.113.7.9", "unknown"),
    ],
)
def test_a_household_is_one_address(address: str, network: str):
    """LIM-02: and whoever cannot be read shares one count, which is no pass."""
    assert limits.network_of(address) == network


# --- counts that are taken back, prolonged and read -------------------------------------------


@pytest.mark.django_db
def test_what_is_given_back_may_be_spent_again(clock: Any):
    """OTP-05: one count and one person's, and never more than was spent."""
    spent(TIGHT, "nora")
    spent(TIGHT, "tom")
    limits.give_back(TIGHT, "nora")
    assert (spent(TIGHT, "nora"), spent(TIGHT, "tom")) == (1, 0)
    for _ in range(TIGHT.amount + 2):
        limits.give_back(TIGHT, "nora")
    assert (spent(TIGHT, "nora"), spent(TIGHT, "tom")) == (3, 0)


@pytest.mark.django_db
def test_whoever_counts_is_told_how_many_there_are(clock: Any):
    """LIM-01: in this window, each for themselves; and what is over the limit is none of them."""
    assert [limits.spend_counted(TIGHT, "nora") for _ in range(3)] == [1, 2, 3]
    assert limits.spend_counted(TIGHT, "tom") == 1
    with noted.during_request() as refused, pytest.raises(LimitReached, match="tight"):
        limits.spend_counted(TIGHT, "nora")
    assert refused == [noted.Refusal("limit_reached", "tight")]
    clock.shift(TIGHT.window)
    assert limits.spend_counted(TIGHT, "nora") == 1


@pytest.mark.django_db
def test_what_is_counted_quietly_is_refused_to_nobody(clock: Any):
    """LIM-01, AUD-02: whoever counts is told whether there was room; nothing is noted."""
    with noted.during_request() as refused:
        assert [limits.spend_quietly(TIGHT, "nora") for _ in range(4)] == [True] * 3 + [False]
        assert limits.spend_quietly(TIGHT, "tom")
    assert refused == []


@pytest.mark.django_db
def test_a_window_that_is_prolonged_lasts_from_now_on(clock: Any):
    """LIM-01: that of one person, and of nobody else; one that nobody began stays shut."""
    spent(TIGHT, "nora")
    spent(TIGHT, "tom")
    clock.shift(TIGHT.window - timedelta(seconds=1))
    limits.prolong(TIGHT, "nora")
    limits.prolong(TIGHT, "ella")
    clock.shift(timedelta(seconds=1))
    assert [spent(TIGHT, name) for name in ("nora", "tom", "ella")] == [0, 3, 3]
    clock.shift(TIGHT.window - timedelta(seconds=1))
    assert spent(TIGHT, "nora") == 3


@pytest.mark.django_db
def test_a_count_that_is_full_is_found_among_others(clock: Any):
    """LIM-01: full ones alone, of those that were asked about, and only while the window lasts."""
    for name in ("nora", "ella"):
        spent(TIGHT, name)
    limits.spend(TIGHT, "tom")
    assert limits.reached(TIGHT, ["nora", "tom", "uma"]) == {"nora"}
    assert limits.reached(replace(TIGHT, name="other"), ["nora"]) == set()
    clock.shift(TIGHT.window - timedelta(seconds=1))
    assert limits.reached(TIGHT, ["nora", "ella"]) == {"nora", "ella"}
    clock.shift(timedelta(seconds=1))
    assert limits.reached(TIGHT, ["nora", "ella"]) == set()


# --- waits ------------------------------------------------------------------------------------


def test_waits_grow_from_half_a_minute_to_an_hour():
    """OTP-02."""
    waits = [PROOFS.after(failures) for failures in range(PROOFS.most)]
    assert waits[: PROOFS.free] == [timedelta()] * PROOFS.free
    assert waits[PROOFS.free] == timedelta(seconds=30)
    assert waits[-1] == timedelta(hours=1)
    for earlier, later in zip(waits[PROOFS.free :], waits[PROOFS.free + 1 :], strict=False):
        assert later == min(2 * earlier, timedelta(hours=1))


@pytest.mark.django_db
def test_the_waits_of_the_table_are_kept(clock: Any):
    """OTP-02: to the second, and a hundred in a row are the last."""
    for failures in range(1, PROOFS.most + 1):
        limits.spend_proof("nora", "SOFTWARE_TOKEN_MFA")
        if failures == PROOFS.most:
            break
        wait = PROOFS.after(failures)
        if wait:
            assert refused_for("nora", "SOFTWARE_TOKEN_MFA") == wait
            clock.shift(wait - timedelta(seconds=1))
            assert refused_for("nora", "SOFTWARE_TOKEN_MFA") == timedelta(seconds=1)
            clock.shift(timedelta(seconds=1))
    clock.shift(timedelta(days=30))
    assert refused_for("nora", "SOFTWARE_TOKEN_MFA") is None


@pytest.mark.django_db
def test_an_operator_lets_a_stopped_person_try_again(clock: Any, capsys: Any):
    """OTP-02: the way back."""
    for method in METHODS:
        for _ in range(PROOFS.free):
            limits.spend_proof("Nora", method)
        assert refused_for("nora", method)
    call_command("limits", release="nora")
    assert capsys.readouterr().out == f"{len(METHODS)} counts forgotten.\n"
    for method in METHODS:
        limits.spend_proof("nora", method)


@pytest.mark.django_db
def test_a_right_proof_forgets_the_failures_of_its_own_kind(clock: Any):
    """OTP-05: the person's, for this method; nobody else's, and no address."""
    for method in ("SMS_MFA", "EMAIL_OTP"):
        for _ in range(PROOFS.free):
            limits.spend_proof("nora", method)
    for _ in range(PROOFS.free):
        limits.spend_proof("tom", "SMS_MFA")
    limits.spend(limits.ANSWER_ADDRESS, "203.0.113.7/32")
    before = Tally.objects.count()
    limits.forgive_proof("nora", "SMS_MFA")
    assert Tally.objects.count() == before - 1
    limits.spend_proof("nora", "SMS_MFA")
    assert refused_for("nora", "EMAIL_OTP")
    assert refused_for("tom", "SMS_MFA")


@pytest.mark.django_db
def test_a_proof_that_is_good_for_two_methods_forgets_the_failures_of_both(clock: Any):
    """OTP-05: and those of a third stay."""
    methods = ("SOFTWARE_TOKEN_MFA", limits.NEW_APP, limits.PASSWORD)
    for method in methods:
        for _ in range(PROOFS.free):
            limits.spend_proof("nora", method)
    limits.forgive_proof("nora", "SOFTWARE_TOKEN_MFA", limits.NEW_APP)
    for method in methods[:2]:
        limits.spend_proof("nora", method)
    assert refused_for("nora", limits.PASSWORD)


@pytest.mark.django_db
def test_a_proof_that_comes_too_early_is_noted(clock: Any):
    """AUD-02: as a limit that was reached, by its name."""
    for _ in range(PROOFS.free):
        limits.spend_proof("nora", "SMS_MFA")
    with noted.during_request() as refused:
        refused_for("nora", "SMS_MFA")
    assert refused == [noted.Refusal("limit_reached", "proofs")]


@pytest.mark.django_db
def test_a_limit_and_a_proof_are_counted_as_by_themselves(clock: Any):
    """OTP-02, OTP-05: in their own counts, which the others of that kind see, too."""
    method = limits.NEW_APP
    limits.spend_with_proof(TIGHT, "nora", "Nora", method)
    assert spent(TIGHT, "nora") == TIGHT.amount - 1
    for _ in range(PROOFS.free - 1):
        limits.spend_proof("Nora", method)
    assert refused_for("Nora", method) == PROOFS.first
    limits.spend_proof("Nora", "SMS_MFA")
    assert spent(TIGHT, "tom") == TIGHT.amount


@pytest.mark.django_db
def test_what_the_limit_refuses_the_proof_never_saw(clock: Any):
    """OTP-02, AUD-02: it says when its window ends, and is noted by its own name."""
    for _ in range(TIGHT.amount):
        limits.spend(TIGHT, "nora")
    clock.shift(timedelta(seconds=20))
    with noted.during_request() as refused, pytest.raises(LimitReached) as reached:
        limits.spend_with_proof(TIGHT, "nora", "Nora", limits.NEW_APP)
    assert (reached.value.name, reached.value.wait) == (TIGHT.name, timedelta(seconds=40))
    assert refused == [noted.Refusal("limit_reached", TIGHT.name)]
    assert Tally.objects.count() == 1
    for _ in range(PROOFS.free):
        limits.spend_proof("Nora", limits.NEW_APP)


@pytest.mark.django_db
def test_a_proof_that_comes_too_early_says_so_and_counts_for_the_limit(clock: Any):
    """OTP-02, AUD-02: the wait is the proof's own, to the second."""
    for _ in range(PROOFS.free):
        limits.spend_proof("Nora", limits.NEW_APP)
    clock.shift(timedelta(seconds=10))
    with noted.during_request() as refused, pytest.raises(LimitReached) as reached:
        limits.spend_with_proof(TIGHT, "nora", "Nora", limits.NEW_APP)
    waits = PROOFS.first - timedelta(seconds=10)
    assert (reached.value.name, reached.value.wait) == (PROOFS.name, waits)
    assert refused == [noted.Refusal("limit_reached", PROOFS.name)]
    assert spent(TIGHT, "nora") == TIGHT.amount - 1


def test_a_method_nobody_knows_is_a_defect():
    """OTP-02: a misspelt method would have a count of its own."""
    with pytest.raises(AssertionError):
        limits.spend_proof("nora", "SMS")


# --- trouble ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        lambda: limits.spend(TIGHT, "nora"),
        lambda: limits.spend_proof("nora", "SMS_MFA"),
        lambda: limits.spend_with_proof(TIGHT, "nora", "nora", "SMS_MFA"),
        lambda: limits.spend_send("nora", "", ""),
        lambda: limits.forgive(TIGHT, "nora"),
        lambda: limits.forgive_proof("nora", "SMS_MFA"),
        lambda: limits.release("nora"),
        lambda: limits.spend_counted(TIGHT, "nora"),
        lambda: limits.spend_quietly(TIGHT, "nora"),
        lambda: limits.give_back(TIGHT, "nora"),
        lambda: limits.prolong(TIGHT, "nora"),
        lambda: limits.reached(TIGHT, ["nora"]),
    ],
)
def test_without_its_table_nothing_is_counted_as_allowed(act: Any):
    """LIM-03, RES-02."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_tally RENAME TO gone")
    with pytest.raises(LimiterAway):
        act()


@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="SQLite in memory has one writer; tests/journeys/test_races.py does it on disk",
)
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_the_amount_gets_through():
    """OTP-03, QA-04: twenty threads, let go together, on the real database."""
    barrier = Barrier(20)

    def attempt(number: int) -> list[bool]:
        barrier.wait()
        try:
            return [_allowed(number) for _ in range(3)]
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        got = [each for some in threads.map(attempt, range(20)) for each in some]
    assert sum(got) == TIGHT.amount


def _allowed(number: int) -> bool:
    try:
        limits.spend(TIGHT, "nora")
    except LimitReached:
        return False
    return True


# --- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "a second"),
        (30, "30 seconds"),
        (60, "a minute"),
        (61, "2 minutes"),
        (1920, "32 minutes"),
        (3600, "an hour"),
        (3601, "2 hours"),
    ],
)
def test_a_wait_in_words(seconds: int, words: str):
    assert limits.in_words(seconds) == words


@given(st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=2)))
def test_the_advice_is_never_too_short(wait: timedelta):
    """LIM-01: who waits as long as the page says gets through."""
    reached = LimitReached("tight", wait)
    assert timedelta(seconds=reached.seconds) >= wait
    assert reached.advice.startswith("Wait ")


@pytest.mark.parametrize(
    ("seconds", "advice"),
    [
        (1, "Wait a second, then try again."),
        (30, "Wait 30 seconds, then try again."),
        (60, "Wait a minute, then try again."),
        (61, "Wait 2 minutes, then try again."),
        (3600, "Wait an hour, then try again."),
        (3601, "Wait 2 hours, then try again."),
    ],
)
def test_the_advice_says_how_long(seconds: int, advice: str):
    """LIM-01: these sentences have rows in docs/words-people.md and are translated."""
    assert LimitReached("tight", timedelta(seconds=seconds)).advice == advice


def test_where_waiting_does_not_help_the_page_says_what_does():
    """OTP-02."""
    reached = LimitReached("proofs", None)
    assert "Use another method" in reached.advice
    assert reached.seconds == 0


@pytest.mark.django_db
def test_each_limit_has_a_count_of_its_own(clock: Any):
    """LIM-01: the name of a limit is part of the count; a success forgets one and not its like."""
    other = replace(TIGHT, name="other")
    assert (spent(TIGHT, "nora"), spent(other, "nora")) == (3, 3)
    limits.forgive(TIGHT, "nora")
    assert spent(TIGHT, "nora") == 3
    with pytest.raises(LimitReached) as reached:
        limits.spend(other, "nora")
    assert reached.value.name == "other"


@pytest.mark.django_db
def test_a_refused_proof_names_its_limit_and_is_kept_a_year(clock: Any):
    """OTP-02, DAT-01: failures in a row are not forgotten by the next morning."""
    for _ in range(PROOFS.free):
        limits.spend_proof("nora", limits.PASSWORD)
    with pytest.raises(LimitReached) as reached:
        limits.spend_proof("nora", limits.PASSWORD)
    assert reached.value.name == "proofs"
    assert Tally.objects.get().ends_at == START + timedelta(days=365)


@pytest.mark.django_db
def test_a_code_to_a_name_that_nobody_proved_counts_in_three_ways(clock: Any, monkeypatch: Any):
    """OTP-11, LIM-05: by name and network, by network, and in all; a stranger elsewhere is free."""
    monkeypatch.setattr(limits, "SEND_ADDRESS", replace(limits.SEND_ADDRESS, amount=4))
    monkeypatch.setattr(limits, "SEND_TOTAL", replace(limits.SEND_TOTAL, amount=6, alarm_at=0))
    first = replace(limits.FIRST_SEND, amount=2)
    send = limits.spend_send_to_nobody_known

    def stopped_by(name: str, network: str) -> str:
        with pytest.raises(LimitReached) as reached:
            send(first, name, network)
        return reached.value.name

    for name in ("nora", "tom"):
        send(first, name, "203.0.113.7/32")
        send(first, name, "203.0.113.7/32")
        assert stopped_by(name, "203.0.113.7/32") == "first-send"
    assert stopped_by("ella", "203.0.113.7/32") == "send-address"
    send(first, "nora", "203.0.113.8/32")
    send(first, "tom", "203.0.113.8/32")
    assert stopped_by("ella", "203.0.113.8/32") == "send-total"


@pytest.mark.django_db
def test_an_alarm_says_what_was_counted(clock: Any, monkeypatch: Any):
    """OTP-11: the log alone tells which limit rang, how many, and in what time."""
    total = replace(limits.SEND_TOTAL, amount=2, alarm_at=1, window=timedelta(hours=1))
    monkeypatch.setattr(limits, "SEND_TOTAL", total)
    with capture_logs() as logs:
        for _ in range(3):
            limits.note_send()
    told = [{key: value for key, value in each.items() if key != "log_level"} for each in logs]
    assert told == [
        {"event": "alarm", "limit": "send-total", "counted": 1, "window": "an hour"},
        {"event": "alarm", "limit": "send-total", "counted": 2},
    ]
