"""The password door: name and password. What Cognito asks then is in challenges.py."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from allauth.account.views import LoginView
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit, guards, sessions
from accounts.cognito import sign_in
from accounts.cognito.errors import CognitoError, PasswordResetRequired, PersonUnconfirmed
from accounts.doors import confirmation, forgotten
from accounts.doors import flow as flows
from accounts.doors.forms import REFUSED, ConfirmPasswordForm
from accounts.masking import show_username
from accounts.sessions import PersonRequest, SignedInPerson

# Refusals that another page can help with, where the settings allow.
WAY_ON: dict[type[CognitoError], Callable[[HttpRequest, str, str], HttpResponse | None]] = {
    PasswordResetRequired: forgotten.ordered,
    PersonUnconfirmed: confirmation.begin,
}


class SignInView(LoginView):
    """allauth's login view: its rate limits, `next` checks and stages, our page."""

    template_name = "doors/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        more = {
            "may_reset": forgotten.is_possible(),
            "next": flows.wanted_next(self.request),
        }
        return {**super().get_context_data(**kwargs), **more}

    def form_invalid(self, form: Any) -> HttpResponse:
        way_on = WAY_ON.get(form.refusal)
        if way_on is not None:
            name = form.cleaned_data["login"]
            elsewhere = way_on(self.request, name, flows.wanted_next(self.request))
            if elsewhere is not None:
                return elsewhere
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
    name = request.person.username
    # An address or a number is never written into a page (FAC-10).
    shown = name if show_username(name) == name else ""
    context = {"form": form, "next": destination, "name": shown}
    return render(request, "doors/reauthenticate.html", context, status=status)


def _password_again(request: PersonRequest, form: ConfirmPasswordForm) -> sign_in.Outcome | None:
    """Check the password at the pool; None where it was refused and the form says why."""
    person = request.person
    if not ratelimit.consume(request, action="prove", key=person.sub):
        form.add_error("password", "There were too many tries. Wait a few minutes, then try again.")
        return None
    try:
        return sign_in.start(person.username, form.cleaned_data["password"])
    except PasswordResetRequired:
        raise  # the sign-in knows the way on
    except tuple(REFUSED) as refusal:
        audit.sign_in_refused(person.origin, str(refusal))
        form.add_error(
            "password",
            "That password is not right. After several tries, wait a minute before the next one.",
        )
        return None
