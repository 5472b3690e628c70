"""Ending every sign-in of one's own account at the pool."""

from django.utils.translation import gettext_noop

from accounts import audit, guards, notices
from accounts.cognito.errors import CognitoUnreachable, SignInExpired
from accounts.sessions import SignedInPerson


def everywhere(person: SignedInPerson) -> None:
    """End all of them, this one included, and tell the person.

    Errors: ReauthenticationNeeded, SignInExpired, TryLater, CognitoUnreachable.
    """
    guards.require_recent(person)
    account = person.self_service.get_user()
    happened = gettext_noop("Your account was signed out everywhere.")
    with audit.change(person, "signed_out_everywhere") as act:
        _sign_out(person)
        notices.announce(person, {account.email}, happened, about=act.id)


def _sign_out(person: SignedInPerson) -> None:
    """After silence the pool tells by itself: it no longer takes this token (RES-04)."""
    try:
        person.self_service.sign_out_everywhere()
    except CognitoUnreachable:
        try:
            person.self_service.get_user()
        except SignInExpired:
            return
        raise
