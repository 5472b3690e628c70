"""The guards of every view. A view without one fails the test run (AUZ-01)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import envelope, held_forms, noted, roles, sessions
from accounts.sessions import Kind, PersonRequest, SignedInPerson
from accounts.unkept import unkept

P = ParamSpec("P")
AnyView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
PersonView = Callable[Concatenate[PersonRequest, P], HttpResponseBase]


# Which kinds of session each guard lets through (SES-13); the matrix in the tests walks it.
OPEN_TO: Mapping[str, frozenset[Kind]] = {
    "public": frozenset(Kind),
    # And a person who is signed in, while they prove it again.
    "challenge": frozenset({Kind.PENDING}),
    "signed_in": frozenset({Kind.SIGNED_IN, Kind.REAUTHENTICATED}),
    # Setting up a method: also on the way back in, where nothing else is open.
    "enrolling": frozenset({Kind.SIGNED_IN, Kind.REAUTHENTICATED, Kind.RECOVERING}),
    "recovering": frozenset({Kind.RECOVERING}),
    # What a session itself needs, whoever's it is: staying, proving again, ending.
    "in_session": frozenset(
        {
            Kind.SIGNED_IN,
            Kind.REAUTHENTICATED,
            Kind.OPERATOR,
            Kind.OPERATOR_REAUTHENTICATED,
        }
    ),
    "operator_only": frozenset({Kind.OPERATOR, Kind.OPERATOR_REAUTHENTICATED}),
    # Pages in another application's frame. Below it the guards of those same pages let the frame's
    # own kinds through, and no other.
    "embedded": frozenset({Kind.EMBEDDED, Kind.EMBEDDED_REAUTHENTICATED}),
    # Always below one of those above.
    "recently_authenticated": frozenset(
        {
            Kind.REAUTHENTICATED,
            Kind.OPERATOR_REAUTHENTICATED,
            Kind.RECOVERING,
            Kind.EMBEDDED_REAUTHENTICATED,
        }
    ),
}


SIGN_IN_ENDED = gettext_noop(
    "Your sign-in ended before this was done, so nothing was changed. Sign in again within ten "
    "minutes, and what you sent is done then."
)


class ReauthenticationNeeded(Exception):
    """The person must prove again who they are before this change."""


class ChangesFrozen(Exception):
    """Somebody said "this was not me": for a time nobody changes how this account signs in."""

    def __init__(self, until: datetime) -> None:
        super().__init__("changes frozen")
        self.until = until


def marked(view: Any, guard: str) -> Any:
    """Write the guard's name on the view, where the test of the URL map reads it."""
    view.guards = (*getattr(view, "guards", ()), guard)
    return view


def public(view: AnyView[P]) -> AnyView[P]:
    """A page for everybody. Said aloud, because silence would mean "refused"."""
    return cast(AnyView[P], marked(view, "public"))


def signed_in(view: PersonView[P]) -> AnyView[P]:
    """Only for a signed-in person; others are sent to sign in and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        person = sessions.person_of(request)
        if person is not None and person.is_operator:
            _note(request, "signed_in", person)
            return out_of_helpdesk(request)
        if person is not None and person.is_recovering:
            _note(request, "signed_in", person)
            return HttpResponseRedirect(reverse("recovery:next"))
        if person is None or person.kind not in _let_in(request, "signed_in"):
            _note(request, "signed_in", person)
            return to_sign_in(request)
        cast(PersonRequest, request).person = person
        return view(cast(PersonRequest, request), *args, **kwargs)

    return cast(AnyView[P], marked(unkept(guarded), "signed_in"))


def enrolling(view: PersonView[P]) -> AnyView[P]:
    """Setting up a method: for a signed-in person, and for one on the way back in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        person = sessions.person_of(request)
        if person is not None and person.is_operator:
            _note(request, "enrolling", person)
            return out_of_helpdesk(request)
        if person is None or person.kind not in _let_in(request, "enrolling"):
            _note(request, "enrolling", person)
            return to_sign_in(request)
        cast(PersonRequest, request).person = person
        return view(cast(PersonRequest, request), *args, **kwargs)

    return cast(AnyView[P], marked(unkept(guarded), "enrolling"))


def recovering(view: PersonView[P]) -> AnyView[P]:
    """Only for somebody on the way back in, before a new method is on."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        person = sessions.person_of(request)
        if person is None:
            _note(request, "recovering", person)
            return to_sign_in(request)
        if person.kind not in OPEN_TO["recovering"]:
            _note(request, "recovering", person)
            return HttpResponseRedirect(reverse(settings.LOGIN_REDIRECT_URL))
        cast(PersonRequest, request).person = person
        return view(cast(PersonRequest, request), *args, **kwargs)

    return cast(AnyView[P], marked(unkept(guarded), "recovering"))


def in_session(view: PersonView[P]) -> AnyView[P]:
    """For whoever is signed in, operators at work included; never for a page of an account."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        person = sessions.person_of(request)
        if person is None or person.kind not in _let_in(request, "in_session"):
            _note(request, "in_session", person)
            return to_sign_in(request)
        cast(PersonRequest, request).person = person
        return view(cast(PersonRequest, request), *args, **kwargs)

    return cast(AnyView[P], marked(unkept(guarded), "in_session"))


