"""How often anything may be tried or sent: one table for code, document and tests (LIM-01).

Each count is one row, raised by one conditional statement before the try is made, so that parallel
guesses do not slip through (OTP-03). Counts live in the database, beside the audit: they outlive
sessions, restarts and a cache that forgets. Where they cannot be kept, nothing is tried (LIM-03).
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Never

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import noted
from accounts.models import Tally, together_before_a_row, together_standing_before_a_row
from accounts.prepared import (
    Prepared,
    PreparedDelete,
    PreparedUpsert,
    Ready,
    together,
    together_with,
)
from accounts.watch.metrics import count_limit

if TYPE_CHECKING:
    from accounts.sessions import SignedInPerson

log = structlog.get_logger(__name__)

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# An address of IPv6 is one of the billions that a single household has.
IPV6_PREFIX = 64


@dataclass(frozen=True)
class Limit:
    """So many within a window. per: what is counted apart; effect: what happens beyond it."""

    name: str
    counts: str
    per: str
    amount: int
    window: timedelta
    effect: str
    alarm_at: int = 0


@dataclass(frozen=True)
class Waits:
    """Failures in a row, each making the next try wait longer; only a success forgets them."""

    name: str
    counts: str
    per: str
    free: int
    first: timedelta
    longest: timedelta
    most: int
    # How long a count is kept after the last try (DAT-01).
    kept: timedelta = timedelta(days=365)

    def after(self, failures: int) -> timedelta:
        """How long the next try waits after so many failures in a row."""
        if failures < self.free:
            return timedelta()
        doubled = self.first * (1 << min(failures - self.free, 20))
        return min(doubled, self.longest)


SAID = "a page that says how long to wait (429)"
SAID_THERE = "said beside the field, with the time to wait"

SIGN_IN_ADDRESS = Limit(
    "sign-in-address", "names and passwords sent", "client address", 60, MINUTE, SAID
)
SIGN_IN_NAME = Limit(
    "sign-in-name",
    "passwords refused; a right one forgets them",
    "name as typed and client address",
    10,
    5 * MINUTE,
    "looks like a wrong password",
)
FIRST_NAME = Limit(
    "first-name",
    "names given where a name alone begins a sign-in",
    "name as typed and client address",
    30,
    15 * MINUTE,
    SAID_THERE,
)
FIRST_SEND = Limit(
    "first-send",
    "codes in place of a password",
    "name as typed and client address",
    10,
    HOUR,
    "the choice of another way",
)
RESET_SEND = Limit(
    "reset-send",
    "codes for a forgotten password or a new account",
    "name as typed and client address",
    5,
    HOUR,
    "said on the page",
)
RESET_TRY = Limit(
    "reset-try",
    "answers to such codes",
    "name as typed and client address",
    10,
    HOUR,
    "said beside the field",
)
ANSWER_ADDRESS = Limit(
    "answer-address", "answers to questions of a sign-in", "client address", 60, MINUTE, SAID
)
ANSWER_PERSON = Limit(
    "answer-person",
    "answers to questions of a sign-in",
    "person; before a first proof, name and client address",
    30,
    15 * MINUTE,
    SAID,
)
PROVE_PERSON = Limit(
    "prove-person",
    "passwords and codes of somebody signed in",
    "person",
    20,
    15 * MINUTE,
    SAID_THERE,
)
ENROL_PERSON = Limit("enrol-person", "keys for an app or a passkey", "person", 20, HOUR, SAID)
SEND_PERSON = Limit("send-person", "codes sent", "person", 6, HOUR, SAID_THERE)
SEND_DESTINATION = Limit(
    "send-destination", "codes sent", "number or address they go to", 6, HOUR, SAID_THERE
)
SEND_ADDRESS = Limit("send-address", "codes sent", "client address", 30, HOUR, SAID_THERE)
SEND_TOTAL = Limit(
    "send-total",
    "codes sent, those of sign-ins included",
    "portal",
    settings.SENDS_PER_HOUR,
    HOUR,
    SAID_THERE,
    alarm_at=max(1, settings.SENDS_PER_HOUR // 2),
)
PAIR_PERSON = Limit(
    "pair-person", "pairing codes typed by operators", "person they help", 20, HOUR, SAID_THERE
)
API_PERSON = Limit(
    "api-person", "JSON requests", "person", 120, MINUTE, "429 with TOO_MANY_ATTEMPTS"
)
EMBED_CLIENT = Limit(
    "embed-client", "tickets and sessions of frames", "embed client", 600, MINUTE, "429"
)
EMBED_PERSON = Limit(
    "embed-person", "tickets for frames", "person and embed client", 20, MINUTE, "429"
)
EMBED_ADDRESS = Limit(
    "embed-address", "sessions of frames begun", "client address", 60, MINUTE, "429"
)
BULK_PLAN = Limit(
    "bulk-plan", "changes for many people planned", "operator", 10, HOUR, SAID, alarm_at=6
)
FIND_OPERATOR = Limit(
    "find-operator", "searches for people", "operator", 120, HOUR, SAID, alarm_at=60
)
LOOK_OPERATOR = Limit(
    "look-operator", "accounts of others opened", "operator", 200, HOUR, SAID, alarm_at=100
)
ACT_OPERATOR = Limit(
    "act-operator", "acts on accounts of others", "operator", 60, HOUR, SAID, alarm_at=30
)
REVEAL_OPERATOR = Limit(
    "reveal-operator",
    "numbers and addresses revealed",
    "operator",
    10,
    HOUR,
    SAID,
    alarm_at=5,
)
IN_THE_LOG = "refused all the same, with a line of the log instead of a row"
REFUSALS_NOTED = Limit(
    "refusals-noted",
    "refused requests of one kind that the audit takes down",
    "person; client address where nobody is signed in",
    20,
    HOUR,
    IN_THE_LOG,
)
REFUSALS_TOTAL = Limit(
    "refusals-total",
    "refused requests that the audit takes down",
    "portal",
    2000,
    HOUR,
    IN_THE_LOG,
    alarm_at=500,
)
CHECK_OPERATOR = Limit(
    "check-operator",
    "checks of a caller begun",
    "operator",
    40,
    HOUR,
    SAID,
    alarm_at=25,
)
CHECK_TARGET = Limit(
    "check-target", "checks of a caller begun", "person called about", 6, HOUR, SAID, alarm_at=4
)
CHECK_FAILED_OPERATOR = Limit(
    "check-failed-operator",
    "answers of callers that were wrong",
    "operator",
    12,
    HOUR,
    SAID,
    alarm_at=6,
)
CHECK_FAILED_TARGET = Limit(
    "check-failed-target",
    "answers of callers that were wrong",
    "person called about",
    6,
    HOUR,
    SAID,
    alarm_at=4,
)
WHO_IS_CALLING = Limit(
    "who-is-calling", "codes of operators looked up", "client address", 10, 10 * MINUTE, SAID
)
VOUCH_PERSON = Limit("vouch-person", "codes for a vouch entered", "person", 20, HOUR, SAID)
ASK_OPERATOR = Limit("ask-operator", "approvals asked for", "operator", 30, HOUR, SAID, alarm_at=20)
# No refusals: what they count leads to a banner (accounts/undelivered.py).
UNDELIVERED_PERSON = Limit(
    "undelivered-person",
    "codes that the pool could not send",
    "person, and kind of message",
    1,
    settings.TROUBLE_WINDOW,
    "nothing: a person counts once",
)
UNDELIVERED = Limit(
    "undelivered",
    "people whose code could not be sent",
    "kind of message",
    max(1, settings.TROUBLE_PEOPLE),
    settings.TROUBLE_WINDOW,
    "a banner on all pages, until none has failed for as long",
    alarm_at=max(1, settings.TROUBLE_PEOPLE),
)
LIMITS = (
    SIGN_IN_ADDRESS,
    SIGN_IN_NAME,
    FIRST_NAME,
    FIRST_SEND,
    RESET_SEND,
    RESET_TRY,
    ANSWER_ADDRESS,
    ANSWER_PERSON,
    PROVE_PERSON,
    ENROL_PERSON,
    SEND_PERSON,
    SEND_DESTINATION,
    SEND_ADDRESS,
    SEND_TOTAL,
    PAIR_PERSON,
    API_PERSON,
    EMBED_CLIENT,
    EMBED_PERSON,
    EMBED_ADDRESS,
    BULK_PLAN,
    FIND_OPERATOR,
    LOOK_OPERATOR,
    ACT_OPERATOR,
    REVEAL_OPERATOR,
    REFUSALS_NOTED,
    REFUSALS_TOTAL,
    CHECK_OPERATOR,
    CHECK_TARGET,
    CHECK_FAILED_OPERATOR,
    CHECK_FAILED_TARGET,
    WHO_IS_CALLING,
    VOUCH_PERSON,
    ASK_OPERATOR,
    UNDELIVERED_PERSON,
    UNDELIVERED,
)
# Each fails for itself: an app that is being set up does not use up the tries of the one in use.
PASSWORD, NEW_APP, RECOVERY_CODE = "password", "new authenticator app", "recovery code"
METHODS = (
    PASSWORD,
    "SOFTWARE_TOKEN_MFA",
    "SMS_MFA",
    "EMAIL_OTP",
    NEW_APP,
    "new phone number",
    "new e-mail address",
    RECOVERY_CODE,
)
PROOFS = Waits(
    "proofs",
    "proofs refused in a row: codes, and the password again",
    "person and method",
    free=5,
    first=timedelta(seconds=30),
    longest=HOUR,
    most=100,
)


class LimitReached(Exception):
    """Once too often. wait: until it helps to try again; None where only an operator can help."""

    def __init__(self, name: str, wait: timedelta | None) -> None:
        super().__init__(name)
        self.name = name
        self.wait = wait

    @property
    def seconds(self) -> int:
        return math.ceil(self.wait.total_seconds()) if self.wait else 0

    @property
    def advice(self) -> str:
        """What a page says: "Wait 30 seconds, then try again." """
        if self.wait is None:
            return _("Use another method, or ask the people who run your account for help.")
        return _advice(self.seconds)


class LimiterAway(Exception):
    """The counts cannot be kept, so nothing that is counted may be tried."""


def spend(limit: Limit, *key: str) -> None:
    """Count one before it is done. Errors: LimitReached (noted for the audit), LimiterAway."""
    with _noting(limit):
        _spend(limit, *key)


def spend_of(person: "SignedInPerson", limit: Limit) -> None:
    """The same for each person, and read beside it how they stand, as whoever spends asks next.

    One statement where the database can. Errors: LimitReached, LimiterAway.
    """
    assert not limit.alarm_at, limit.name  # noqa: S101  (a defect of ours: none would ring)
    now = timezone.now()
    row, raising = _raising(limit, (person.sub,), now)
    with _noting(limit), _store():
        [counted], stands = together_with(person.to_stand(now), raising)
        if not counted:
            raise LimitReached(limit.name, _left(row, now, limit.window))
    person.learn_standing(stands)


def spend_counted(limit: Limit, *key: str) -> int:
    """The same, and how many there are now in this window. Errors: LimitReached, LimiterAway."""
    with _noting(limit):
        return _spend_counted(limit, *key)


@contextmanager
def _noting(limit: Limit) -> Iterator[None]:
    """What is over its limit was not counted, and is noted for the audit."""
    try:
        yield
    except LimitReached:
        noted.refused("limit_reached", limit.name)
        count_limit(limit.name)
        raise


def _spend(limit: Limit, *key: str) -> None:
    if limit.alarm_at:
        _spend_counted(limit, *key)
        return
    with _store():
        _raise(limit, key)


def _spend_counted(limit: Limit, *key: str) -> int:
    # The row stays ours until the transaction ends: what is read here is what we counted.
    with _store(), transaction.atomic():
        row = _raise(limit, key)
        [(counted,)] = _counts(row)
    if counted == limit.alarm_at:
        log.error("alarm", limit=limit.name, counted=counted, window=in_words(_whole(limit.window)))
    return int(counted)


def _raise(limit: Limit, key: tuple[str, ...]) -> str:
    """Raise one count; its row. Errors: LimitReached."""
    now = timezone.now()
    row, raising = _raising(limit, key, now)
    if not together(raising)[0]:
        raise LimitReached(limit.name, _left(row, now, limit.window))
    return row


def _raising(limit: Limit, key: tuple[str, ...], now: datetime) -> tuple[str, Ready]:
    row, until = _key(limit.name, key), now + limit.window
    first = Tally(key=row, count=1, opens_at=now - HOUR, ends_at=until)
    return row, _within(limit.amount).ready(first, row, now, until)


@cache
def _within(amount: int) -> PreparedUpsert:
    def build(row: str, now: datetime, until: datetime) -> Any:
        over = Q(ends_at__lte=now)
        raised = {
            "count": Case(When(over, then=Value(1)), default=F("count") + 1),
            "ends_at": Case(When(over, then=Value(until)), default=F("ends_at")),
        }
        return Tally.objects.filter(over | Q(count__lt=amount), key=row), raised

    return PreparedUpsert(build, str, datetime, datetime)


def spend_proof(username: str, method: str) -> None:
    """Count a proof as refused before it is made; `forgive_proof` takes it back.

    username: the pool's own name of the account, to which every spelling leads (OTP-06).
    Errors: LimitReached, LimiterAway.
    """
    now = timezone.now()
    row, raising = _raising_proof(username, method, now)
    with _store():
        [raised] = together(raising)
    if not raised:
        _refuse_proof(row, now)


def spend_with_proof(limit: Limit, key: str, username: str, method: str) -> None:
    """Count one within a limit, and then a proof: what the first refuses, the second never saw.

    One statement where the database can. Errors: LimitReached, LimiterAway.
    """
    now = timezone.now()
    first, counting = _raising(limit, (key,), now)
    second, raising = _raising_proof(username, method, now)
    with _store():
        counted, raised = together_before_a_row(counting, raising)
    _refuse_uncounted(limit, now, (first, counted), (second, raised))


def spend_unless_frozen(person: "SignedInPerson", limit: Limit, method: str) -> None:
    """The same of somebody signed in; nothing is counted of what a freeze refuses.

    Whoever spends asks next whether there is one: it is known from then on, by the same statement
    where the database can. Errors: LimitReached, LimiterAway.
    """
    if connection.vendor != "postgresql" or person.stands_known:
        if person.frozen_until is None:
            spend_with_proof(limit, person.sub, person.username, method)
        return
    now = timezone.now()
    first, counting = _raising(limit, (person.sub,), now)
    second, raising = _raising_proof(person.username, method, now)
    with _store():
        (begins, counted, raised), stands = together_standing_before_a_row(
            person.to_stand(now), person.unfrozen(now), counting, raising
        )
    person.learn_standing(stands)
    if begins:
        _refuse_uncounted(limit, now, (first, counted), (second, raised))
    elif person.frozen_until is None:  # the portal does not know them any more
        spend_with_proof(limit, person.sub, person.username, method)


def _refuse_uncounted(
    limit: Limit, now: datetime, one: tuple[str, int], other: tuple[str, int]
) -> None:
    """Each: a row, and whether it was raised."""
    if not one[1]:
        with _noting(limit):
            raise LimitReached(limit.name, _left(one[0], now, limit.window))
    if not other[1]:
        _refuse_proof(other[0], now)


def _refuse_proof(row: str, now: datetime) -> Never:
    noted.refused("limit_reached", PROOFS.name)
    count_limit(PROOFS.name)
    raise LimitReached(PROOFS.name, _closed(row, now))


def _raising_proof(username: str, method: str, now: datetime) -> tuple[str, Ready]:
    assert method in METHODS, method  # noqa: S101  (a defect of ours, which would split a count)
    row, until = _key(PROOFS.name, (username, method)), now + PROOFS.kept
    opens = [now + wait for wait in _growing(PROOFS)]
    first = Tally(key=row, count=1, opens_at=opens[0], ends_at=until)
    return row, _in_a_row(PROOFS).ready(first, row, now, until, now + PROOFS.longest, *opens)


@cache
def _growing(waits: Waits) -> list[timedelta]:
    """How long to wait after the first failure, the second and so on, until it is the longest."""
    found = (waits.after(failures) for failures in range(1, waits.most))
    return [wait for wait in found if wait < waits.longest]


@cache
def _in_a_row(waits: Waits) -> PreparedUpsert:
    def build(row: str, now: datetime, until: datetime, at_last: datetime, *opens: datetime) -> Any:
        raised = {
            "count": F("count") + 1,
            "opens_at": Case(
                *(When(count=number, then=Value(each)) for number, each in enumerate(opens)),
                default=Value(at_last),
            ),
            "ends_at": Value(until),
        }
        return Tally.objects.filter(opens_at__lte=now, count__lt=waits.most, key=row), raised

    moments = [datetime] * (3 + len(_growing(waits)))
    return PreparedUpsert(build, str, *moments)


def forgive(limit: Limit, *key: str) -> None:
    """Forget a count after a success: that of the person alone, never of an address (OTP-05)."""
    with _store():
        Tally.objects.filter(key=_key(limit.name, key)).delete()


def give_back(limit: Limit, *key: str) -> None:
    """Take one count back: what was counted beforehand turned out to be right."""
    with _store():
        row = _key(limit.name, key)
        Tally.objects.filter(key=row, count__gt=0).update(count=F("count") - 1)


def forgive_proof(username: str, method: str, also: str = "") -> None:
    """The proof was right: no failures in a row any more. also: another method it is good for."""
    with _store():
        together(forgiving(username, method, also))


def forgiving(username: str, method: str, also: str = "") -> Ready:
    """The same as a statement, to be sent with what the proof was for."""
    return _forget.ready(
        *(_key(PROOFS.name, (username, each)) for each in (method, also or method))
    )


_forget = PreparedDelete(
    lambda one, other: Tally.objects.filter(Q(key=one) | Q(key=other)), str, str
)


def release(username: str) -> int:
    """Forget all failures in a row of one account, as an operator may; how many counts it had."""
    keys = [_key(PROOFS.name, (username, method)) for method in METHODS]
    with _store():
        return Tally.objects.filter(key__in=keys).delete()[0]


def spend_send(person: str, destination: str, address: str) -> None:
    """Count a message before it is sent, from the narrowest limit to the widest.

    Stopped by a narrow one, it does not use up the wider ones. Errors: LimitReached, LimiterAway.
    """
    spend(SEND_PERSON, person)
    if destination:
        spend(SEND_DESTINATION, destination)
    spend(SEND_ADDRESS, network_of(address))
    spend(SEND_TOTAL)


def spend_send_to_nobody_known(limit: Limit, name: str, network: str) -> None:
    """The same for a name that nobody has proved yet, and that nobody need have.

    Errors: LimitReached, LimiterAway.
    """
    spend(limit, name, network)
    spend(SEND_ADDRESS, network)
    spend(SEND_TOTAL)


def note_send() -> None:
    """Count a message that the pool has sent by itself, for the alarm on the total (OTP-11)."""
    try:
        _spend(SEND_TOTAL)
    except LimitReached:
        log.error("alarm", limit=SEND_TOTAL.name, counted=SEND_TOTAL.amount)


def spend_quietly(limit: Limit, *key: str) -> bool:
    """Count one of what is refused to nobody; false where it is full. Errors: LimiterAway."""
    try:
        _spend(limit, *key)
    except LimitReached:
        return False
    return True


def prolong(limit: Limit, *key: str) -> None:
    """Let a window last from now on. Errors: LimiterAway."""
    with _store():
        Tally.objects.filter(key=_key(limit.name, key)).update(
            ends_at=timezone.now() + limit.window
        )


def reached(limit: Limit, keys: Iterable[str]) -> set[str]:
    """Which of these counts are full just now. One query. Errors: LimiterAway."""
    rows = {_key(limit.name, (key,)): key for key in keys}
    with _store():
        full = Tally.objects.filter(
            key__in=rows, count__gte=limit.amount, ends_at__gt=timezone.now()
        ).values_list("key", flat=True)
        return {rows[row] for row in full}


def network_of(address: str) -> str:
    """Who shares a count by address: one of IPv4, a /64 of IPv6, and all that nobody can read."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    prefix = 32 if found.version == 4 else IPV6_PREFIX
    return str(ip_network(f"{found}/{prefix}", strict=False))


