"""The pool's rules for a password, in words."""

import re
from collections.abc import Mapping
from typing import Any

# Cognito counts basic Latin letters; any sign that it may count is let through to it.
RULES = {
    "RequireLowercase": (r"[a-z]", "a small letter"),
    "RequireUppercase": (r"[A-Z]", "a capital letter"),
    "RequireNumbers": (r"[0-9]", "a digit"),
    "RequireSymbols": (r"[^\sA-Za-z0-9]", "a sign such as - or !"),
}


def rules(policy: Mapping[str, Any]) -> list[str]:
    """What a new password needs. policy: Cognito's PasswordPolicy."""
    length = int(policy.get("MinimumLength", 0))
    needed = [words for name, (_, words) in RULES.items() if policy.get(name)]
    return [_length(length), *needed] if length else needed


def unmet(password: str, policy: Mapping[str, Any]) -> list[str]:
    """The rules that a password breaks; what only the pool can know is left to the pool."""
    length = int(policy.get("MinimumLength", 0))
    broken = [
        words
        for name, (pattern, words) in RULES.items()
        if policy.get(name) and not re.search(pattern, password)
    ]
    return [_length(length), *broken] if len(password) < length else broken


def _length(length: int) -> str:
    return f"{length} characters or more"


def listed(things: list[str]) -> str:
    """`a digit`, `a digit and a sign`, `a letter, a digit and a sign`."""
    return " and ".join(filter(None, [", ".join(things[:-1]), things[-1]]))
