"""The doors of this room: overview, preference, turn off, and the receipt of a change."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.devices import is_trusted
from accounts.guards import recently_authenticated, signed_in
from accounts.sessions import PersonRequest
from portal.factors import advice, drift, offer, sentences, services, words
from portal.factors import mismatch as mismatches
from portal.factors.domain import Factor, MfaPreference, PreferenceRefused, Refusal
from portal.factors.drift import Drift
from portal.factors.forms import (
    DrawnFromForm,
    PreferenceForm,
    ReminderForm,
    RepairForm,
    TurnOffForm,
)
from portal.factors.outlook import outlook
from portal.factors.policy import in_order, may_be_switched_off
from portal.factors.sentences import Act
from portal.factors.services import Factors, StateMoved
from portal.factors.statuses import hints, passkey_status, statuses

Problem = PreferenceRefused | StateMoved | None
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@require_GET
def overview(request: PersonRequest) -> HttpResponse:
    factors = services.factors_of(request.person, with_passkeys=True)
    rows, codes = statuses(factors), advice.codes_of(request.person)
    questions = _questions(request, factors, codes)
    context = {
        **questions,
        "next_sign_in": outlook(factors, browser_is_trusted=is_trusted(request, request.person)),
        "offers_passkey": not any(questions.values())
        and offer.is_due(request, factors, codes.left),
        "drawn_from": factors.state.digest(),
        "advice": advice.advice(factors, codes),
        "statuses": rows,
        "passkeys": passkey_status(factors),
        "codes": codes,
        "nothing_on": not factors.effective,
        "can_choose": len(factors.choosable) > 1 or bool(_off_but_ready(factors)),
        "first_step": next((row for row in rows if row.actions), None),
    }
    return render(request, "factors/overview.html", context)


def _questions(request: PersonRequest, factors: Factors, codes: advice.Codes) -> dict[str, Any]:
    """What asks for an answer; where there is anything of it, nothing is offered beside it."""
    mismatch = _mismatch(request, factors)
    return {
        "asked": advice.asked_for(request.person),
        "mismatch": mismatch,
        "drift": _drift(factors, mismatch),
        "reminder": advice.reminder(request.person, factors, codes),
    }


def _mismatch(request: PersonRequest, factors: Factors) -> mismatches.Mismatch | None:
    found = mismatches.find(request.person, factors)
    if found:
        mismatches.note(request.person, found, factors)
    return found


def _drift(factors: Factors, mismatch: mismatches.Mismatch | None) -> Drift | None:
    """What was changed elsewhere, unless the mismatch says just that, with "put it back"."""
    found = factors.drift
    return None if found and found.only_preference and mismatch else found


@signed_in
@recently_authenticated
@require_POST
def repair(request: PersonRequest) -> HttpResponseBase:
    """Set again what was asked, or take what is for what is wanted."""
    form = RepairForm(request.POST)
    if not form.is_valid():
        return redirect("factors:overview")
    act = mismatches.repair if form.cleaned_data["put_back"] else mismatches.keep
    try:
        saved = act(request.person, drawn_from=form.cleaned_data["drawn_from"])
    except (PreferenceRefused, StateMoved) as refused:
        for sentence in _sentences(refused):
            messages.warning(request, sentence)
        return redirect("factors:preference")
    return redirect("factors:change", saved.id)


@signed_in
@require_POST
def answer_reminder(request: PersonRequest) -> HttpResponseBase:
    """ "Yes, it is still mine." Changes nothing about any sign-in, so it asks for no proof."""
    form, response = ReminderForm(request.POST), redirect("factors:overview")
    what = form.cleaned_data["what"] if form.is_valid() else None
    if what == drift.DRIFT:
        drift.answer(request.person, form.cleaned_data["receipt"])
    elif what == offer.PASSKEY:
        offer.put_off(request, response, request.person)
    elif what:
        advice.dismiss(request.person, what)
    return response


def _off_but_ready(factors: Factors) -> set[Factor]:
    return set(factors.choosable) - factors.preference.activated


def _page(
    request: HttpRequest, template: str, form: DrawnFromForm, problem: Problem, **context: Any
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    moved = problem.changes if isinstance(problem, StateMoved) else []
    status = HTTPStatus.CONFLICT if moved else status
    return render(request, template, {"form": form, "moved": moved, **context}, status=status)


@signed_in
@recently_authenticated
@FORM_METHODS
def preference(request: PersonRequest) -> HttpResponseBase:
    problem: Problem = None
    if request.method == "POST":
        # What may be chosen is judged on the one fresh read inside the service.
        form = PreferenceForm(request.POST, choosable=tuple(Factor), may_switch_off=_may_switch())
        if form.is_valid():
            try:
                saved = services.save_preference(
                    request.person,
                    lambda now: form.preference(now.preference),
                    drawn_from=form.cleaned_data["drawn_from"],
                )
                return redirect("factors:change", saved.id)
            except (PreferenceRefused, StateMoved) as refused:
                problem = refused
    return _preference_page(request, problem)


def _may_switch() -> bool:
    return may_be_switched_off(services.current_policy())


def _preference_page(request: PersonRequest, problem: Problem) -> HttpResponse:
    """Draw the form from a fresh read, with what was typed unless the pool has moved."""
    factors = services.factors_of(request.person)
    typed = request.method == "POST" and not isinstance(problem, StateMoved)
    now = factors.preference
    form = PreferenceForm(
        request.POST if typed else None,
        choosable=factors.choosable,
        may_switch_off=factors.may_switch_off,
        hints=hints(factors),
        initial={
            "activated": list(now.activated),
            "preferred": _first(request, factors) or now.preferred or "",
            "drawn_from": factors.state.digest(),
        },
    )
    if isinstance(problem, PreferenceRefused) and form.is_valid():
        form.add_error(_field_of(problem, form), words.refused(problem))
    return _page(request, "factors/preference.html", form, problem, factors=factors)


def _first(request: HttpRequest, factors: Factors) -> Factor | None:
    """What the link of a method's row proposes, if it is on: chosen here, saved by the button."""
    wanted = words.FACTOR_OF.get(request.GET.get("first", ""))
    return wanted if wanted in factors.effective else None


