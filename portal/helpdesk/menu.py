"""What an operator's page of a person offers, and why something is not possible."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.masking import mask_email, mask_phone
from accounts.subjects import Subject
from portal.factors import policy
from portal.factors.domain import Contact, Factor
from portal.factors.services import Factors
from portal.factors.words import LABEL
from portal.helpdesk import approvals, checks, words
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.matrix import Act, Operator, Target, Why, refusals, rule_for
from portal.helpdesk.models import Compound

# What stands in the way only for now: the act's own page says how to come past it.
PASSABLE = frozenset({Why.CHECK, Why.APPROVAL})
GROUPS: tuple[tuple[str, tuple[Act, ...]], ...] = (
    ("Situations", (Act.LOST_PHONE, Act.TAKEOVER, Act.LEAVER)),
    ("Free the person", (Act.ISSUE_PASS, Act.RESET_PASSWORD, Act.PREFER, Act.ENABLE)),
    ("Take something away", (Act.REMOVE_APP, Act.TURN_OFF, Act.FORGET_DEVICES, Act.END_SESSIONS)),
    ("The account", (Act.CORRECT_CONTACT, Act.DISABLE, Act.LIFT_FREEZE)),
)
LISTED = tuple(act for _, acts in GROUPS for act in acts)


@dataclass(frozen=True)
class Item:
    """One act on the page: where it leads, or why it leads nowhere."""

    act: Act
    label: str
    url: str
    reasons: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True)
class Group:
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Method:
    """One way of signing in, as the operator sees it."""

    label: str
    state: str
    badge: str


@dataclass(frozen=True)
class Channel:
    """A number or an address, masked. name: the attribute of the pool."""

    name: str
    label: str
    masked: str
    verified: bool


def against(act: Act, operator: Operator, target: Target, subject: Subject) -> tuple[Why, ...]:
    """What the rules say now, with the check that stands and the approvals that were given."""
    mine = (act, operator.sub, subject)
    agreed = approvals.is_granted(*mine) or has_begun(*mine)
    whys = refusals(
        act,
        operator,
        target,
        check=checks.strength_now(operator.sub, subject),
        approved=agreed,
    )
    waits = approvals.has_hold(act) and not agreed and Why.APPROVAL not in whys
    return (*whys, Why.APPROVAL) if waits else whys


def has_begun(act: Act, operator_sub: str, subject: Subject) -> bool:
    """Whether they began it themselves, which was agreed to, and it was cut a short time ago."""
    return Compound.objects.filter(
        pool_id=subject.pool_id,
        sub=subject.sub,
        act=act.value,
        begun_by=operator_sub,
        begun_at__gt=timezone.now() - settings.APPROVAL_LASTS,
        finished_at__isnull=True,
    ).exists()


def menu(operator: Operator, seen: Dossier) -> list[Group]:
    return [
        Group(title, tuple(_item(act, operator, seen) for act in acts if not _is_so(act, seen)))
        for title, acts in GROUPS
    ]


def _is_so(act: Act, seen: Dossier) -> bool:
    """Whether the account is already as this act would make it: nothing to offer."""
    return {
        Act.LIFT_FREEZE: seen.frozen_until is None,
        Act.ENABLE: seen.someone.is_enabled,
        Act.DISABLE: not seen.someone.is_enabled,
    }.get(act, False)


def _item(act: Act, operator: Operator, seen: Dossier) -> Item:
    refused = against(act, operator, seen.target, seen.subject)
    return Item(
        act=act,
        label=words.ACT[act][:1].upper() + words.ACT[act][1:],
        url=reverse("helpdesk:act", args=[seen.subject.sub, act.value]),
        reasons=tuple(words.WHY[why] for why in refused),
        is_open=not set(refused) - PASSABLE,
    )


@dataclass(frozen=True)
class RuleRow:
    """One line of the rules for one operator and one account."""

    label: str
    who: str
    check: str
    approval: bool
    reasons: tuple[str, ...]


def rules(operator: Operator, target: Target, subject: Subject) -> list[RuleRow]:
    return [_rule(act, operator, target, subject) for act in (Act.LOOK, Act.REVEAL, *LISTED)]


def _rule(act: Act, operator: Operator, target: Target, subject: Subject) -> RuleRow:
    rule = rule_for(act, target.tier)
    refused = against(act, operator, target, subject)
    return RuleRow(
        label=words.ACT[act],
        who=", ".join(sorted(rule.roles)) if rule else "nobody here",
        check=words.STRENGTH[rule.check] if rule else "",
        approval=bool(rule and rule.approval),
        reasons=tuple(words.WHY[why] for why in refused),
    )


def methods(seen: Dossier) -> list[Method]:
    """Every method that is in force, stored or set up, the strongest first."""
    factors = seen.factors
    if factors is None:
        return []
    shown = [_method(factor, factors) for factor in Factor if _is_known(factor, factors)]
    if factors.state.has_passkey:
        shown.append(Method("Passkey", "Set up", "on"))
    return shown


def _is_known(factor: Factor, factors: Factors) -> bool:
    activated = factors.preference.activated
    return policy.has_authenticator(factor, factors.state) or factor in activated


def _method(factor: Factor, factors: Factors) -> Method:
    if factor not in factors.effective:
        stored = factor in factors.state.stored.activated
        return Method(LABEL[factor], "Stored, but not asked for" if stored else "Off", "off")
    first = factor == factors.preference.preferred
    return Method(LABEL[factor], "Asked first" if first else "On", "preferred" if first else "on")


def channels(seen: Dossier) -> list[Channel]:
    account = seen.someone.account
    pairs = (
        ("phone_number", "Phone", mask_phone(account.phone), account.phone_verified),
        ("email", "E-mail", mask_email(account.email), account.email_verified),
    )
    return [Channel(*pair) for pair in pairs if pair[2]]


def contact_of(seen: Dossier, name: str) -> Contact:
    """The number or the address behind a channel's name."""
    account = seen.someone.account
    return {
        "phone_number": Contact(account.phone, account.phone_verified),
        "email": Contact(account.email, account.email_verified),
    }[name]
