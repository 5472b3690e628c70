"""The steps of a sign-in that every flow shares: what is asked next, and how it ends.

Sources: contract 5.3 to 5.5.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from sandbox import messages, risk
from sandbox.core import Call
from sandbox.devices import Device
from sandbox.factors import ATTRIBUTE, EMAIL, ORDER, TOTP, NextStep, next_step
from sandbox.lockout import count_try, note_success
from sandbox.people import FORCE_CHANGE_PASSWORD, RESET_REQUIRED, UNCONFIRMED, Person
from sandbox.pools import Client, Pool
from sandbox.protocol import refusal

NEW_PASSWORD_REQUIRED = "NEW_PASSWORD_REQUIRED"  # noqa: S105 - a challenge name
SELECT_MFA_TYPE = "SELECT_MFA_TYPE"
MFA_SETUP = "MFA_SETUP"
DEVICE_SRP_AUTH = "DEVICE_SRP_AUTH"
Answer = dict[str, Any]


@dataclass
class Attempt:
    """One person on the way in through one client.

    nobody: the name that was typed, when there is no such person and one was made up.
    event: what threat protection records of this sign-in, where it does.
    """

    call: Call
    pool: Pool
    client: Client
    person: Person
    device_key: str | None = None
    nobody: str | None = None
    event: str | None = None


def refuse_by_state(person: Person) -> None:
    """Refuse people who may not sign in at all, before their password is looked at."""
    if not person.enabled:
        raise refusal("disabled")
    if person.federated:
        raise refusal("incorrect_password")
    if person.status == UNCONFIRMED:
        raise refusal("unconfirmed")
    if person.status == RESET_REQUIRED:
        raise refusal("reset_required")


def after_password(attempt: Attempt) -> Answer:
    """What follows a right password: a new password first, then a second factor."""
    risk.note_answer(attempt, "Password", "Success")
    person = attempt.person
    if person.status != FORCE_CHANGE_PASSWORD:
        return second_factor(attempt)
    if person.temporary_until is not None and attempt.call.now >= person.temporary_until:
        raise refusal("temporary_password_expired")
    parameters = {
        "userAttributes": json.dumps(person.attributes),
        "requiredAttributes": json.dumps(missing_attributes(attempt.pool, person)),
    }
    return ask(attempt, NEW_PASSWORD_REQUIRED, parameters)


def missing_attributes(pool: Pool, person: Person) -> list[str]:
    """Required attributes that the person still lacks, as the challenge names them."""
    return [
        f"userAttributes.{name}"
        for name, definition in pool.schema.items()
        if definition.get("Required") and name != "sub" and name not in person.attributes
    ]


def second_factor(attempt: Attempt, proved: str | None = None) -> Answer:
    """Ask for what the decision table says, or finish.

    proved: as for `finish`.
    """
    step = next_step(attempt.pool, attempt.person, attempt.call.sandbox.switches)
    step = risk.weighed(attempt, step)
    if proved is None and _device_replaces(attempt, step):
        return _ask_device(attempt)
    listed = json.dumps(step.factors, separators=(",", ":"))
    if step.kind == "challenge":
        return ask_factor(attempt, step.factors[0])
    if step.kind == "choice":
        return ask(attempt, SELECT_MFA_TYPE, {"MFAS_CAN_CHOOSE": listed}, choices=step.factors)
    if step.kind == "setup":
        return ask(attempt, MFA_SETUP, {"MFAS_CAN_SETUP": listed}, offered=step.factors)
    if step.kind == "dead_end":
        raise refusal("nothing_to_set_up")
    return finish(attempt, proved)


def ask_factor(attempt: Attempt, factor: str, address: str | None = None) -> Answer:
    """Ask for one factor, sending a code where it needs one.

    address: an address or number that is being set up, instead of the stored one.
    """
    if factor == TOTP:
        name = (attempt.person.totp or {}).get("name")
        return ask(attempt, TOTP, {"FRIENDLY_DEVICE_NAME": name} if name else {})
    attribute = ATTRIBUTE[factor]
    destination = address or attempt.person.attributes[attribute]
    return ask_code(attempt, factor, attribute, destination, address=address)


def ask_code(
    attempt: Attempt,
    challenge: str,
    attribute: str,
    destination: str,
    digits: int = 6,
    **kept: object,
) -> Answer:
    """Send a code and ask for it."""
    code, nonce = messages.new_code(digits), secrets.token_hex(8)
    if not attempt.nobody:
        _send_code(attempt, challenge, attribute, destination, code, nonce)
    details = messages.delivery(attribute, destination, attempt.call.sandbox.switches)
    parameters = {
        "CODE_DELIVERY_DELIVERY_MEDIUM": details["DeliveryMedium"],
        "CODE_DELIVERY_DESTINATION": details["Destination"],
    }
    return ask(attempt, challenge, parameters, code=code, nonce=nonce, **kept)


def ask(attempt: Attempt, challenge: str, parameters: dict[str, str], **kept: object) -> Answer:
    """Answer with a challenge; `kept` is what its answer will be judged by."""
    flow = {
        "challenge": challenge,
        "pool": attempt.pool.id,
        "client": attempt.client.id,
        "sub": attempt.person.sub,
        "device": attempt.device_key,
        "nobody": attempt.nobody,
        "event": attempt.event,
        **kept,
    }
    seconds = attempt.call.session_seconds(attempt.client)
    session = attempt.call.sandbox.flows.open(flow, seconds)
    return {
        "ChallengeName": challenge,
        "Session": session,
        "ChallengeParameters": {"USER_ID_FOR_SRP": attempt.person.username, **parameters},
    }


def finish(attempt: Attempt, proved: str | None = None, set_up: str | None = None) -> Answer:
    """Sign the person in.

    proved: a factor whose code showed that its channel is theirs.
    set_up: a factor that was set up on the way.
    """
    sandbox, person = attempt.call.sandbox, attempt.person
    changed = note_success(person) | _activated(attempt, set_up)
    if proved in ATTRIBUTE and _mark_verified(attempt, ATTRIBUTE[proved]):
        sandbox.people.save(attempt.pool, person)
    elif changed:
        sandbox.people.touch(person)
    risk.note_passed(attempt)
    if attempt.call.managed:
        return {"SignedIn": person.sub}  # the login page goes on to its own end
    device, new = _device(attempt)
    details = {"device_key": device.key if device else None, "visit": attempt.call.visit}
    result = sandbox.issue_tokens(attempt.pool, attempt.client, person, **details)
    if device and new:
        keys = {"DeviceKey": device.key, "DeviceGroupKey": device.group_key}
        result["NewDeviceMetadata"] = keys
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


def device_nickname(client: Client, device_key: str) -> str:
    """What a device challenge is found by when its answer comes without a Session."""
    return f"{DEVICE_SRP_AUTH} {client.id} {device_key}"


def _device_replaces(attempt: Attempt, step: NextStep) -> bool:
    """Rows D08 and D22: whether a remembered device is asked instead of a factor."""
    sandbox = attempt.call.sandbox
    device = sandbox.devices.presented(attempt.pool, attempt.person, attempt.device_key)
    if device is None or not device.remembered or not attempt.pool.device_replaces_mfa:
        return False
    if step.factors == (EMAIL,) and not sandbox.switches.device_replaces_email_mfa:
        return False
    return step.kind != "tokens"


def _ask_device(attempt: Attempt) -> Answer:
    answer = ask(attempt, DEVICE_SRP_AUTH, {})
    nickname = device_nickname(attempt.client, attempt.device_key or "")
    flow = {
        "challenge": "",  # it is no Session itself
        "pool": attempt.pool.id,
        "client": attempt.client.id,
        "sub": attempt.person.sub,
        "session": answer["Session"],
    }
    attempt.call.sandbox.flows.open(flow, attempt.client.session_seconds, nickname)
    return answer | {"ChallengeParameters": {}}


def _device(attempt: Attempt) -> tuple[Device | None, bool]:
    """The device of this sign-in where the pool tracks them, and whether it is a new one."""
    call, devices = attempt.call, attempt.call.sandbox.devices
    if not attempt.pool.tracks_devices:
        return None, False
    device = devices.presented(attempt.pool, attempt.person, attempt.device_key)
    if device is None:
        return devices.add(call.sandbox.region, attempt.person, call.visit.address), True
    devices.note_sign_in(device, call.visit.address)
    return device, False


def _send_code(
    attempt: Attempt, challenge: str, attribute: str, destination: str, code: str, nonce: str
) -> None:
    """Send a code; it takes the place of any the person was sent for this challenge before."""
    sandbox, person = attempt.call.sandbox, attempt.person
    if attribute == "email":
        most = sandbox.switches.email_mfa_per_hour
        count_try(person, "email_mfa", most, attempt.call.now)
    person.codes[challenge] = {"nonce": nonce}
    sandbox.people.touch(person)
    messages.send_mfa_code(sandbox.inbox, attempt.pool, attribute, destination, code)


def _activated(attempt: Attempt, factor: str | None) -> bool:
    person = attempt.person
    if factor is None or not attempt.call.sandbox.switches.set_up_activates_factor:
        return False
    person.activated = [each for each in ORDER if each == factor or each in person.activated]
    return True


def _mark_verified(attempt: Attempt, attribute: str) -> bool:
    """A code that arrived proves the address, unless somebody else signs in with it."""
    person = attempt.person
    if person.verified(attribute):
        return False
    if attribute in attempt.pool.alias_attributes:
        value = person.attributes[attribute]
        owner = attempt.call.sandbox.people.owner(attempt.pool, attribute, value)
        if owner and owner.sub != person.sub:
            return False
    person.attributes[f"{attribute}_verified"] = "true"
    person.modified = attempt.call.sandbox.clock.stamp()
    return True
