"""Checks compiled from the service model, in Cognito's own words.

Each shape becomes a function once: it returns the value without unknown members and adds to a
list what is wrong with it. Source: contract 1.4.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from sandbox import model
from sandbox.protocol import Refusal, refusal
from sandbox.switches import INVALID_PARAMETER

Json = Any
Problems = list[str]
Check = Callable[[Json, str, Problems], Json]
Limit = Callable[[Json], str | None]

CATEGORY = re.compile(r"\\p\{([A-Z])\}")
# The model's pattern is of a prefix; the service takes custom domains too, and has its own words
# for a prefix that does not fit.
UNENFORCED_PATTERNS = frozenset({"DomainType"})


def validator(operation: str) -> Callable[[Json], dict[str, Any]]:
    """The check of an operation's whole input; it raises a Refusal or returns the clean input."""
    name = model.input_shape_name(operation)
    check = shape_check(name, False) if name else _nothing

    def checked(body: Json) -> dict[str, Any]:
        problems: Problems = []
        clean: dict[str, Any] = check(body, "", problems)
        if problems:
            raise _refused(problems)
        return clean

    return checked


def _nothing(_value: Json, _path: str, _problems: Problems) -> Json:
    return {}


def _refused(problems: Problems) -> Refusal:
    count = len(problems)
    noun = "error" if count == 1 else "errors"
    words = f"{count} validation {noun} detected: {'; '.join(problems)}"
    return Refusal(INVALID_PARAMETER, words)


@cache
def shape_check(name: str, hidden: bool) -> Check:
    """Compile one shape; hidden: some enclosing shape is sensitive, so is this one."""
    shape = model.shape(name)
    hidden = hidden or bool(shape.get("sensitive"))
    if shape.get("document"):
        return _document
    if name in UNENFORCED_PATTERNS:
        shape = {member: value for member, value in shape.items() if member != "pattern"}
    return _COMPILERS[shape["type"]](shape, hidden)


def _document(value: Json, _path: str, _problems: Problems) -> Json:
    return value


def _structure(shape: model.Shape, hidden: bool) -> Check:
    required = set(shape.get("required", ()))
    members = [
        (name, _camel(name), name in required, shape_check(member["shape"], hidden))
        for name, member in shape["members"].items()
    ]

    def check(value: Json, path: str, problems: Problems) -> Json:
        if type(value) is not dict:
            raise _type_error(value, "a structure")
        clean = {}
        for name, camel, is_required, member_check in members:
            given = value.get(name)
            if given is not None:
                clean[name] = member_check(given, f"{path}.{camel}" if path else camel, problems)
            elif is_required:
                problems.append(
                    _failure("null", f"{path}.{camel}" if path else camel, "not be null")
                )
        return clean

    return check


def _list(shape: model.Shape, hidden: bool) -> Check:
    member_check = shape_check(shape["member"]["shape"], hidden)
    limits = _length_limits(shape)

    def check(value: Json, path: str, problems: Problems) -> Json:
        if type(value) is not list:
            raise _type_error(value, "a list")
        _apply(limits, value, path, problems, hidden)
        return [
            member_check(each, f"{path}.{number}.member", problems)
            for number, each in enumerate(value, start=1)
            if each is not None
        ]

    return check


def _map(shape: model.Shape, hidden: bool) -> Check:
    key_check = shape_check(shape["key"]["shape"], hidden)
    value_check = shape_check(shape["value"]["shape"], hidden)
    limits = _length_limits(shape)

    def check(value: Json, path: str, problems: Problems) -> Json:
        if type(value) is not dict:
            raise _type_error(value, "a map")
        _apply(limits, value, path, problems, hidden)
        return {
            key_check(key, f"{path}.key", problems): value_check(
                each, f"{path}.{_printable(key)}.member", problems
            )
            for key, each in value.items()
            if each is not None
        }

    return check


def _string(shape: model.Shape, hidden: bool) -> Check:
    limits = [*_length_limits(shape), *_pattern_limits(shape), *_enum_limits(shape)]

    def check(value: Json, path: str, problems: Problems) -> Json:
        if type(value) is not str:
            raise _type_error(value, "a String")
        if not value.isascii():
            _refuse_lone_surrogates(value)
        if limits:
            _apply(limits, value, path, problems, hidden)
        return value

    return check


def _integer(shape: model.Shape, hidden: bool) -> Check:
    limits = _range_limits(shape)

    def check(value: Json, path: str, problems: Problems) -> Json:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or abs(value) > sys.maxsize:
            raise _type_error(value, "an Integer")
        _apply(limits, value, path, problems, hidden)
        return value

    return check


