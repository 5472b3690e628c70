"""What every call to Cognito is watched by: the breaker before it, whoever counts after it.

These are hooks of botocore's own, so nothing is measured that is not sent, and each call of a
block that makes several counts for itself. What botocore does not send, the request for the
pool's keys and the one for tokens at its domain, says so itself, by `by_hand`.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ReadTimeoutError
from botocore.parsers import ResponseParserError
from django.conf import settings

from accounts.cognito import breaker
from accounts.cognito.breaker import Breaker
from accounts.cognito.errors import MEANING, THROTTLES, is_silence

if TYPE_CHECKING:
    from botocore.hooks import BaseEventHooks

SERVICE = "cognito-identity-provider"
# As botocore's events call them.
LENDERS = ("sts", "sso", "sso-oidc")
BEGAN, THROTTLED, SIGNED = "portal_began", "portal_throttled", "portal_signed"
BROKEN = "portal_broken"
# What botocore repeats where calls are repeated at all, as it does behind a closed connection.
NO_ANSWER = {"Code": "RequestTimeout", "Message": ""}
OK, OTHER, UNREACHABLE, NOT_SENT = "ok", "other", "unreachable", "not_sent"
MEDIA = {
    "SMS": "sms",
    "SMS_MFA": "sms",
    "SMS_OTP": "sms",
    "EMAIL": "email",
    "EMAIL_OTP": "email",
}
# Every outcome there is: a code that nobody knows is one of the others, so labels stay few.
OUTCOMES = frozenset({OK, OTHER, UNREACHABLE, NOT_SENT, *MEANING})


class NotSigned(breaker.NotSent):
    """AWS STS, which lends the role that would sign it, does not answer."""


@dataclass(frozen=True)
class Call:
    """One call and how it ended. Holds nothing of anybody.

    outcome: one of OUTCOMES. throttles: how often Cognito said "too many", repetitions included.
    sent: "sms" or "email", where a code is on its way by it.
    """

    operation: str
    outcome: str
    seconds: float
    throttles: int = 0
    sent: str = ""


# Whoever wants to know of each call, once it is over.
observers: list[Callable[[Call], None]] = []


def watch(events: "BaseEventHooks") -> None:
    """Watch the calls of one client."""
    events.register(f"before-call.{SERVICE}", _begins)
    _keep_time(events, SERVICE)
    events.register(f"response-received.{SERVICE}", _answered)
    events.register(f"after-call.{SERVICE}", _ends)
    events.register(f"after-call-error.{SERVICE}", _fails)


def hurry(events: "BaseEventHooks") -> None:
    """Those who lend a role take no longer than Cognito may. events: of a session."""
    for lender in LENDERS:
        events.register(f"before-call.{lender}", _notes_the_time)
        _keep_time(events, lender)


def _keep_time(events: "BaseEventHooks", service: str) -> None:
    events.register(f"request-created.{service}", _is_repeated_in_time)
    events.register(f"request-created.{service}", _is_signed)


@contextmanager
def by_hand(
    operation: str, circuit: Breaker, is_silent: Callable[[Exception], bool]
) -> Iterator[None]:
    """Watch one request that botocore does not make. is_silent: whether no answer came.

    Errors: CircuitOpen, where nothing is sent.
    """
    try:
        circuit.ask()
    except breaker.CircuitOpen:
        _tell(Call(operation, NOT_SENT, 0))
        raise
    began, outcome = perf_counter(), OK
    try:
        yield
    except Exception as trouble:
        outcome = UNREACHABLE if is_silent(trouble) else OTHER
        raise
    finally:
        if outcome == UNREACHABLE:
            circuit.silent()
        else:
            circuit.answered()
        _tell(Call(operation, outcome, perf_counter() - began))


def _begins(model: Any, context: dict[str, Any], **_: Any) -> None:
    try:
        breaker.cognito.ask()
    except breaker.CircuitOpen:
        _tell(Call(model.name, NOT_SENT, 0))
        raise
    context[BEGAN], context[THROTTLED] = perf_counter(), 0


def _notes_the_time(context: dict[str, Any], **_: Any) -> None:
    context[BEGAN] = perf_counter()


def _is_repeated_in_time(request: Any, **_: Any) -> None:
    """A repetition that could not be waited for to its end is none: there is no answer (RES-03)."""
    if SIGNED not in request.context:  # the first try
        return
    left = settings.COGNITO_CALL_TIMEOUT.total_seconds() - (perf_counter() - request.context[BEGAN])
    if left < settings.COGNITO_READ_TIMEOUT.total_seconds():
        raise ReadTimeoutError(endpoint_url=request.url)


def _is_signed(request: Any, **_: Any) -> None:
    """Behind botocore's own signing, which may have to fetch a role from AWS STS first."""
    request.context[SIGNED] = True


