"""Threat protection: the history of an account, feedback on it, what risk leads to.

Source: contract 9.
"""

from __future__ import annotations

import hmac
from ipaddress import ip_network
from typing import Any

from sandbox.auth_events import Event, is_watched
from sandbox.core import Call, without_empty
from sandbox.operations.registry import Answer, operation
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.protocol import refusal

DEFAULT_PAGE = 60
NOT_SHOWN = ("token",)
SETTINGS = (
    "CompromisedCredentialsRiskConfiguration",
    "AccountTakeoverRiskConfiguration",
    "RiskExceptionConfiguration",
)


@operation("AdminListUserAuthEvents")
def admin_list_user_auth_events(call: Call) -> Answer:
    """What happened to somebody's account, newest first."""
    _, person = _watched_person(call)
    events = call.sandbox.events.of(person)
    size = call.input.get("MaxResults") or DEFAULT_PAGE
    start = _start(events, call.input.get("NextToken"))
    page = events[start : start + size]
    following = {}
    if len(events) > start + size:
        following = {"NextToken": _token(page[-1])}
    return {"AuthEvents": [_described(event) for event in page], **following}


@operation("AdminUpdateAuthEventFeedback")
def admin_update_auth_event_feedback(call: Call) -> Answer:
    """An administrator says whether it was really that person."""
    _, person = _watched_person(call)
    _give_feedback(call, _event(call, person), "Admin")
    return {}


@operation("UpdateAuthEventFeedback")
def update_auth_event_feedback(call: Call) -> Answer:
    """The person says so, with the token of the notice that was sent."""
    _, person = _watched_person(call)
    event = _event(call, person)
    if not hmac.compare_digest(event["token"].encode(), call.input["FeedbackToken"].encode()):
        raise refusal("bad_feedback_token")
    _give_feedback(call, event, "User")
    return {}


@operation("SetRiskConfiguration")
def set_risk_configuration(call: Call) -> Answer:
    """Replace what risk leads to, for a pool or one client; with nothing given, back to default."""
    pool, client_id = _watched_pool(call), _client_id(call)
    given = {name: call.input[name] for name in SETTINGS if name in call.input}
    _check_ranges(given.get("RiskExceptionConfiguration", {}))
    known = dict(pool.document.get("risk", {}))
    known.pop(client_id, None)
    if given:
        known[client_id] = given | {"LastModifiedDate": call.sandbox.clock.stamp()}
    pool = call.sandbox.pools.save(pool.id, {**pool.document, "risk": known})
    return {"RiskConfiguration": _configuration(pool, client_id)}


@operation("DescribeRiskConfiguration")
def describe_risk_configuration(call: Call) -> Answer:
    """What risk leads to, for a pool or one client."""
    return {"RiskConfiguration": _configuration(_watched_pool(call), _client_id(call))}


def _configuration(pool: Pool, client_id: str) -> dict[str, Any]:
    named = {"UserPoolId": pool.id} | ({"ClientId": client_id} if client_id else {})
    known: dict[str, dict[str, Any]] = pool.document.get("risk", {})
    return named | known.get(client_id, {})


def _client_id(call: Call) -> str:
    """The client that is meant, or none for the whole pool."""
    wanted = call.input.get("ClientId")
    return call.sandbox.pools.client(wanted, call.pool().id).id if wanted else ""


def _watched_pool(call: Call) -> Pool:
    pool = call.pool()
    if not is_watched(pool):
        raise refusal("add_on_off")
    return pool


def _watched_person(call: Call) -> tuple[Pool, Person]:
    _watched_pool(call)
    return call.person()


def _event(call: Call, person: Person) -> Event:
    event = call.sandbox.events.find(person, call.input["EventId"])
    if event is None:
        raise refusal("unknown_event")
    return event


def _give_feedback(call: Call, event: Event, provider: str) -> None:
    feedback = {
        "FeedbackValue": call.input["FeedbackValue"],
        "Provider": provider,
        "FeedbackDate": call.sandbox.clock.stamp(),
    }
    call.sandbox.events.change(event["EventId"], EventFeedback=feedback)


def _described(event: Event) -> Event:
    return without_empty({name: each for name, each in event.items() if name not in NOT_SHOWN})


def _token(event: Event) -> str:
    """A NextToken as the service makes them: the event and its moment."""
    return f"{event['EventId']}#{event['CreationDate']}"


def _start(events: list[Event], token: str | None) -> int:
    if token is None:
        return 0
    for number, event in enumerate(events, start=1):
        if _token(event) == token:
            return number
    raise refusal("bad_next_token")


def _check_ranges(exceptions: dict[str, list[str]]) -> None:
    for ranges in exceptions.values():
        for span in ranges:
            try:
                ip_network(span, strict=False)
            except ValueError:
                raise refusal("bad_address_range", span=span) from None
