"""A sign-in or a re-authentication while Cognito still has questions.

Both meet the same challenge pages. A flow remembers the question sealed on the server; a
half-finished one opens no page except that of its own question (SES-12).
"""

import time
from abc import ABC, abstractmethod
from typing import Any, cast

import structlog
from allauth.account.internal.flows.login import perform_login
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY, clear_login, stash_login
from allauth.account.models import Login
from allauth.account.stages import LoginStage, LoginStageController
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import (
    audit,
    devices,
    held_forms,
    languages,
    limits,
    notices,
    sessions,
    set_ups,
    vault,
)
from accounts.cognito.errors import CognitoError
from accounts.cognito.sign_in import Challenge, Outcome
from accounts.cognito.tokens import Tokens
from accounts.doors import way_back
from accounts.models import Person

PAGES = {
    "SELECT_CHALLENGE": "doors:ways",
    "PASSWORD": "doors:password",
    "WEB_AUTHN": "doors:passkey",
    "SMS_OTP": "doors:code",
    "SOFTWARE_TOKEN_MFA": "doors:code",
    "SMS_MFA": "doors:code",
    "EMAIL_OTP": "doors:code",
    "SELECT_MFA_TYPE": "doors:choose",
    "MFA_SETUP": "doors:set_up",
    "NEW_PASSWORD_REQUIRED": "doors:new_password",
    way_back.UNFINISHED: "recovery:start",
}
REAUTHENTICATION = "reauthentication"
# Sent with the request once somebody has proved again who they are, and their session is renewed.
# A receiver may return where to go instead.
proved_again = Signal()
# On allauth's login: the password was reset a moment ago.
NEW_PASSWORD = "new_password"  # noqa: S105  (a name, no password)
# On it, and in a flow's memory: the method that this sign-in itself set up.
SET_UP = "set_up"
METHOD_ADDED = {
    "SOFTWARE_TOKEN_MFA": gettext_noop("An authenticator app was added."),
    "EMAIL_OTP": gettext_noop("An e-mail address for sign-in codes was added."),
}
PASSWORD_CHANGED = gettext_noop("Your password was changed.")
log = structlog.get_logger(__name__)


class ChallengeStage(LoginStage):
    """allauth's stage for Cognito's questions: holds the login until they are answered."""

    key = "cognito_challenge"

    @property
    def urlname(self) -> str | None:  # type: ignore[override]
        """The page of the open question; None lets allauth forget what nobody can open."""
        try:
            return page_of(SignInFlow(self.request, self).challenge)
        except vault.SealBroken:
            return None

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if "flow" not in self.state:
            return None, True
        return HttpResponseRedirect(reverse(self.urlname)), True


class Flow(ABC):
    """Cognito's open question, the memory of its pages, and what follows the last answer."""

    # Whether the person trusts this browser: said with the last answer.
    trust = False

    def __init__(self, request: HttpRequest, sealed: str) -> None:
        self.request = request
        kept = vault.unseal(sealed)
        self.challenge = Challenge.from_json(kept["challenge"])
        self.memory: dict[str, Any] = kept["memory"]

    def ask(self, challenge: Challenge) -> None:
        """Remember the next question; what the pages of the last one knew is forgotten."""
        self.challenge, self.memory = challenge, _new_memory()
        self.keep()

    @property
    def wait_seconds(self) -> int:
        """How long until another code for this question may be asked for."""
        passed = int(time.time()) - int(self.memory.get("asked_at", 0))
        return max(0, int(settings.RESEND_WAIT.total_seconds()) - passed)

    def keep(self) -> None:
        self._store(_sealed(self.challenge, self.memory))

    def set_up(self, tokens: Tokens) -> str:
        """The method that was set up on the way, by Cognito's name; empty where none was."""
        made: str = self.memory.get(SET_UP, "")
        return "SOFTWARE_TOKEN_MFA" if tokens.proof == "MFA_SETUP" else made

    @abstractmethod
    def _store(self, sealed: str) -> None: ...

    @abstractmethod
    def finish(self, tokens: Tokens) -> HttpResponseBase:
        """Everything is proved."""

    @abstractmethod
    def begin_again(self) -> HttpResponseBase:
        """Forget the question and return to the first page, without losing `next`."""


def _new_memory() -> dict[str, Any]:
    return {"asked_at": int(time.time())}


def _sealed(challenge: Challenge, memory: dict[str, Any]) -> str:
    return vault.seal({"challenge": challenge.as_json(), "memory": memory})


def _asked(challenge: Challenge) -> str:
    """A question that has just been asked."""
    return _sealed(challenge, _new_memory())


