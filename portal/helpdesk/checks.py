"""Whether a caller is who they say, and for how long that counts (HLP-02, REC-01).

A check is one call: one operator, one person, one ticket. Within it the caller proves who they
are: by what reached a verified channel, by what their own signed-in portal shows, by a vouch, or
in person. What they merely know proves nothing, so there is no field for it. Every answer is
counted before it is looked at, and a new code or a new check takes no count back.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from accounts import alarms, audit, colleagues, guards, keyed, languages, limits, messages, vault
from accounts.audit import Mandate
from accounts.cases import LETTERS
from accounts.cognito.people import Someone
from accounts.limits import Limit
from accounts.masking import show_username
from accounts.sessions import SignedInPerson
from accounts.subjects import Known, Subject
from portal.helpdesk import caller_words, phrases, telling, told, words
from portal.helpdesk.matrix import Act, Strength
from portal.helpdesk.models import CallerCheck, CallerProof
from portal.helpdesk.targets import Whom, require

Way = CallerProof.Way
CALL_LASTS = timedelta(minutes=45)
PROOF_LASTS = timedelta(minutes=10)
MOST_TRIES = 3
NUMBER_LENGTH, VOUCH_LENGTH = 6, 8
NUMBER_SALT, PROOF_SALT = "portal.helpdesk.number", "portal.helpdesk.proof"
STRENGTH: Mapping[Way, Strength] = {
    Way.EMAIL: Strength.CHANNEL,
    Way.SMS: Strength.CHANNEL,
    Way.PHRASE: Strength.STRONG,
    Way.VOUCH: Strength.STRONG,
    Way.IN_PERSON: Strength.STRONG,
}


WAY_OF: Mapping[str, Way] = {"SMS_MFA": Way.SMS, "EMAIL_OTP": Way.EMAIL}


class CheckOver(Exception):
    """There is no check of this caller under way: it ended, or was never begun."""


class NotRight(Exception):
    """What the caller said is not right. gone: it cannot be tried again."""

    def __init__(self, *, gone: bool = False) -> None:
        super().__init__("gone" if gone else "not right")
        self.gone = gone


def strength_now(operator_sub: str, subject: Subject) -> Strength:
    """How sure this operator may be, now, that the caller is this person."""
    found = _counting(operator_sub, subject).values_list("way", flat=True)
    return max((STRENGTH[Way(way)] for way in found), default=Strength.NONE)


def counts_until(operator_sub: str, subject: Subject) -> datetime | None:
    """Until when the strongest proof counts; None where there is none."""
    rows = _counting(operator_sub, subject)
    best = max(rows, key=lambda row: (STRENGTH[Way(row.way)], row.counts_until), default=None)
    return best.counts_until if best else None


def standing(operator_sub: str, subject: Subject) -> str:
    """The id of the check behind the strongest proof, for the audit; empty where there is none."""
    rows = _counting(operator_sub, subject)
    best = max(rows, key=lambda row: (STRENGTH[Way(row.way)], row.counts_until), default=None)
    return str(best.check_of_id) if best else ""


def ways_passed(operator_sub: str, subject: Subject) -> list[str]:
    """How the caller proved it: evidence for whoever has to agree."""
    return sorted(set(_counting(operator_sub, subject).values_list("way", flat=True)))


def _counting(operator_sub: str, subject: Subject) -> Any:
    return CallerProof.objects.filter(
        check_of__pool_id=subject.pool_id,
        check_of__sub=subject.sub,
        check_of__operator=operator_sub,
        check_of__closed_at__isnull=True,
        counts_until__gt=timezone.now(),
    )


# --- the call ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Helper:
    """Who helps, as the person may see it. number: what the operator reads out."""

    name: str
    roles: str
    number: str


def helper_of(check: CallerCheck) -> Helper:
    kept = vault.unseal(check.sealed)
    return Helper(
        name=kept["name"] or caller_words.an_operator(),
        roles=caller_words.roles(kept["roles"].split(", ")),
        number=kept["number"],
    )


def begin(person: SignedInPerson, whom: Whom, ticket: str) -> CallerCheck:
    """Begin to check a caller who claims to be this person; an unfinished check ends.

    Errors: NotAllowed, LimitReached, ReauthenticationNeeded.
    """
    guards.require_recent_operator(person)
    operator = require(Act.CHECK_CALLER, person, whom.target)
    mandate = Mandate(whom.subject, ticket=ticket)
    counted = limits.spend_counted(limits.CHECK_OPERATOR, person.sub)
    _count(counted, limits.CHECK_OPERATOR, person, mandate)
    again = limits.spend_counted(limits.CHECK_TARGET, whom.subject.sub)
    _count(again, limits.CHECK_TARGET, person, mandate)
    roles = ", ".join(sorted(operator.roles))
    with transaction.atomic():
        audit.caller_check_begun(person, mandate)
        colleagues.remember(person)
        _open(person.sub, whom.subject).update(closed_at=timezone.now())
        return _numbered(person, whom.subject, ticket, roles)


def _numbered(person: SignedInPerson, subject: Subject, ticket: str, roles: str) -> CallerCheck:
    while True:
        number = get_random_string(NUMBER_LENGTH, LETTERS)
        name = show_username(person.username)
        try:
            with transaction.atomic():
                return CallerCheck.objects.create(
                    pool_id=subject.pool_id,
                    sub=subject.sub,
                    operator=person.sub,
                    ticket=ticket,
                    number_hash=number_hash(number),
                    sealed=vault.seal({"name": name, "roles": roles, "number": number}),
                    ends_at=timezone.now() + CALL_LASTS,
                )
        except IntegrityError:  # the number is taken
            continue


def number_hash(number: str) -> str:
    """By which a number is found that somebody types: a keyed hash, letters only."""
    return keyed.digest(NUMBER_SALT, _letters(number))


def number_hashes(number: str) -> list[str]:
    """The same under each key that still counts: a call outlives a new key."""
    return keyed.digests(NUMBER_SALT, _letters(number))


def _letters(number: str) -> str:
    return "".join(each for each in number.upper() if each in LETTERS)


def current(operator_sub: str, subject: Subject) -> CallerCheck | None:
    """The check of this person that this operator has under way."""
    found: CallerCheck | None = _open(operator_sub, subject).order_by("-opened_at").first()
    return found


def _open(operator_sub: str, subject: Subject) -> Any:
    return live().filter(operator=operator_sub, pool_id=subject.pool_id, sub=subject.sub)


def live() -> Any:
    """Every check that is under way."""
    return CallerCheck.objects.filter(closed_at__isnull=True, ends_at__gt=timezone.now())


def subject_of(check: CallerCheck) -> Subject:
    return Subject(check.pool_id, check.sub)


def mandate_of(check: CallerCheck, reason: str = "") -> Mandate:
    return Mandate(subject_of(check), reason=reason, ticket=check.ticket)


def close(by: Known, check: CallerCheck) -> None:
    """End a check, and all that was proved in it."""
    with transaction.atomic():
        audit.caller_check_closed(by, mandate_of(check))
        CallerCheck.objects.filter(pk=check.pk, closed_at__isnull=True).update(
            closed_at=timezone.now()
        )


def _required(person: SignedInPerson, whom: Whom) -> CallerCheck:
    """The operator's own check of this person; the rules are asked each time (HLP-06)."""
    guards.require_recent_operator(person)
    require(Act.CHECK_CALLER, person, whom.target)
    check = current(person.sub, whom.subject)
    if check is None:
        raise CheckOver
    return check


