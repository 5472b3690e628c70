"""A forgotten password: a code goes to a proved address or number, and a new password comes back.

Every page is the same for a name that exists and for one that does not, for a disabled account
and for one that no code can be sent to (OTP-17). Cognito pretends for unknown names only, so
the portal pretends for the others: it shows a place that nothing was sent to, in the same form.
"""

from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from accounts import audit, limits
from accounts.cognito import administration, pretence, recovery, sign_in
from accounts.cognito.errors import (
    CodeExpired,
    CodeRejected,
    CognitoError,
    CognitoUnreachable,
    DeliveryFailed,
    InvalidRequest,
    PasswordUnacceptable,
    PersonDisabled,
    PersonUnconfirmed,
    ResetNotPossible,
    TooManyAttempts,
)
from accounts.cognito.self_service import Delivery
from accounts.doors import errand as errands
from accounts.doors import flow as flows
from accounts.doors.errand import Errand
from accounts.doors.forms import USED_BEFORE, NameForm, ResetForm, attempt_key
from accounts.doors.pages import before_sign_in, draw
from accounts.doors.passwords import rules
from accounts.doors.words import ask_again, where_a_code_went
from accounts.limits import LimitReached
from accounts.masking import show_username
from accounts.sessions import origin_of

KIND = "forgotten"
# Whose name stands in the form already.
KNOWN = "known"
NOTHING_SENT = (
    ResetNotPossible, PersonDisabled, PersonUnconfirmed, DeliveryFailed, TooManyAttempts,
)  # fmt: skip
NOT_RIGHT = (
    CodeRejected, CodeExpired, InvalidRequest, ResetNotPossible, PersonDisabled,
    PersonUnconfirmed, TooManyAttempts,
)  # fmt: skip
WRONG = gettext_noop(
    "That code is not right, or it is too old. Enter the newest one, or ask for another. "
    "After several tries, wait an hour before the next one."
)
TOO_MANY_TRIES = gettext_noop("There were too many tries. Wait an hour, then ask for a new code.")
TOO_MANY_CODES = gettext_noop("Too many codes were asked for. Wait an hour, then try again.")
CHANGED = gettext_noop("Your password is changed.")


def is_possible() -> bool:
    """Whether people may reset their password here: by the settings, and by the pool's."""
    if not settings.FORGOTTEN_PASSWORD:
        return False
    try:
        return administration.pool_facts().resets_passwords
    except CognitoError:
        return True  # the sign-in page must not fail over a link; the page behind it says why


def ordered(request: HttpRequest, name: str, destination: str) -> HttpResponse | None:
    """An administrator asked for a new password, and Cognito has sent the code."""
    if not is_possible():
        return None
    errands.keep(request, Errand(KIND, name, destination))
    return redirect("doors:forgotten_code")


@before_sign_in
def begin(request: HttpRequest) -> HttpResponseBase:
    """Ask for the name, and send a code."""
    destination = flows.wanted_next(request)
    if not is_possible():
        return draw(request, "doors/forgotten_not_here.html")
    form = NameForm(request.POST or None, initial={"login": _known_name(request)})
    if form.is_valid():
        errand = Errand(KIND, form.cleaned_data["login"], destination)
        if _send(request, errand):
            return redirect("doors:forgotten_code")
        form.add_error(None, _(TOO_MANY_CODES))
    return draw(request, "doors/forgotten.html", form=form, next=destination)


def remember_name(request: HttpRequest, name: str) -> None:
    """Spare somebody who was signed in a moment ago typing it: only what their pages showed."""
    if show_username(name) == name:
        errands.keep(request, Errand(KNOWN, name, ""))


def _known_name(request: HttpRequest) -> str:
    known = errands.find(request, KNOWN)
    return known.name if known else ""


