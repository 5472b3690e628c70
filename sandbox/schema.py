"""The attributes every user pool has, and what their values must look like."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sandbox.protocol import Refusal, refusal

E164 = re.compile(r"\+[1-9]\d{1,14}")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
NUMBER = re.compile(r"-?\d{1,15}")

STANDARD_STRINGS = (
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "phone_number",
    "address",
)
VERIFIABLE = ("email", "phone_number")
FLAGS = {"email": "email_verified", "phone_number": "phone_number_verified"}
MOST_OWN_ATTRIBUTES = 50
NOT_SELF_WRITABLE = frozenset({"sub", *FLAGS.values()})


@lru_cache(maxsize=1)
def standard_attributes() -> dict[str, dict[str, Any]]:
    """Definitions (SchemaAttributeType) of the standard attributes by name."""
    known = {"sub": _string("sub", "1", "2048", mutable=False, required=True)}
    for name in STANDARD_STRINGS:
        exact = name == "birthdate"
        known[name] = _string(name, "10" if exact else "0", "10" if exact else "2048")
    known |= {flag: _plain(flag, "Boolean") for flag in FLAGS.values()}
    known["updated_at"] = _plain("updated_at", "Number") | {
        "NumberAttributeConstraints": {"MinValue": "0"}
    }
    return known


def custom_attributes(schema: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Definitions from CreateUserPool's Schema: own attributes, and changes to standard ones."""
    known: dict[str, dict[str, Any]] = {}
    for given in schema:
        name = given.get("Name", "")
        standard = standard_attributes().get(name)
        if standard:
            known[name] = {**standard, **given}
        else:
            full = own_name(given)
            known[full] = _custom(full, given)
    return known


def added_attributes(
    known: dict[str, dict[str, Any]], schema: list[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Own attributes of a pool with more of them; refuses one whose name is taken."""
    every = dict(known)
    for given in schema:
        full = own_name(given)
        if full in every:
            raise refusal("attribute_exists", attribute=full)
        every[full] = _custom(full, given)
    if sum("custom:" in name for name in every) > MOST_OWN_ATTRIBUTES:
        raise refusal("too_many_attributes")
    return every


def own_name(given: dict[str, Any]) -> str:
    """The full name of an attribute of one's own."""
    prefix = "dev:custom:" if given.get("DeveloperOnlyAttribute") else "custom:"
    return prefix + str(given.get("Name", ""))


def wrong_value(definition: dict[str, Any], name: str, value: str) -> Refusal | None:
    """Why a value does not fit its attribute, or None."""
    if name == "phone_number":
        return None if E164.fullmatch(value) else refusal("phone_format")
    if name == "email":
        return None if EMAIL.fullmatch(value) else refusal("email_format")
    reason = _CHECKS[definition["AttributeDataType"]](definition, value)
    return refusal("attribute_value", attribute=name, reason=reason) if reason else None


def _check_string(definition: dict[str, Any], value: str) -> str | None:
    limits = definition.get("StringAttributeConstraints", {})
    if len(value) < int(limits.get("MinLength", 0)):
        return "String is shorter than the minimum length."
    if len(value) > int(limits.get("MaxLength", 2048)):
        return "String is longer than the maximum length."
    return None


def _check_number(definition: dict[str, Any], value: str) -> str | None:
    limits = definition.get("NumberAttributeConstraints", {})
    if not NUMBER.fullmatch(value):
        return "Value is not a number."
    if "MinValue" in limits and int(value) < int(limits["MinValue"]):
        return "Number is smaller than the minimum."
    if "MaxValue" in limits and int(value) > int(limits["MaxValue"]):
        return "Number is greater than the maximum."
    return None


def _check_boolean(_definition: dict[str, Any], value: str) -> str | None:
    return None if value.lower() in ("true", "false") else "Value is not a boolean."


_CHECKS = {
    "String": _check_string,
    "DateTime": _check_string,
    "Number": _check_number,
    "Boolean": _check_boolean,
}


def _plain(name: str, kind: str, *, mutable: bool = True, required: bool = False) -> dict[str, Any]:
    return {
        "Name": name,
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": False,
        "Mutable": mutable,
        "Required": required,
    }


def _string(
    name: str, least: str, most: str, *, mutable: bool = True, required: bool = False
) -> dict[str, Any]:
    limits = {"MinLength": least, "MaxLength": most}
    plain = _plain(name, "String", mutable=mutable, required=required)
    return plain | {"StringAttributeConstraints": limits}


def _custom(name: str, given: dict[str, Any]) -> dict[str, Any]:
    kind = given.get("AttributeDataType", "String")
    defaults = _plain(name, kind)
    if kind == "String":
        defaults["StringAttributeConstraints"] = {}
    if kind == "Number":
        defaults["NumberAttributeConstraints"] = {}
    return {**defaults, **given, "Name": name}
