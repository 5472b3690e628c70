"""Who may do what to whom, and under which conditions: one table for all.

Pure: values in, values out; read by pages, API and tests. `docs/helpdesk.md` is printed from it
(`manage.py helpdesk`), and "why can't I?" is answered from it. Source: HLP-01 to HLP-06.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from accounts.roles import Role, rank


class Tier(StrEnum):
    """How much care an account needs: by its groups, and always more for operators."""

    ORDINARY = "ordinary"
    PRIVILEGED = "privileged"


class Strength(IntEnum):
    """How sure the operator is that the caller is the person. Personal facts prove nothing."""

    NONE = 0
    # A code that reached a channel the pool has verified: whoever holds the phone or mailbox.
    CHANNEL = 1
    # A phrase shown in the person's own signed-in portal, a colleague's vouch, or in person.
    STRONG = 2


class Act(StrEnum):
    """Everything an operator can do. The first ones are about nobody in particular."""

    FIND = "find"
    READ_AUDIT = "read_audit"
    READ_NUMBERS = "read_numbers"
    READ_DOCTOR = "read_doctor"
    PLAN_BULK = "plan_bulk"
    APPROVE_BULK = "approve_bulk"
    LOOK = "look"
    CHECK_CALLER = "check_caller"
    REVEAL = "reveal"
    CLOSE_CASE = "close_case"
    LIFT_FREEZE = "lift_freeze"
    APPROVE = "approve"
    ISSUE_PASS = "issue_pass"  # noqa: S105  (no password)
    END_SESSIONS = "end_sessions"
    FORGET_DEVICES = "forget_devices"
    PREFER = "prefer"
    TURN_OFF = "turn_off"
    REMOVE_APP = "remove_app"
    RESET_PASSWORD = "reset_password"  # noqa: S105  (no password)
    DISABLE = "disable"
    ENABLE = "enable"
    CORRECT_CONTACT = "correct_contact"
    LOST_PHONE = "lost_phone"
    TAKEOVER = "takeover"
    LEAVER = "leaver"
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True)
class Rule:
    """Who may do an act, how sure they must be of the caller, and whether a second one agrees."""

    roles: frozenset[Role]
    check: Strength = Strength.NONE
    approval: bool = False


@dataclass(frozen=True)
class Operator:
    """Who asks. scope: groups of people they reach; None for everybody."""

    sub: str
    roles: frozenset[Role]
    scope: frozenset[str] | None = None

    @property
    def rank(self) -> int:
        return rank(self.roles)

    @property
    def acts(self) -> frozenset["Act"]:
        """Everything that these roles ever do: what a menu offers."""
        return frozenset(act for act in Act if may(act, self.roles))


@dataclass(frozen=True)
class Target:
    """Whose account it is. rank: of their own roles at the helpdesk; 0 for most people."""

    sub: str
    tier: Tier
    groups: frozenset[str] = frozenset()
    rank: int = 0


class Why(StrEnum):
    """Why an act is not allowed now, the most lasting reason first."""

    SELF = "self"
    ROLE = "role"
    SCOPE = "scope"
    RANK = "rank"
    CHECK = "check"
    APPROVAL = "approval"
    HOLD = "hold"


READERS = frozenset({Role.VIEWER, Role.AGENT, Role.SENIOR, Role.ADMINISTRATOR})
AGENTS = frozenset({Role.AGENT, Role.SENIOR})
SENIORS = frozenset({Role.SENIOR})
AUDITORS = frozenset({Role.AUDITOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

# About nobody in particular.
GENERAL: Mapping[Act, frozenset[Role]] = {
    Act.FIND: READERS,
    Act.READ_AUDIT: AUDITORS,
    Act.READ_NUMBERS: AUDITORS | SENIORS | ADMINISTRATORS,
    Act.READ_DOCTOR: ADMINISTRATORS,
    Act.PLAN_BULK: SENIORS,
    Act.APPROVE_BULK: SENIORS,
}
_CHANNEL, _STRONG = Strength.CHANNEL, Strength.STRONG
# Act: (for an ordinary account, for a privileged one). None: nobody at the helpdesk.
RULES: Mapping[Act, tuple[Rule | None, Rule | None]] = {
    Act.LOOK: (Rule(READERS), Rule(READERS)),
    Act.CHECK_CALLER: (Rule(AGENTS), Rule(AGENTS)),
    Act.REVEAL: (Rule(AGENTS, _CHANNEL), Rule(SENIORS, _STRONG)),
    Act.CLOSE_CASE: (Rule(AGENTS), Rule(SENIORS)),
    Act.LIFT_FREEZE: (Rule(AGENTS, _STRONG), Rule(SENIORS, _STRONG, approval=True)),
    Act.APPROVE: (Rule(SENIORS), Rule(SENIORS)),
    Act.ISSUE_PASS: (Rule(AGENTS, _CHANNEL), Rule(AGENTS, _STRONG, approval=True)),
    # What only makes an account safer needs nobody on the phone.
    Act.END_SESSIONS: (Rule(AGENTS), Rule(AGENTS)),
    Act.FORGET_DEVICES: (Rule(AGENTS), Rule(AGENTS)),
    Act.PREFER: (Rule(AGENTS, _CHANNEL), Rule(AGENTS, _STRONG)),
    Act.TURN_OFF: (Rule(AGENTS, _CHANNEL), Rule(SENIORS, _STRONG, approval=True)),
    Act.REMOVE_APP: (Rule(AGENTS, _STRONG), Rule(SENIORS, _STRONG, approval=True)),
    Act.RESET_PASSWORD: (Rule(AGENTS, _CHANNEL), Rule(SENIORS, _STRONG)),
    Act.DISABLE: (Rule(SENIORS), Rule(SENIORS)),
    Act.ENABLE: (Rule(SENIORS, _STRONG), Rule(SENIORS, _STRONG, approval=True)),
    Act.CORRECT_CONTACT: (
        Rule(SENIORS, _STRONG, approval=True),
        Rule(SENIORS, _STRONG, approval=True),
    ),
    Act.LOST_PHONE: (Rule(AGENTS, _CHANNEL), Rule(AGENTS, _STRONG, approval=True)),
    Act.TAKEOVER: (Rule(AGENTS), Rule(AGENTS)),
    Act.LEAVER: (Rule(SENIORS), Rule(SENIORS, approval=True)),
    # An act without its approval, when there is nobody to give it: with an alarm.
    Act.BREAK_GLASS: (Rule(SENIORS, _STRONG), Rule(SENIORS, _STRONG)),
}


def roles_of(act: Act) -> frozenset[Role]:
    """Every role that ever does this act, to whomever."""
    if act in GENERAL:
        return GENERAL[act]
    return frozenset[Role]().union(*(rule.roles for rule in RULES[act] if rule))


def may(act: Act, roles: frozenset[Role]) -> bool:
    """Whether any of these roles ever does this act."""
    return bool(roles_of(act) & roles)


def rule_for(act: Act, tier: Tier) -> Rule | None:
    ordinary, privileged = RULES[act]
    return ordinary if tier is Tier.ORDINARY else privileged


def refusals(
    act: Act,
    operator: Operator,
    target: Target,
    *,
    check: Strength = Strength.NONE,
    approved: bool = False,
    held: bool = False,
) -> tuple[Why, ...]:
    """Everything that stands against this act now; empty where it may be done.

    check: what the caller has proved in the last minutes. approved: a second operator
    agreed. held: whether it still has to wait, whoever agrees.
    """
    rule = rule_for(act, target.tier)
    found = {
        Why.SELF: operator.sub == target.sub,
        Why.ROLE: rule is None or not rule.roles & operator.roles,
        Why.SCOPE: operator.scope is not None and not operator.scope & target.groups,
        Why.RANK: act is not Act.LOOK and operator.rank <= target.rank,
        Why.CHECK: rule is not None and check < rule.check,
        Why.APPROVAL: rule is not None and rule.approval and not approved,
    }
    # Whoever has to be asked first says how long it waits then.
    found[Why.HOLD] = rule is not None and held and not found[Why.APPROVAL]
    return tuple(why for why in Why if found[why])