def _boolean(_shape: model.Shape, _hidden: bool) -> Check:
    def check(value: Json, _path: str, _problems: Problems) -> Json:
        if type(value) is not bool:
            raise _type_error(value, "a Boolean")
        return value

    return check


def _timestamp(_shape: model.Shape, _hidden: bool) -> Check:
    def check(value: Json, _path: str, _problems: Problems) -> Json:
        if type(value) not in (int, float):
            raise _type_error(value, "a Timestamp")
        return float(value)

    return check


_COMPILERS: dict[str, Callable[[model.Shape, bool], Check]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "blob": _string,
    "integer": _integer,
    "long": _integer,
    "boolean": _boolean,
    "timestamp": _timestamp,
}


def _apply(limits: list[Limit], value: Json, path: str, problems: Problems, hidden: bool) -> None:
    for limit in limits:
        if words := limit(value):
            problems.append(_failure(None if hidden else _shown(value), path, words))


def _failure(shown: str | None, path: str, words: str) -> str:
    """One failed constraint; a sensitive value (None) is left out of the sentence."""
    value = f"Value {shown} at" if shown is not None else "Value at"
    return f"{value} '{path}' failed to satisfy constraint: Member must {words}"


def _shown(value: Json) -> str:
    if isinstance(value, str):
        return f"'{_printable(value)}'"
    if isinstance(value, list):
        return f"'[{', '.join(_printable(str(each)) for each in value)}]'"
    return f"'{_printable(str(value))}'"


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:256]


def _length_limits(shape: model.Shape) -> list[Limit]:
    limits: list[Limit] = []
    if least := shape.get("min", 0):
        words = f"have length greater than or equal to {least}"
        limits.append(lambda value: words if len(value) < least else None)
    if "max" in shape:
        most = shape["max"]
        too_long = f"have length less than or equal to {most}"
        limits.append(lambda value: too_long if len(value) > most else None)
    return limits


def _range_limits(shape: model.Shape) -> list[Limit]:
    limits: list[Limit] = []
    if "min" in shape:
        least = shape["min"]
        words = f"have value greater than or equal to {least}"
        limits.append(lambda value: words if value < least else None)
    if "max" in shape:
        most = shape["max"]
        too_much = f"have value less than or equal to {most}"
        limits.append(lambda value: too_much if value > most else None)
    return limits


def _pattern_limits(shape: model.Shape) -> list[Limit]:
    if "pattern" not in shape:
        return []
    pattern = shape["pattern"]
    matches = re.compile(_python_pattern(pattern), re.ASCII).fullmatch
    words = f"satisfy regular expression pattern: {pattern}"
    return [lambda value: None if matches(value) else words]


def _enum_limits(shape: model.Shape) -> list[Limit]:
    if "enum" not in shape:
        return []
    allowed = frozenset(shape["enum"])
    words = f"satisfy enum value set: [{', '.join(shape['enum'])}]"
    return [lambda value: None if value in allowed else words]


def _python_pattern(pattern: str) -> str:
    r"""Java's `\p{L}` classes as ranges that Python's `re` understands."""
    return CATEGORY.sub(lambda found: _ranges()[found.group(1)], pattern)


@lru_cache(maxsize=1)
def _ranges() -> dict[str, str]:
    """Ranges of every general category; beyond the basic plane everything counts as a symbol."""
    ranges: dict[str, list[list[int]]] = {}
    for point in range(0x10000):
        known = ranges.setdefault(unicodedata.category(chr(point))[0], [])
        if known and known[-1][1] == point - 1:
            known[-1][1] = point
        else:
            known.append([point, point])
    texts = {
        letter: "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in known)
        for letter, known in ranges.items()
    }
    texts["S"] += "\\U00010000-\\U0010ffff"
    return texts


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _refuse_lone_surrogates(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refusal("unreadable_body") from None


def _type_error(value: Json, wanted: str) -> Refusal:
    if type(value) in _MISPLACED:
        return refusal(_MISPLACED[type(value)])
    return refusal("wrong_type", found=_JSON_TYPES.get(type(value), "VALUE"), wanted=wanted)


_MISPLACED: dict[type, str] = {dict: "structure_misplaced", list: "list_misplaced"}
_JSON_TYPES = {
    str: "STRING_VALUE",
    int: "NUMBER_VALUE",
    float: "NUMBER_VALUE",
    bool: "BOOLEAN_VALUE",
    type(None): "NULL_VALUE",
}
