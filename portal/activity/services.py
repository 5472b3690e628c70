"""Use cases of this room: see and end one's sessions, read what was done."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, guards, notices
from accounts.cognito.errors import SessionGone, SessionsLeft, SessionsNotListed, one_by_one
from accounts.cognito.self_service import PoolSession
from accounts.sessions import SignedInPerson
from portal.activity import pictures

SSO = "SSO"
UNKNOWN_DEVICE = gettext_noop("Unknown device")
THIS_BROWSER, A_BROWSER = gettext_noop("This browser"), gettext_noop("A browser")
THIS_PORTAL = gettext_noop("These pages")
ANOTHER_APP = gettext_noop("Another app")
POOLS_OWN_PAGES = gettext_noop("The sign-in page")


@dataclass(frozen=True)
class OpenSession:
    """One session as its owner sees it."""

    id: str
    device: str
    app: str
    place: str
    opened_at: datetime
    last_active_at: datetime
    is_this_one: bool

    @property
    def icon(self) -> str:
        return pictures.of_device(self.device)


def open_sessions(person: SignedInPerson) -> list[OpenSession] | None:
    """Every session of the person, this one first; None where the pool lists none.

    One call. Errors: SignInExpired, TryLater, CognitoUnreachable.
    """
    try:
        found = person.self_service.sessions()
    except SessionsNotListed:
        return None
    ordered = sorted(found, key=lambda each: each.last_active_at, reverse=True)
    return [_shown(each) for each in sorted(ordered, key=lambda each: not each.is_this_one)]


def _shown(session: PoolSession) -> OpenSession:
    # What the pool knows of a sign-in on our own pages is our server, not the person's browser.
    by_us = session.client_id == settings.COGNITO_CLIENT_ID and session.kind != SSO
    ours = THIS_BROWSER if session.is_this_one else A_BROWSER
    return OpenSession(
        id=session.id,
        device=_(ours) if by_us else session.device or _(UNKNOWN_DEVICE),
        app=_app(session),
        place="" if by_us else session.place or notices.roughly_where(session.address),
        opened_at=session.opened_at,
        last_active_at=session.last_active_at,
        is_this_one=session.is_this_one,
    )


def _app(session: PoolSession) -> str:
    if session.kind == SSO:
        return _(POOLS_OWN_PAGES)
    if session.client_id == settings.COGNITO_CLIENT_ID:
        return _(THIS_PORTAL)
    return str(settings.APP_NAMES.get(session.client_id) or _(ANOTHER_APP))


def end_session(person: SignedInPerson, session_id: str) -> None:
    """End another session; one that has ended by itself is what was wanted.

    Errors: ReauthenticationNeeded, SessionsNotListed, SignInExpired, TryLater, CognitoUnreachable.
    """
    guards.require_recent(person)
    with audit.change(person, "session_ended"):
        _end(person, session_id)


def _end(person: SignedInPerson, session_id: str) -> None:
    try:
        person.self_service.end_session(session_id)
    except SessionGone:
        return


def end_other_sessions(person: SignedInPerson) -> int:
    """End all sessions but this one; how many there were.

    Cut in the middle, some are left: the page lists them, and the same button ends them.
    Errors: SessionsLeft where it was cut; before that ReauthenticationNeeded, SessionsNotListed,
    SignInExpired, TryLater, CognitoUnreachable.
    """
    guards.require_recent(person)
    with audit.change(person, "other_sessions_ended") as act:
        others = [each for each in person.self_service.sessions() if not each.is_this_one]
        act.detail["sessions"] = len(others)
        one_by_one([each.id for each in others], lambda each: _end(person, each), SessionsLeft)
    return len(others)
