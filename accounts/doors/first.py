"""A sign-in that begins with a name alone: what the pool offers then, and its first proof.

Before the first proof everybody looks alike, whether they exist, are disabled or locked (OTP-17).
The page of a passkey is in passkey.py.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from accounts import devices, limits
from accounts.codes import LongCodeForm
from accounts.cognito import administration, sign_in
from accounts.cognito.errors import (
    CognitoError,
    DeliveryFailed,
    InvalidRequest,
    PasswordRejected,
    PersonDisabled,
    TooManyAttempts,
)
from accounts.cognito.sign_in import CODES, PASSKEY, Challenge, Outcome
from accounts.doors import flow as flows
from accounts.doors import forgotten
from accounts.doors.flow import Flow
from accounts.doors.forms import NO_MATCH, REFUSED, PasswordStepForm, WayForm, attempt_key
from accounts.doors.pages import (
    WRONG_CODE,
    challenge_page,
    draw_question,
    proof_refused,
    refuse_code,
)
from accounts.doors.words import WAY, ask_again, where_a_code_went
from accounts.limits import LimitReached

log = structlog.get_logger(__name__)

# Of these nobody must learn before a first proof.
LIKE_NOBODY = (PasswordRejected, PersonDisabled, TooManyAttempts, InvalidRequest, DeliveryFailed)
WRONG_FIRST_CODE = gettext_noop(
    "That code is not right. Check it and try again. "
    "After several tries, wait a minute before the next one."
)
TOO_MANY = gettext_noop(
    "Too many codes were asked for. Choose another way, or try again in an hour."
)


def ways_of(available: Iterable[str]) -> list[str]:
    """The ways we have a page for, strongest first; both forms of a password are one way."""
    offered = {each.removesuffix("_SRP") for each in available}
    return [way for way in WAY if way in offered]


def begin(request: HttpRequest, name: str, remembered: str = "") -> Outcome:
    """What comes after a name: a choice, or the way this browser took last, or the only one.

    Errors: PasswordResetRequired, PersonUnconfirmed, Misconfigured, TryLater, CognitoUnreachable.
    """
    at_once = remembered if remembered in CODES and _may_send(request, name) else ""
    try:
        outcome = sign_in.start_by_choice(name, at_once)
    except LIKE_NOBODY:
        outcome = sign_in.pretend_choice(name, _offered_to_nobody())
    return shortest(request, outcome, remembered)


def _may_send(request: HttpRequest, name: str) -> bool:
    """Whether one more code may go to this name from here (OTP-11)."""
    try:
        limits.spend_send_to_nobody_known(limits.FIRST_SEND, *attempt_key(request, name))
    except LimitReached:
        return False
    return True


def _offered_to_nobody() -> tuple[str, ...]:
    """What Cognito offers for a name that nobody has: no factor of theirs is in the way."""
    facts = administration.pool_facts()
    codes = [way for way in CODES if way in facts.first_factors and facts.mfa != "ON"]
    return ("PASSWORD_SRP", "PASSWORD", *codes)


def shortest(request: HttpRequest, outcome: Outcome, remembered: str = "") -> Outcome:
    """Skip a choice of one, and a choice that this browser made before."""
    if not isinstance(outcome, Challenge) or outcome.name != "SELECT_CHALLENGE":
        return outcome
    ways = ways_of(outcome.available)
    way = ways[0] if len(ways) == 1 else remembered
    try:
        return choose(request, outcome, way) if way in ways else outcome
    except (TooManyAttempts, DeliveryFailed):
        return outcome  # the page of the choice says so when it is tried there


def choose(request: HttpRequest, challenge: Challenge, way: str) -> Outcome:
    """Go one way. Errors: ChallengeExpired (a passkey), TooManyAttempts, DeliveryFailed."""
    if way == "PASSWORD":
        return _password_beside_passkey(challenge)
    if way == PASSKEY:
        return sign_in.ask_passkey(challenge)
    if not _may_send(request, challenge.typed):
        raise TooManyAttempts("InitiateAuth", "OwnLimit")
    try:
        return sign_in.send_code(challenge, way)
    except (PasswordRejected, PersonDisabled, InvalidRequest):  # since the choice was offered
        return sign_in.pretend_code(challenge, way)


def _password_beside_passkey(challenge: Challenge) -> Challenge:
    """The page that proves a password in one go; a browser may fill in a passkey there instead.

    That takes the pool's own question (PKY-01), asked where the pool has one for this person.
    Whoever has no passkey, or whom the pool does not answer now, gets the password alone.
    """
    alone = replace(challenge, name="PASSWORD", parameters={})
    if PASSKEY not in challenge.available:
        return alone
    try:
        asked = sign_in.ask_passkey(challenge)
    except CognitoError as trouble:
        log.warning("no_passkey_beside_password", reason=str(trouble))
        return alone
    return replace(asked, name="PASSWORD") if isinstance(asked, Challenge) else alone


def strongest_again(request: HttpRequest, name: str) -> Outcome:
    """Prove again without a password: only for somebody who has none (REA-03).

    Errors: PasswordRejected where there is one; those of `start_by_choice`.
    """
    outcome = sign_in.start_by_choice(name)
    if isinstance(outcome, Challenge) and "PASSWORD" in ways_of(outcome.available):
        raise PasswordRejected("InitiateAuth", "HasPassword")
    return shortest(request, outcome)


def remembered_way(request: HttpRequest) -> str:
    """The way this browser took last; whatever else the cookie may hold is none."""
    way = request.COOKIES.get(settings.WAY_COOKIE_NAME, "")
    return way if way in WAY else ""


def remember(response: HttpResponseBase, way: str) -> HttpResponseBase:
    response.set_cookie(
        settings.WAY_COOKIE_NAME,
        way,
        max_age=settings.WAY_COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


@challenge_page("SELECT_CHALLENGE")
def ways(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Choose how to begin."""
    possible = ways_of(flow.challenge.available)
    if not possible:
        return redirect("doors:unsupported")
    form = WayForm(request.POST or None, choices=[(way, WAY[way]) for way in possible])
    if form.is_valid():
        way = form.cleaned_data["way"]
        try:
            outcome = choose(request, flow.challenge, way)
        except (TooManyAttempts, DeliveryFailed):  # alike, so that nobody learns who exists
            form.add_error("way", _(TOO_MANY))
        else:
            return remember(flows.advance(flow, outcome), way)
    return draw_question(request, "doors/ways.html", flow, form=form)


