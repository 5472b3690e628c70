"""A page for every question that Cognito asks on the way in."""

import json
from contextlib import nullcontext
from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import devices, limits, sessions, set_ups
from accounts.codes import CodeForm
from accounts.cognito import administration, sign_in
from accounts.cognito.errors import (
    DeliveryFailed,
    DestinationRefused,
    InvalidRequest,
    PasswordUnacceptable,
    TooManyAttempts,
)
from accounts.cognito.sign_in import Challenge
from accounts.doors import first
from accounts.doors import flow as flows
from accounts.doors.flow import Flow
from accounts.doors.forms import USED_BEFORE, ChoiceForm, EmailForm, NewPasswordForm, TrustForm
from accounts.doors.pages import (
    WRONG_CODE,
    challenge_page,
    draw_question,
    refuse_as_too_many,
    refuse_code,
)
from accounts.doors.passwords import rules
from accounts.doors.words import CHOICE, where_the_code_is
from accounts.limits import LimitReached
from accounts.totp import TotpKey, device_name_today

# Ways whose code is sent as soon as they are chosen.
SENT = frozenset({"SMS_MFA", "EMAIL_OTP"})
NOT_SENT = gettext_noop("The code could not be sent. Choose another way, or try again later.")
TOO_MANY_MESSAGES = gettext_noop(
    "Too many codes were asked for in a short time. Choose another way, or try again in an hour."
)


