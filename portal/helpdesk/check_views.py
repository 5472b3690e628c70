"""The check of a caller, as the operator sees it: locked until something matches."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import vault
from accounts.codes import CodeForm
from accounts.guards import recently_authenticated
from accounts.masking import mask_email, mask_phone
from portal.helpdesk import callers, checks, targets, words
from portal.helpdesk.check_forms import BeginForm, InPersonForm, PhraseForm
from portal.helpdesk.checks import CheckOver, NotRight, Way
from portal.helpdesk.guards import OperatorRequest, does, explained
from portal.helpdesk.matrix import Act
from portal.helpdesk.models import CallerCheck
from portal.helpdesk.targets import Whom

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
PAGE = "helpdesk:check"


@does(Act.CHECK_CALLER)
@recently_authenticated
@explained
@FORM_METHODS
def check(request: OperatorRequest, sub: UUID) -> HttpResponseBase:
    """Begin a check, and see where it stands."""
    whom = _whom(request, sub)
    form = BeginForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        checks.begin(request.person, whom, form.cleaned_data["ticket"])
        return redirect(PAGE, sub=sub)
    return _page(request, whom, begin=form)


@does(Act.CHECK_CALLER)
@recently_authenticated
@explained
@require_POST
def ask(request: OperatorRequest, sub: UUID, way: str) -> HttpResponseBase:
    """Send a code, show the person a phrase, or ask for a vouch."""
    whom, chosen = _whom(request, sub), _way(way)
    if chosen is Way.IN_PERSON or (chosen is Way.VOUCH and not callers.vouch_offered()):
        raise Http404
    try:
        checks.ask(request.person, whom, chosen)
    except CheckOver:
        messages.error(request, _(words.CHECK_OVER))
    except NotRight:
        messages.error(request, _("There is no such channel any more that was confirmed."))
    return redirect(PAGE, sub=sub)


@does(Act.CHECK_CALLER)
@recently_authenticated
@explained
@require_POST
def answer(request: OperatorRequest, sub: UUID, way: str) -> HttpResponseBase:
    """Type what the caller reads out."""
    whom, chosen = _whom(request, sub), _way(way)
    form = _answer_form(chosen, request.POST)
    if form.is_valid():
        said = form.cleaned_data.get("code") or form.cleaned_data["phrase"]
        try:
            checks.answer(request.person, whom, chosen, said)
            messages.success(request, _("That is right. The caller is this person."))
            return redirect(PAGE, sub=sub)
        except CheckOver:
            messages.error(request, _(words.CHECK_OVER))
            return redirect(PAGE, sub=sub)
        except NotRight as wrong:
            told = words.NO_MORE_TRIES if wrong.gone else words.NOT_RIGHT
            form.add_error(next(iter(form.fields)), _(told))
    return _page(request, whom, answered={chosen: form})


@does(Act.CHECK_CALLER)
@recently_authenticated
@explained
@require_POST
def in_person(request: OperatorRequest, sub: UUID) -> HttpResponseBase:
    """Record that the person stands before the operator."""
    whom = _whom(request, sub)
    form = InPersonForm(request.POST, auto_id="in_person_%s")
    if not form.is_valid():
        return _page(request, whom, in_person=form)
    try:
        checks.seen_in_person(request.person, whom, form.cleaned_data["document"])
    # It may have ended at this very moment: the person said that it is not they.
    except (CheckOver, NotRight):
        messages.error(request, _(words.CHECK_OVER))
    return redirect(PAGE, sub=sub)


@does(Act.CHECK_CALLER)
@recently_authenticated
@explained
@require_POST
def close(request: OperatorRequest, sub: UUID) -> HttpResponseBase:
    """End the call: nothing proved in it counts any more."""
    found = checks.current(request.person.sub, _whom(request, sub).subject)
    if found is not None:
        checks.close(request.person, found)
        messages.success(request, _("The check has ended. Nothing of it counts any more."))
    return redirect(PAGE, sub=sub)


def _whom(request: OperatorRequest, sub: UUID) -> Whom:
    return targets.whom_for(Act.CHECK_CALLER, request.operator, str(sub))


def _way(name: str) -> Way:
    try:
        return Way(name)
    except ValueError:
        raise Http404 from None


def _answer_form(way: Way, typed: Any = None) -> forms.Form:
    kind = {Way.EMAIL: CodeForm, Way.SMS: CodeForm, Way.PHRASE: PhraseForm}.get(way)
    if kind is None:
        raise Http404
    return kind(typed, auto_id=f"{way.value}_%s")


def _page(
    request: OperatorRequest,
    whom: Whom,
    *,
    begin: BeginForm | None = None,
    answered: Mapping[Way, forms.Form] | None = None,
    in_person: InPersonForm | None = None,
) -> HttpResponse:
    found = checks.current(request.person.sub, whom.subject)
    forms_ = answered or {}
    wrong = next(
        (each for each in (*forms_.values(), in_person, begin) if each and each.errors), None
    )
    context = {
        "operator": request.operator,
        "whom": whom,
        "form": wrong,
        "begin": begin or BeginForm(),
        "check": found,
        "helper": checks.helper_of(found) if found else None,
        "ways": _ways(found, whom, forms_) if found else [],
        "settling": _settling(whom) if found else [],
        "vouch": _vouch(found) if found else None,
        "in_person": in_person or InPersonForm(auto_id="in_person_%s"),
        "strength": _(words.STRENGTH[checks.strength_now(request.person.sub, whom.subject)]),
        "until": checks.counts_until(request.person.sub, whom.subject),
    }
    return render(request, "helpdesk/check.html", context, status=422 if wrong else 200)


def _ways(
    found: CallerCheck, whom: Whom, answered: Mapping[Way, forms.Form]
) -> list[dict[str, Any]]:
    """What can be asked and answered on the page: a code for each channel, and the phrase."""
    mask = {Way.EMAIL: mask_email, Way.SMS: mask_phone}
    places = {way: mask[way](to) for way, to in checks.channels(whom.someone).items()}
    return [
        {
            "way": way,
            "to": to,
            "asked": checks.asked(found, way),
            "form": answered.get(way) or _answer_form(way),
        }
        for way, to in [*places.items(), (Way.PHRASE, "")]
    ]


def _settling(whom: Whom) -> list[dict[str, Any]]:
    """What was changed too recently to prove anything."""
    return [{"way": way, "until": until} for way, until in checks.settling(whom.someone).items()]


def _vouch(found: CallerCheck) -> dict[str, Any] | None:
    """The number for a voucher, while it waits; None where nobody may vouch."""
    if not callers.vouch_offered():
        return None
    asked = checks.asked(found, Way.VOUCH)
    return {"number": vault.unseal(asked.sealed) if asked else "", "asked": asked}
