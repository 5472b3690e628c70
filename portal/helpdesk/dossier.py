"""One person as an operator sees them: read from the pool at this moment, masked."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import audit, cases, freezes, limits, passes, recoveries, recovery_codes
from accounts.audit import Mandate
from accounts.cognito import administration, people
from accounts.cognito.errors import DevicesNotTracked, PersonUnknown, SessionsNotListed
from accounts.cognito.people import Someone
from accounts.cognito.self_service import Device, PoolSession
from accounts.masking import mask_email, mask_name, mask_phone, show_username
from accounts.models import Case, Person, Recovery, RecoveryPass
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject, Visitor
from portal.factors import drift, services
from portal.factors.services import Factors
from portal.helpdesk import checks, words
from portal.helpdesk.matrix import Act, Operator, Target, Tier, Why, refusals
from portal.helpdesk.operators import target_of


class OutOfReach(Exception):
    """The operator may not even look. A person outside the scope looks like a missing one."""

    def __init__(self, why: tuple[Why, ...]) -> None:
        super().__init__(", ".join(why))
        self.why = why


@dataclass(frozen=True)
class Dossier:
    """Everything that one reading tells. factors: None for somebody who signs in elsewhere.

    resets_passwords: whether the pool brings passwords back by a code at all.
    person_id: by which the portal keeps what it knows of them; None where it never met them.
    """

    someone: Someone
    subject: Subject
    target: Target
    factors: Factors | None
    resets_passwords: bool = True
    person_id: UUID | None = None

    @property
    def username(self) -> str:
        """The pool's own name of the account, for calls; never for a page."""
        return self.someone.account.username

    @property
    def shown_as(self) -> str:
        """What a page calls them: their name in part, or what else tells them apart."""
        account = self.someone.account
        shown = mask_name(self.someone.name) or show_username(account.username)
        return shown or mask_email(account.email) or mask_phone(account.phone) or _("This person")

    @property
    def status(self) -> str:
        return words.status(self.someone.status, is_enabled=self.someone.is_enabled)

    @property
    def is_privileged(self) -> bool:
        return self.target.tier is Tier.PRIVILEGED

    @property
    def digest(self) -> str:
        """Names this state: a form that was drawn from another one is not carried out."""
        state = self.factors.state.digest() if self.factors else ""
        told = f"{state}|{self.someone.status}|{self.someone.is_enabled}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def next_sign_in(self) -> str:
        if not self.someone.is_enabled:
            return _(words.DISABLED)
        return words.next_sign_in(self.factors.next_challenge) if self.factors else ""

    @cached_property
    def frozen_until(self) -> datetime | None:
        return freezes.frozen_until(self.subject)

    @cached_property
    def open_cases(self) -> list[Case]:
        return list(cases.open_cases(self.subject))

    @cached_property
    def passes(self) -> list[RecoveryPass]:
        """Recovery passes that can still be used."""
        return list(passes.live(self.subject))

    @cached_property
    def way_back(self) -> Recovery | None:
        """The way back in that was begun and is not over."""
        return recoveries.open_of(self.subject)

    @cached_property
    def codes_left(self) -> int | None:
        """How many recovery codes they have left; None where they never had any."""
        return recovery_codes.codes_left(self.subject)


def subject_named(sub: str) -> Subject:
    return Subject(settings.COGNITO_USER_POOL_ID, sub)


def read(operator: Operator, sub: str, target: Target | None = None) -> Dossier:
    """Read one person: their groups, AdminGetUser, and one read more where it tells more.

    The groups come first, since AdminGetUser makes somebody billable whom one may not see.
    target: where they were read a moment ago.
    Errors: OutOfReach, PersonUnknown, Misconfigured, TryLater, CognitoUnreachable.
    """
    target = target or reach(operator, sub)
    someone = people.get(sub)
    # Somebody may call themselves by another person's id.
    if someone.sub != sub:
        raise PersonUnknown("AdminGetUser", "another person")
    subject = subject_named(sub)
    resets = administration.pool_facts().resets_passwords
    person_id = _person_id(subject)
    return Dossier(someone, subject, target, _factors(someone, person_id), resets, person_id)


def reach(operator: Operator, sub: str) -> Target:
    """Whom the operator may look at. One call. Errors: OutOfReach, PersonUnknown, …."""
    target = target_of(sub, people.groups(sub))
    refused = refusals(Act.LOOK, operator, target)
    if refused:
        raise OutOfReach(refused)
    return target


def _person_id(subject: Subject) -> UUID | None:
    known = Person.objects.filter(pool_id=subject.pool_id, sub=subject.sub)
    return known.values_list("id", flat=True).first()


def _factors(someone: Someone, person_id: UUID | None) -> Factors | None:
    if someone.account.federated_by:
        return None
    return services.factors_from(
        someone.account,
        person_id,
        lambda: people.configured_factors(someone.account.username),
        with_passkeys=True,
    )


def look(person: SignedInPerson, operator: Operator, sub: str) -> Dossier:
    """Open one person's page: counted, and recorded before anything is read (HLP-10)."""
    note_look(person, operator, sub, "account")
    seen = read(operator, sub)
    _compare(person, seen)
    return seen


def _compare(person: SignedInPerson, seen: Dossier) -> None:
    """Hold this reading against the last one, as the owner's own pages do: no call more."""
    if seen.factors is None or seen.person_id is None:
        return
    subject = seen.subject
    owner = Visitor(subject.pool_id, subject.sub, person.origin)
    drift.look(owner, seen.person_id, seen.someone.account, seen.factors.configured)


def note_look(person: SignedInPerson, operator: Operator, sub: str, what: str) -> None:
    """Record a look, which the owner reads: during a call of theirs, with its ticket."""
    limits.spend(limits.LOOK_OPERATOR, operator.sub)
    subject = subject_named(sub)
    check = checks.current(operator.sub, subject)
    mandate = checks.mandate_of(check) if check else Mandate(subject)
    audit.helpdesk_looked(person, mandate, what)


def devices(username: str) -> list[Device] | None:
    """Their devices, the last used one first; None where the pool tracks none. One call."""
    try:
        found = people.devices(username)
    except DevicesNotTracked:
        return None
    return _newest_first(found)


def _newest_first(found: Iterable[Device]) -> list[Device]:
    return sorted(found, key=lambda each: each.last_used_at, reverse=True)


def sessions(username: str) -> list[PoolSession] | None:
    """Their open sessions, the last active one first; None where the pool lists none. One call."""
    try:
        found = people.sessions(username)
    except SessionsNotListed:
        return None
    return sorted(found, key=lambda each: each.last_active_at, reverse=True)
