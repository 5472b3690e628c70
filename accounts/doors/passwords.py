"""The pool's rules for a password, in words."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

# Cognito counts basic Latin letters; any sign that it may count is let through to it.
RULES = {
    "RequireLowercase": (r"[a-z]", gettext_noop("a small letter")),
    "RequireUppercase": (r"[A-Z]", gettext_noop("a capital letter")),
    "RequireNumbers": (r"[0-9]", gettext_noop("a digit")),
    "RequireSymbols": (r"[^\sA-Za-z0-9]", gettext_noop("a sign such as - or !")),
}


def rules(policy: Mapping[str, Any]) -> list[str]:
    """What a new password needs. policy: Cognito's PasswordPolicy."""
    length = int(policy.get("MinimumLength", 0))
    needed = [_(words) for name, (_pattern, words) in RULES.items() if policy.get(name)]
    return [_length(length), *needed] if length else needed


def unmet(password: str, policy: Mapping[str, Any]) -> list[str]:
    """The rules that a password breaks; what only the pool can know is left to the pool."""
    length = int(policy.get("MinimumLength", 0))
    broken = [
        _(words)
        for name, (pattern, words) in RULES.items()
        if policy.get(name) and not re.search(pattern, password)
    ]
    return [_length(length), *broken] if len(password) < length else broken


def _length(length: int) -> str:
    return ngettext("{n} character or more", "{n} characters or more", length).format(n=length)
