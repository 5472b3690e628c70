"""Reads that come in pages: every page is read, and a pool that never ends does not hold us."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from accounts.cognito import client, people
from accounts.cognito.self_service import MOST_PAGES, SelfService
from tests.unit.persons import somebody

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def device(number: int) -> dict[str, Any]:
    return {"DeviceKey": f"eu-central-1_{number:036}", "DeviceCreateDate": NOW}


def session(number: int) -> dict[str, Any]:
    return {"SessionId": f"tkn{number:025}", "CreateDate": NOW}


def passkey(number: int) -> dict[str, Any]:
    return {
        "CredentialId": f"key-{number}",
        "CreatedAt": NOW,
        "RelyingPartyId": "example.com",
        "AuthenticatorTransports": ["internal"],
        "FriendlyCredentialName": "Phone",
    }


def self_service() -> SelfService:
    return SelfService(somebody().token)


Read = Callable[[], list[Any]]
READS: dict[str, tuple[Any, str, str, str, Callable[[int], dict[str, Any]], Read]] = {
    "own devices": (
        client.reads,
        "list_devices",
        "Devices",
        "PaginationToken",
        device,
        lambda: self_service().devices(),
    ),
    "own sessions": (
        client.reads,
        "list_user_sessions",
        "Sessions",
        "NextToken",
        session,
        lambda: self_service().sessions(),
    ),
    "own passkeys": (
        client.reads,
        "list_web_authn_credentials",
        "Credentials",
        "NextToken",
        passkey,
        lambda: self_service().passkeys(),
    ),
    "somebody's devices": (
        client.administration,
        "admin_list_devices",
        "Devices",
        "PaginationToken",
        device,
        lambda: people.devices("nora"),
    ),
    "somebody's sessions": (
        client.administration,
        "admin_list_user_sessions",
        "Sessions",
        "NextToken",
        session,
        lambda: people.sessions("nora"),
    ),
}


def _answered(stubber: Stubber, name: str, pages: int, *, ends: bool) -> None:
    _, operation, rows, token, make, _ = READS[name]
    for number in range(pages):
        is_last = ends and number == pages - 1
        reply = {rows: [make(number)], **({} if is_last else {token: f"page-{number + 1}"})}
        stubber.add_response(operation, reply, None)


@pytest.mark.parametrize("name", READS)
def test_every_page_is_read(name: str):
    purpose, *_, read = READS[name]
    with Stubber(purpose()) as stubber:
        _answered(stubber, name, 3, ends=True)
        assert len(read()) == 3
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize("name", READS)
def test_a_read_that_never_ends_ends(name: str):
    """INP-04: lists are bounded, whoever makes them long."""
    purpose, *_, read = READS[name]
    with Stubber(purpose()) as stubber:
        _answered(stubber, name, MOST_PAGES, ends=False)
        assert len(read()) == MOST_PAGES
        stubber.assert_no_pending_responses()
