"""Signing in while a way back in is open (docs/recovery.md).

Who comes without a second step then sets one up and does nothing else; who comes with one has
finished it. Either way the account is never opened by the password alone.
"""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, notices, passes, recoveries, sessions, set_ups
from accounts.cognito import administration, people, sign_in
from accounts.cognito.errors import CognitoError, DeviceForgotten, DevicesNotTracked
from accounts.cognito.self_service import SelfService
from accounts.cognito.sign_in import Challenge
from accounts.cognito.tokens import Tokens
from accounts.models import Recovery
from accounts.subjects import Subject, Visitor

# A question of our own: whoever is asked it proves, by a code or a pass, that they may go on.
UNFINISHED = "UNFINISHED_RECOVERY"
BACK_IN = gettext_noop(
    "Your sign-in method is on, and everybody is signed out. Sign in with it now, then set up a "
    "second one as well, in case you lose this one."
)
FINISHED = gettext_noop("A new sign-in method was set up after a recovery.")
ELSEWHERE = gettext_noop(
    "Somebody began to set up a new sign-in method for this account in another browser. "
    "Continue there, or ask the people who run your account for help."
)


def unfinished(tokens: Tokens) -> Recovery | None:
    """The open way back of whoever has just got these tokens."""
    return recoveries.open_of(Subject(settings.COGNITO_USER_POOL_ID, tokens.access.sub))


def question_instead(request: HttpRequest, tokens: Tokens) -> Challenge | None:
    """Where a way back is open in another browser: ask for another proof instead of letting in.

    The tokens of the password alone are thrown away.
    """
    recovery = unfinished(tokens)
    if recovery is None or _proved_twice(tokens):
        return None
    if recoveries.may_continue(recovery, passes.browser_of(request)):
        return None
    throw_away(tokens)
    name = tokens.access.username
    return Challenge(UNFINISHED, "", name, {}, name)


def _proved_twice(tokens: Tokens) -> bool:
    """Whether a second step was passed; the pool's own pages ask whoever has one on."""
    if tokens.proof == sessions.MANAGED_LOGIN:
        return bool(SelfService(tokens.access).get_user().listed)
    return bool(sessions.second_step(tokens))


def throw_away(tokens: Tokens) -> None:
    """End a sign-in that nobody keeps; failing to is harmless, it ends by itself."""
    try:
        sign_in.revoke(tokens.refresh or "")
    except CognitoError:
        return


def meet(request: HttpRequest, recovery: Recovery, tokens: Tokens) -> HttpResponseBase:
    """Continue or finish a way back, once allauth has opened the session."""
    if _proved_twice(tokens):
        sessions.keep(request, tokens, recovering=True)
        return finish(request, recovery, tokens.access.username)
    if not recoveries.may_continue(recovery, passes.browser_of(request)):
        sessions.keep(request, tokens, recovering=True)
        sessions.end(request)
        messages.error(request, _(ELSEWHERE))
        return redirect("account_login")
    recoveries.sit_down_again(recovery)
    sessions.keep(request, tokens, recovering=True)
    return redirect("recovery:next")


def finish(request: HttpRequest, recovery: Recovery, username: str) -> HttpResponse:
    """End everything that was signed in, and let the person sign in with the new method.

    Only where the pool says that there is one; else back to setting one up. The session ends
    first: cut in between, the next sign-in with the new method goes on here (RES-06).
    Errors: Misconfigured, TryLater, CognitoUnreachable.
    """
    someone = people.get(username)
    if not someone.account.listed and administration.pool_facts().mfa != "ON":
        return redirect("recovery:next")
    visitor = Visitor(recovery.pool_id, recovery.sub, sessions.origin_of(request))
    sessions.end(request)
    with audit.change(visitor, "recovery_finished") as act:
        end_everything(username)
        with transaction.atomic():
            recoveries.note_done(recovery)
            # A method that this sign-in set up is part of what is told here.
            set_ups.forget(username)
            notices.announce(visitor, {someone.account.email}, FINISHED, about=act.id)
    messages.success(request, _(BACK_IN))
    return redirect("account_login")


def end_everything(username: str) -> None:
    """Revoke every token and forget every device of this person; twice is as good as once."""
    people.sign_out_everywhere(username)
    try:
        for device in people.devices(username):
            _forget(username, device.key)
    except DevicesNotTracked:
        return


def _forget(username: str, key: str) -> None:
    try:
        people.forget_device(username, key)
    except DeviceForgotten:
        return
