"""The password door: name and password, then a page for every question Cognito asks."""

import json
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from allauth.account.views import LoginView
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit, guards, limits, sessions
from accounts.codes import CodeForm
from accounts.cognito import administration, sign_in
from accounts.cognito.errors import (
    ChallengeExpired,
    CodeAlreadyUsed,
    CodeExpired,
    CodeRejected,
    CognitoError,
    DestinationRefused,
    InvalidRequest,
    PasswordUnacceptable,
    TooManyAttempts,
)
from accounts.doors import flow as flows
from accounts.doors.flow import Flow
from accounts.doors.forms import (
    REFUSED,
    ChoiceForm,
    ConfirmPasswordForm,
    EmailForm,
    NewPasswordForm,
)
from accounts.doors.words import CHOICE, where_the_code_is
from accounts.limits import LimitReached
from accounts.sessions import PersonRequest, SignedInPerson
from accounts.totp import TotpKey, device_name_today

FlowView = Callable[[HttpRequest, Flow], HttpResponseBase]

# Ways whose code is sent as soon as they are chosen.
SENT = frozenset({"SMS_MFA", "EMAIL_OTP"})
TOO_SLOW = "That took a little too long, so we have to start again. Nothing was changed."
TOO_MANY_MESSAGES = (
    "Too many codes were asked for in a short time. Choose another way, or try again in an hour."
)
WRONG_CODE = {
    CodeRejected: "That code is not right. Check it and try again.",
    CodeAlreadyUsed: (
        "That code was already used. Wait until your app shows the next one, then enter that."
    ),
    CodeExpired: "That code is too old. Start again to get a new one.",
    InvalidRequest: "That code is not right. Check it and try again.",
    TooManyAttempts: (
        "There were too many wrong codes. Wait a minute, then enter the code your app shows then."
    ),
}


class SignInView(LoginView):
    """allauth's login view: its rate limits, `next` checks and stages, our page."""

    template_name = "doors/sign_in.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        limits.spend(limits.SIGN_IN_ADDRESS, limits.network_of(sessions.client_address(request)))
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        context = self.get_context_data(form=form)
        return self.render_to_response(context, status=HTTPStatus.UNPROCESSABLE_ENTITY)


sign_in_page = guards.public(SignInView.as_view())


