"""Choosing the language, signed in or not, with and without a script."""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import guards, languages
from accounts.doors.flow import safe_next
from accounts.models import Person


@guards.public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Show them all by their own names; keep the chosen one with the browser and the account."""
    chosen = languages.offered(request.POST.get("language", ""))
    if request.method != "POST" or chosen is None:
        shown = {"next": safe_next(request), "languages": languages.names(), "now": get_language()}
        return render(request, "session/language.html", shown)
    if person := request.session.get(SESSION_KEY):
        Person.objects.filter(pk=person).update(language=chosen)
        request.session[languages.LANGUAGE] = chosen
    response = HttpResponseRedirect(safe_next(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
