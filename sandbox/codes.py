"""Codes that wait to be typed in, and which are still good. Source: contract 4.1, 4.4."""

from __future__ import annotations

import hmac
from typing import Any

from sandbox import messages
from sandbox.people import Person
from sandbox.protocol import refusal

KEPT_SUPERSEDED = 10
RESET = "reset"
SIGN_UP = "sign_up"


def new_waiting_code(person: Person, purpose: str, expires: float, **kept: object) -> str:
    """Make a code; an earlier one for the same purpose is superseded. Does not store.

    purpose: an attribute to be proved, `RESET` or `SIGN_UP`.
    """
    code = messages.new_code()
    before = person.codes.get(purpose, {})
    superseded = [*before.get("superseded", []), *([before["code"]] if "code" in before else [])]
    person.codes[purpose] = {
        "code": code,
        "expires": expires,
        "superseded": [each for each in superseded if each != code][-KEPT_SUPERSEDED:],
        **kept,
    }
    return code


def checked_code(person: Person, purpose: str, code: str, now: float) -> dict[str, Any]:
    """What waits for this code; refuses a wrong, old, superseded or never requested one."""
    waiting = person.codes.get(purpose)
    if waiting is None or now >= waiting["expires"] or code in waiting["superseded"]:
        raise refusal("stale_verification_code", counts=True)
    if not hmac.compare_digest(code.encode(), waiting["code"].encode()):
        raise refusal("wrong_verification_code", counts=True)
    return waiting
