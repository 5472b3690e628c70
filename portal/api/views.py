"""The overview and the preference as JSON."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import Router

from accounts import bearer
from accounts.api.documented import changes, reads
from accounts.api.gate import person_of
from accounts.api.idempotency import once
from accounts.cognito.errors import CognitoError
from accounts.envelope import instant, success
from accounts.guards import require_recent
from accounts.sessions import SignedInPerson
from portal.api import schemas
from portal.api.preconditions import drawn_from, etag
from portal.api.schemas import PreferenceIn, TurnOffIn
from portal.factors import services
from portal.factors.domain import Factor
from portal.factors.services import Factors, Saved
from portal.factors.statuses import masked_target, statuses

router = Router(tags=["Methods"])


@router.get("", url_name="mfa", **reads(schemas.Overview))
def read(request: HttpRequest) -> HttpResponse:
    """What is on, what is asked first, and what the next sign-in will ask."""
    factors = services.factors_of(person_of(request))
    response = success(state_of(factors))
    response["ETag"] = etag(factors)
    if bearer.presented(request) is None:
        # A script of the same origin sends it back with its changes; the cookie is HttpOnly.
        response["X-CSRFToken"] = get_token(request)
    return response


@router.put("/preference", url_name="preference", **changes(schemas.Saved))
@once
def save(request: HttpRequest, wanted: PreferenceIn) -> HttpResponse:
    """Save the whole preference; `id` and `created_at` are the receipt of the change."""
    person = person_of(request)
    require_recent(person)
    saved = services.save_preference(
        person,
        lambda now: wanted.preference(),
        drawn_from=drawn_from(request, person, wanted.digest),
    )
    return saved_as(person, saved)


@router.post("/turn-off", url_name="turn_off", **changes(schemas.Saved))
@once
def turn_off(request: HttpRequest, wanted: TurnOffIn) -> HttpResponse:
    """Turn one method off; where it was asked first, say which is from then on, or null."""
    person = person_of(request)
    require_recent(person)
    saved = services.turn_off(
        person,
        wanted.factor,
        wanted.preferred if "preferred" in wanted.model_fields_set else services.Unsaid(),
        drawn_from=drawn_from(request, person, wanted.digest),
    )
    return saved_as(person, saved)


def saved_as(person: SignedInPerson, saved: Saved) -> HttpResponse:
    """The receipt of a change, and the state from a fresh read.

    Trouble with that read must not hide that it was saved.
    """
    receipt = {
        "id": str(saved.id),
        "created_at": instant(saved.created_at),
        "changed": saved.changed,
    }
    try:
        factors = services.factors_of(person)
    except CognitoError:
        return success(receipt)
    response = success({**receipt, **state_of(factors)})
    response["ETag"] = etag(factors)
    return response


def state_of(factors: Factors) -> dict[str, Any]:
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
