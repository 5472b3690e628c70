"""Roles of the helpdesk, from the groups that the pool itself names in a verified token."""

from collections.abc import Iterable
from enum import StrEnum

from django.conf import settings

from accounts.cognito.tokens import AccessToken


class Role(StrEnum):
    """What an operator is there for. Which act each may do: `portal.helpdesk.matrix`."""

    VIEWER = "viewer"
    AGENT = "agent"
    SENIOR = "senior"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


# Nobody acts on somebody of an equal or a higher rank (HLP-05); whoever has no role has rank 0.
RANK = {
    Role.VIEWER: 1,
    Role.AUDITOR: 1,
    Role.AGENT: 2,
    Role.SENIOR: 3,
    Role.ADMINISTRATOR: 4,
}


def of(token: AccessToken) -> frozenset[Role]:
    """The roles of whoever this token was issued to; none where the helpdesk is off."""
    return of_groups(token.groups)


def of_groups(groups: Iterable[str]) -> frozenset[Role]:
    if not settings.HELPDESK:
        return frozenset()
    present = set(groups)
    return frozenset(role for role in Role if settings.ROLE_GROUPS.get(role.value) in present)


def rank(roles: Iterable[Role]) -> int:
    return max((RANK[role] for role in roles), default=0)
