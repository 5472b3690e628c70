"""What a new account needs: attributes that fit, names nobody else has. Source: contract 4.3."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sandbox import attribute_rules as rules
from sandbox.core import Sandbox
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.protocol import refusal
from sandbox.schema import E164, EMAIL, FLAGS

FORMATS = {"email": EMAIL, "phone_number": E164}
WORDS = {"email": "an email", "phone_number": "a phone number"}


def initial_attributes(pool: Pool, given: dict[str, Any]) -> dict[str, str]:
    """The attributes of a new account, its username among them where that is one."""
    values = rules.as_mapping(given.get("UserAttributes", []))
    values = {name: value for name, value in values.items() if value}
    username = given["Username"]
    if pool.username_attributes:
        values = {_attribute_of(pool, username): username} | values
    else:
        _refuse_alias_as_username(pool, username)
    rules.check_values(pool, values)
    for attribute, flag in FLAGS.items():
        if attribute in values:
            values[flag] = values.get(flag, "false").lower()
    return values


def new_person(
    sandbox: Sandbox,
    pool: Pool,
    username: str,
    values: dict[str, str],
    taken: str = "username_exists",
) -> Person:
    """Somebody new, not stored yet, whose names are free; taken: the refusal if they are not."""
    sub, stamp = str(uuid4()), sandbox.clock.stamp()
    username = sub if pool.username_attributes else username
    if sandbox.people.by_username(pool, username):
        raise refusal(taken)
    for attribute in pool.username_attributes:
        value = values.get(attribute)
        if value and sandbox.people.owner(pool, attribute, value):
            raise refusal("username_attribute_exists", attribute=attribute)
    rules.refuse_taken_names(sandbox, pool, None, values)
    return Person(pool.id, username, sub, stamp, stamp, attributes=values)


def take_over_aliases(sandbox: Sandbox, pool: Pool, values: dict[str, str]) -> None:
    """Take verified aliases away from whoever has them."""
    for attribute, flag in FLAGS.items():
        if attribute not in pool.alias_attributes or values.get(flag) != "true":
            continue
        owner = sandbox.people.owner(pool, attribute, values[attribute])
        if owner:
            owner.attributes[flag] = "false"
            sandbox.people.save(pool, owner)


def _attribute_of(pool: Pool, username: str) -> str:
    """Which username attribute the given name is."""
    for attribute in pool.username_attributes:
        if FORMATS[attribute].fullmatch(username):
            return attribute
    wanted = " or ".join(WORDS[attribute] for attribute in pool.username_attributes)
    raise refusal("username_must_be", wanted=wanted)


def _refuse_alias_as_username(pool: Pool, username: str) -> None:
    for attribute in pool.alias_attributes:
        if attribute in FORMATS and FORMATS[attribute].fullmatch(username):
            raise refusal("username_is_alias", attribute=attribute)