class SignInFlow(Flow):
    """A sign-in, kept in allauth's stashed login."""

    def __init__(self, request: HttpRequest, stage: ChallengeStage) -> None:
        self.stage = stage
        super().__init__(request, stage.state["flow"])

    def _store(self, sealed: str) -> None:
        self.stage.state["flow"] = sealed
        stash_login(self.request, self.stage.login)

    def finish(self, tokens: Tokens) -> HttpResponseBase:
        self.stage.state.clear()
        self.stage.login.state[SET_UP] = self.set_up(tokens)
        self.stage.login.user = person_for(tokens)
        response = self.stage.exit()  # type: ignore[no-untyped-call]
        return open_session(
            self.request,
            response,
            tokens,
            self.stage.login,
            trust=self.trust,
            typed=self.challenge.typed,
        )

    def begin_again(self) -> HttpResponseBase:
        destination = self.stage.login.redirect_url
        clear_login(self.request)
        return to_page("account_login", destination)


class ReauthenticationFlow(Flow):
    """A signed-in person proving again who they are."""

    def __init__(self, request: HttpRequest) -> None:
        kept = request.session[REAUTHENTICATION]
        self.destination: str = kept["next"]
        super().__init__(request, kept["flow"])

    def _store(self, sealed: str) -> None:
        self.request.session[REAUTHENTICATION] = {"flow": sealed, "next": self.destination}

    def finish(self, tokens: Tokens) -> HttpResponseBase:
        self.request.session.pop(REAUTHENTICATION, None)
        return complete_reauthentication(
            self.request, tokens, self.destination, made=self.set_up(tokens)
        )

    def begin_again(self) -> HttpResponseBase:
        self.request.session.pop(REAUTHENTICATION, None)
        return to_page("doors:reauthenticate", self.destination)


def current(request: HttpRequest) -> Flow | None:
    """Return the flow of this session, if Cognito has a question open."""
    try:
        if request.user.is_authenticated:
            return ReauthenticationFlow(request) if REAUTHENTICATION in request.session else None
        stage = LoginStageController.enter(request, ChallengeStage.key)
        return SignInFlow(request, stage) if stage and "flow" in stage.state else None
    except vault.SealBroken:
        clear_login(request)
        return None


def where_one_was_going(request: HttpRequest) -> str | None:
    """The destination of a sign-in that was begun, also of one that allauth will call too old."""
    begun = request.session.get(LOGIN_SESSION_KEY)
    return (begun.get("redirect_url") or "") if isinstance(begun, dict) else None


def page_of(challenge: Challenge) -> str:
    return PAGES.get(challenge.name, "doors:unsupported")


def advance(flow: Flow, outcome: Outcome) -> HttpResponseBase:
    """Go on after a right answer: to the next question, or in."""
    if isinstance(outcome, Tokens):
        return flow.finish(outcome)
    flow.ask(outcome)
    return HttpResponseRedirect(reverse(page_of(outcome)))


def begin_sign_in(request: HttpRequest, login: Login, outcome: Outcome) -> HttpResponseBase:
    """Continue after name and password: in, or to Cognito's first question."""
    if isinstance(outcome, Tokens):
        outcome = way_back.question_instead(request, outcome) or outcome
    if isinstance(outcome, Tokens):
        login.user = person_for(outcome)
        return open_session(request, perform_login(request, login), outcome, login)
    _note_message(outcome)
    stage = {"data": {"flow": _asked(outcome)}}
    login.state["stages"] = {ChallengeStage.key: stage}
    return cast(HttpResponseBase, perform_login(request, login))


def begin_reauthentication(
    request: HttpRequest, outcome: Outcome, destination: str
) -> HttpResponseBase:
    if isinstance(outcome, Tokens):
        return complete_reauthentication(request, outcome, destination)
    _note_message(outcome)
    request.session[REAUTHENTICATION] = {
        "flow": _asked(outcome),
        "next": destination,
    }
    return HttpResponseRedirect(reverse(page_of(outcome)))


def _note_message(question: Challenge) -> None:
    """A right password can make the pool send a code at once: it counts in the total (OTP-11)."""
    if question.name in {"SMS_MFA", "EMAIL_OTP"}:
        limits.note_send()


def complete_reauthentication(
    request: HttpRequest, tokens: Tokens, destination: str, *, made: str = ""
) -> HttpResponseBase:
    """Renew the session by a proof of the same person; anybody else's ends it (REA-04).

    made: the method that was set up on the way, if one was.
    """
    person = sessions.person_of(request)
    if person is None or person.sub != tokens.access.sub:
        return _somebody_else(request, person)
    replaced = request.session[sessions.CREDENTIALS]
    held = held_forms.release(request)
    sessions.keep(request, tokens, passing=tokens.new_device is not None)
    if person.is_operator and request.session[sessions.SECOND_STEP]:
        sessions.become_operator(request)
    sessions.forget_refresh_token(replaced)
    audit.reauthenticated(person)
    response: HttpResponseBase = HttpResponseRedirect(destination)
    renewed = sessions.person_of(request)
    if renewed is not None:
        devices.settle(request, response, renewed, tokens)
        _tell_of_set_up(renewed, tokens, made)
    for _receiver, elsewhere in proved_again.send(sender=ReauthenticationFlow, request=request):
        if elsewhere:
            return HttpResponseRedirect(elsewhere)
    if held and held["page"] == destination:
        return held_forms.carry_out(request, held)
    return response


