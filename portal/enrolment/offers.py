"""Whether a method may be set up now."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.sessions import PersonRequest
from portal.factors import policy, services, words
from portal.factors.domain import Factor, PreferenceRefused, Refusal


def is_offered(factor: Factor) -> bool:
    return policy.is_offered(factor, services.current_policy())


def not_offered(request: PersonRequest, factor: Factor) -> HttpResponse:
    messages.info(request, words.refused(PreferenceRefused(Refusal.NOT_OFFERED, factor)))
    return redirect("factors:overview")
