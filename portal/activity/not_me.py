"""Use cases of "this was not me": by the link of a notice, or by somebody who is signed in.

Both end every session, stop changes for a time and open a case. Nothing is undone here: whoever
holds a stolen mailbox could otherwise bring back a weaker way to sign in. The helpdesk sees the
case, and puts back what was changed once it knows the person.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import audit, cases, freezes, guards, not_me, notices, passes
from accounts.audit import OwnChange
from accounts.cognito import people
from accounts.cognito.errors import CognitoError
from accounts.models import Case, NotMeLink
from accounts.notices import By
from accounts.sessions import Origin, SignedInPerson
from accounts.subjects import Known, Subject, Visitor, subject_of

log = structlog.get_logger(__name__)
SECURED = gettext_noop("Your account was secured: nobody can change how you sign in for now.")


@dataclass(frozen=True)
class Secured:
    """What became of it. number: of the case. signed_out: whether the pool ended all sign-ins.

    elsewhere: another provider signs them in, and keeps their password.
    """

    number: str
    frozen_until: datetime
    signed_out: bool
    elsewhere: bool = False


def by_link(link: NotMeLink, origin: Origin) -> Secured | None:
    """Secure the account of a link; None where somebody used it a moment ago."""
    visitor = Visitor(link.pool_id, link.sub, origin)
    with transaction.atomic():
        if not not_me.spend(link):
            return None
        case, until = _stop_changes(visitor, link.about, "link")
    addresses = _addresses_by_iam(link.sub)
    ended = _end_sign_ins(visitor, lambda: people.sign_out_everywhere(link.sub))
    return _told(visitor, addresses, Secured(case.number, until, ended))


def by_person(person: SignedInPerson, about: UUID | None, *, recorded: str = "") -> Secured:
    """Secure one's own account, about one entry of its history.

    recorded: the pool's id of a sign-in, where the entry is the pool's; it is told as well, so
    that it judges such sign-ins as a risk from then on (contract 9).

    It needs a recent proof: with a stolen cookie alone nobody can keep the owner from removing
    what a thief added. Errors: ReauthenticationNeeded, SignInExpired, TryLater,
    CognitoUnreachable.
    """
    guards.require_recent(person)
    account = person.self_service.get_user()
    with transaction.atomic():
        case, until = _stop_changes(person, about, "history", recorded)
    if recorded:
        _tell_pool(person, recorded)
    ended = _end_sign_ins(person, person.self_service.sign_out_everywhere)
    secured = Secured(case.number, until, ended, elsewhere=bool(account.federated_by))
    return _told(person, {account.email}, secured)


def _tell_pool(person: SignedInPerson, recorded: str) -> None:
    """A pool that does not take it, or may not be told, keeps nobody from being secured."""
    try:
        with audit.change(person, "sign_in_denied", detail={"event": recorded}):
            people.tell_of_event(person.username, recorded, was_me=False)
    except CognitoError as trouble:
        log.warning("pool_not_told", reason=str(trouble))


def _stop_changes(
    known: Known, about: UUID | None, way: str, recorded: str = ""
) -> tuple[Case, datetime]:
    """All that lies with us, at once or not at all (AUD-06)."""
    subject = subject_of(known)
    frozen = freezes.begin(subject, settings.FREEZE_LASTS, "not_me")
    case = cases.open_case(subject, Case.Kind.NOT_ME, opened_by=known.sub, about=about)
    passes.live(subject).update(revoked_at=timezone.now())
    detail = {"way": way, "case": case.number, "about": str(about) if about else ""}
    if recorded:
        detail["recorded"] = recorded
    audit.not_me_said(known, detail)
    return case, frozen.ends_at


def _end_sign_ins(known: Known, end: Callable[[], None]) -> bool:
    """End them at the pool; the portal's own end by the freeze, whatever the pool says."""
    try:
        with audit.change(known, "signed_out_everywhere"):
            end()
    except CognitoError as trouble:
        log.warning("not_signed_out", reason=str(trouble))
        return False
    return True


def _addresses_by_iam(sub: str) -> set[str]:
    try:
        return {people.get(sub).account.email}
    except CognitoError as trouble:
        log.warning("notice_without_address", reason=str(trouble))
        return set()


def _told(known: Known, addresses: Collection[str], secured: Secured) -> Secured:
    subject = Subject(known.pool_id, known.sub)
    notices.announce_for(subject, addresses, SECURED, by=By.ANSWER, origin=known.origin)
    return secured


def entry_of(person: SignedInPerson, receipt: UUID) -> OwnChange | None:
    """The entry of one's own history that this is about (AUZ-02)."""
    return audit.own_event(person, receipt)
