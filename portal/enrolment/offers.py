"""Whether a method may be set up now."""

from datetime import timedelta

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.sessions import PersonRequest
from portal.factors import policy, services, words
from portal.factors.domain import Factor, PreferenceRefused, Refusal

SALT = "portal.enrolment.offers"
# How long what the page before has read may stand for a read of its own.
SEEN_LASTS = timedelta(minutes=5)


def is_offered(factor: Factor) -> bool:
    return policy.is_offered(factor, services.current_policy())


def not_offered(request: PersonRequest, factor: Factor) -> HttpResponse:
    messages.info(request, words.refused(PreferenceRefused(Refusal.NOT_OFFERED, factor)))
    return redirect("factors:overview")


def is_on(request: PersonRequest, factor: Factor) -> bool:
    return factor in services.factors_of(request.person).preference.activated


def signed(request: PersonRequest, factor: Factor, *, is_on: bool) -> str:
    """What a page has just read, for the form on it: the next page need not read it again."""
    return signing.dumps([request.person.sub, factor.value, is_on], salt=SALT)


def was_on(request: PersonRequest, factor: Factor) -> bool:
    """What the page before has read, where it says so and was ours; else read anew.

    Good for words alone: whether an app is added or replaced. Changes are judged on a fresh read.
    """
    try:
        seen = signing.loads(request.POST.get("seen", ""), salt=SALT, max_age=SEEN_LASTS)
    except signing.BadSignature:
        return is_on(request, factor)
    sub, of, was = seen
    return bool(was) if (sub, of) == (request.person.sub, factor.value) else is_on(request, factor)
