"""Recovery codes as JSON: how many are left, ten new ones, and that they are kept."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts import recovery_codes
from accounts.api.documented import changes, reads
from accounts.api.gate import person_of
from accounts.api.idempotency import once, once_in_secret
from accounts.api.schemas import Done
from accounts.envelope import instant, success
from accounts.guards import require_recent
from portal.recovery import codes as services
from portal.recovery.schemas import Codes, CodesLeft
from portal.recovery.switch import where_it_is_offered

router = Router(tags=["Recovery codes"])


@router.get("", url_name="recovery_codes", **reads(CodesLeft))
@where_it_is_offered
def left(request: HttpRequest) -> HttpResponse:
    """How many recovery codes are left, and since when; never the codes themselves."""
    state = recovery_codes.state_of(person_of(request))
    kept_at = state.kept_at if state else None
    return success(
        {
            "left": state.left if state else None,
            "most": recovery_codes.HOW_MANY,
            "made_at": instant(state.made_at) if state else None,
            "kept_at": instant(kept_at) if kept_at else None,
        }
    )


@router.post("", url_name="recovery_codes_make", **changes(Codes))
@once_in_secret
@where_it_is_offered
def make(request: HttpRequest) -> HttpResponse:
    """Ten new codes, which stand in this answer and nowhere else; every earlier one dies."""
    made = services.make(person_of(request))
    receipt = {"id": str(made.id), "created_at": instant(made.created_at)}
    return success({**receipt, "codes": made.codes})


@router.post("/kept", url_name="recovery_codes_kept", **changes(Done))
@once
@where_it_is_offered
def kept(request: HttpRequest) -> HttpResponse:
    """The person says that they have kept them."""
    person = person_of(request)
    require_recent(person)
    services.keep(person)
    return success({"done": True})
