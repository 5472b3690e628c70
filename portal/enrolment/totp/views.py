"""Two pages: what will happen, and the picture to scan with the field for its code."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import limits
from accounts.codes import CodeForm
from accounts.cognito.errors import (
    CodeAlreadyUsed,
    CodeRejected,
    NothingToProve,
    TooManyAttempts,
)
from accounts.guards import enrolling, recently_authenticated
from accounts.limits import LimitReached
from accounts.sessions import PersonRequest
from accounts.totp import TotpKey
from portal.enrolment import finishing, offers, pending
from portal.enrolment.seen import Seen
from portal.enrolment.totp import services
from portal.factors.domain import Factor


@enrolling
@recently_authenticated
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: PersonRequest) -> HttpResponseBase:
    """The secret appears only in the answer to a POST: no link, no cache holds it (OTP-12)."""
    if not offers.is_offered(Factor.TOTP):
        return offers.not_offered(request, Factor.TOTP)
    begun = pending.find(request, Factor.TOTP)
    if request.method != "POST":
        seen = Seen.now(request.person)
        context = {
            "has_begun": begun is not None,
            "replaces": seen.is_on(Factor.TOTP),
            "seen": seen.sealed(request.person),
        }
        return render(request, "enrolment/totp/start.html", context)
    if "code" in request.POST:
        return _prove(request, begun) if begun else _over(request)
    if begun is None or "afresh" in request.POST:
        begun = _begin(request)
    return _scan_page(request, begun, CodeForm())


def _begin(request: PersonRequest) -> dict[str, Any]:
    limits.spend_of(request.person, limits.ENROL_PERSON)
    seen = Seen.read(request.person, request.POST.get("seen", ""))
    begun = {
        # Read by the version before, while both serve (docs/upgrades.md).
        "replaces": seen.is_on(Factor.TOTP),
        "seen": seen.to_write(),
        "secret": services.new_secret(request.person),
        "attempts": 0,
    }
    pending.keep(request, Factor.TOTP, begun)
    return begun


def _over(request: PersonRequest) -> HttpResponseBase:
    """A code for a set-up that is done, or was left too long ago: the overview tells which."""
    pending.drop(request, Factor.TOTP)
    messages.info(request, _("That set-up is over. If your app is not on, set it up again."))
    return redirect("factors:overview")


def _prove(request: PersonRequest, begun: dict[str, Any]) -> HttpResponseBase:
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            seen = _seen(request, begun)
            saved = services.prove(request.person, form.cleaned_data["code"], seen)
        except (CodeRejected, CodeAlreadyUsed):
            begun["attempts"] += 1
            pending.keep(request, Factor.TOTP, begun)
            form.add_error("code", services.help_after(begun["attempts"]))
        except TooManyAttempts:
            form.add_error("code", _(services.TOO_MANY))
        except LimitReached as reached:
            said = _("There were too many wrong codes. {advice}")
            form.add_error("code", said.format(advice=reached.advice))
        except NothingToProve:
            return _over(request)
        else:
            pending.drop(request, Factor.TOTP)
            return finishing.ready(request, saved)
    return _scan_page(request, begun, form)


def _seen(request: PersonRequest, begun: dict[str, Any]) -> Seen:
    """What was read when this set-up began; the version before did not keep it."""
    return Seen.written(begun["seen"]) if "seen" in begun else Seen.now(request.person)


def _scan_page(request: PersonRequest, begun: dict[str, Any], form: CodeForm) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    key = TotpKey(begun["secret"], request.person.username)
    context = {"form": form, "key": key, "attempts": begun["attempts"]}
    return render(request, "enrolment/totp/scan.html", context, status=status)