# --- what is asked ----------------------------------------------------------------------------


def channels(someone: Someone) -> dict[Way, str]:
    """Where a code may go: only what the pool itself calls verified, and not since yesterday."""
    account = someone.account
    found = {Way.EMAIL: account.email} if account.email and account.email_verified else {}
    if messages.can_text() and account.phone and account.phone_verified:
        found[Way.SMS] = account.phone
    fresh = settling(someone)
    return {way: to for way, to in found.items() if way not in fresh}


def settling(someone: Someone) -> dict[Way, datetime]:
    """Numbers and addresses that are too new to prove anything, and until when.

    Whoever got into an account puts in a number of their own first, and phones then: the rightful
    owner must have had the time to object. Only what was changed through the portal is known.
    """
    settles: timedelta = settings.CHANNEL_SETTLES_IN
    subject = Subject(settings.COGNITO_USER_POOL_ID, someone.sub)
    proved = audit.newly_proved(subject, timezone.now() - settles)
    return {WAY_OF[factor]: at + settles for factor, at in proved.items() if factor in WAY_OF}


def ask(person: SignedInPerson, whom: Whom, way: Way) -> CallerProof:
    """Ask the caller for a proof; whatever was asked by this way before counts no more.

    Errors: CheckOver, NotAllowed, NotRight (no such channel), LimitReached.
    """
    check = _required(person, whom)
    destination = channels(whom.someone).get(way, "")
    if way in {Way.EMAIL, Way.SMS} and not destination:
        raise NotRight(gone=True)
    if destination:
        limits.spend_send(check.sub, destination, person.origin.client_address)
    secret = _secret(way)
    with transaction.atomic():
        audit.caller_asked(person, mandate_of(check), way.value)
        _unanswered(check, way).update(ends_at=timezone.now())
        proof = CallerProof(check_of=check, way=way, ends_at=timezone.now() + PROOF_LASTS)
        proof.secret_hash = _hash(proof, destination, secret)
        proof.sealed = "" if destination else vault.seal(secret)
        proof.save()
    if destination:
        _send(way, destination, secret, check, proof.ends_at)
    return proof