def _somebody_else(
    request: HttpRequest, person: sessions.SignedInPerson | None
) -> HttpResponseBase:
    if person is not None:
        audit.reauthenticated_as_somebody_else(person)
    sessions.end(request)
    messages.error(request, _("That was not the same account, so you were signed out."))
    return to_page("account_login", None)


def person_for(tokens: Tokens) -> Person:
    return Person.objects.known_as(settings.COGNITO_USER_POOL_ID, tokens.access.sub)


def open_session(
    request: HttpRequest,
    response: HttpResponseBase,
    tokens: Tokens,
    login: Login,
    *,
    trust: bool = False,
    typed: str = "",
) -> HttpResponseBase:
    """Keep the tokens once allauth has opened the session."""
    unfinished = way_back.unfinished(tokens)
    if unfinished is not None:
        return way_back.meet(request, unfinished, tokens)
    sessions.keep(request, tokens, passing=tokens.new_device is not None and not trust)
    if isinstance(request.user, Person):
        request.session[languages.LANGUAGE] = request.user.language
    person = sessions.person_of(request)
    if person is not None:
        audit.signed_in(person)
        devices.settle(request, response, person, tokens, trust=trust, typed=typed)
        if login.state.get(NEW_PASSWORD):
            _tell_of_password(person)
        _tell_of_set_up(person, tokens, login.state.get(SET_UP, ""))
        return _go_on(request, response, person, login)
    return response


def _tell_of_set_up(person: sessions.SignedInPerson, tokens: Tokens, made: str) -> None:
    """Record the method that was set up on the way, and one of a sign-in that was cut (RES-06).

    That one is there for certain where this sign-in asked for it.
    """
    methods = {made, *set_ups.begun(person.username)} - {""}
    if not methods:
        return
    address = _address_of(person)
    # Whole or not at all: cut in here, the next sign-in tells it.
    with transaction.atomic():
        for method in sorted(methods):
            is_certain = method in {made, tokens.proof}
            receipt = audit.method_set_up(person, method, is_certain=is_certain)
            if is_certain:
                notices.announce(person, {address}, METHOD_ADDED[method], about=receipt)
        set_ups.forget(person.username)


def _go_on(
    request: HttpRequest, response: HttpResponseBase, person: sessions.SignedInPerson, login: Login
) -> HttpResponseBase:
    """Carry out what the same person sent as the pool ended their last sign-in."""
    held_forms.take_up(request, str(person.id))
    held = held_forms.release(request)
    destination = login.redirect_url or reverse(settings.LOGIN_REDIRECT_URL)
    if held is None or held["page"] != destination:
        return response
    carried_out = held_forms.carry_out(request, held)
    carried_out.cookies.update(response.cookies)
    return carried_out


def _tell_of_password(person: sessions.SignedInPerson) -> None:
    """Record it, and tell the person, now that their address can be read (NOT-01); both or none."""
    address = _address_of(person)
    with transaction.atomic():
        receipt = audit.password_was_reset(person)
        notices.announce(person, {address}, PASSWORD_CHANGED, about=receipt)


def _address_of(person: sessions.SignedInPerson) -> str:
    """Where notices go; empty where the pool does not say."""
    try:
        return person.self_service.get_user().email
    except CognitoError as trouble:
        log.warning("notice_without_address", reason=str(trouble))
        return ""


def to_page(name: str, destination: str | None) -> HttpResponseRedirect:
    query = urlencode({"next": destination}) if destination else ""
    return HttpResponseRedirect(reverse(name) + (f"?{query}" if query else ""))


def safe_next(request: HttpRequest) -> str:
    """Return `next` where it leads to a path of our own, else the overview (WEB-10)."""
    return wanted_next(request) or reverse(settings.LOGIN_REDIRECT_URL)


def wanted_next(request: HttpRequest) -> str:
    """Return `next` where it leads to a path of our own, else nothing (WEB-10)."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_our_path(wanted) else ""


def is_our_path(url: str) -> bool:
    """Whether a browser that follows this stays here, however it is written (WEB-10)."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(
        url, allowed_hosts={settings.PORTAL_HOST}, require_https=settings.HTTPS
    )
