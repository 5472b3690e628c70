"""Whether a method may be set up now."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.sessions import PersonRequest
from portal.factors import policy, services
from portal.factors.domain import Factor
from portal.factors.words import LABEL


def is_offered(factor: Factor) -> bool:
    return policy.is_offered(factor, services.current_policy())


def not_offered(request: PersonRequest, factor: Factor) -> HttpResponse:
    messages.info(request, f"{LABEL[factor]} is not offered here.")
    return redirect("factors:overview")


def is_on(request: PersonRequest, factor: Factor) -> bool:
    return factor in services.factors_of(request.person).preference.activated