@challenge_page("SELECT_CHALLENGE", "PASSWORD", PASSKEY, *CODES)
@require_POST
def other_ways(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Back to the choice: the name is asked about anew, and nothing of it is remembered."""
    if not flow.challenge.proves_nothing_yet:
        return redirect(flows.page_of(flow.challenge))
    try:
        outcome: Outcome = sign_in.start_by_choice(flow.challenge.typed)
    except LIKE_NOBODY:
        outcome = sign_in.pretend_choice(flow.challenge.typed, _offered_to_nobody())
    return flows.advance(flow, outcome)


@challenge_page("PASSWORD")
def password(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """The password of the name that was given; a wrong one may be tried again at once."""
    options = passkey_options(flow)
    form = PasswordStepForm(request.POST or None, beside_passkey=bool(options))
    if form.is_valid():
        outcome = _prove_password(request, flow, form)
        if outcome is not None:
            return flows.advance(flow, outcome)
    return first_page(request, "doors/password.html", flow, form=form, options=options)


def passkey_options(flow: Flow) -> str:
    """What the pool lets the browser sign, as JSON; empty where it asks no passkey."""
    return flow.challenge.parameters.get("CREDENTIAL_REQUEST_OPTIONS", "")


def _prove_password(request: HttpRequest, flow: Flow, form: PasswordStepForm) -> Outcome | None:
    name = flow.challenge.typed
    key = attempt_key(request, name)
    try:
        limits.spend(limits.SIGN_IN_NAME, *key)
    except LimitReached:
        form.add_error("password", _(NO_MATCH))
        return None
    try:
        outcome = devices.start(request, name, form.cleaned_data["password"])
    except tuple(REFUSED) as refusal:
        proof_refused(request, str(refusal))
        form.add_error("password", _(REFUSED[type(refusal)]))
        return None
    limits.forgive(limits.SIGN_IN_NAME, *key)
    return outcome


def code(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """The code that stands in for a password; called by the page of all codes."""
    form = LongCodeForm(request.POST or None)
    if form.is_valid():
        try:
            outcome = sign_in.answer_code(flow.challenge, form.cleaned_data["code"])
        except (*WRONG_CODE, *LIKE_NOBODY) as refusal:
            refuse_code(request, form, refusal, WRONG_FIRST_CODE)
        else:
            return flows.advance(flow, outcome)
    masked = flow.challenge.parameters.get("CODE_DELIVERY_DESTINATION", "")
    place = where_a_code_went("SMS" if flow.challenge.name == "SMS_OTP" else "EMAIL", masked)
    return first_page(request, "doors/first_code.html", flow, form=form, place=place)


def first_page(request: HttpRequest, template: str, flow: Flow, **context: Any) -> HttpResponse:
    return draw_question(
        request,
        template,
        flow,
        name=flow.challenge.typed,
        wait_seconds=flow.wait_seconds,
        has_other_ways=len(ways_of(flow.challenge.available)) > 1,
        may_reset=forgotten.is_possible(),
        **context,
    )


def _send_again(request: HttpRequest, challenge: Challenge) -> Outcome:
    if challenge.is_pretended and _may_send(request, challenge.typed):
        return sign_in.pretend_code(challenge, challenge.name)
    return begin(request, challenge.typed, challenge.name)


@challenge_page(*CODES)
@require_POST
def resend(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Another code: with nothing proved yet, the sign-in simply begins again that way."""
    challenge = flow.challenge
    if not challenge.is_first:
        return redirect("doors:code")
    if flow.wait_seconds:
        messages.info(request, ask_again(flow.wait_seconds))
        return redirect("doors:code")
    outcome = _send_again(request, challenge)
    if isinstance(outcome, Challenge) and outcome.name == challenge.name:
        messages.success(request, _("If there is such an account, a new code is on its way."))
    else:
        messages.error(request, _(TOO_MANY))
    return flows.advance(flow, outcome)
