"""Beginning a sign-in: InitiateAuth and its flows. Source: contract 5.1 and 5.4."""

from __future__ import annotations

from sandbox import srp_proofs
from sandbox.arrivals import CONFIRMED, use_arrival
from sandbox.core import Call
from sandbox.first_factors import (
    PASSWORD,
    PASSWORD_SRP,
    Parameters,
    ask_choice,
    available,
    first_factor,
    judge_password,
    parameter,
    srp_challenge,
)
from sandbox.lockout import refuse_while_locked
from sandbox.nobody import made_up_person
from sandbox.operations.refresh import refresh
from sandbox.operations.registry import Answer, operation
from sandbox.pools import Client
from sandbox.protocol import refusal
from sandbox.steps import Attempt, refuse_by_state, second_factor

ADMIN_FLOWS = ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
CUSTOM_AUTH = "CUSTOM_AUTH"
REFRESH_FLOWS = ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN")
NEEDED_WITH = {PASSWORD: "PASSWORD", PASSWORD_SRP: "SRP_A"}


@operation("InitiateAuth")
def initiate_auth(call: Call) -> Answer:
    """Begin a sign-in, or renew one by its refresh token."""
    client = call.sandbox.pools.client(call.input["ClientId"])
    if call.input["AuthFlow"] in ADMIN_FLOWS:
        raise refusal("flow_by_admin_only")
    return _begin(call, client)


@operation("AdminInitiateAuth")
def admin_initiate_auth(call: Call) -> Answer:
    """The same from a server, which may pass a password on in the flow made for that."""
    client = call.sandbox.pools.client(call.input["ClientId"], call.pool().id)
    if call.input["AuthFlow"] == "USER_PASSWORD_AUTH":
        raise refusal("flow_by_admin_only")
    return _begin(call, client)


def _begin(call: Call, client: Client) -> Answer:
    flow, parameters = call.input["AuthFlow"], call.input.get("AuthParameters", {})
    if flow in REFRESH_FLOWS:
        return refresh(call, client)
    if not call.managed and not _enabled(client, flow):
        raise refusal("flow_not_enabled", flow=flow)
    if "TARGET_ACR_VALUES" in parameters:
        _refuse_in_lite(call, client, "Step-up authentication")
    return _FLOWS[flow](call, client, parameters)


def _enabled(client: Client, flow: str) -> bool:
    """Whether a client may use a flow; the administrators' one has two names."""
    names = ADMIN_FLOWS if flow in ADMIN_FLOWS else (flow,)
    return any(name in client.flows for name in names)


def _by_password(call: Call, client: Client, parameters: Parameters) -> Answer:
    username = parameter(parameters, "USERNAME")
    password = parameter(parameters, "PASSWORD")
    attempt = _attempt(call, client, username, parameters)
    if attempt.nobody:
        raise refusal("incorrect_password")
    return judge_password(attempt, password)


def _by_srp(call: Call, client: Client, parameters: Parameters) -> Answer:
    username = parameter(parameters, "USERNAME")
    srp_a = parameter(parameters, "SRP_A")
    srp_proofs.client_public(srp_a)
    return srp_challenge(_attempt(call, client, username, parameters), srp_a)


def _by_choice(call: Call, client: Client, parameters: Parameters) -> Answer:
    """USER_AUTH: the preferred first factor if it can be had, else a choice of all.

    Somebody who comes straight from ConfirmSignUp has just typed a code and needs neither.
    """
    username = parameter(parameters, "USERNAME")
    if not call.managed:
        _refuse_in_lite(call, client, "USER_AUTH")
    attempt = _attempt(call, client, username, parameters)
    if use_arrival(call, client, attempt.person, CONFIRMED):
        return second_factor(attempt)
    choices = available(attempt)
    if not choices:
        raise refusal("incorrect_password")
    preferred = parameters.get("PREFERRED_CHALLENGE", "")
    if preferred not in choices:
        return ask_choice(attempt, choices)
    if preferred not in NEEDED_WITH:
        return first_factor(attempt, preferred, {}) | {"AvailableChallenges": choices}
    parameter(parameters, NEEDED_WITH[preferred])
    return first_factor(attempt, preferred, parameters)


def _by_lambda(call: Call, client: Client, parameters: Parameters) -> Answer:
    """CUSTOM_AUTH: what a pool without the triggers answers; there are no Lambda functions here."""
    username = parameter(parameters, "USERNAME")
    call.check_secret(client, username, parameters.get("SECRET_HASH"))
    if "DefineAuthChallenge" not in call.sandbox.pools.get(client.pool_id).triggers:
        raise refusal("no_custom_auth_trigger")
    raise refusal("flow_not_in_sandbox", flow=CUSTOM_AUTH)


_FLOWS = {
    "USER_PASSWORD_AUTH": _by_password,
    "ADMIN_USER_PASSWORD_AUTH": _by_password,
    "ADMIN_NO_SRP_AUTH": _by_password,
    "USER_SRP_AUTH": _by_srp,
    "USER_AUTH": _by_choice,
    CUSTOM_AUTH: _by_lambda,
}


def _attempt(call: Call, client: Client, username: str, parameters: Parameters) -> Attempt:
    """Who signs in; somebody made up for an unknown name, if the client hides who exists."""
    call.check_secret(client, username, parameters.get("SECRET_HASH"))
    pool = call.sandbox.pools.get(client.pool_id)
    person = call.sandbox.people.find(pool, username)
    if person is None and not client.hides_people:
        raise refusal("unknown_person")
    if person is None:
        nobody = made_up_person(call.sandbox, pool, username)
        return Attempt(call, pool, client, nobody, nobody=username)
    refuse_while_locked(person, call.now)
    refuse_by_state(person)
    return Attempt(call, pool, client, person, device_key=parameters.get("DEVICE_KEY"))


def _refuse_in_lite(call: Call, client: Client, feature: str) -> None:
    if call.sandbox.pools.get(client.pool_id).tier == "LITE":
        raise refusal("tier_too_low", feature=feature, tier="LITE")
