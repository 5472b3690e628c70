"""Whose account an operator asks about, read from the pool, and whether they may."""

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.cognito import people
from accounts.cognito.errors import PersonUnknown
from accounts.cognito.people import Someone
from accounts.cognito.self_service import Account
from accounts.masking import show_username
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject
from portal.helpdesk import words
from portal.helpdesk.matrix import Act, Operator, Strength, Target, Why, refusals
from portal.helpdesk.operators import operator_now, target_of


class NotAllowed(Exception):
    """The rules stand against an act. whys: why, the most lasting reason first."""

    def __init__(self, whys: tuple[Why, ...]) -> None:
        super().__init__(", ".join(whys))
        self.whys = whys

    @property
    def sentences(self) -> list[str]:
        return [_(words.WHY[why]) for why in self.whys]


def nameless() -> str:
    return _("an account without a name")


@dataclass(frozen=True)
class Whom:
    """An account as IAM reads it, and as the rules see it."""

    someone: Someone
    target: Target

    @property
    def subject(self) -> Subject:
        return Subject(settings.COGNITO_USER_POOL_ID, self.someone.sub)

    @property
    def name(self) -> str:
        """Enough to recognise, masked where it is an address or a number."""
        return self.shown_as or nameless()

    @property
    def shown_as(self) -> str:
        return show_username(self.someone.account.username)

    @property
    def account(self) -> Account:
        return self.someone.account


def whom(sub: str) -> Whom:
    """Read an account afresh. Errors: Http404, Misconfigured, TryLater, CognitoUnreachable."""
    try:
        return _read(sub, target_of(sub, people.groups(sub)))
    except PersonUnknown:
        raise Http404 from None


def whom_for(act: Act, operator: Operator, sub: str) -> Whom:
    """The same for an operator who could ever do this act; the groups come first.

    AdminGetUser would make somebody billable whom one may not touch. Errors: NotAllowed, and
    those of `whom`.
    """
    try:
        target = target_of(sub, people.groups(sub))
        whys = refusals(act, operator, target, check=Strength.STRONG, approved=True)
        if Why.SCOPE in whys:
            # Somebody out of reach looks like nobody (AUZ-02).
            raise Http404
        if whys:
            raise NotAllowed(whys)
        return _read(sub, target)
    except PersonUnknown:
        raise Http404 from None


def _read(sub: str, target: Target) -> Whom:
    someone = people.get(sub)
    # Somebody may call themselves by another person's id.
    if someone.sub != sub:
        raise PersonUnknown("AdminGetUser", "another person")
    return Whom(someone, target)


def require(
    act: Act,
    person: SignedInPerson,
    target: Target,
    *,
    check: Strength = Strength.NONE,
    approved: bool = False,
) -> Operator:
    """Ask the rules once more, by the pool's groups of this moment (HLP-06). Errors: NotAllowed."""
    operator = operator_now(person)
    whys = refusals(act, operator, target, check=check, approved=approved)
    if whys:
        raise NotAllowed(whys)
    return operator
