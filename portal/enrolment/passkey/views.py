"""The pages of passkeys, and the two questions that the script of one of them asks."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit, envelope, limits
from accounts.cognito.errors import (
    CognitoError,
    CognitoUnreachable,
    PasskeyRefused,
    PasskeysOff,
    PasskeyTooLate,
    PasskeyUnsupported,
    PasskeyUnverified,
    PasskeyWrongSite,
    SignInExpired,
    SignsInElsewhere,
    TooManyAttempts,
    TooManyPasskeys,
    TryLater,
)
from accounts.guards import recently_authenticated, signed_in
from accounts.limits import LimitReached
from accounts.locks import LockBusy
from accounts.sessions import PersonRequest
from portal.enrolment import pending
from portal.enrolment.forms import NameForm
from portal.enrolment.passkey import forms, services
from portal.enrolment.passkey.services import OnlyWayIn, OwnPasskey
from portal.enrolment.passkey.words import problem_named, problems
from portal.factors import offer, words
from portal.factors import services as factor_services
from portal.factors.domain import PasskeyUse, PoolPolicy, PreferenceRefused
from portal.factors.policy import passkey_use
from portal.factors.services import Factors

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
# Said in the address of the list after a change.
CHANGED = "changed"
# What a script is told, by the names of problems; the first that fits.
TOLD: tuple[tuple[type[Exception], str], ...] = (
    (PasskeyTooLate, "passkey_too_late"),
    (PasskeyWrongSite, "wrong_site"),
    (PasskeyUnverified, "no_verification"),
    (PasskeyUnsupported, "unsupported_device"),
    (PasskeyRefused, "passkey_refused"),
    (PasskeysOff, "passkeys_off"),
    (TooManyPasskeys, "too_many_passkeys"),
    (TooManyAttempts, "too_many_attempts"),
    (TryLater, "try_later"),
    (CognitoUnreachable, "unclear"),
    (LockBusy, "try_later"),
    (CognitoError, "passkeys_off"),
)


@signed_in
@require_GET
def passkeys(request: PersonRequest) -> HttpResponse:
    return _list_page(request)


def _list_page(request: PersonRequest, problem: str = "") -> HttpResponse:
    found = services.passkeys_of(request.person)
    factors = factor_services.factors_of(request.person)
    use = passkey_use(factors.state, factors.policy)
    context = {
        "passkeys": found,
        "offered": factors.policy.passkeys,
        "is_full": len(found) >= services.MOST,
        "most": services.MOST,
        "use": words.passkey_use(use) if found or _is_for_elsewhere(factors.policy) else "",
        "is_used": use in {PasskeyUse.OFFERED, PasskeyUse.INSTEAD_OF_CODE},
        **_switch(factors),
        "problem": problem,
        "was_changed": CHANGED in request.GET,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return render(request, "enrolment/passkey/list.html", context, status=status)


def _switch(factors: Factors) -> dict[str, bool]:
    """What "use my passkey instead of a code" depends on."""
    return {
        "is_asked": factors.policy.passkeys_asked,
        "counts": factors.state.passkey_counts,
        "may_count": factors.policy.passkeys_count,
        "has_another": bool(factors.effective),
    }


def _is_for_elsewhere(policy: PoolPolicy) -> bool:
    """Whether people may add passkeys that no way in of this portal asks for."""
    return policy.passkeys and not policy.passkeys_asked


@signed_in
@recently_authenticated
@require_GET
def add(request: PersonRequest) -> HttpResponseBase:
    """The page whose script makes a passkey, with the words for whatever comes in between."""
    policy = factor_services.current_policy()
    if not policy.passkeys:
        messages.info(request, _("Passkeys are not offered here."))
        return redirect("enrolment:passkeys")
    found = services.passkeys_of(request.person)
    if len(found) >= services.MOST:
        said = _("You have as many passkeys as one can have. Delete one first.")
        messages.info(request, said)
        return redirect("enrolment:passkeys")
    details = [] if policy.passkeys_asked else [_(words.NOT_ASKED_HERE)]
    context = {"passkeys": found, "problems": problems(), "details": details}
    return render(request, "enrolment/passkey/add.html", context)


@signed_in
@recently_authenticated
@require_POST
def options(request: PersonRequest) -> HttpResponseBase:
    """What the browser needs to make a passkey. The challenge serves this session once (PKY-01)."""
    try:
        limits.spend_of(request.person, limits.ENROL_PERSON)
    except LimitReached:
        return _refusal("too_many_attempts", HTTPStatus.TOO_MANY_REQUESTS)
    try:
        asked = services.begin(request.person)
    except (SignInExpired, SignsInElsewhere):
        raise
    except CognitoError as refused:
        return _refusal(_told(refused))
    pending.keep(request, services.PASSKEY, {"challenge": asked["challenge"]})
    return envelope.success({"options": asked})


@signed_in
@recently_authenticated
@require_POST
def finish(request: PersonRequest) -> HttpResponseBase:
    """Take what the browser made to the pool; the challenge is used up, whatever comes of it."""
    begun = pending.find(request, services.PASSKEY) or {}
    pending.drop(request, services.PASSKEY)
    try:
        saved = services.add(
            request.person, forms.object_in(request), challenge=begun.get("challenge", "")
        )
    except (SignInExpired, SignsInElsewhere):
        raise
    except (CognitoError, LockBusy) as refused:
        return _refusal(_told(refused))
    return envelope.success({"next": reverse("enrolment:passkey_added", args=[saved.id])})


def _told(refused: Exception) -> str:
    return next(name for kind, name in TOLD if isinstance(refused, kind))


def _refusal(name: str, status: HTTPStatus = HTTPStatus.CONFLICT) -> HttpResponse:
    return envelope.failure(name.upper(), problem_named(name).title, status)


@signed_in
@require_GET
def added(request: PersonRequest, receipt: UUID) -> HttpResponse:
    """It is there: a name for it, what it does at the next sign-in, and that it may do more."""
    made = audit.own_change(request.person, receipt)
    handle = made.detail.get("passkey") if made and made.event == "passkey_added" else None
    found = services.find(request.person, UUID(handle)) if handle else None
    if made is None or found is None:
        raise Http404
    factors = factor_services.factors_of(request.person)
    context = {
        "passkey": found,
        "form": NameForm(initial={"name": found.name}),
        "use": words.passkey_use(passkey_use(factors.state, factors.policy)),
        "is_unverified": factors.policy.passkeys_count and not made.detail["verified"],
        **_switch(factors),
        "receipt": {"id": made.id, "made_at": made.created_at},
    }
    return render(request, "enrolment/passkey/added.html", context)


def _own(request: PersonRequest, handle: UUID) -> OwnPasskey:
    found = services.find(request.person, handle)
    if found is None:
        raise Http404
    return found


@signed_in
@recently_authenticated
@FORM_METHODS
def name(request: PersonRequest, passkey: UUID) -> HttpResponseBase:
    found = _own(request, passkey)
    form = NameForm(request.POST if request.method == "POST" else None, initial=_named(found))
    if form.is_valid():
        services.rename(request.person, found, form.cleaned_data["name"])
        messages.success(request, _("Saved as “{name}”.").format(name=form.cleaned_data["name"]))
        return redirect("enrolment:passkeys")
    return _page(request, "name", form.errors, passkey=found, form=form)


def _named(passkey: OwnPasskey) -> dict[str, str]:
    return {"name": passkey.name}


def _page(request: PersonRequest, page: str, is_refused: Any, **context: Any) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    return render(request, f"enrolment/passkey/{page}.html", context, status=status)


@signed_in
@recently_authenticated
@FORM_METHODS
def delete(request: PersonRequest, passkey: UUID) -> HttpResponseBase:
    found = _own(request, passkey)
    if request.method == "POST":
        try:
            services.delete(request.person, found)
        except OnlyWayIn:
            return _delete_page(request, found)
        said = _("“{name}” is deleted. Nobody can sign in with it.")
        messages.success(request, said.format(name=found.title))
        response = _to_changed_list()
        # Whoever wants one no more is not offered another.
        offer.put_off(request, response, request.person)
        return response
    return _delete_page(request, found)


def _delete_page(request: PersonRequest, found: OwnPasskey) -> HttpResponse:
    there = services.passkeys_of(request.person)
    counts = factor_services.passkey_counts(request.person.id)
    context = {
        "passkey": found,
        "ends_instead_of_code": len(there) == 1 and counts,
        "is_asked": factor_services.current_policy().passkeys_asked,
        "is_only_way_in": services.is_only_way_in(request.person, there),
    }
    refused = request.method == "POST" and context["is_only_way_in"]
    return _page(request, "delete", refused, **context)


@signed_in
@recently_authenticated
@require_POST
def instead_of_code(request: PersonRequest) -> HttpResponseBase:
    """The switch "use my passkey instead of a code"."""
    form = forms.SwitchForm(request.POST)
    if not form.is_valid():
        return redirect("enrolment:passkeys")
    counts = form.cleaned_data["use"]
    try:
        services.use_instead_of_code(request.person, counts=counts)
    except PreferenceRefused as refused:
        return _list_page(request, words.refused_passkeys(refused))
    on = _("Your passkey can be used instead of a code.")
    off = _("Your passkey is not used any more instead of a code.")
    messages.success(request, on if counts else off)
    return _to_changed_list()


def _to_changed_list() -> HttpResponse:
    """The list, with the offer to end other sign-ins and old trust (SES-06)."""
    return HttpResponseRedirect(f"{reverse('enrolment:passkeys')}?{CHANGED}")
