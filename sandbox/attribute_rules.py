"""What may be written to a person's attributes, and what that does. Source: contract 4.3."""

from __future__ import annotations

from sandbox import messages
from sandbox.codes import new_waiting_code
from sandbox.core import Sandbox
from sandbox.people import Person
from sandbox.pools import Client, Pool
from sandbox.protocol import refusal
from sandbox.schema import FLAGS, NOT_SELF_WRITABLE, VERIFIABLE, wrong_value

Details = list[dict[str, str]]


def as_mapping(attributes: list[dict[str, str]]) -> dict[str, str]:
    """A list of AttributeType as a mapping; refuses a name given twice."""
    mapping: dict[str, str] = {}
    for each in attributes:
        if each["Name"] in mapping:
            raise refusal("duplicate_attribute", attribute=each["Name"])
        mapping[each["Name"]] = each.get("Value", "")
    return mapping


def check_values(pool: Pool, values: dict[str, str]) -> None:
    """Refuse unknown attributes and values that do not fit; a blank value deletes."""
    for name, value in values.items():
        definition = pool.schema.get(name)
        if definition is None:
            raise refusal("unknown_attribute", attribute=name)
        if value and (problem := wrong_value(definition, name, value)):
            raise problem


def check_changes(pool: Pool, person: Person, values: dict[str, str]) -> None:
    """Refuse to change what cannot be changed after an account exists."""
    for name, value in values.items():
        fixed = not pool.schema[name].get("Mutable", True)
        if fixed and value != person.attributes.get(name, person.sub if name == "sub" else None):
            raise refusal("immutable_attribute", attribute=name)


def check_own_changes(client: Client, names: list[str]) -> None:
    """Refuse what a person may not write, or not through this client."""
    for name in names:
        if name in NOT_SELF_WRITABLE or not client.writes(name):
            raise refusal("unauthorized_attribute")
        if name.startswith("dev:"):
            raise refusal("unauthorized_attribute")


def apply_own_changes(
    sandbox: Sandbox, pool: Pool, client: Client, person: Person, values: dict[str, str]
) -> Details:
    """A person's own changes; addresses and numbers may wait for a code. Does not store."""
    check_values(pool, values)
    check_own_changes(client, list(values))
    check_changes(pool, person, values)
    refuse_taken_names(sandbox, pool, person, values)
    details: Details = []
    for name, value in values.items():
        details += _change(sandbox, pool, person, name, value)
    return details


def apply_admin_changes(
    sandbox: Sandbox, pool: Pool, person: Person, values: dict[str, str]
) -> Details:
    """An administrator's changes: a `*_verified` beside the value settles it. Does not store."""
    check_values(pool, values)
    check_changes(pool, person, values)
    refuse_taken_names(sandbox, pool, person, _present(person) | values)
    details: Details = []
    for name, value in values.items():
        if name in FLAGS.values():
            continue
        if values.get(FLAGS.get(name, "")) == "true":
            set_at_once(person, name, value)
        else:
            details += _change(sandbox, pool, person, name, value)
    for attribute, flag in FLAGS.items():
        if flag in values and attribute in person.attributes:
            person.attributes[flag] = values[flag].lower() or "false"
    return details


def refuse_taken_names(
    sandbox: Sandbox, pool: Pool, person: Person | None, values: dict[str, str]
) -> None:
    """Refuse a value that somebody else signs in with, where it would work at once."""
    for name, value in values.items():
        if not value or name not in pool.sign_in_attributes:
            continue
        flag = FLAGS.get(name)
        if name in pool.alias_attributes and flag and values.get(flag) != "true":
            continue
        refuse_taken(sandbox, pool, person, name, value)


def refuse_taken(
    sandbox: Sandbox, pool: Pool, person: Person | None, attribute: str, value: str
) -> None:
    """Refuse a value that is somebody else's way to sign in."""
    if attribute not in pool.sign_in_attributes:
        return
    owner = sandbox.people.owner(pool, attribute, value)
    if owner and (person is None or owner.sub != person.sub):
        raise refusal("alias_exists", attribute=attribute)


def delete(person: Person, name: str) -> None:
    """Take an attribute away, its flag and its waiting codes with it."""
    person.attributes.pop(name, None)
    if name in FLAGS:
        person.attributes.pop(FLAGS[name], None)
        person.codes.pop(name, None)


def set_at_once(person: Person, name: str, value: str) -> None:
    """Replace a value; what waited to be proved before is void."""
    if value:
        person.attributes[name] = value
        person.codes.pop(name, None)
    else:
        delete(person, name)


def send_attribute_code(
    sandbox: Sandbox, pool: Pool, person: Person, attribute: str, value: str, **kept: object
) -> dict[str, str]:
    """Send a code that proves `value`; an earlier code is superseded. Does not store."""
    expires = sandbox.clock.now() + sandbox.switches.attribute_code_seconds
    code = new_waiting_code(person, attribute, expires, value=value, **kept)
    messages.send_verification_code(sandbox.inbox, pool, attribute, value, code)
    return messages.delivery(attribute, value, sandbox.switches)


def _present(person: Person) -> dict[str, str]:
    """The addresses and numbers somebody has: a flag alone may make one a name."""
    return {name: person.attributes[name] for name in VERIFIABLE if name in person.attributes}


def _change(sandbox: Sandbox, pool: Pool, person: Person, name: str, value: str) -> Details:
    if name not in VERIFIABLE or not value:
        set_at_once(person, name, value)
        return []
    if person.attributes.get(name) == value:
        return []
    if name in pool.verified_before_update:
        return [send_attribute_code(sandbox, pool, person, name, value, pending=True)]
    set_at_once(person, name, value)
    person.attributes[FLAGS[name]] = "false"
    if name in pool.auto_verified:
        return [send_attribute_code(sandbox, pool, person, name, value)]
    return []
