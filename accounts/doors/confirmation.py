"""An account that was made and never confirmed: its code comes back here.

Cognito says that an account is unconfirmed before it looks at a password, so this page tells
nobody more than Cognito did.
"""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from accounts import audit, limits
from accounts.codes import CodeForm
from accounts.cognito import recovery
from accounts.cognito.errors import (
    AlreadyConfirmed,
    CodeExpired,
    CodeRejected,
    DeliveryFailed,
    DestinationTaken,
    InvalidRequest,
    PersonDisabled,
    ResetNotPossible,
    TooManyAttempts,
)
from accounts.doors import errand as errands
from accounts.doors import flow as flows
from accounts.doors.errand import Errand
from accounts.doors.forms import attempt_key
from accounts.doors.pages import before_sign_in, draw
from accounts.doors.words import ask_again, where_a_code_went
from accounts.limits import LimitReached
from accounts.sessions import origin_of

KIND = "activate"
ASK = gettext_noop("That is not possible here. Ask the people who run your account for help.")
WRONG = {
    CodeRejected: gettext_noop("That code is not right. Check it and try again."),
    InvalidRequest: gettext_noop("That code is not right. Check it and try again."),
    CodeExpired: gettext_noop(
        "That code is too old, or a newer one was sent. Enter the newest, or ask again."
    ),
    TooManyAttempts: gettext_noop(
        "There were too many wrong codes. Wait an hour, then ask for a new one."
    ),
    DestinationTaken: gettext_noop(
        "Another account already uses the address or number of this one. "
        "Ask the people who run your account for help."
    ),
    PersonDisabled: ASK,
    ResetNotPossible: ASK,
}
NOT_SENT = {
    TooManyAttempts: gettext_noop("Too many codes were asked for. Wait an hour, then try again."),
    DeliveryFailed: gettext_noop("The code could not be sent. Try again later."),
    ResetNotPossible: ASK,
}
CONFIRMED = gettext_noop("Your account is confirmed. Sign in to go on.")


def begin(request: HttpRequest, name: str, destination: str) -> HttpResponse | None:
    """Lead somebody whom Cognito called unconfirmed to the page for the code."""
    if not settings.CONFIRM_ACCOUNTS:
        return None
    errands.keep(request, Errand(KIND, name, destination))
    return redirect("doors:activate")


@before_sign_in
def confirm(request: HttpRequest) -> HttpResponseBase:
    errand = errands.find(request, KIND)
    if errand is None:
        return redirect("account_login")
    form = CodeForm(request.POST or None)
    if form.is_valid() and _confirm(request, errand, form):
        errands.drop(request, errand)
        messages.success(request, _(CONFIRMED))
        return flows.to_page("account_login", errand.next)
    place = where_a_code_went(errand.medium, errand.destination)
    return draw(
        request, "doors/activate.html", form=form, place=place, wait_seconds=errand.wait_seconds
    )


def _confirm(request: HttpRequest, errand: Errand, form: CodeForm) -> bool:
    key = attempt_key(request, errand.name)
    try:
        limits.spend(limits.ANSWER_ADDRESS, key[1])
        limits.spend(limits.RESET_TRY, *key)
    except LimitReached:
        form.add_error("code", _(WRONG[TooManyAttempts]))
        return False
    try:
        with audit.change_before_sign_in(origin_of(request), "account_confirmed"):
            recovery.confirm_account(errand.name, form.cleaned_data["code"])
    except AlreadyConfirmed:
        return True  # by the same press a moment ago, or by an administrator (RES-05)
    except tuple(WRONG) as refusal:
        form.add_error("code", _(WRONG[type(refusal)]))
        return False
    return True


@require_POST
@before_sign_in
def resend(request: HttpRequest) -> HttpResponseBase:
    errand = errands.find(request, KIND)
    if errand is None:
        return redirect("account_login")
    if errand.wait_seconds:
        messages.info(request, ask_again(errand.wait_seconds))
        return redirect("doors:activate")
    try:
        _send(request, errand)
    except AlreadyConfirmed:
        errands.drop(request, errand)
        messages.success(request, _(CONFIRMED))
        return flows.to_page("account_login", errand.next)
    except tuple(NOT_SENT) as refusal:
        messages.error(request, _(NOT_SENT[type(refusal)]))
    else:
        messages.success(request, _("A new code is on its way. Only the newest one works."))
    return redirect("doors:activate")


def _send(request: HttpRequest, errand: Errand) -> None:
    try:
        limits.spend_send_to_nobody_known(limits.RESET_SEND, *attempt_key(request, errand.name))
    except LimitReached as reached:
        raise TooManyAttempts("ResendConfirmationCode", "OwnLimit") from reached
    errands.keep(request, errand.sent(recovery.send_confirmation_code(errand.name)))
