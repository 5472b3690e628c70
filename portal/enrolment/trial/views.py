"""Three pages: the password, the code, and that it works."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts import audit
from accounts.codes import CodeForm
from accounts.cognito.errors import ChallengeExpired
from accounts.cognito.sign_in import Challenge
from accounts.doors import hosted
from accounts.doors.forms import REFUSED, ConfirmPasswordForm
from accounts.doors.pages import WRONG_CODE
from accounts.doors.words import where_the_code_is
from accounts.guards import signed_in
from accounts.limits import LimitReached
from accounts.sessions import PersonRequest
from portal.enrolment import pending
from portal.enrolment.trial import services
from portal.factors import services as factor_services
from portal.factors import words
from portal.factors.domain import Factor
from portal.factors.sentences import Act

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
NOT_THAT = gettext_noop(
    "That password is not right. After several tries, wait a minute before the next one."
)
NOT_ASKED = gettext_noop("Your sign-in did not ask for this method, so it could not be tried.")
TOO_SLOW = gettext_noop("That took a little too long. Start the trial again; nothing was changed.")


def _kept_as(factor: Factor) -> str:
    return f"try:{factor}"


@signed_in
@sensitive_post_parameters("password")
@FORM_METHODS
def begin(request: PersonRequest, slug: str) -> HttpResponseBase:
    """Ask for the password, as a sign-in does; it proves nothing for this session."""
    factor = words.FACTOR_OF[slug]
    form = ConfirmPasswordForm(request.POST or None)
    if form.is_valid() and not hosted.came_by(request):
        try:
            asked = services.begin(request.person, factor, form.cleaned_data["password"])
            pending.keep(request, _kept_as(factor), {"challenge": asked.as_json()})
            return redirect("enrolment:try_code", slug)
        except services.NotAsked:
            form.add_error(None, _(NOT_ASKED))
        except LimitReached as reached:
            said = _("There were too many tries. {advice}")
            form.add_error("password", said.format(advice=reached.advice))
        except tuple(REFUSED) as refusal:
            audit.sign_in_refused(request.person.origin, str(refusal))
            form.add_error("password", _(NOT_THAT))
    return _begin_page(request, factor, form)


def _begin_page(request: PersonRequest, factor: Factor, form: ConfirmPasswordForm) -> HttpResponse:
    factors = factor_services.factors_of(request.person)
    context = {
        "form": form,
        "title": words.act(Act.TRY, factor),
        "slug": words.SLUG[factor],
        "is_on": factor in factors.effective,
        "can_be_tried": services.can_be_tried(factor, factors),
        "signs_in_elsewhere": hosted.came_by(request),
    }
    return _draw(request, "start", **context)


def _draw(request: PersonRequest, page: str, **context: Any) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if context["form"].errors else HTTPStatus.OK
    return render(request, f"enrolment/trial/{page}.html", context, status=status)


@signed_in
@sensitive_post_parameters("code")
@FORM_METHODS
def code(request: PersonRequest, slug: str) -> HttpResponseBase:
    factor = words.FACTOR_OF[slug]
    begun = pending.find(request, _kept_as(factor))
    if begun is None:
        return redirect("enrolment:try", slug)
    challenge = Challenge.from_json(begun["challenge"])
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            receipt = services.answer(request.person, factor, challenge, form.cleaned_data["code"])
        except ChallengeExpired:
            messages.warning(request, _(TOO_SLOW))
            pending.drop(request, _kept_as(factor))
            return redirect("enrolment:try", slug)
        except tuple(WRONG_CODE) as refusal:
            form.add_error("code", _(WRONG_CODE[type(refusal)]))
        except LimitReached as reached:
            said = _("There were too many wrong codes. {advice}")
            form.add_error("code", said.format(advice=reached.advice))
        else:
            pending.drop(request, _kept_as(factor))
            return redirect("enrolment:tried", receipt)
    place = where_the_code_is(challenge)
    return _draw(request, "code", form=form, place=place, slug=slug)


@signed_in
@require_GET
def done(request: PersonRequest, receipt: UUID) -> HttpResponse:
    """It works. Told from the record of the trial alone."""
    made = audit.own_change(request.person, receipt)
    if made is None or made.event != "method_tested" or made.outcome != "done":
        raise Http404
    context = {
        "label": words.label(Factor(made.factor)),
        "receipt": {"id": made.id, "made_at": made.created_at},
    }
    return render(request, "enrolment/trial/done.html", context)