def _secret(way: Way) -> str:
    if way is Way.PHRASE:
        return phrases.fresh()
    if way is Way.VOUCH:
        return get_random_string(VOUCH_LENGTH, LETTERS)
    return f"{secrets.randbelow(1_000_000):06}"


def _hash(proof: CallerProof, destination: str, said: str) -> str:
    """Bound to operator, person, ticket and destination; a voucher is to find it by the number."""
    if proof.way == Way.VOUCH:
        return number_hash(said)
    return keyed.digest(PROOF_SALT, _bound(proof, destination, said))


def _bound(proof: CallerProof, destination: str, said: str) -> str:
    check = proof.check_of
    bound = (proof.id, check.operator, check.pool_id, check.sub, check.ticket, destination, said)
    return "\n".join(map(str, bound))


def _send(way: Way, destination: str, code: str, check: CallerCheck, until: datetime) -> None:
    """In the language of the account whose code it is."""
    with languages.speaking(languages.of_subject(subject_of(check))):
        said = {"code": code, "name": helper_of(check).name, "ticket": check.ticket}
        if way is Way.SMS:
            text = _(caller_words.CODE_BY_TEXT).format(**said)
            messages.send_text(destination, text, until=until)
            return
        url, portal = f"{settings.PORTAL_URL}/who-is-calling/", settings.PORTAL_NAME
        text = _(caller_words.CODE_BY_EMAIL).format(**said, url=url, portal=portal)
        subject = _(caller_words.CODE_IN_SUBJECT).format(portal=portal)
        messages.send_email(destination, subject, text, until=until)


def _unanswered(check: CallerCheck, way: Way) -> Any:
    return check.proofs.filter(way=way, passed_at__isnull=True, ends_at__gt=timezone.now())


def asked(check: CallerCheck, way: Way) -> CallerProof | None:
    """What the caller is asked by this way, while it can still be answered."""
    waiting = _unanswered(check, way).filter(tries__lt=MOST_TRIES)
    found: CallerProof | None = waiting.order_by("-asked_at").first()
    return found