def _send(request: HttpRequest, errand: Errand) -> bool:
    """Send a code, or pretend to; False where there were too many from here for this name."""
    begun = errands.find(request, KIND)
    if begun and begun.name == errand.name and begun.wait_seconds:
        return True  # The same press twice sends one code (RES-05).
    try:
        limits.spend_send_to_nobody_known(limits.RESET_SEND, *attempt_key(request, errand.name))
    except LimitReached:
        return False
    audit.password_reset_asked(origin_of(request))
    try:
        delivery = recovery.send_reset_code(errand.name)
    except NOTHING_SENT:
        delivery = _pretended(errand.name)
    errands.keep(request, errand.sent(delivery))
    return True


def _pretended(name: str) -> Delivery:
    by_phone = administration.pool_facts().recovery == ("phone_number",)
    return pretence.delivery(name, "phone_number" if by_phone else "email")


@before_sign_in
def finish(request: HttpRequest) -> HttpResponseBase:
    """Take the code and the new password, and go straight on with the sign-in."""
    errand = errands.find(request, KIND)
    if errand is None:
        return redirect("doors:forgotten")
    form = ResetForm(request.POST or None, policy=administration.pool_facts().password_policy)
    if form.is_valid() and _reset(request, errand, form):
        return _go_on(request, errand, form.cleaned_data["new_password"])
    return _code_page(request, errand, form)


def _code_page(request: HttpRequest, errand: Errand, form: ResetForm) -> HttpResponse:
    return draw(
        request,
        "doors/forgotten_code.html",
        form=form,
        place=where_a_code_went(errand.medium, errand.destination),
        name=errand.name,
        rules=rules(form.policy),
        wait_seconds=errand.wait_seconds,
    )


def _reset(request: HttpRequest, errand: Errand, form: ResetForm) -> bool:
    """Set the new password at the pool; False where it was refused and the form says why."""
    key = attempt_key(request, errand.name)
    try:
        limits.spend(limits.ANSWER_ADDRESS, key[1])
        limits.spend(limits.RESET_TRY, *key)
    except LimitReached:
        form.add_error("code", _(TOO_MANY_TRIES))
        return False
    code, password = form.cleaned_data["code"], form.cleaned_data["new_password"]
    try:
        with audit.change_before_sign_in(origin_of(request), "password_reset"):
            _reset_for_sure(errand.name, code, password)
    except NOT_RIGHT:
        form.add_error("code", _(WRONG))
        return False
    except PasswordUnacceptable:
        form.add_error("new_password", _(USED_BEFORE))
        return False
    limits.forgive(limits.SIGN_IN_NAME, *key)
    return True


def _reset_for_sure(name: str, code: str, password: str) -> None:
    """After silence, whether the new password opens the door says what became of it (RES-04)."""
    try:
        recovery.reset_password(name, code, password)
    except CognitoUnreachable as silence:
        try:
            sign_in.start(name, password)
        except CognitoError:
            raise silence from None


def _go_on(request: HttpRequest, errand: Errand, password: str) -> HttpResponseBase:
    """Sign in with the new password in the same request, so that a second step follows."""
    errands.drop(request, errand)
    messages.success(request, _(CHANGED))
    login = Login(redirect_url=errand.next or None, state={flows.NEW_PASSWORD: True})
    try:
        outcome = sign_in.start(errand.name, password)
    except CognitoError:
        return flows.to_page("account_login", errand.next)
    return flows.begin_sign_in(request, login, outcome)


@require_POST
@before_sign_in
def resend(request: HttpRequest) -> HttpResponseBase:
    """Another code, not sooner than the page says."""
    errand = errands.find(request, KIND)
    if errand is None:
        return redirect("doors:forgotten")
    if errand.wait_seconds:
        messages.info(request, ask_again(errand.wait_seconds))
    elif _send(request, errand):
        messages.success(request, _("If there is such an account, a new code is on its way."))
    else:
        messages.error(request, _(TOO_MANY_CODES))
    return redirect("doors:forgotten_code")