def _field_of(refused: PreferenceRefused, form: PreferenceForm) -> str:
    about_first = refused.refusal is Refusal.PREFERRED_IS_OFF or "activated" not in form.fields
    return "preferred" if about_first else "activated"


@signed_in
@recently_authenticated
@FORM_METHODS
def turn_off(request: PersonRequest, slug: str) -> HttpResponseBase:
    factor, problem = words.FACTOR_OF[slug], None
    if request.method == "POST":
        form = TurnOffForm(request.POST, remaining=tuple(Factor))
        if form.is_valid():
            try:
                saved = services.turn_off(
                    request.person,
                    factor,
                    form.after(),
                    drawn_from=form.cleaned_data["drawn_from"],
                )
                return redirect("factors:change", saved.id)
            except (PreferenceRefused, StateMoved) as refused:
                problem = refused
    return _turn_off_page(request, factor, problem)


def _turn_off_page(request: PersonRequest, factor: Factor, problem: Problem) -> HttpResponseBase:
    factors = services.factors_of(request.person)
    if factor not in factors.preference.activated:
        messages.info(request, _(sentences.IS_OFF[factor]))
        return redirect("factors:overview")
    rest = in_order(factors.effective - {factor})
    form = TurnOffForm(
        request.POST if request.method == "POST" and not isinstance(problem, StateMoved) else None,
        remaining=rest if services.must_choose_next(factors, factor) else (),
        initial={"drawn_from": factors.state.digest()},
    )
    if isinstance(problem, PreferenceRefused) and form.is_valid():
        form.add_error("preferred" if "preferred" in form.fields else None, words.refused(problem))
    context = {
        "title": words.act(Act.TURN_OFF, factor),
        "question": _(sentences.TURN_OFF_QUESTION[factor]),
        "may_switch_off": factors.may_switch_off,
        "then": services.foresee_without(factors, factor),
        "held_by_passkey": factors.is_held_by_passkey(factor),
    }
    return _page(request, "factors/turn_off.html", form, problem, **context)


@signed_in
@recently_authenticated
@require_POST
def prefer(request: PersonRequest, slug: str) -> HttpResponseBase:
    """One button: ask for this one first from now on."""
    factor = words.FACTOR_OF[slug]
    form = DrawnFromForm(request.POST)
    if not form.is_valid():
        return redirect("factors:preference")
    try:
        saved = services.save_preference(
            request.person,
            lambda now: MfaPreference(now.preference.activated | {factor}, factor),
            drawn_from=form.cleaned_data["drawn_from"],
        )
    except (PreferenceRefused, StateMoved) as refused:
        for sentence in _sentences(refused):
            messages.warning(request, sentence)
        return redirect("factors:preference")
    return redirect("factors:change", saved.id)


def _sentences(problem: PreferenceRefused | StateMoved) -> list[str]:
    return problem.changes if isinstance(problem, StateMoved) else [words.refused(problem)]


@signed_in
@require_GET
def change(request: PersonRequest, receipt: UUID) -> HttpResponse:
    """What became of a change: built from a fresh read, not from what was asked."""
    found = services.receipt_of(request.person, receipt)
    if found is None:
        raise Http404
    context = {"receipt": found, "next_sign_in": found.factors.next_sign_in}
    return render(request, "factors/change.html", context)