def in_words(seconds: int) -> str:
    """`30 seconds`, `2 minutes`, `an hour`: rounded up, never too short. For logs and documents."""
    number, unit = rounded_up(seconds)
    if number == 1:
        return "an hour" if unit == "hour" else f"a {unit}"
    return f"{number} {unit}s"


def _advice(seconds: int) -> str:
    """`Wait 30 seconds, then try again.`: as long as in `in_words`, in the language of the page."""
    number, unit = rounded_up(seconds)
    sentence = {
        "second": ngettext(
            "Wait a second, then try again.", "Wait {n} seconds, then try again.", number
        ),
        "minute": ngettext(
            "Wait a minute, then try again.", "Wait {n} minutes, then try again.", number
        ),
        "hour": ngettext(
            "Wait an hour, then try again.", "Wait {n} hours, then try again.", number
        ),
    }
    return sentence[unit].format(n=number)


def rounded_up(seconds: int) -> tuple[int, str]:
    """How many, and of what: second, minute or hour."""
    if seconds < 60:
        return max(1, seconds), "second"
    minutes = -(-seconds // 60)
    return (minutes, "minute") if minutes < 60 else (-(-minutes // 60), "hour")


def _whole(duration: timedelta) -> int:
    return int(duration.total_seconds())


def _key(name: str, parts: tuple[str, ...]) -> str:
    """One count of one pool; who it is about cannot be read from it (AUZ-03, FAC-10)."""
    whose = "\n".join((settings.COGNITO_USER_POOL_ID, *(part.casefold() for part in parts)))
    return f"{name}:{salted_hmac('accounts.limits', whose, algorithm='sha256').hexdigest()}"


_counts = Prepared(lambda row: Tally.objects.filter(key=row).values_list("count"), str)


def _left(row: str, now: datetime, window: timedelta) -> timedelta:
    with _store():
        found = Tally.objects.filter(key=row).first()
    return max(found.ends_at - now, timedelta(seconds=1)) if found else window


def _closed(row: str, now: datetime) -> timedelta | None:
    with _store():
        found = Tally.objects.filter(key=row).first()
    if found is None:
        return PROOFS.first
    if found.count >= PROOFS.most:
        return None
    return max(found.opens_at - now, timedelta(seconds=1))


@contextmanager
def _store() -> Iterator[None]:
    # Within somebody's transaction what fails here must not end theirs.
    around = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with around:
            yield
    except (DatabaseError, InterfaceError) as trouble:
        log.error("limiter_away", reason=type(trouble).__name__)
        raise LimiterAway from trouble
