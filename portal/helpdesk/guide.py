"""The guided desk: from a situation to what is asked, checked, pressed and said, in this order.

Pure. What to press comes from the situation; who may press it, after which check, and with whose
word, comes from `matrix`; what it does and what the person will see is handed in from the plan of
the act's own page. So the script cannot say anything else than the pages do.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from portal.helpdesk.matrix import Act, Operator, Strength, Target, Tier, Why, refusals, rule_for


class Situation(StrEnum):
    """Why somebody calls, or why somebody must act."""

    LOST_PHONE = "lost-phone"
    NEW_NUMBER = "new-number"
    TAKEOVER = "takeover"
    WRONG_CODES = "wrong-codes"
    NO_EMAIL = "no-email"
    FORGOT_PASSWORD = "forgot-password"  # noqa: S105  (no password)
    LEAVER = "leaver"
    HURRY = "hurry"


# What is pressed, in the safe order: first what keeps others out, then what lets the person in.
PRESSES: Mapping[Situation, tuple[Act, ...]] = {
    Situation.LOST_PHONE: (Act.LOST_PHONE,),
    Situation.NEW_NUMBER: (Act.ISSUE_PASS,),
    Situation.TAKEOVER: (Act.TAKEOVER, Act.LIFT_FREEZE, Act.ISSUE_PASS),
    # Waiting is enough where they still hold the app; a pass where they do not.
    Situation.WRONG_CODES: (Act.ISSUE_PASS,),
    Situation.NO_EMAIL: (Act.CORRECT_CONTACT,),
    Situation.FORGOT_PASSWORD: (Act.RESET_PASSWORD,),
    Situation.LEAVER: (Act.LEAVER,),
    # Nothing: whoever must not wait is whom one waits for.
    Situation.HURRY: (),
}


class Hand(StrEnum):
    """Whether this operator presses it: at once, with a second one, or somebody else does."""

    MINE = "mine"
    WITH_APPROVAL = "with_approval"
    SOMEBODY_ELSE = "somebody_else"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Foreseen:
    """What an act would do to one account, or the problem that stands against it.

    then: what the person sees at the next sign-in, by what the operator chooses, if anything.
    """

    does: tuple[str, ...] = ()
    then: tuple[tuple[str, str], ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Press:
    """One thing to press, who does it, after which check, and what becomes of one account."""

    act: Act
    hand: Hand
    check: Strength
    foreseen: Foreseen = Foreseen()
    why: tuple[Why, ...] = ()


@dataclass(frozen=True)
class Script:
    """One situation for one operator and one kind of account. now: the next sign-in as it is."""

    situation: Situation
    tier: Tier
    presses: tuple[Press, ...]
    now: str = ""

    @property
    def is_possible(self) -> bool:
        """Whether there is something to press that the account does not stand against."""
        return not self.presses or not all(press.foreseen.problem for press in self.presses)

    @property
    def check(self) -> Strength:
        """The strongest proof that any of it needs: asked for once, at the beginning."""
        return max((press.check for press in self.presses), default=Strength.NONE)


def script(
    situation: Situation,
    operator: Operator,
    target: Target,
    *,
    now: str = "",
    foreseen: Mapping[Act, Foreseen] = MappingProxyType({}),
    held: Collection[Act] = (),
) -> Script:
    """What this operator does in this situation.

    now, foreseen: the next sign-in, and what each act would do, where a person is known.
    held: acts that have to wait, whoever agrees.
    """
    presses = tuple(
        _press(act, operator, target, foreseen.get(act, Foreseen()), held=act in held)
        for act in PRESSES[situation]
    )
    return Script(situation, target.tier, presses, now)


def _press(
    act: Act,
    operator: Operator,
    target: Target,
    foreseen: Foreseen,
    *,
    held: bool,
) -> Press:
    rule = rule_for(act, target.tier)
    whys = refusals(act, operator, target, check=Strength.STRONG, held=held)
    check = rule.check if rule else Strength.NONE
    return Press(act, _hand(whys, has_rule=rule is not None), check, foreseen, whys)


def _hand(whys: tuple[Why, ...], *, has_rule: bool) -> Hand:
    if not has_rule:
        return Hand.NOBODY
    if set(whys) - {Why.APPROVAL, Why.HOLD}:
        return Hand.SOMEBODY_ELSE
    return Hand.WITH_APPROVAL if whys else Hand.MINE
