"""Passwords forgotten, reset and changed. Sources: contract 4.1, 4.2, 4.5, 5.6 and 11.2."""

from __future__ import annotations

from sandbox import messages
from sandbox.auth_events import FAIL, FORGOT_PASSWORD, IN_PROGRESS, PASS, PASSWORD_CHANGE
from sandbox.codes import RESET, checked_code, new_waiting_code
from sandbox.core import Call
from sandbox.factors import recovery_attribute
from sandbox.lockout import count_try, note_failure, refuse_while_locked
from sandbox.nobody import made_up_person
from sandbox.operations.registry import Answer, operation
from sandbox.passwords import check_policy
from sandbox.people import CONFIRMED, FORCE_CHANGE_PASSWORD, RESET_REQUIRED, UNCONFIRMED, Person
from sandbox.pools import Pool
from sandbox.protocol import Refusal, refusal


@operation("ForgotPassword")
def forgot_password(call: Call) -> Answer:
    """Send a code that lets a person choose a new password."""
    if not call.sandbox.pools.knows_client(call.input["ClientId"]):
        raise refusal("unknown_client_at_recovery")
    _, pool, person = call.named(unknown="unknown_combination")
    if person is None:
        return {"CodeDeliveryDetails": _pretended(call, pool)}
    if not person.enabled:
        raise refusal("disabled")
    if pool.recovery == ("admin_only",):
        raise refusal("recovery_by_admin_only")
    if person.federated or person.status == FORCE_CHANGE_PASSWORD:
        raise refusal("reset_state")
    attribute = _channel(call, pool, person)
    count_try(person, "forgot", call.sandbox.switches.forgot_password_per_hour, call.now)
    event = call.sandbox.events.add(pool, person, FORGOT_PASSWORD, call.visit, IN_PROGRESS)
    details = _send_reset_code(call, pool, person, attribute, event=event)
    call.sandbox.people.touch(person)
    return {"CodeDeliveryDetails": details}


@operation("ConfirmForgotPassword")
def confirm_forgot_password(call: Call) -> Answer:
    """Choose a new password with the code; a lock ends with it, signed-in sessions do not."""
    _, pool, person = call.named(unknown="unknown_combination")
    password, code = call.input["Password"], call.input["ConfirmationCode"]
    check_policy(pool, password)
    if person is None:
        raise refusal("wrong_verification_code")
    _refuse_to_confirm(person)
    most = call.sandbox.switches.confirm_forgot_password_per_hour
    count_try(person, "confirm_forgot", most, call.now)
    call.sandbox.people.touch(person)
    _check_code(call, person, code)
    call.sandbox.passwords.refuse_reused(pool, person, password)
    del person.codes[RESET]
    _set_for_good(call, pool, person, password)
    return {}


@operation("AdminResetUserPassword")
def admin_reset_user_password(call: Call) -> Answer:
    """Make somebody choose a new password: the old one stops working, a code is sent."""
    pool, person = call.person()
    if not person.enabled:
        raise refusal("disabled")
    if person.federated or person.status in (UNCONFIRMED, FORCE_CHANGE_PASSWORD):
        raise refusal("reset_state")
    _send_reset_code(call, pool, person, _channel(call, pool, person))
    person.status = RESET_REQUIRED
    person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.save(pool, person)
    return {}


@operation("ChangePassword")
def change_password(call: Call) -> Answer:
    """Change one's own password, knowing the old one; sign-ins go on."""
    bearer = call.bearer()
    pool, person = bearer.pool, bearer.person
    if person.status == RESET_REQUIRED:
        raise refusal("reset_required")
    refuse_while_locked(person, call.now)
    proposed = call.input["ProposedPassword"]
    check_policy(pool, proposed)
    count_try(person, "change_password", call.sandbox.switches.change_password_per_hour, call.now)
    call.sandbox.people.touch(person)
    _check_previous(call, pool, person)
    call.sandbox.passwords.refuse_reused(pool, person, proposed)
    _set_for_good(call, pool, person, proposed)
    call.sandbox.events.add(pool, person, PASSWORD_CHANGE, call.visit)
    return {}


def _pretended(call: Call, pool: Pool) -> dict[str, str]:
    """Delivery details for somebody who does not exist; nothing is sent."""
    nobody = made_up_person(call.sandbox, pool, call.input["Username"])
    attribute = "email" if pool.recovery != ("verified_phone_number",) else "phone_number"
    return messages.delivery(attribute, nobody.attributes[attribute], call.sandbox.switches)


def _channel(call: Call, pool: Pool, person: Person) -> str:
    attribute = recovery_attribute(pool, person, call.sandbox.switches)
    if attribute is None:
        raise refusal("no_recovery_channel")
    return attribute


def _check_code(call: Call, person: Person, code: str) -> None:
    event = person.codes.get(RESET, {}).get("event")
    try:
        checked_code(person, RESET, code, call.now)
    except Refusal:
        call.sandbox.events.change(event, EventResponse=FAIL)
        raise
    call.sandbox.events.change(event, EventResponse=PASS)


def _send_reset_code(
    call: Call, pool: Pool, person: Person, attribute: str, **kept: object
) -> dict[str, str]:
    expires = call.now + call.sandbox.switches.reset_code_seconds
    code = new_waiting_code(person, RESET, expires, **kept)
    value = person.attributes[attribute]
    messages.send_verification_code(call.sandbox.inbox, pool, attribute, value, code)
    return messages.delivery(attribute, value, call.sandbox.switches)


def _refuse_to_confirm(person: Person) -> None:
    if not person.enabled:
        raise refusal("disabled")
    if person.status == UNCONFIRMED:
        raise refusal("unconfirmed")
    if person.status == FORCE_CHANGE_PASSWORD:
        raise refusal("reset_state")


def _check_previous(call: Call, pool: Pool, person: Person) -> None:
    """Refuse a wrong old password; somebody who never had one needs none."""
    if not person.verifier:
        return
    previous = call.input.get("PreviousPassword")
    if previous is None:
        raise refusal("missing_parameter", name="PreviousPassword")
    if call.sandbox.passwords.right(pool, person, previous):
        return
    if call.sandbox.switches.change_password_failures_lock:
        note_failure(person, call.now, call.sandbox.switches)
        call.sandbox.people.touch(person)
    call.sandbox.events.add(pool, person, PASSWORD_CHANGE, call.visit, FAIL)
    raise refusal("incorrect_password", counts=True)


def _set_for_good(call: Call, pool: Pool, person: Person, password: str) -> None:
    call.sandbox.passwords.set(pool, person, password)
    person.status, person.temporary_until = CONFIRMED, None
    person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.save(pool, person)
