"""A remembered device proves itself instead of a second factor. Sources: contract 5.3, 5.9, 6.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import srp_proofs
from sandbox.core import Call
from sandbox.devices import Device
from sandbox.first_factors import parameter, wrong_password
from sandbox.operations.registry import Answer
from sandbox.pools import Client
from sandbox.protocol import refusal
from sandbox.steps import DEVICE_SRP_AUTH, Attempt, device_nickname, finish

if TYPE_CHECKING:
    from sandbox.operations.challenges import Reply

DEVICE_PASSWORD_VERIFIER = "DEVICE_PASSWORD_VERIFIER"  # noqa: S105 - a challenge name


def session_of(call: Call, client: Client, challenge: str, responses: dict[str, str]) -> str | None:
    """The Session of an answer. Real clients leave it out when they answer for a device.

    The first step is then found by the device's key, the second one by its secret block.
    """
    if challenge == DEVICE_PASSWORD_VERIFIER:
        return parameter(responses, "PASSWORD_CLAIM_SECRET_BLOCK")
    given: str | None = call.input.get("Session")
    if given or challenge != DEVICE_SRP_AUTH:
        return given
    key = parameter(responses, "DEVICE_KEY")
    session: str = call.sandbox.flows.read(device_nickname(client, key))["session"]
    return session


def begin(reply: Reply) -> Answer:
    """DEVICE_SRP_AUTH: the device's public number is answered with ours."""
    attempt = reply.attempt
    device = _same_device(reply)
    a_public = srp_proofs.client_public(parameter(reply.responses, "SRP_A"))
    block = srp_proofs.new_secret_block()
    flow = {
        "challenge": DEVICE_PASSWORD_VERIFIER,
        "pool": attempt.pool.id,
        "client": attempt.client.id,
        "sub": attempt.person.sub,
        "device": device.key,
        **srp_proofs.exchange(device.key, device.verifier, a_public),
    }
    reply.consume()
    sandbox = attempt.call.sandbox
    sandbox.flows.open(flow, sandbox.switches.srp_answer_seconds, block)
    return {
        "ChallengeName": DEVICE_PASSWORD_VERIFIER,
        "ChallengeParameters": {
            "USERNAME": attempt.person.username,
            "DEVICE_KEY": device.key,
            "SALT": device.salt,
            "SRP_B": flow["b_public"],
            "SECRET_BLOCK": block,
        },
    }


def complete(reply: Reply) -> Answer:
    """DEVICE_PASSWORD_VERIFIER: tokens, if the device knows its secret."""
    attempt, responses = reply.attempt, reply.responses
    claimed = parameter(responses, "PASSWORD_CLAIM_SIGNATURE")
    timestamp = parameter(responses, "TIMESTAMP")
    device = _same_device(reply)
    srp_proofs.check_timestamp(attempt.call.sandbox.switches, timestamp)
    reply.consume()
    right = srp_proofs.right_signature(
        device.group_key, reply.flow, reply.session, timestamp, claimed
    )
    if not right:
        raise wrong_password(attempt)
    return finish(attempt)


def _same_device(reply: Reply) -> Device:
    """The device that the sign-in began with, still known."""
    attempt, key = reply.attempt, parameter(reply.responses, "DEVICE_KEY")
    if key != reply.flow["device"]:
        raise refusal("bad_device_key")
    return _confirmed(attempt, key)


def _confirmed(attempt: Attempt, key: str) -> Device:
    sandbox = attempt.call.sandbox
    device = sandbox.devices.presented(attempt.pool, attempt.person, key)
    if device is None:
        raise refusal("unknown_device")
    return device
