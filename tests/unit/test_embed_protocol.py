"""The messages between a host's page and the frame: the schema, and the document beside it."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from jsonschema import Draft202012Validator

PROTOCOL = json.loads(Path(settings.BASE_DIR, "portal/embed/protocol.json").read_text())
DOCUMENT = Path(settings.BASE_DIR, "docs/embedding.md").read_text()
SENT = {name for way in PROTOCOL["directions"].values() for names in way.values() for name in names}
NONCE, TICKET = "n" * 22, "t" * 43
GREETING = {"type": "hello", "v": 1, "nonce": NONCE}
CONNECTION = {
    "type": "connect",
    "v": 1,
    "nonce": NONCE,
    "ticket": TICKET,
    "theme": {"scheme": "light", "radius": 8},
    "locale": "de-CH",
}


def fits(message: Any, name: str) -> bool:
    schema = {"$ref": f"#/$defs/{name}", "$defs": PROTOCOL["$defs"]}
    return bool(Draft202012Validator(schema).is_valid(message))


def test_every_message_is_named_in_the_document():
    """(EMB-17) with each value that it may have."""
    for name in SENT:
        assert f"`{name}`" in DOCUMENT or f'"type": "{name}"' in DOCUMENT
        for field in PROTOCOL["$defs"][name]["properties"].values():
            for value in field.get("enum", []):
                assert f"`{value}`" in DOCUMENT


def test_no_event_can_carry_words():
    """(EMB-17) numbers with bounds and listed values: no room for anything personal."""
    for name in PROTOCOL["directions"]["port"]["frame"]:
        schema = PROTOCOL["$defs"][name]
        assert schema["additionalProperties"] is False
        for field in schema["properties"].values():
            bounded = field.get("type") == "integer" and {"minimum", "maximum"} <= set(field)
            assert bounded or {"const", "enum"} & set(field)


@pytest.mark.parametrize("name", sorted(SENT))
def test_every_message_says_its_type_and_takes_nothing_more(name: str):
    """(EMB-07)"""
    schema = PROTOCOL["$defs"][name]
    assert schema["properties"]["type"] == {"const": name}
    assert set(schema["required"]) == set(schema["properties"])
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("name", "message", "is_right"),
    [
        ("hello", GREETING, True),
        ("hello", {**GREETING, "v": 2}, False),
        ("hello", {**GREETING, "nonce": NONCE[1:]}, False),
        ("hello", {**GREETING, "ticket": TICKET}, False),
        ("connect", CONNECTION, True),
        ("connect", {**CONNECTION, "ticket": None, "theme": None, "locale": None}, True),
        ("connect", {**CONNECTION, "theme": {"css": "body{}"}}, False),
        ("connect", {**CONNECTION, "theme": {"radius": 25}}, False),
        ("connect", {**CONNECTION, "theme": {"text": "url(x)"}}, False),
        ("connect", {**CONNECTION, "locale": "<script>"}, False),
        ("connect", {key: CONNECTION[key] for key in CONNECTION if key != "locale"}, False),
        ("changed", {"type": "changed", "factor": "totp", "act": "added"}, True),
        ("changed", {"type": "changed", "factor": "+447400123456", "act": "added"}, False),
        ("resized", {"type": "resized", "height": 640}, True),
        ("resized", {"type": "resized", "height": "640px"}, False),
    ],
)
def test_what_fits(name: str, message: Any, *, is_right: bool):
    """(EMB-07)"""
    assert fits(message, name) is is_right
