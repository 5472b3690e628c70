"""How an operation is described in the OpenAPI document."""

from typing import Any

from accounts.api.idempotency import HEADER
from accounts.api.schemas import Failure, Success

# What any operation may answer, beside its own.
ALWAYS = (400, 401, 403, 404, 405, 409, 422, 429, 500, 502, 503, 504)
ON_CHANGES = (412, 413, 415, 423, 428)
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{8,128}$"},
    "description": "The same key and request again gets the same answer, for a day.",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "The ETag of the overview: 412 where the methods have changed since.",
}


def reads(shape: Any) -> dict[str, Any]:
    """The keywords of an operation that reads."""
    return {"response": {200: Success[shape], frozenset(ALWAYS): Failure}}


def asks(shape: Any) -> dict[str, Any]:
    """The keywords of an operation that reads, where the question is no matter of an address."""
    return {"response": {200: Success[shape], frozenset({*ALWAYS, 413, 415}): Failure}}


def changes(shape: Any) -> dict[str, Any]:
    """The keywords of an operation that changes something."""
    return {
        "response": {200: Success[shape], frozenset({*ALWAYS, *ON_CHANGES}): Failure},
        "openapi_extra": {"parameters": [_KEY, _IF_MATCH]},
    }