@guards.public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out here: the pool revokes this sign-in, the server forgets it."""
    person = _leaving(request)
    if person is not None:
        audit.signed_out(person)
    sessions.end(request)
    messages.success(request, "You are signed out.")
    return redirect("account_login")


def _leaving(request: HttpRequest) -> SignedInPerson | None:
    """Who signs out, where the pool lets us know: its silence keeps nobody signed in."""
    try:
        return sessions.person_of(request)
    except CognitoError:
        return None


def challenge_page(*names: str) -> Callable[[FlowView], Callable[[HttpRequest], HttpResponseBase]]:
    """Guard of a question's page: only for the flow that Cognito asked this question."""

    def decorate(view: FlowView) -> Callable[[HttpRequest], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponseBase:
            flow = flows.current(request)
            if flow is None:
                return redirect("account_login")
            if names and flow.challenge.name not in names:
                return redirect(flows.page_of(flow.challenge))
            if request.method == "POST":
                address = limits.network_of(sessions.client_address(request))
                limits.spend(limits.ANSWER_ADDRESS, address)
                limits.spend(limits.ANSWER_PERSON, flow.challenge.username)
            return _answering(request, flow, view)

        page = sensitive_post_parameters()(never_cache(guarded))
        return cast(
            Callable[[HttpRequest], HttpResponseBase],
            guards.marked(require_http_methods(["GET", "HEAD", "POST"])(page), "challenge"),
        )

    return decorate


def _answering(request: HttpRequest, flow: Flow, view: FlowView) -> HttpResponseBase:
    """Run a question's page; an expired question begins again and keeps where one was going."""
    try:
        return view(request, flow)
    except ChallengeExpired:
        messages.warning(request, TOO_SLOW)
        return flow.begin_again()
    except tuple(REFUSED) as refusal:
        audit.sign_in_refused(sessions.origin_of(request), str(refusal))
        messages.error(request, REFUSED[type(refusal)])
        return flow.begin_again()


def _page(request: HttpRequest, template: str, flow: Flow, **context: Any) -> HttpResponse:
    form = context.get("form")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form and form.errors else HTTPStatus.OK
    context["is_reauthentication"] = isinstance(flow, flows.ReauthenticationFlow)
    return render(request, template, context, status=status)


def _refuse_code(request: HttpRequest, form: CodeForm, refusal: CognitoError) -> None:
    audit.sign_in_refused(sessions.origin_of(request), str(refusal))
    form.add_error("code", WRONG_CODE[type(refusal)])


@challenge_page("SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP")
def code(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            outcome = _checked(flow, form.cleaned_data["code"])
        except tuple(WRONG_CODE) as refusal:
            _refuse_code(request, form, refusal)
        except LimitReached as reached:
            form.add_error("code", f"There were too many wrong codes. {reached.advice}")
        else:
            return flows.advance(flow, outcome)
    return _page(
        request,
        "doors/code.html",
        flow,
        form=form,
        place=where_the_code_is(flow.challenge),
    )


def _checked(flow: Flow, code: str) -> sign_in.Outcome:
    """Let the pool check the code, not sooner than the failures before it allow (OTP-02)."""
    username, method = flow.challenge.username, flow.challenge.name
    limits.spend_proof(username, method)
    outcome = sign_in.answer_code(flow.challenge, code)
    limits.forgive_proof(username, method)
    return outcome


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
            form.add_error("factor", TOO_MANY_MESSAGES)
        else:
            return flows.advance(flow, outcome)
    return _page(request, "doors/choose.html", flow, form=form)


def _chosen(request: HttpRequest, flow: Flow, factor: str) -> sign_in.Outcome:
    """Choosing a message sends it, so it counts as one."""
    if factor in SENT:
        limits.spend_send(flow.challenge.username, "", sessions.client_address(request))
    return sign_in.answer_choice(flow.challenge, factor)


@challenge_page("NEW_PASSWORD_REQUIRED")
def new_password(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    form = NewPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            outcome = sign_in.answer_new_password(flow.challenge, form.cleaned_data["new_password"])
        except PasswordUnacceptable:
            form.add_error(
                "new_password", "That password does not fit the rules below, or was used before."
            )
        else:
            return flows.advance(flow, outcome)
    policy = administration.pool_facts().password_policy
    return _page(request, "doors/new_password.html", flow, form=form, policy=policy)


@challenge_page("MFA_SETUP")
def set_up(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Choose what to set up where the pool asks for a second way and the person has none."""
    possible = _possible(flow)
    if not possible:
        return redirect("doors:unsupported")
    if "pending_totp" in flow.memory or possible == {"SOFTWARE_TOKEN_MFA"}:
        return redirect("doors:set_up_app")
    return _page(request, "doors/set_up.html", flow, possible=possible)


def _possible(flow: Flow) -> set[str]:
    """SMS may be listed, yet Cognito has no way to set it up here (contract 5.4, D17)."""
    offered = set(json.loads(flow.challenge.parameters.get("MFAS_CAN_SETUP", "[]")))
    return offered & {"SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}


@challenge_page("MFA_SETUP")
def set_up_app(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Set up an authenticator app in the middle of a sign-in; a wrong code keeps the secret."""
    if request.method != "POST":
        return _page(request, "doors/set_up_app.html", flow)
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
        _refuse_code(request, form, refusal)
        return None
    except LimitReached as reached:
        form.add_error("code", f"There were too many wrong codes. {reached.advice}")
        return None
    pending["proved"] = proved
    flow.keep()
    return sign_in.answer_set_up_totp(flow.challenge, proved)


def _verified(flow: Flow, code: str) -> str:
    username, session = flow.challenge.username, flow.memory["pending_totp"]["session"]
    limits.spend_proof(username, limits.NEW_APP)
    proved = sign_in.verify_totp(session, code, device_name=device_name_today())
    limits.forgive_proof(username, limits.NEW_APP)
    return proved


def _scan_page(request: HttpRequest, flow: Flow, form: CodeForm) -> HttpResponse:
    key = TotpKey(flow.memory["pending_totp"]["secret"], flow.challenge.username)
    return _page(request, "doors/set_up_app.html", flow, form=form, key=key)


@challenge_page("MFA_SETUP")
def set_up_email(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    if "EMAIL_OTP" not in _possible(flow):
        return redirect("doors:set_up")
    form = EmailForm(request.POST or None)
    if form.is_valid():
        try:
            outcome = sign_in.answer_set_up_email(flow.challenge, form.cleaned_data["email"])
        except (DestinationRefused, InvalidRequest):
            form.add_error("email", "We cannot send codes to that address. Try another one.")
        else:
            return flows.advance(flow, outcome)
    return _page(request, "doors/set_up_email.html", flow, form=form)


@challenge_page()
def unsupported(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Cognito asks something this portal has no page for: say so, and offer to start again."""
    return _page(request, "doors/unsupported.html", flow)


@challenge_page()
def begin_again(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    if request.method != "POST":
        return redirect(flows.page_of(flow.challenge))
    return flow.begin_again()


@guards.signed_in
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def reauthenticate(request: PersonRequest) -> HttpResponseBase:
    """Ask for the password again, and let Cognito ask for the second proof (REA-03)."""
    destination = flows.safe_next(request)
    form = ConfirmPasswordForm(request.POST or None)
    if form.is_valid():
        outcome = _password_again(request, form)
        if outcome is not None:
            return flows.begin_reauthentication(request, outcome, destination)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "next": destination}
    return render(request, "doors/reauthenticate.html", context, status=status)


def _password_again(request: PersonRequest, form: ConfirmPasswordForm) -> sign_in.Outcome | None:
    """Check the password at the pool; None where it was refused and the form says why."""
    person = request.person
    try:
        limits.spend(limits.PROVE_PERSON, person.sub)
        limits.spend_proof(person.username, limits.PASSWORD)
        outcome = sign_in.start(person.username, form.cleaned_data["password"])
    except LimitReached as reached:
        form.add_error("password", f"There were too many tries. {reached.advice}")
        return None
    except tuple(REFUSED) as refusal:
        audit.sign_in_refused(person.origin, str(refusal))
        form.add_error(
            "password",
            "That password is not right. After several tries, wait a minute before the next one.",
        )
        return None
    limits.forgive_proof(person.username, limits.PASSWORD)
    return outcome
