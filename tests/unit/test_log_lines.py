"""What each line of a request tells beside its own words."""

import json
import logging
from threading import Thread
from typing import Any

import pytest
import structlog
from botocore.exceptions import ClientError, MetadataRetrievalError
from botocore.parsers import ResponseParserError

from accounts import logs
from accounts.cognito.errors import CognitoError, cognito_errors

log = structlog.get_logger(__name__)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    caplog.handler.setFormatter(logs.json_formatter())
    return caplog


def told(lines: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.text.splitlines()]


def test_each_line_tells_its_request_and_nothing_of_the_one_before(lines: Any) -> None:
    logs.begin(request_id="one")
    logs.also(person="nora")
    log.info("here")
    logs.begin(request_id="two")
    log.info("there")
    first, second = told(lines)
    assert (first["request_id"], first["person"]) == ("one", "nora")
    assert second["request_id"] == "two"
    assert "person" not in second


def test_lines_of_libraries_tell_it_too(lines: Any) -> None:
    logs.begin(request_id="one")
    logging.getLogger("some.library").warning("look")
    [line] = told(lines)
    assert line["request_id"] == "one"


def test_what_a_line_says_itself_is_not_replaced(lines: Any) -> None:
    logs.begin(request_id="one", event="other")
    log.info("here", request_id="mine")
    [line] = told(lines)
    assert (line["event"], line["request_id"]) == ("here", "mine")


@pytest.mark.parametrize(
    "quoting",
    [
        ResponseParserError("Unable to parse response:\n<SecretAccessKey>canary"),
        ClientError({"Error": {"Code": "Any", "Message": "canary"}}, "GetUser"),
        MetadataRetrievalError(error_msg="Unable to parse JSON: canary"),
    ],
)
def test_what_was_answered_is_not_quoted(lines: Any, quoting: Exception) -> None:
    """(AUD-03) neither of botocore itself nor behind an error of ours, as where a job fails."""
    try:
        with cognito_errors("GetUser"):
            raise quoting
    except CognitoError:
        logging.getLogger("some.library").exception("failed")
    assert "canary" not in lines.text
    found = next(each for each in told(lines) if each["event"] == "failed")
    ours, theirs = found["exception"]
    assert ours["exc_value"].startswith("GetUser: ")
    assert (theirs["exc_type"], theirs["exc_value"]) == (type(quoting).__name__, "")
    assert theirs["frames"]


def test_another_thread_tells_nothing_of_it(lines: Any) -> None:
    logs.begin(request_id="one")
    thread = Thread(target=lambda: log.info("there"))
    thread.start()
    thread.join()
    [line] = told(lines)
    assert "request_id" not in line
