"""The one form of every JSON answer."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.test import RequestFactory

from accounts import envelope


def test_a_success_looks_like_the_published_example():
    """Design section 7."""
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    answer = envelope.success({"id": "x", "created_at": envelope.instant(moment)})
    assert answer.status_code == 200
    assert json.loads(answer.content) == {
        "success": True,
        "data": {"id": "x", "created_at": "2025-01-01T00:00:00Z"},
    }


def test_a_failure_looks_like_the_published_example():
    """Design section 7: details only where there are some."""
    answer = envelope.failure("VALIDATION_ERROR", "Invalid request parameters", 422)
    assert answer.status_code == 422
    assert json.loads(answer.content) == {
        "success": False,
        "error": {"code": "VALIDATION_ERROR", "message": "Invalid request parameters"},
    }
    told = envelope.failure("STALE_STATE", "Read again.", 409, {"changes": ["x"]})
    assert json.loads(told.content)["error"]["details"] == {"changes": ["x"]}


def test_an_instant_is_utc_to_the_second():
    """Design section 7; AUD-01."""
    moment = datetime(2025, 1, 1, 1, 30, 5, 999, timezone(timedelta(hours=2)))
    assert envelope.instant(moment) == "2024-12-31T23:30:05Z"


def test_no_answer_is_kept_by_a_browser():
    """WEB-07."""
    assert envelope.success({})["Cache-Control"] == "no-store"
    assert envelope.failure("NOT_FOUND", "x", 404)["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "speaks"),
    [
        ({}, False),
        ({"HTTP_ACCEPT": "text/html,application/json"}, False),
        ({"HTTP_ACCEPT": "application/json"}, True),
        ({"HTTP_ACCEPT": "application/json, text/plain"}, True),
        ({"CONTENT_TYPE": "application/json"}, True),
    ],
)
def test_a_program_is_answered_in_the_envelope(
    headers: dict[str, Any], speaks: bool, rf: RequestFactory
):
    """Design section 7: and a browser gets a page."""
    assert envelope.speaks_json(rf.get("/", **headers)) == speaks
