"""Reading and saving the MFA preference as JSON."""

from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import Router

from accounts.cognito.errors import CognitoError
from accounts.envelope import failure, instant, success
from accounts.guards import require_recent
from accounts.sessions import SignedInPerson
from portal.api.schemas import PreferenceIn
from portal.factors import services
from portal.factors.domain import Factor
from portal.factors.services import Factors
from portal.factors.statuses import masked_target, statuses

router = Router()
ANY_OTHER = ["POST", "PATCH", "DELETE", "HEAD", "OPTIONS"]


def _person(request: HttpRequest) -> SignedInPerson:
    return cast(SignedInPerson, request.person)  # type: ignore[attr-defined]


@router.get("", url_name="mfa")
def read(request: HttpRequest) -> HttpResponse:
    """What is on, what is asked first, and what the next sign-in will ask."""
    response = success(_state(services.factors_of(_person(request))))
    # A script of the same origin sends it back with its changes; the cookie itself is HttpOnly.
    response["X-CSRFToken"] = get_token(request)
    return response


@router.put("/preference", url_name="preference")
def save(request: HttpRequest, wanted: PreferenceIn) -> HttpResponse:
    """Save the whole preference; `id` and `created_at` are the receipt of the change."""
    person = _person(request)
    require_recent(person)
    saved = services.save_preference(
        person, lambda now: wanted.preference(), drawn_from=wanted.digest
    )
    return success(
        {
            "id": str(saved.id),
            "created_at": instant(saved.created_at),
            "changed": saved.changed,
            **_state_after(person),
        }
    )


def _state_after(person: SignedInPerson) -> dict[str, Any]:
    """The state from a fresh read; trouble with that read must not hide that it was saved."""
    try:
        return _state(services.factors_of(person))
    except CognitoError:
        return {}


@router.api_operation([*ANY_OTHER, "PUT"], "", auth=None, include_in_schema=False)
def only_get(request: HttpRequest) -> HttpResponse:
    return _wrong_method("GET")


@router.api_operation([*ANY_OTHER, "GET"], "/preference", auth=None, include_in_schema=False)
def only_put(request: HttpRequest) -> HttpResponse:
    return _wrong_method("PUT")


def _wrong_method(allowed: str) -> HttpResponse:
    response = failure("METHOD_NOT_ALLOWED", f"Use {allowed} here.", HTTPStatus.METHOD_NOT_ALLOWED)
    response["Allow"] = allowed
    return response


def _state(factors: Factors) -> dict[str, Any]:
    now = factors.preference
    challenge = factors.next_challenge
    return {
        "digest": factors.state.digest(),
        "activated": [factor.value for factor in Factor if factor in now.activated],
        "preferred": now.preferred.value if now.preferred else None,
        "effective": [factor.value for factor in Factor if factor in factors.effective],
        "next_challenge": {
            "kind": challenge.kind.value,
            "factors": [factor.value for factor in challenge.factors],
        },
        "methods": [
            {
                "factor": row.factor.value,
                "state": row.state,
                "destination": masked_target(row.factor, factors) or None,
                "added_at": instant(row.added_at) if row.added_at else None,
            }
            for row in statuses(factors)
        ],
    }
