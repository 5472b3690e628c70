"""What an operator's page of a person offers, and why something is not possible."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.masking import mask_email, mask_phone
from accounts.subjects import Subject
from portal.factors import policy
from portal.factors.domain import Contact, Factor
from portal.factors.services import Factors
from portal.factors.words import LABEL
from portal.helpdesk import approvals, caller_words, checks, words
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.matrix import Act, Operator, Target, Why, refusals, rule_for
from portal.helpdesk.models import Compound

# What stands in the way only for now: the act's own page says how to come past it.
PASSABLE = frozenset({Why.CHECK, Why.APPROVAL, Why.HOLD})
GROUPS: tuple[tuple[str, tuple[Act, ...]], ...] = (
    (gettext_noop("Situations"), (Act.LOST_PHONE, Act.TAKEOVER, Act.LEAVER)),
    (gettext_noop("Free the person"), (Act.ISSUE_PASS, Act.RESET_PASSWORD, Act.PREFER, Act.ENABLE)),
    (
        gettext_noop("Take something away"),
        (Act.REMOVE_APP, Act.TURN_OFF, Act.FORGET_DEVICES, Act.END_SESSIONS),
    ),
    (gettext_noop("The account"), (Act.CORRECT_CONTACT, Act.DISABLE, Act.LIFT_FREEZE)),
)
LISTED = tuple(act for _, acts in GROUPS for act in acts)
# What "Why can't I?" answers for: every act on an account, in the order of the pages.
EXPLAINED = (
    *(Act.LOOK, Act.CHECK_CALLER, Act.REVEAL, *LISTED),
    *(Act.CLOSE_CASE, Act.APPROVE, Act.BREAK_GLASS),
)


@dataclass(frozen=True)
class Item:
    """One act on the page: where it leads, or why it leads nowhere."""

    act: Act
    label: str
    url: str
    reasons: tuple[str, ...]
    is_open: bool
    # Said once above all of them, and by a lock beside each.
    needs_check: bool = False


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
    is_open = approvals.is_granted(*mine) or has_begun(*mine)
    waits = not is_open and approvals.is_waiting(*mine)
    return refusals(
        act,
        operator,
        target,
        check=checks.strength_now(operator.sub, subject),
        approved=is_open or waits,
        held=not is_open and (waits or approvals.has_hold(act)),
    )


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
        Group(_(title), tuple(_item(act, operator, seen) for act in acts if not _is_so(act, seen)))
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
    lasting = lasting_of(refused)
    return Item(
        act=act,
        label=_(words.TITLE[act.value]),
        url=reverse("helpdesk:act", args=[seen.subject.sub, act.value]),
        reasons=tuple(_(words.WHY[why]) for why in lasting or refused if why is not Why.CHECK),
        is_open=not lasting,
        needs_check=not lasting and Why.CHECK in refused,
    )


def lasting_of(whys: Iterable[Why]) -> tuple[Why, ...]:
    """What closes an act for good; beside that, what would be asked first does not matter."""
    return tuple(why for why in whys if why not in PASSABLE)


def check_is_missing(groups: list[Group]) -> bool:
    return any(item.needs_check for group in groups for item in group.items)


@dataclass(frozen=True)
class RuleRow:
    """One line of the rules for one operator and one account."""

    label: str
    who: str
    check: str
    approval: bool
    reasons: tuple[str, ...]


def rules(operator: Operator, target: Target, subject: Subject) -> list[RuleRow]:
    return [_rule(act, operator, target, subject) for act in EXPLAINED]


def _rule(act: Act, operator: Operator, target: Target, subject: Subject) -> RuleRow:
    rule = rule_for(act, target.tier)
    refused = against(act, operator, target, subject)
    return RuleRow(
        label=_(words.ACT[act]),
        who=caller_words.roles(rule.roles) if rule else _("nobody here"),
        check=_(words.STRENGTH[rule.check]) if rule else "",
        approval=bool(rule and rule.approval),
        reasons=tuple(_(words.WHY[why]) for why in refused),
    )


def methods(seen: Dossier) -> list[Method]:
    """Every method that is in force, stored or set up, the strongest first."""
    factors = seen.factors
    if factors is None:
        return []
    shown = [_method(factor, factors) for factor in Factor if _is_known(factor, factors)]
    if factors.state.has_passkey:
        shown.append(Method(_("Passkey"), _("Set up"), "on"))
    return shown


def _is_known(factor: Factor, factors: Factors) -> bool:
    activated = factors.preference.activated
    return policy.has_authenticator(factor, factors.state) or factor in activated


def _method(factor: Factor, factors: Factors) -> Method:
    label = _(LABEL[factor])
    if factor not in factors.effective:
        stored = factor in factors.state.stored.activated
        return Method(label, _("Stored, but not asked for") if stored else _("Off"), "off")
    if factor == factors.preference.preferred:
        return Method(label, _("Asked first"), "preferred")
    return Method(label, _("On"), "on")


def channels(seen: Dossier) -> list[Channel]:
    account = seen.someone.account
    pairs = (
        ("phone_number", _("Phone"), mask_phone(account.phone), account.phone_verified),
        ("email", _("E-mail"), mask_email(account.email), account.email_verified),
    )
    return [Channel(*pair) for pair in pairs if pair[2]]


def contact_of(seen: Dossier, name: str) -> Contact:
    """The number or the address behind a channel's name."""
    account = seen.someone.account
    return {
        "phone_number": Contact(account.phone, account.phone_verified),
        "email": Contact(account.email, account.email_verified),
    }[name]
