"""The pages of a phone number or an e-mail address: which one, and the code that came there."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.codes import CodeForm
from accounts.cognito.errors import (
    CodeExpired,
    CodeRejected,
    CognitoError,
    DeliveryFailed,
    DestinationRefused,
    DestinationTaken,
    InvalidRequest,
    TooManyAttempts,
)
from accounts.doors.words import ask_again, code_sent_to
from accounts.guards import enrolling, recently_authenticated
from accounts.limits import LimitReached
from accounts.sessions import PersonRequest
from portal.enrolment import channel as services
from portal.enrolment import contact as contact_words
from portal.enrolment import finishing, offers, pending
from portal.enrolment.channel import Channel
from portal.factors import services as factor_services
from portal.factors import words
from portal.factors.domain import Factor, PreferenceRefused
from portal.factors.policy import is_recovery_channel, would_be_usable
from portal.factors.services import StateMoved

NOT_SENT: Mapping[Factor, Mapping[type[CognitoError], str]] = {
    Factor.SMS: {
        DestinationRefused: gettext_noop(
            "We cannot send codes there. Check it, or try another phone number."
        ),
        DestinationTaken: gettext_noop(
            "Another account already uses this phone number. Use a different one."
        ),
        DeliveryFailed: gettext_noop(
            "The code could not be sent. Check the phone number, or try again later."
        ),
        TooManyAttempts: gettext_noop(
            "Too many codes were asked for. Wait an hour, then try again."
        ),
    },
    Factor.EMAIL: {
        DestinationRefused: gettext_noop(
            "We cannot send codes there. Check it, or try another e-mail address."
        ),
        DestinationTaken: gettext_noop(
            "Another account already uses this e-mail address. Use a different one."
        ),
        DeliveryFailed: gettext_noop(
            "The code could not be sent. Check the e-mail address, or try again later."
        ),
        TooManyAttempts: gettext_noop(
            "Too many codes were asked for. Wait an hour, then try again."
        ),
    },
}
WRONG = gettext_noop("That code is not right. Check it and try again.")
TOO_OLD = gettext_noop(
    "That code is too old, or a newer one was sent. Enter the newest, or ask again."
)
TOO_MANY = gettext_noop("There were too many wrong codes. Wait an hour, then ask for a new one.")
TAKEN = {
    Factor.SMS: gettext_noop(
        "Another account already uses this phone number. Go back and use another."
    ),
    Factor.EMAIL: gettext_noop(
        "Another account already uses this e-mail address. Go back and use another."
    ),
}
NOT_RIGHT: Mapping[Factor, Mapping[type[CognitoError], str]] = {
    factor: {
        CodeRejected: WRONG,
        InvalidRequest: WRONG,
        CodeExpired: TOO_OLD,
        TooManyAttempts: TOO_MANY,
        DestinationTaken: TAKEN[factor],
    }
    for factor in TAKEN
}


@enrolling
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: PersonRequest, channel: Channel) -> HttpResponseBase:
    """Offer what is confirmed already, and a field for another one."""
    if channel.activates and not offers.is_offered(channel.factor):
        return offers.not_offered(request, channel.factor)
    form = channel.form(
        request.POST if request.method == "POST" else None, initial=_typed(request, channel)
    )
    if form.is_valid():
        problem = _send(request, channel, form.value, typed=_fields(form))
        if problem is None:
            return redirect(f"enrolment:{channel.slug}_code")
        form.add_error(None, problem)
    return _start_page(request, channel, form)


def _typed(request: PersonRequest, channel: Channel) -> dict[str, Any]:
    """What was typed before, for somebody who came back to change it."""
    begun = pending.find(request, channel.pending_as)
    return begun["typed"] if begun else {}


def _start_page(request: PersonRequest, channel: Channel, form: Any) -> HttpResponse:
    factors = factor_services.factors_of(request.person)
    contact = factors.state.contact(channel.factor)
    on = channel.factor in factors.effective
    context = {
        "form": form,
        "channel": channel,
        "masked": channel.mask(contact.value),
        "may_turn_on": channel.activates and contact.verified and not on,
        "may_confirm": bool(contact) and not contact.verified,
        "is_on": on or not channel.activates,
        "replaces_at_once": bool(contact) and channel.factor in factors.policy.replaces_at_once,
        "usable": not channel.activates
        or would_be_usable(channel.factor, factors.state, factors.policy),
        "is_recovery": channel.activates and is_recovery_channel(channel.factor, factors.policy),
        "consequences": [] if channel.activates else contact_words.consequences(channel, factors),
        "drawn_from": factors.state.digest(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, f"enrolment/{channel.slug}/start.html", context, status=status)


def _send(
    request: PersonRequest, channel: Channel, value: str, *, typed: dict[str, Any]
) -> str | None:
    """Send a code and remember where; return a sentence where it could not be sent."""
    begun = pending.find(request, channel.pending_as)
    if begun and begun["value"] == value and _wait(begun):
        return None  # The same press twice sends one code (RES-05).
    try:
        sent = services.send_code(request.person, channel, value)
    except tuple(NOT_SENT[channel.factor]) as refusal:
        return _(NOT_SENT[channel.factor][type(refusal)])
    except LimitReached as reached:
        return _("Too many codes were asked for. {advice}").format(advice=reached.advice)
    except PreferenceRefused as refused:
        return words.refused(refused)
    _keep(request, channel, value, sent, typed=typed)
    return None


def _fields(form: Any) -> dict[str, Any]:
    return {name: form.data.get(name, "") for name in form.fields}


def _keep(
    request: PersonRequest,
    channel: Channel,
    value: str,
    sent: services.Sent,
    *,
    typed: dict[str, Any],
) -> None:
    earlier = pending.find(request, channel.pending_as) or {}
    # The way back leads to the last one that worked, and ends there.
    previous = earlier.get("previous") or sent.previous
    begun = {
        "value": value,
        "typed": typed,
        "destination": sent.destination,
        "previous": previous if previous != value else "",
        "sent_at": int(time.time()),
    }
    pending.keep(request, channel.pending_as, begun)


@enrolling
@recently_authenticated
@require_POST
def confirm_stored(request: PersonRequest, channel: Channel) -> HttpResponseBase:
    """Send a code to what the account already holds but nobody has confirmed."""
    factors = factor_services.factors_of(request.person)
    value = factors.state.contact(channel.factor).value
    problem = _send(request, channel, value, typed={}) if value else None
    if not value or problem:
        if problem:
            messages.error(request, problem)
        return redirect(f"enrolment:{channel.slug}")
    return redirect(f"enrolment:{channel.slug}_code")


@enrolling
@recently_authenticated
@require_POST
def turn_on(request: PersonRequest, channel: Channel) -> HttpResponseBase:
    """Turn on a confirmed number or address at once."""
    try:
        saved = services.turn_on(
            request.person, channel, drawn_from=request.POST.get("drawn_from", "")
        )
    except (PreferenceRefused, StateMoved) as problem:
        for sentence in _sentences(problem):
            messages.warning(request, sentence)
        return redirect(f"enrolment:{channel.slug}")
    return finishing.ready(request, saved)


def _sentences(problem: PreferenceRefused | StateMoved) -> list[str]:
    return problem.changes if isinstance(problem, StateMoved) else [words.refused(problem)]


@enrolling
@recently_authenticated
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: PersonRequest, channel: Channel) -> HttpResponseBase:
    begun = pending.find(request, channel.pending_as)
    if begun is None:
        messages.info(request, _("That set-up was not finished. Start it again here."))
        return redirect(f"enrolment:{channel.slug}")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            saved = services.confirm(request.person, channel, form.cleaned_data["code"])
        except tuple(NOT_RIGHT[channel.factor]) as refusal:
            form.add_error("code", _(NOT_RIGHT[channel.factor][type(refusal)]))
        except LimitReached as reached:
            said = _("There were too many wrong codes. {advice}")
            form.add_error("code", said.format(advice=reached.advice))
        except PreferenceRefused as refused:
            form.add_error(None, words.refused(refused))
        else:
            pending.drop(request, channel.pending_as)
            if channel.activates:
                return finishing.ready(request, saved)
            return redirect("factors:change", saved.id)
    return _code_page(request, channel, begun, form)


def _code_page(
    request: PersonRequest, channel: Channel, begun: dict[str, Any], form: CodeForm
) -> HttpResponse:
    context = {
        "form": form,
        "channel": channel,
        "place": code_sent_to(channel.attribute, begun["destination"]),
        "previous": channel.mask(begun["previous"]),
        "wait_seconds": _wait(begun),
        "start_url": reverse(f"enrolment:{channel.slug}"),
        "resend_url": reverse(f"enrolment:{channel.slug}_resend"),
        "undo_url": reverse(f"enrolment:{channel.slug}_undo"),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "enrolment/channel_code.html", context, status=status)


def _wait(begun: dict[str, Any]) -> int:
    passed = int(time.time()) - int(begun["sent_at"])
    return max(0, int(settings.RESEND_WAIT.total_seconds()) - passed)


@enrolling
@recently_authenticated
@require_POST
def resend(request: PersonRequest, channel: Channel) -> HttpResponseBase:
    """Another code to the same place, not sooner than the page says."""
    begun = pending.find(request, channel.pending_as)
    if begun is None:
        return redirect(f"enrolment:{channel.slug}")
    wait = _wait(begun)
    if wait:
        messages.info(request, ask_again(wait))
        return redirect(f"enrolment:{channel.slug}_code")
    return _again(request, channel, begun["value"], begun["typed"])


@enrolling
@recently_authenticated
@require_POST
def undo(request: PersonRequest, channel: Channel) -> HttpResponseBase:
    """Bring back what the pool had replaced at once; it is confirmed anew by a code."""
    begun = pending.find(request, channel.pending_as)
    if begun is None or not begun["previous"]:
        return redirect(f"enrolment:{channel.slug}")
    return _again(request, channel, begun["previous"], {})


def _again(
    request: PersonRequest, channel: Channel, value: str, typed: dict[str, Any]
) -> HttpResponse:
    problem = _send(request, channel, value, typed=typed)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("A new code is on its way. Only the newest one works."))
    return redirect(f"enrolment:{channel.slug}_code")