def _answered(
    context: dict[str, Any], parsed_response: Any, response_dict: dict[str, Any] | None, **_: Any
) -> None:
    """One answer, maybe to be repeated. One that is not whole is called so; `_ends` refuses it."""
    is_broken = response_dict is not None and not _is_whole(response_dict, parsed_response)
    context[BROKEN] = is_broken
    if is_broken:
        parsed_response["Error"] = NO_ANSWER
    elif _code_of(parsed_response) in THROTTLES:
        context[THROTTLED] = context.get(THROTTLED, 0) + 1


def _is_whole(response: dict[str, Any], parsed: dict[str, Any]) -> bool:
    """botocore takes half an answer, or the page of a proxy, for one that says nothing.

    That would be a person in no group, without devices, in a pool without rules.
    """
    body, length = response["body"], response["headers"].get("content-length", "")
    is_cut = length.isdecimal() and len(body) < int(length)
    # Where it says something, botocore has read it.
    says_nothing = body and parsed.keys() <= {"ResponseMetadata"}
    return not is_cut and (not says_nothing or _is_json(body))


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _ends(parsed: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
    """The last answer of a call. Errors: ResponseParserError, where it is not a whole one."""
    if BEGAN not in context:  # answered by somebody else, before it was sent
        return
    if context.get(BROKEN):
        _is_silent(model.name, context)
        # Without a word of it: what cannot be read may hold anything (AUD-03).
        raise ResponseParserError("not a whole answer")
    breaker.cognito.answered()
    code = _code_of(parsed)
    outcome = OK if code is None else code if code in MEANING else OTHER
    _tell(_call(model.name, outcome, context, _sent(parsed)))


def _fails(exception: Exception, context: dict[str, Any], event_name: str, **_: Any) -> None:
    if BEGAN not in context:
        return
    operation, silent = event_name.rpartition(".")[2], is_silence(exception)
    if silent and SIGNED not in context:
        # People's own calls need no role, so the breaker stays closed.
        _tell(_call(operation, NOT_SENT, context))
        raise NotSigned(breaker.OPEN_FOR.total_seconds()) from exception
    if silent:
        _is_silent(operation, context)
    else:
        _tell(_call(operation, OTHER, context))


def _is_silent(operation: str, context: dict[str, Any]) -> None:
    breaker.cognito.silent()
    _tell(_call(operation, UNREACHABLE, context))


def _call(operation: str, outcome: str, context: dict[str, Any], sent: str = "") -> Call:
    return Call(operation, outcome, perf_counter() - context[BEGAN], context[THROTTLED], sent)


def _sent(parsed: dict[str, Any]) -> str:
    """The way of a code that this answer speaks of: asked for, or the question of a sign-in."""
    listed = parsed.get("CodeDeliveryDetailsList") or [{}]
    details: dict[str, str] = parsed.get("CodeDeliveryDetails") or listed[0]
    return MEDIA.get(details.get("DeliveryMedium") or parsed.get("ChallengeName", ""), "")


def _code_of(parsed: Any) -> str | None:
    code: str | None = (parsed or {}).get("Error", {}).get("Code")
    return code


def _tell(call: Call) -> None:
    for observer in observers:
        observer(call)
