"""The password door: name and password. What Cognito asks then is in challenges.py."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit, guards, limits, sessions
from accounts.choices import Choice
from accounts.cognito import sign_in
from accounts.cognito.errors import CognitoError, PasswordResetRequired, PersonUnconfirmed
from accounts.doors import confirmation, first, forgotten, hosted
from accounts.doors import flow as flows
from accounts.doors.forms import (
    REFUSED,
    ConfirmPasswordForm,
    NameFirstForm,
    PasswordForm,
    too_many_tries,
)
from accounts.doors.front import Door
from accounts.limits import LimitReached
from accounts.masking import show_username
from accounts.sessions import PersonRequest, SignedInPerson

NOT_THAT = gettext_noop(
    "That password is not right. After several tries, wait a minute before the next one."
)
ENTER_IT = gettext_noop("Your account has a password. Enter it here.")
# Refusals that another page can help with, where the settings allow.
WAY_ON: dict[type[CognitoError], Callable[[HttpRequest, str, str], HttpResponse | None]] = {
    PasswordResetRequired: forgotten.ordered,
    PersonUnconfirmed: confirmation.begin,
}


class SignInView(LoginView):
    """allauth's login view: its rate limits, `next` checks and stages, our page."""

    template_name = "doors/sign_in.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        limits.spend(limits.SIGN_IN_ADDRESS, limits.network_of(sessions.client_address(request)))
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def get_form_class(self) -> Any:
        return NameFirstForm if _by_choice() else PasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        if _by_choice():
            remembered = first.remembered_way(self.request)
            kwargs["begin"] = partial(first.begin, self.request, remembered=remembered)
        return kwargs

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


def _by_choice() -> bool:
    return bool(settings.COGNITO_SIGN_IN_FLOW == "USER_AUTH")


DOOR = Door(
    Choice(gettext_lazy("With my password or a code")),
    SignInView.as_view(),
    takes_passkeys=_by_choice,
    takes_passwords=True,
)


@guards.public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out here: the pool revokes this sign-in, the server forgets it."""
    person = _leaving(request)
    if person is not None:
        audit.signed_out(person)
    by_managed_login = hosted.came_by(request)
    sessions.end(request)
    if by_managed_login:
        return hosted.after_sign_out()
    messages.success(request, _("You are signed out."))
    return redirect("account_login")


def _leaving(request: HttpRequest) -> SignedInPerson | None:
    """Who signs out, where the pool lets us know: its silence keeps nobody signed in."""
    try:
        return sessions.person_of(request)
    except CognitoError:
        return None


@guards.in_session
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def reauthenticate(request: PersonRequest) -> HttpResponseBase:
    """Ask for the password again, and let Cognito ask for the second proof (REA-03)."""
    destination = flows.safe_next(request)
    if hosted.came_by(request):
        return hosted.ask_to_prove_again(request, destination)
    without = "without_password" in request.POST and _by_choice()
    form = ConfirmPasswordForm(None if without else request.POST or None)
    if without or form.is_valid():
        outcome = _proved_again(request, form, without=without)
        if outcome is not None:
            return flows.begin_reauthentication(request, outcome, destination)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    name = request.person.username
    # An address or a number is never written into a page (FAC-10).
    shown = name if show_username(name) == name else ""
    context = {"form": form, "next": destination, "name": shown, "by_choice": _by_choice()}
    return render(request, "doors/reauthenticate.html", context, status=status)


def _proved_again(
    request: PersonRequest, form: ConfirmPasswordForm, *, without: bool
) -> sign_in.Outcome | None:
    """Have the pool check the password; None where it was refused and the page says why.

    without: somebody says that they have none, which the pool must confirm (REA-03).
    """
    person = request.person
    try:
        limits.spend_with_proof(limits.PROVE_PERSON, person.sub, person.username, limits.PASSWORD)
        if without:
            return first.strongest_again(request, person.username)
        outcome = sign_in.start(person.username, form.cleaned_data["password"])
    except LimitReached as reached:
        _say(request, form, too_many_tries(reached))
        return None
    except PasswordResetRequired:
        raise  # the sign-in knows the way on
    except tuple(REFUSED) as refusal:
        audit.reauthentication_refused(person, str(refusal))
        _say(request, form, _(ENTER_IT if without else NOT_THAT))
        return None
    limits.forgive_proof(person.username, limits.PASSWORD)
    return outcome


def _say(request: PersonRequest, form: ConfirmPasswordForm, sentence: str) -> None:
    if form.is_bound:
        form.add_error("password", sentence)
    else:
        messages.error(request, sentence)