@challenge_page("SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "SMS_OTP")
def code(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """The page of every code; one that stands in for a password has a page of its own."""
    if flow.challenge.is_first:
        return first.code(request, flow)
    form = _code_form(request, flow)
    if form.is_valid():
        try:
            outcome = _checked(flow, form.cleaned_data["code"])
        except tuple(WRONG_CODE) as refusal:
            refuse_code(request, form, refusal)
        except LimitReached as reached:
            refuse_as_too_many(form, reached)
        else:
            flow.trust = form.cleaned_data.get("trust", False)
            return flows.advance(flow, outcome)
    place = where_the_code_is(flow.challenge)
    return draw_question(request, "doors/code.html", flow, form=form, place=place)


def _checked(flow: Flow, code: str) -> sign_in.Outcome:
    """Let the pool check the code, not sooner than the failures before it allow (OTP-02)."""
    username, method = flow.challenge.username, flow.challenge.name
    limits.spend_proof(username, method)
    # The code that proves an address which this sign-in itself sets up.
    noted = set_ups.tried(username, method) if flows.SET_UP in flow.memory else nullcontext()
    with noted:
        outcome = sign_in.answer_code(flow.challenge, code)
    limits.forgive_proof(username, method)
    return outcome


def _code_form(request: HttpRequest, flow: Flow) -> CodeForm:
    """With an offer to trust this browser, where that would spare a second step next time."""
    offer = "" if isinstance(flow, flows.ReauthenticationFlow) else devices.offered()
    if not offer:
        return CodeForm(request.POST or None)
    initial = {"trust": offer == "always"}
    days = settings.TRUSTED_BROWSER_AGE.days
    return TrustForm(request.POST or None, days=days, initial=initial)


@challenge_page("SELECT_MFA_TYPE")
def choose(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    offered = json.loads(flow.challenge.parameters.get("MFAS_CAN_CHOOSE", "[]"))
    choices = [(factor, label) for factor, label in CHOICE.items() if factor in offered]
    if not choices:
        return redirect("doors:unsupported")
    form = ChoiceForm(request.POST or None, choices=choices)
    if form.is_valid():
        try:
            outcome = _chosen(request, flow, form.cleaned_data["factor"])
        except (TooManyAttempts, LimitReached):
            form.add_error("factor", _(TOO_MANY_MESSAGES))
        except DeliveryFailed:
            form.add_error("factor", _(NOT_SENT))
        else:
            return flows.advance(flow, outcome)
    return draw_question(request, "doors/choose.html", flow, form=form)


def _chosen(request: HttpRequest, flow: Flow, factor: str) -> sign_in.Outcome:
    """Choosing a message sends it, so it counts as one."""
    if factor in SENT:
        limits.spend_send(flow.challenge.username, "", sessions.client_address(request))
    return sign_in.answer_choice(flow.challenge, factor)


@challenge_page("NEW_PASSWORD_REQUIRED")
def new_password(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    policy = administration.pool_facts().password_policy
    form = NewPasswordForm(request.POST or None, policy=policy)
    if form.is_valid():
        try:
            outcome = sign_in.answer_new_password(flow.challenge, form.cleaned_data["new_password"])
        except PasswordUnacceptable:
            form.add_error("new_password", _(USED_BEFORE))
        else:
            return flows.advance(flow, outcome)
    return draw_question(
        request,
        "doors/new_password.html",
        flow,
        form=form,
        rules=rules(policy),
        name=flow.challenge.typed,
    )


@challenge_page("MFA_SETUP")
def set_up(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Choose what to set up where the pool asks for a second way and the person has none."""
    possible = _possible(flow)
    if not possible:
        return redirect("doors:unsupported")
    if possible == {"SOFTWARE_TOKEN_MFA"}:
        return redirect("doors:set_up_app")
    return draw_question(request, "doors/set_up.html", flow, possible=possible)


def _possible(flow: Flow) -> set[str]:
    """SMS may be listed, yet Cognito has no way to set it up here (contract 5.4, D17)."""
    offered = set(json.loads(flow.challenge.parameters.get("MFAS_CAN_SETUP", "[]")))
    return offered & {"SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}


@challenge_page("MFA_SETUP")
def set_up_app(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Set up an authenticator app in the middle of a sign-in; a wrong code keeps the secret."""
    if request.method != "POST":
        others = len(_possible(flow)) > 1
        return draw_question(request, "doors/set_up_app.html", flow, has_other_ways=others)
    if "pending_totp" not in flow.memory:
        _remember_totp(flow)
    if "code" not in request.POST:
        return _scan_page(request, flow, CodeForm())
    form = CodeForm(request.POST)
    if form.is_valid():
        outcome = _prove_totp(request, flow, form)
        if outcome is not None:
            return flows.advance(flow, outcome)
    return _scan_page(request, flow, form)


def _remember_totp(flow: Flow) -> None:
    pending = sign_in.associate_totp(flow.challenge)
    flow.memory["pending_totp"] = {"secret": pending.secret, "session": pending.session}
    flow.keep()


def _prove_totp(request: HttpRequest, flow: Flow, form: CodeForm) -> sign_in.Outcome | None:
    """Prove the app, then answer the question; None where the code was refused.

    The proved session is kept at once: cut between the two calls, the next POST only answers.
    """
    pending = flow.memory["pending_totp"]
    try:
        proved = pending.get("proved") or _verified(flow, form.cleaned_data["code"])
    except tuple(WRONG_CODE) as refusal:
        refuse_code(request, form, refusal)
        return None
    except LimitReached as reached:
        refuse_as_too_many(form, reached)
        return None
    pending["proved"] = proved
    flow.keep()
    return sign_in.answer_set_up_totp(flow.challenge, proved)


def _verified(flow: Flow, code: str) -> str:
    username, session = flow.challenge.username, flow.memory["pending_totp"]["session"]
    limits.spend_proof(username, limits.NEW_APP)
    with set_ups.tried(username, "SOFTWARE_TOKEN_MFA"):
        proved = sign_in.verify_totp(session, code, device_name=device_name_today())
    limits.forgive_proof(username, limits.NEW_APP)
    return proved


def _scan_page(request: HttpRequest, flow: Flow, form: CodeForm) -> HttpResponse:
    key = TotpKey(flow.memory["pending_totp"]["secret"], flow.challenge.username)
    return draw_question(
        request,
        "doors/set_up_app.html",
        flow,
        form=form,
        key=key,
        has_other_ways=len(_possible(flow)) > 1,
    )


@challenge_page("MFA_SETUP")
def set_up_email(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    if "EMAIL_OTP" not in _possible(flow):
        return redirect("doors:set_up")
    if "proved" in flow.memory.get("pending_totp", {}):
        return redirect("doors:set_up_app")  # the app is set up; only the answer got lost
    form = EmailForm(request.POST or None)
    if form.is_valid():
        try:
            outcome = sign_in.answer_set_up_email(_as_it_is_now(flow), form.cleaned_data["email"])
        except (DestinationRefused, InvalidRequest):
            form.add_error("email", _("We cannot send codes to that address. Try another one."))
        else:
            response = flows.advance(flow, outcome)
            if isinstance(outcome, Challenge):
                flow.memory[flows.SET_UP] = "EMAIL_OTP"
                flow.keep()
            return response
    return draw_question(request, "doors/set_up_email.html", flow, form=form)


def _as_it_is_now(flow: Flow) -> Challenge:
    """The question with the Session that counts: showing a QR code moved it on (contract 5.5)."""
    pending = flow.memory.get("pending_totp")
    return replace(flow.challenge, session=pending["session"]) if pending else flow.challenge


@challenge_page()
def unsupported(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Cognito asks something this portal has no page for: say so, and offer to start again."""
    return draw_question(request, "doors/unsupported.html", flow)


@challenge_page()
def begin_again(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    if request.method != "POST":
        return redirect(flows.page_of(flow.challenge))
    return flow.begin_again()
