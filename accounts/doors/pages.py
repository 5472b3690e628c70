"""What the pages of a sign-in share: who may open them, and how they are drawn."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import audit, guards, limits, noted, sessions
from accounts.codes import CodeForm
from accounts.cognito.errors import (
    ChallengeExpired,
    CodeAlreadyUsed,
    CodeExpired,
    CodeRejected,
    CognitoError,
    InvalidRequest,
    TooManyAttempts,
)
from accounts.doors import flow as flows
from accounts.doors.flow import Flow
from accounts.doors.forms import REFUSED
from accounts.limits import LimitReached
from accounts.models import Person
from accounts.subjects import Visitor

AnyView = Callable[[HttpRequest], HttpResponseBase]
FlowView = Callable[[HttpRequest, Flow], HttpResponseBase]

TOO_SLOW = gettext_noop(
    "That took a little too long, so we have to start again. Nothing was changed."
)
WRONG_CODE = {
    CodeRejected: gettext_noop("That code is not right. Check it and try again."),
    CodeAlreadyUsed: gettext_noop(
        "That code was already used. Wait until your app shows the next one, then enter that."
    ),
    CodeExpired: gettext_noop("That code is too old. Start again to get a new one."),
    InvalidRequest: gettext_noop("That code is not right. Check it and try again."),
    TooManyAttempts: gettext_noop(
        "There were too many wrong codes. Wait a minute, then enter the code your app shows then."
    ),
}


def challenge_page(*names: str) -> Callable[[FlowView], AnyView]:
    """Guard of a question's page: only for the flow that Cognito asked this question."""

    def decorate(view: FlowView) -> AnyView:
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponseBase:
            destination = flows.where_one_was_going(request)
            flow = flows.current(request)
            if flow is None:
                if request.method == "POST":
                    noted.refused("guard_refused", "challenge")
                return _over(request, destination)
            if names and flow.challenge.name not in names:
                return redirect(flows.page_of(flow.challenge))
            if request.method == "POST":
                _count_answer(request, flow)
            return _answering(request, flow, view)

        return cast(AnyView, guards.marked(_careful(guarded), "challenge"))

    return decorate


def _count_answer(request: HttpRequest, flow: Flow) -> None:
    """By person once the password was right; before that, so that nobody locks another out, by
    name and address (LIM-05). Errors: LimitReached, LimiterAway.
    """
    address = limits.network_of(sessions.client_address(request))
    limits.spend(limits.ANSWER_ADDRESS, address)
    apart = (address,) if flow.challenge.proves_nothing_yet else ()
    limits.spend(limits.ANSWER_PERSON, flow.challenge.username, *apart)


def before_sign_in(view: AnyView) -> AnyView:
    """A page for people who are not on their way in yet: others are led to where they are."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(settings.LOGIN_REDIRECT_URL)
        flow = flows.current(request)
        if flow is not None and not flow.challenge.proves_nothing_yet:
            return redirect(flows.page_of(flow.challenge))
        return view(request)

    return guards.public(_careful(guarded))


def _careful(view: AnyView) -> AnyView:
    """What is typed here appears in no error report, and what is shown in no cache."""
    page = sensitive_post_parameters()(never_cache(view))
    return require_http_methods(["GET", "HEAD", "POST"])(page)


def _over(request: HttpRequest, destination: str | None) -> HttpResponseBase:
    """No question is open any more; where one was going is not lost with it."""
    if destination is not None:
        messages.warning(request, _(TOO_SLOW))
    return flows.to_page("account_login", destination)


def _answering(request: HttpRequest, flow: Flow, view: FlowView) -> HttpResponseBase:
    """Run a question's page; an expired question begins again and keeps where one was going."""
    try:
        return view(request, flow)
    except ChallengeExpired:
        messages.warning(request, _(TOO_SLOW))
        return flow.begin_again()
    except tuple(REFUSED) as refusal:
        proof_refused(request, str(refusal))
        messages.error(request, _(REFUSED[type(refusal)]))
        return flow.begin_again()


def proof_refused(request: HttpRequest, reason: str) -> None:
    """Before a sign-in nobody is known; whoever proves themselves again is."""
    origin, user = sessions.origin_of(request), request.user
    if isinstance(user, Person):
        audit.reauthentication_refused(Visitor(user.pool_id, user.sub, origin), reason)
    else:
        audit.sign_in_refused(origin, reason)


def draw(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    """Draw a page with its form; one that was refused says so in its status, too."""
    form = context.get("form")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form and form.errors else HTTPStatus.OK
    return render(request, template, context, status=status)


def draw_question(request: HttpRequest, template: str, flow: Flow, **context: Any) -> HttpResponse:
    is_reauthentication = isinstance(flow, flows.ReauthenticationFlow)
    return draw(request, template, is_reauthentication=is_reauthentication, **context)


def refuse_as_too_many(form: CodeForm, reached: LimitReached) -> None:
    sentence = _("There were too many wrong codes. {advice}").format(advice=reached.advice)
    form.add_error("code", sentence)


def refuse_code(
    request: HttpRequest, form: CodeForm, refusal: CognitoError, sentence: str = ""
) -> None:
    proof_refused(request, str(refusal))
    form.add_error("code", _(sentence or WRONG_CODE[type(refusal)]))
