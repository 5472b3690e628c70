"""What the settings of the helpdesk name and nobody knows, said at start (`manage.py check`).

A slip would be silent and the wrong way round: a role nobody has, an act that waits for nothing,
a group of operators that reaches everybody.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from accounts.roles import Role
from portal.helpdesk.matrix import Act
from portal.helpdesk.menu import LISTED

# What an operator does to an account, so that it can be asked for and wait.
WAITING = (Act.REVEAL, *LISTED)


@register()
def roles(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each name of PORTAL_ROLE_GROUPS is a role."""
    return _unknown("PORTAL_ROLE_GROUPS", settings.ROLE_GROUPS, Role, "helpdesk.E001")


@register()
def holds(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each name of PORTAL_HELPDESK_HOLDS is an act that can wait."""
    return _unknown("PORTAL_HELPDESK_HOLDS", settings.HELPDESK_HOLDS, WAITING, "helpdesk.E002")


@register()
def scopes(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each name of PORTAL_HELPDESK_SCOPES is a group that has a role."""
    with_role = settings.ROLE_GROUPS.values()
    return _unknown("PORTAL_HELPDESK_SCOPES", settings.HELPDESK_SCOPES, with_role, "helpdesk.E003")


@register()
def ticket_pattern(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    try:
        re.compile(settings.TICKET_PATTERN)
    except re.error as wrong:
        said = f"PORTAL_TICKET_PATTERN is no regular expression: {wrong}."
        return [Error(said, id="helpdesk.E004")]
    return []


def _unknown(
    setting: str, named: Iterable[str], known: Iterable[str], code: str
) -> list[CheckMessage]:
    known = frozenset(known)
    right = ", ".join(sorted(known)) or "none, since PORTAL_ROLE_GROUPS is empty"
    return [
        Error(f"{setting}: there is no {name}.", hint=f"Those there are: {right}.", id=code)
        for name in named
        if name not in known
    ]
