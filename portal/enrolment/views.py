"""What an enrolment ends with, whichever method it was."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.guards import recently_authenticated, signed_in
from accounts.sessions import PersonRequest
from portal.enrolment.forms import NameForm
from portal.factors import advice, mismatch, sentences, services, words
from portal.factors.services import Receipt
from portal.factors.statuses import masked_target


@signed_in
@require_GET
def ready(request: PersonRequest, receipt: UUID) -> HttpResponse:
    """It works: what happens tomorrow, a name for it, and whether it shall be asked first."""
    return _ready_page(request, receipt, NameForm())


def _ready_page(request: PersonRequest, receipt: UUID, form: NameForm) -> HttpResponse:
    found = services.receipt_of(request.person, receipt)
    if found is None or found.factor is None:
        raise Http404
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = _context(found, form)
    # Changed by another way since this began, as the page's own reading shows.
    context["mismatch"] = mismatch.find(request.person, found.factors) if context["is_on"] else None
    # Whoever has this method alone loses everything with it, unless codes lie somewhere else.
    context["offers_codes"] = context["is_only_one"] and advice.codes_of(request.person).left == 0
    return render(request, "enrolment/ready.html", context, status=status)


def _context(found: Receipt, form: NameForm) -> dict[str, object]:
    assert found.factor is not None  # noqa: S101  (the caller looked)
    factors = found.factors
    record = factors.records.get(found.factor)
    others = factors.effective - {found.factor}
    is_on = found.factor in factors.effective
    return {
        "receipt": found,
        "title": _((sentences.IS_ON if is_on else sentences.IS_NOT_ON)[found.factor]),
        "heading": _((sentences.IS_ON if is_on else sentences.IS_NOT_ON_YET)[found.factor]),
        "slug": words.SLUG[found.factor],
        "is_on": is_on,
        "masked_target": masked_target(found.factor, factors),
        "name": record.name if record else "",
        "form": form,
        "next_sign_in": factors.next_sign_in,
        "may_prefer": bool(others) and factors.preference.preferred != found.factor,
        "is_only_one": not others,
        "drawn_from": factors.state.digest(),
    }


@signed_in
@recently_authenticated
@require_POST
def name(request: PersonRequest, receipt: UUID) -> HttpResponseBase:
    form = NameForm(request.POST)
    if not form.is_valid():
        return _ready_page(request, receipt, form)
    factor = services.factor_of_receipt(request.person, receipt)
    if factor is None:
        raise Http404
    services.rename(request.person, factor, form.cleaned_data["name"])
    messages.success(request, _("Saved as “{name}”.").format(name=form.cleaned_data["name"]))
    return redirect("factors:overview")
