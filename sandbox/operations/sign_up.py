"""People who make their own account, and its confirmation. Sources: contract 4.1, 4.2 and 5.6."""

from __future__ import annotations

from sandbox import arrivals, auth_events, messages
from sandbox import attribute_rules as rules
from sandbox.arrivals import SIGNED_UP, arrival, use_arrival
from sandbox.codes import SIGN_UP, checked_code, new_waiting_code
from sandbox.core import Call
from sandbox.first_factors import passwordless
from sandbox.lockout import count_try
from sandbox.new_people import initial_attributes, new_person, take_over_aliases
from sandbox.nobody import made_up_person
from sandbox.operations.registry import Answer, operation
from sandbox.passwords import check_policy
from sandbox.people import CONFIRMED, UNCONFIRMED, Person
from sandbox.pools import Client, Pool
from sandbox.protocol import refusal
from sandbox.schema import FLAGS

# With both to be verified, the number is first: contract 4.3.
ORDER_OF_PROOF = ("phone_number", "email")


@operation("SignUp")
def sign_up(call: Call) -> Answer:
    """Make an account of one's own; it is unconfirmed until its code comes back."""
    client, pool, _ = call.named(unknown=None)
    if pool.settings.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
        raise refusal("sign_up_closed")
    password = call.input.get("Password")
    if password:
        check_policy(pool, password)
    person = _applicant(call, client, pool)
    if password:
        call.sandbox.passwords.set(pool, person, password)
    elif not passwordless(pool, person.attributes):
        raise refusal("missing_parameter", name="Password")
    call.sandbox.events.add(pool, person, auth_events.SIGN_UP, call.visit)
    call.sandbox.people.add(pool, person)  # there even when no message can be sent
    details = _send_code(call, pool, person)
    call.sandbox.people.touch(person)
    return {
        "UserConfirmed": False,
        "UserSub": person.sub,
        **({"CodeDeliveryDetails": details} if details else {}),
        **arrival(call, client, person, SIGNED_UP),
    }


@operation("ConfirmSignUp")
def confirm_sign_up(call: Call) -> Answer:
    """Confirm an account with the code, and with it the address or number it was sent to."""
    client, pool, person = call.named(unknown="unknown_combination")
    if person is None:
        raise refusal("stale_verification_code")
    _refuse_unless_unconfirmed(person)
    most = call.sandbox.switches.confirm_sign_up_per_hour
    count_try(person, "confirm_sign_up", most, call.now)
    call.sandbox.people.touch(person)
    waiting = checked_code(person, SIGN_UP, call.input["ConfirmationCode"], call.now)
    _mark_proved(call, pool, person, waiting["attribute"], waiting["value"])
    continues = use_arrival(call, client, person, SIGNED_UP)
    del person.codes[SIGN_UP]
    _confirm(call, pool, person)
    return arrival(call, client, person, arrivals.CONFIRMED) if continues else {}


@operation("ResendConfirmationCode")
def resend_confirmation_code(call: Call) -> Answer:
    """Send the code of a new account again; the one before is superseded."""
    client, pool, person = call.named(unknown="unknown_combination")
    pretends = client.hides_people and call.sandbox.switches.resend_hides_confirmed
    if person is None or (person.status != UNCONFIRMED and pretends):
        return {"CodeDeliveryDetails": _pretended(call, pool)}
    if person.status != UNCONFIRMED:
        raise refusal("already_confirmed")
    most = call.sandbox.switches.resend_code_per_hour
    count_try(person, "resend_code", most, call.now)
    details = _send_code(call, pool, person)
    if details is None:
        raise refusal("no_auto_verification")
    call.sandbox.people.touch(person)
    call.sandbox.events.add(pool, person, auth_events.RESEND_CODE, call.visit)
    return {"CodeDeliveryDetails": details}


@operation("AdminConfirmSignUp")
def admin_confirm_sign_up(call: Call) -> Answer:
    """Confirm somebody's account without a code; address and number stay unproved."""
    pool, person = call.person()
    _refuse_unless_unconfirmed(person)
    person.codes.pop(SIGN_UP, None)
    _confirm(call, pool, person)
    return {}


def _applicant(call: Call, client: Client, pool: Pool) -> Person:
    given = rules.as_mapping(call.input.get("UserAttributes", []))
    rules.check_own_changes(client, list(given))
    values = initial_attributes(pool, call.input)
    for name, definition in pool.schema.items():
        if definition.get("Required") and name != "sub" and name not in values:
            raise refusal("required_attribute", attribute=name)
    username = call.input["Username"]
    person = new_person(call.sandbox, pool, username, values, taken="user_exists")
    person.status = UNCONFIRMED
    return person


def _send_code(call: Call, pool: Pool, person: Person) -> dict[str, str] | None:
    """Send a code to what the pool verifies by itself; None when there is no such thing."""
    attribute = next((each for each in _provable(pool) if each in person.attributes), None)
    if attribute is None:
        return None
    value = person.attributes[attribute]
    expires = call.now + call.sandbox.switches.sign_up_code_seconds
    code = new_waiting_code(person, SIGN_UP, expires, attribute=attribute, value=value)
    messages.send_verification_code(call.sandbox.inbox, pool, attribute, value, code)
    return messages.delivery(attribute, value, call.sandbox.switches)


def _provable(pool: Pool) -> list[str]:
    return [attribute for attribute in ORDER_OF_PROOF if attribute in pool.auto_verified]


def _pretended(call: Call, pool: Pool) -> dict[str, str]:
    nobody = made_up_person(call.sandbox, pool, call.input["Username"])
    attribute = next(iter(_provable(pool)), "email")
    return messages.delivery(attribute, nobody.attributes[attribute], call.sandbox.switches)


def _refuse_unless_unconfirmed(person: Person) -> None:
    if not person.enabled:
        raise refusal("disabled")
    if person.status != UNCONFIRMED:
        raise refusal("cannot_confirm", status=person.status)


def _mark_proved(call: Call, pool: Pool, person: Person, attribute: str, value: str) -> None:
    """The code proves what it was sent to, unless that was changed since."""
    if person.attributes.get(attribute) != value:
        return
    if call.input.get("ForceAliasCreation"):
        proved = {attribute: value, FLAGS[attribute]: "true"}
        take_over_aliases(call.sandbox, pool, proved)
    rules.refuse_taken(call.sandbox, pool, person, attribute, value)
    person.attributes[FLAGS[attribute]] = "true"


def _confirm(call: Call, pool: Pool, person: Person) -> None:
    person.status = CONFIRMED
    person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.save(pool, person)