def operator_only(view: PersonView[P]) -> AnyView[P]:
    """Only for an operator at work (HLP-01); others are shown the way in, or told that it is none.

    Which act, and on whom, is asked for each act by the helpdesk's own rules (HLP-06).
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not settings.HELPDESK:
            raise Http404
        person = sessions.person_of(request)
        if person is None:
            _note(request, "operator_only", person)
            return to_sign_in(request)
        if person.kind not in OPEN_TO["operator_only"] or not roles.of(person.token):
            _note(request, "operator_only", person)
            return _redirect("helpdesk:enter", held_forms.page_of(request))
        cast(PersonRequest, request).person = person
        return view(cast(PersonRequest, request), *args, **kwargs)

    return cast(AnyView[P], marked(unkept(guarded), "operator_only"))


def embedded(view: AnyView[P]) -> AnyView[P]:
    """Only in a frame's own session, whatever guard of the same page stands below (SES-13)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        person = sessions.person_of(request)
        if person is None or person.kind not in OPEN_TO["embedded"]:
            _note(request, "embedded", person)
            return to_sign_in(request)
        cast(PersonRequest, request).person = person
        request.is_framed = True  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return cast(AnyView[P], marked(unkept(guarded), "embedded"))


def _let_in(request: HttpRequest, guard: str) -> frozenset[Kind]:
    """Which kinds pass this guard: below `embedded`, the frame's alone."""
    return OPEN_TO["embedded" if getattr(request, "is_framed", False) else guard]


def recently_authenticated(view: PersonView[P]) -> PersonView[P]:
    """Only within five minutes of a proof; what was typed is held until the proof is given."""

    @wraps(view)
    def guarded(request: PersonRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.person.kind not in OPEN_TO["recently_authenticated"]:
            _note(request, "recently_authenticated", request.person)
            return to_reauthentication(request)
        try:
            return view(request, *args, **kwargs)
        except ReauthenticationNeeded:
            _note(request, "recently_authenticated", request.person)
            return to_reauthentication(request)

    return cast(PersonView[P], marked(guarded, "recently_authenticated"))


def _note(request: HttpRequest, guard: str, person: SignedInPerson | None) -> None:
    """Who only looked is led to the door; whatever else a guard turns away was refused (AUD-02)."""
    if request.method not in {"GET", "HEAD"} or envelope.speaks_json(request):
        noted.refused("guard_refused", guard, person)


def require_recent(person: SignedInPerson) -> None:
    """The same rule for services, so that no second road forgets it (REA-02)."""
    if person.kind not in {Kind.REAUTHENTICATED, Kind.EMBEDDED_REAUTHENTICATED}:
        raise ReauthenticationNeeded


def require_changeable(person: SignedInPerson) -> None:
    """For changes of how an account signs in: a recent proof, and no freeze.

    What only makes an account safer, such as ending a session, needs the proof alone.
    Errors: ReauthenticationNeeded, ChangesFrozen.
    """
    require_recent(person)
    if person.frozen_until is not None:
        noted.refused("guard_refused", "frozen", person)
        raise ChangesFrozen(person.frozen_until)


def require_enrolling(person: SignedInPerson) -> None:
    """For setting up a method: the same, or the way back in, which was proved twice (REC-01).

    Errors: ReauthenticationNeeded, ChangesFrozen.
    """
    if person.kind is not Kind.RECOVERING:
        require_changeable(person)
    elif person.frozen_until is not None:
        raise ChangesFrozen(person.frozen_until)


def require_proof_to_enrol(person: SignedInPerson) -> None:
    """The half of `require_enrolling` that asks no database, before anything is counted.

    Errors: ReauthenticationNeeded.
    """
    if person.kind is not Kind.RECOVERING:
        require_recent(person)


def require_recent_operator(person: SignedInPerson) -> None:
    """The same rule for what operators do to others (HLP-01)."""
    if person.kind is not Kind.OPERATOR_REAUTHENTICATED:
        raise ReauthenticationNeeded


def out_of_helpdesk(request: HttpRequest) -> HttpResponse:
    """An operator at work asks for a page of their own account: leave the helpdesk first."""
    if envelope.speaks_json(request):
        return envelope.failure("FORBIDDEN", "Leave the helpdesk first.", HTTPStatus.FORBIDDEN)
    return _redirect("helpdesk:leave", held_forms.page_of(request))


def to_sign_in(request: HttpRequest) -> HttpResponse:
    if envelope.speaks_json(request):
        return envelope.failure("UNAUTHENTICATED", "Sign in first.", HTTPStatus.UNAUTHORIZED)
    if held_forms.KEPT in request.session and request.method == "POST":
        messages.warning(request, _(SIGN_IN_ENDED))
    return _redirect("account_login", held_forms.page_of(request))


def to_reauthentication(request: HttpRequest) -> HttpResponse:
    """Send a person to prove themselves; tell a script, whose body no page could carry out."""
    if envelope.speaks_json(request):
        return envelope.failure(
            "REAUTHENTICATION_REQUIRED",
            "Changes need a sign-in that is not older than five minutes.",
            HTTPStatus.FORBIDDEN,
        )
    if request.method == "POST":
        held_forms.hold(request)
    return _redirect("doors:reauthenticate", held_forms.page_of(request))


def _redirect(name: str, next_url: str) -> HttpResponse:
    query = "" if next_url == "/" else "?" + urlencode({"next": next_url})
    return HttpResponseRedirect(reverse(name) + query)
