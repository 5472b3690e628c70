"""The one form of every JSON answer.

{"success": true,  "data": {"id": "...", "created_at": "2025-01-01T00:00:00Z", ...}}
{"success": false, "error": {"code": "VALIDATION_ERROR", "message": "Invalid request parameters"}}
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second: `2025-01-01T00:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def success(data: Mapping[str, Any], status: int = HTTPStatus.OK) -> JsonResponse:
    return _answer({"success": True, "data": dict(data)}, status)


def failure(
    code: str, message: str, status: int, details: Mapping[str, Any] | None = None
) -> JsonResponse:
    """code: one of the closed list in docs/api.md; message: a sentence for an engineer."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = dict(details)
    return _answer({"success": False, "error": error}, status)


def _answer(body: Mapping[str, Any], status: int) -> JsonResponse:
    response = JsonResponse(body, status=status)
    response["Cache-Control"] = "no-store"
    return response


def speaks_json(request: HttpRequest) -> bool:
    """Whether the caller is a program: refusals then come in the envelope, not as a page."""
    return (
        request.path.startswith("/api/")
        or request.content_type == "application/json"
        or request.headers.get("Accept", "").startswith("application/json")
    )