# --- what is answered -------------------------------------------------------------------------


def answer(person: SignedInPerson, whom: Whom, way: Way, said: str) -> None:
    """Look at what the caller said: the code that was sent, or the phrase that was shown.

    Errors: CheckOver, NotAllowed, NotRight, LimitReached (counted before the look).
    """
    check = _required(person, whom)
    proof = asked(check, way)
    if proof is None or way not in {Way.EMAIL, Way.SMS, Way.PHRASE}:
        raise NotRight(gone=True)
    counted = _spend_failure(person, check)
    if not _tries(proof):
        raise NotRight(gone=True)
    # As it is now: a code for an address that the account no longer has proves nothing.
    destination = channels(whom.someone).get(way, "")
    plain = phrases.plain(said) if way is Way.PHRASE else said
    right = keyed.digests(PROOF_SALT, _bound(proof, destination, plain))
    if not keyed.is_one_of(proof.secret_hash, right):
        audit.caller_not_proved(person, mandate_of(check), way.value, "wrong")
        for limit, number in counted.items():
            _count(number, limit, person, mandate_of(check))
        raise NotRight(gone=proof.tries + 1 >= MOST_TRIES)
    passed_by(person, proof, {"way": way.value}, whom)
    for limit, key in _failures(person, check):
        limits.give_back(limit, key)


def _tries(proof: CallerProof) -> bool:
    """Count a try before it is made; of many at once no more than there are."""
    waiting = CallerProof.objects.filter(
        pk=proof.pk, passed_at__isnull=True, ends_at__gt=timezone.now(), tries__lt=MOST_TRIES
    )
    return bool(waiting.update(tries=F("tries") + 1))


def _failures(person: Known, check: CallerCheck) -> tuple[tuple[Limit, str], ...]:
    return (limits.CHECK_FAILED_TARGET, check.sub), (limits.CHECK_FAILED_OPERATOR, person.sub)


def _spend_failure(person: SignedInPerson, check: CallerCheck) -> dict[Limit, int]:
    """Count this answer as wrong for both, until it turns out to be right."""
    of_target = limits.spend_counted(limits.CHECK_FAILED_TARGET, check.sub)
    of_operator = limits.spend_counted(limits.CHECK_FAILED_OPERATOR, person.sub)
    return {limits.CHECK_FAILED_TARGET: of_target, limits.CHECK_FAILED_OPERATOR: of_operator}


def _count(counted: int, limit: Limit, by: Known, mandate: Mandate) -> None:
    """Ring once in a window where something happens too often (HLP-09)."""
    if counted == limit.alarm_at:
        alarms.ring(by, mandate, limit.name, words.PATTERN[limit.name])


def passed_by(by: Known, proof: CallerProof, detail: Mapping[str, Any], whom: Whom) -> None:
    """The proof is given, once, and the person told. Errors: NotRight where another was quicker."""
    now = timezone.now()
    with transaction.atomic():
        receipt = audit.caller_proved(by, mandate_of(proof.check_of), detail)
        changed = CallerProof.objects.filter(
            pk=proof.pk, passed_at__isnull=True, check_of__closed_at__isnull=True
        ).update(passed_at=now, counts_until=now + settings.CHECK_COUNTS_FOR)
        if not changed:
            raise NotRight(gone=True)
        ticket = proof.check_of.ticket
        telling.tell(whom.subject, whom.account, told.CHECKED, about=receipt, ticket=ticket)


def seen_in_person(person: SignedInPerson, whom: Whom, document: str) -> None:
    """The operator stands before the person and compared a document; its number is kept nowhere.

    document: one of words.DOCUMENT. Errors: CheckOver, NotAllowed.
    """
    check = _required(person, whom)
    proof = CallerProof.objects.create(
        check_of=check, way=Way.IN_PERSON, ends_at=timezone.now() + PROOF_LASTS
    )
    passed_by(person, proof, {"way": Way.IN_PERSON.value, "document": document}, whom)
