"""Who of the helpdesk asks, and whose account it is, as the rules see them."""

from collections.abc import Collection

from django.conf import settings

from accounts import roles
from accounts.cognito import people
from accounts.sessions import SignedInPerson
from portal.helpdesk.matrix import Operator, Target, Tier


def operator_of(person: SignedInPerson) -> Operator:
    """The operator by the groups of their verified token: good for pages that only show."""
    return _operator(person.sub, person.token.groups)


def operator_now(person: SignedInPerson) -> Operator:
    """The operator by the pool's groups of this moment: asked before each act (HLP-06).

    A role that was taken away a minute ago counts no more, whatever the token says.
    Errors: PersonUnknown, Misconfigured, TryLater, CognitoUnreachable.
    """
    still = people.groups(person.username) & set(person.token.groups)
    return _operator(person.sub, still)


def operator_by_sub(sub: str) -> Operator:
    """The operator by the pool's groups of this moment, where nobody is signed in: in a job.

    Errors: PersonUnknown, Misconfigured, TryLater, CognitoUnreachable.
    """
    return _operator(sub, people.groups(sub))


def _operator(sub: str, groups: Collection[str]) -> Operator:
    return Operator(sub, roles.of_groups(groups), _scope(groups))


def _scope(groups: Collection[str]) -> frozenset[str] | None:
    """The groups of people that somebody reaches; None for everybody.

    Only groups with a role count; one of them without a scope of its own reaches everybody.
    """
    with_role = set(groups) & set(settings.ROLE_GROUPS.values())
    scopes = [settings.HELPDESK_SCOPES.get(group) for group in with_role]
    if not scopes or None in scopes:
        return None if scopes else frozenset()
    return frozenset().union(*(scope for scope in scopes if scope is not None))


def target_of(sub: str, groups: Collection[str]) -> Target:
    rank = roles.rank(roles.of_groups(groups))
    marked = rank > 0 or bool(set(groups) & set(settings.PRIVILEGED_GROUPS))
    tier = Tier.PRIVILEGED if marked else Tier.ORDINARY
    return Target(sub, tier, frozenset(groups), rank)
