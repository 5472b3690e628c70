"""The way back in: two proofs, the old methods gone, and a sign-in that sets up a new one.

docs/recovery.md has the order of its steps, and what happens where they are cut.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language, gettext, gettext_noop

from accounts import (
    audit,
    cases,
    freezes,
    languages,
    limits,
    messages,
    not_me,
    notices,
    passes,
    recoveries,
    recovery_codes,
    recovery_rights,
)
from accounts.cognito import people, sign_in
from accounts.cognito.errors import PasswordRejected
from accounts.cognito.people import Someone
from accounts.cognito.self_service import Account
from accounts.cognito.sign_in import Outcome
from accounts.cognito.tokens import Tokens
from accounts.doors import way_back
from accounts.guards import ChangesFrozen
from accounts.limits import LimitReached
from accounts.locks import locked
from accounts.models import Case, Person, Recovery, RecoveryPass
from accounts.sessions import Origin
from accounts.subjects import Subject
from portal.factors import planner
from portal.factors import services as factors
from portal.factors.domain import MfaPreference, Mode
from portal.factors.models import EnrolledAuthenticator, PasskeySwitch

Way = Recovery.Way
HAPPENED = {
    Way.CODE: gettext_noop("Your old sign-in methods are being removed: a recovery code was used."),
    Way.PASS: gettext_noop("Your old sign-in methods are being removed: a recovery pass was used."),
}


ASKED = gettext_noop(
    "Somebody who knows your password asked to set up a new sign-in method without the old ones. "
    "After a wait it will be possible, unless you say now that it was not you."
)


# By the operator's own sender of text messages, where there is one.
ASKED_BY_TEXT = gettext_noop(
    "{portal}: somebody who knows your password asked to set up a new sign-in method without the "
    "old ones. If that was not you, stop it: {url}"
)


class NotThatCode(audit.NotDone):
    """No such code is left, or somebody else has just used it."""


class NotThatPassword(Exception):
    """The pool did not take the password."""


class NobodyToTell(Exception):
    """Nobody would hear of a wait and stop it: then the password alone would open the account."""


class NothingOpen(Exception):
    """No pass is open in this browser, and nothing was begun in it."""


@dataclass(frozen=True)
class Comer:
    """Who gave the right password and cannot give the second proof. name: as it was typed."""

    pool_id: str
    sub: str
    origin: Origin
    username: str = field(repr=False)
    name: str = field(repr=False)
    browser: str = field(repr=False)

    @property
    def subject(self) -> Subject:
        return Subject(self.pool_id, self.sub)


def with_code(comer: Comer, code: str, password: str) -> Outcome:
    """Come back in with a recovery code and the password (REC-01).

    Errors: NotThatCode, NotThatPassword, ChangesFrozen, LimitReached, LimiterAway, Misconfigured,
    TryLater, CognitoUnreachable.
    """
    limits.spend_proof(comer.username, limits.RECOVERY_CODE)
    found = recovery_codes.find(comer.subject, code)
    if found is None:
        audit.code_refused(comer, "recovery code", "no such code")
        raise NotThatCode
    limits.forgive_proof(comer.username, limits.RECOVERY_CODE)
    return _come_back(comer, Way.CODE, lambda: recovery_codes.use(found), password)


def without_code(comer: Comer, password: str) -> Outcome:
    """Go on with what was begun in this browser, or with the pass that is open in it.

    Errors: NothingOpen, and those of `with_code`.
    """
    begun = recoveries.open_of(comer)
    if begun is not None and recoveries.may_continue(begun, comer.browser):
        return _come_back(comer, Way(begun.way), lambda: True, password)
    found = passes.open_in(comer.subject, comer.browser)
    if found is None:
        raise NothingOpen
    return _come_back(comer, Way.PASS, lambda: passes.use(found), password)


def ask(comer: Comer) -> RecoveryPass:
    """Begin the wait that ends with a pass in this browser; every channel is told at once (REC-01).

    Whoever answers the notice with "this was not me" stops it, signed in or not. Asking again
    does not begin the wait anew, and says nothing twice.
    Errors: NobodyToTell, ChangesFrozen, Misconfigured, TryLater, CognitoUnreachable.
    """
    until = freezes.frozen_until(comer.subject)
    if until is not None:
        raise ChangesFrozen(until)
    waiting = passes.waiting_pass(comer.subject, comer.browser)
    if waiting is not None:
        return waiting
    account = people.get(comer.username).account
    by_text = _may_text(comer, account)
    # What nobody confirmed may be somebody else's, or nobody's.
    if not (account.email_verified or by_text):
        raise NobodyToTell
    with (
        locked(factors.lock_name(comer.subject)),
        audit.change(comer, "recovery_asked") as act,
        transaction.atomic(),
    ):
        case = cases.open_case(comer.subject, Case.Kind.LOST, opened_by="portal", about=act.id)
        asked = passes.ask(comer.subject, comer.browser, case=case)
        notices.announce(comer, {account.email}, ASKED, about=act.id)
        if by_text:
            _ask_by_text(comer, account.phone, asked, act.id)
    return asked


def _may_text(comer: Comer, account: Account) -> bool:
    """A text message costs money and may be asked for by whoever has the password: it is counted.

    Beyond the limit the e-mail alone says it.
    """
    if not (account.phone_verified and messages.can_text()):
        return False
    try:
        limits.spend_send(comer.sub, account.phone, comer.origin.client_address)
    except LimitReached:
        return False
    return True


def _ask_by_text(comer: Comer, number: str, asked: RecoveryPass, about: UUID) -> None:
    link = not_me.url_for(comer.subject, about)
    with languages.speaking(languages.of_subject(comer.subject, get_language())):
        text = gettext(ASKED_BY_TEXT).format(portal=settings.PORTAL_NAME, url=link)
    messages.send_text(number, text, until=asked.ends_at)


def _come_back(comer: Comer, way: Way, use: Callable[[], bool], password: str) -> Outcome:
    """Nothing is used up before the password was right once more and no right was found missing."""
    until = freezes.frozen_until(comer.subject)
    if until is not None:
        raise ChangesFrozen(until)
    _check_password(comer, password)
    recovery_rights.require_tried()
    with locked(factors.lock_name(comer.subject)):
        someone = people.get(comer.username)
        with audit.change(comer, "recovery_begun", detail={"way": way.value}) as act:
            recovery = _begin(comer, way, use, someone, act.id)
            _free(comer, someone)
            recoveries.note_freed(recovery)
    # In this same request: the account is open to a password alone only from here on, and only
    # where the pool does not ask everybody.
    return sign_in.start(comer.name, password)


def _check_password(comer: Comer, password: str) -> None:
    limits.spend_proof(comer.username, limits.PASSWORD)
    try:
        outcome = sign_in.start(comer.name, password)
    except PasswordRejected as refusal:
        audit.sign_in_refused(comer.origin, str(refusal))
        raise NotThatPassword from refusal
    limits.forgive_proof(comer.username, limits.PASSWORD)
    if isinstance(outcome, Tokens):
        way_back.throw_away(outcome)


def _begin(
    comer: Comer, way: Way, use: Callable[[], bool], someone: Someone, about: UUID
) -> Recovery:
    """Use the proof up, note the step, tell the person and set the job: all of it or nothing."""
    with transaction.atomic():
        if not use():
            raise NotThatCode
        recovery = recoveries.begin(comer, way, comer.browser)
        notices.announce(comer, {someone.account.email}, HAPPENED[way], about=about)
    return recovery


def _free(comer: Comer, someone: Someone) -> None:
    """Take the old methods away; the one that the pool asks for goes last.

    Every step may be repeated: cut anywhere, the next visit makes them all again (RES-06).
    """
    way_back.end_everything(comer.username)
    policy = factors.current_policy()
    state = factors.state_from(someone.account, totp_enrolled=True)
    if policy.mode is not Mode.REQUIRED:
        blocks = dict(planner.plan(state, MfaPreference(), policy))
        if policy.passkeys_count:
            blocks |= planner.plan_passkeys(state, counts=False, policy=policy)
        if blocks:
            people.set_preference(comer.username, blocks)
    people.delete_app(comer.username)
    person = Person.objects.known_as(comer.pool_id, comer.sub)
    EnrolledAuthenticator.objects.filter(person_id=person.id).delete()
    PasskeySwitch.objects.filter(person_id=person.id).update(is_on=False)
