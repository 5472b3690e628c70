"""The pages of the way back in: after a right password, and until a new method is on."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_POST

from accounts import passes, recoveries, sessions
from accounts.cognito import people
from accounts.cognito.sign_in import Outcome
from accounts.doors import flow as flows
from accounts.doors import way_back
from accounts.doors.flow import Flow, SignInFlow
from accounts.doors.pages import AnyView, FlowView, challenge_page
from accounts.guards import recovering
from accounts.limits import LimitReached
from accounts.sessions import PersonRequest
from portal.factors import policy, words
from portal.factors import services as factors
from portal.factors.domain import Factor
from portal.recovery import services
from portal.recovery.forms import NOT_RIGHT, PasswordAgainForm, RecoveryCodeForm
from portal.recovery.services import Comer, NobodyToTell, NothingOpen, NotThatCode, NotThatPassword
from portal.recovery.switch import where_it_can_be_done, where_it_is_offered

ASKED = ("SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "SELECT_MFA_TYPE", way_back.UNFINISHED)
NO_PASSWORD = gettext_noop("That password is not right.")
NOT_ANY_MORE = gettext_noop(
    "Nothing is open in this browser any more. Use a recovery code, or ask for help."
)
NOBODY_TO_TELL = gettext_noop(
    "You cannot wait for a way in: your account has no confirmed e-mail address, so nobody could "
    "be told and stop it. Call the people who run your account."
)


def way_in(view: FlowView) -> AnyView:
    """Only in a sign-in whose password was right, and where the room is open."""

    @wraps(view)
    def open_after_password(request: HttpRequest, flow: Flow) -> HttpResponseBase:
        if not isinstance(flow, SignInFlow) or flow.challenge.proves_nothing_yet:
            return redirect(flows.page_of(flow.challenge))
        return view(request, flow)

    return challenge_page(*ASKED)(where_it_can_be_done(open_after_password))


def _comer(request: HttpRequest, flow: Flow) -> Comer:
    """Who it is by the pool's own word; asked once in a sign-in."""
    if "sub" not in flow.memory:
        flow.memory["sub"] = people.get(flow.challenge.username).sub
        flow.keep()
    return Comer(
        pool_id=settings.COGNITO_USER_POOL_ID,
        sub=flow.memory["sub"],
        origin=sessions.origin_of(request),
        username=flow.challenge.username,
        name=flow.challenge.typed or flow.challenge.username,
        browser=passes.browser_of(request),
    )


@way_in
def start(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """What helps somebody who can use none of their methods."""
    comer = _comer(request, flow)
    begun = recoveries.open_of(comer)
    continues = begun is not None and recoveries.may_continue(begun, comer.browser)
    open_pass = None if continues else passes.open_in(comer.subject, comer.browser)
    context = {
        "continues": continues,
        "pass": open_pass,
        "form": PasswordAgainForm(),
        "may_ask": bool(settings.RECOVERY_HOLD),
    }
    return _known_browser(request, render(request, "recovery/start.html", context))


def _known_browser(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A way back in belongs to one browser: it gets its cookie before anything is begun."""
    if not passes.browser_of(request):
        cookie, __ = passes.new_browser()
        passes.keep_browser(response, cookie)
    return response


@way_in
def code(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """A recovery code and the password, in one form: nothing is removed unless both are right."""
    form = RecoveryCodeForm(request.POST or None)
    if form.is_valid() and passes.browser_of(request):
        typed = form.cleaned_data["code"]
        comer = _comer(request, flow)
        came = _try(
            request,
            flow,
            form,
            lambda: services.with_code(comer, typed, form.cleaned_data["password"]),
        )
        if came is not None:
            return came
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    page = render(request, "recovery/code.html", {"form": form}, status=status)
    return _known_browser(request, page)


@way_in
def go_on(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """With what was begun in this browser, or a pass that is open in it: the password again."""
    if request.method != "POST":
        return redirect("recovery:start")
    form, comer = PasswordAgainForm(request.POST), _comer(request, flow)
    if form.is_valid():
        came = _try(
            request,
            flow,
            form,
            lambda: services.without_code(comer, form.cleaned_data["password"]),
        )
        if came is not None:
            return came
    context = {"form": form, "continues": True}
    return render(request, "recovery/start.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _try(
    request: HttpRequest,
    flow: Flow,
    form: PasswordAgainForm,
    come_back: Callable[[], Outcome],
) -> HttpResponseBase | None:
    """Come back in; None where a field of the form says why not. A lock ends the flow (REC-04)."""
    try:
        outcome = come_back()
    except NotThatCode:
        form.add_error("code" if "code" in form.fields else None, NOT_RIGHT)
    except NotThatPassword:
        form.add_error("password", _(NO_PASSWORD))
    except NothingOpen:
        messages.warning(request, _(NOT_ANY_MORE))
        return redirect("recovery:start")
    except LimitReached as reached:
        said = _("There were too many tries. {advice}").format(advice=reached.advice)
        messages.error(request, said)
        return flow.begin_again()
    else:
        return flows.advance(flow, outcome)
    return None


@way_in
def pair(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """The short code that this browser shows, for the helpdesk to type."""
    comer = _comer(request, flow)
    if request.method != "POST" or not comer.browser:
        return redirect("recovery:start")
    shown = passes.begin_pairing(comer.subject, comer.browser)
    return render(request, "recovery/pair.html", {"code": shown})


@way_in
def ask(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Without a code and without the helpdesk: a wait in which everybody is told."""
    if not settings.RECOVERY_HOLD:
        return redirect("recovery:start")
    comer = _comer(request, flow)
    if request.method == "POST" and comer.browser:
        try:
            services.ask(comer)
        except NobodyToTell:
            messages.warning(request, _(NOBODY_TO_TELL))
            return redirect("recovery:start")
        return redirect("recovery:ask")
    waiting = passes.waiting_pass(comer.subject, comer.browser)
    context = {"waiting": waiting, "hours": int(settings.RECOVERY_HOLD.total_seconds() // 3600)}
    return _known_browser(request, render(request, "recovery/ask.html", context))


@recovering
@require_GET
@where_it_is_offered
def next_step(request: PersonRequest) -> HttpResponse:
    """Which new method; everything else of the account stays closed until one is on."""
    now = factors.factors_of(request.person)
    possible = [
        factor
        for factor in Factor
        if policy.is_offered(factor, now.policy)
        and policy.would_be_usable(factor, now.state, now.policy)
    ]
    context = {
        "is_on": bool(now.effective),
        "methods": [
            (words.ICON[factor], words.label(factor), reverse(f"enrolment:{words.SLUG[factor]}"))
            for factor in possible
        ],
        "until": request.person.signed_in_at_most_until,
    }
    return render(request, "recovery/next.html", context)


@recovering
@require_POST
@where_it_is_offered
def finish(request: PersonRequest) -> HttpResponseBase:
    """A method is on, though this sitting was cut before it could end: end it now."""
    recovery = recoveries.open_of(request.person)
    if recovery is None:
        sessions.end(request)
        return redirect("account_login")
    return way_back.finish(request, recovery, request.person.username)
