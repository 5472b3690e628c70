"""A passkey in place of a password: the pool asks, the browser signs, the pool judges (PKY-02).

The page needs a script, and says so without one; every other way in does not.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import ceremonies
from accounts.cognito import sign_in
from accounts.cognito.errors import (
    CodeRejected,
    InvalidRequest,
    PasswordRejected,
    PersonDisabled,
    TooManyAttempts,
)
from accounts.cognito.sign_in import PASSKEY, Challenge, Outcome
from accounts.doors import first
from accounts.doors import flow as flows
from accounts.doors.flow import Flow
from accounts.doors.forms import PasskeyForm
from accounts.doors.pages import challenge_page, proof_refused

# Before a first proof all of these look alike (OTP-17).
REFUSED = (CodeRejected, PasswordRejected, PersonDisabled, TooManyAttempts, InvalidRequest)
NOT_TAKEN = gettext_noop(
    "That passkey was not accepted. Try again, or choose another way. "
    "After several tries, wait a minute before the next one."
)
# Why the browser brought nothing, by the names of static/js/passkey.js: title, then what to do.
PROBLEMS: Mapping[str, tuple[str, str]] = {
    "unsupported": (
        gettext_noop("This browser cannot use passkeys"),
        gettext_noop("Update it, or choose another way to sign in."),
    ),
    "cancelled": (
        gettext_noop("No passkey was used"),
        gettext_noop(
            "It was cancelled, or this device has none of yours. Press the button to try again, or "
            "choose another way to sign in."
        ),
    ),
    "timed_out": (
        gettext_noop("It took too long"),
        gettext_noop(
            "Have your phone or security key at hand, then press the button to try again."
        ),
    ),
    "wrong_site": (
        gettext_noop("Passkeys of this account belong to another site"),
        gettext_noop("Choose another way to sign in, and tell the people who run your account."),
    ),
    "failed": (
        gettext_noop("The passkey could not be used"),
        gettext_noop("Press the button to try again, or choose another way to sign in."),
    ),
}


def _answer(question: Challenge, credential: Mapping[str, Any]) -> Outcome:
    if ceremonies.is_framed_by_a_stranger(credential):
        raise PasswordRejected(PASSKEY, "framed by another site")
    return sign_in.answer_passkey(question, credential)


@challenge_page(PASSKEY, "PASSWORD")
def passkey(request: HttpRequest, flow: Flow) -> HttpResponseBase:
    """Ask the browser for the passkey. The challenge is the pool's and never leaves the seal
    but for the page of this very question (PKY-01). The page of the password has the same
    question in it, for browsers that offer a passkey as they offer passwords.
    """
    options = first.passkey_options(flow)
    if not options:
        return redirect(flows.page_of(flow.challenge))
    question = replace(flow.challenge, name=PASSKEY)
    form = PasskeyForm(request.POST or None)
    if form.is_valid():
        try:
            outcome = _answer(question, form.cleaned_data["credential"])
        except REFUSED as refusal:
            proof_refused(request, str(refusal))
            form.add_error(None, _(NOT_TAKEN))
        else:
            return first.remember(flows.advance(flow, outcome), PASSKEY)
    destination = getattr(flow, "destination", "")
    problems = {name: (_(title), _(text)) for name, (title, text) in PROBLEMS.items()}
    context = {"form": form, "options": options, "problems": problems, "next": destination}
    return first.first_page(request, "doors/passkey.html", flow, **context)
