"""Calls for one account of many, each paid from the shared budget before it is made."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from accounts import freezes
from accounts.cognito import people
from accounts.cognito.errors import DeviceForgotten, DevicesLeft, one_by_one
from accounts.cognito.people import Someone
from accounts.subjects import Subject
from portal.factors import services as factors
from portal.factors.domain import Factor, MfaState, Mode, PoolPolicy
from portal.factors.models import PasskeySwitch
from portal.helpdesk import operators
from portal.helpdesk.bulk import budget
from portal.helpdesk.bulk.budget import Quota
from portal.helpdesk.bulk.planning import OF_FACTORS, Found, Kind, Verdict, Wanted
from portal.helpdesk.matrix import Operator


def someone(name: str) -> Someone:
    """Read one account by any of its names. Errors: PersonUnknown, TryLater, BudgetBusy, …."""
    budget.spend(Quota.USER_READ)
    return people.get(name)


def operator(sub: str) -> Operator:
    """Whoever planned or agreed, as the pool's groups are now (HLP-06)."""
    budget.spend(Quota.RESOURCE_READ)
    return operators.operator_by_sub(sub)


def group_page(group: str, page: str) -> tuple[list[Someone], str]:
    budget.spend(Quota.LIST)
    return people.in_group(group, page)


def found(who: Someone, wanted: Wanted, pool_id: str, policy: PoolPolicy) -> Found:
    """Read what a judgement of this account needs, and no more.

    Errors: DevicesNotTracked, PersonUnknown, Misconfigured, TryLater, CognitoUnreachable,
    BudgetBusy.
    """
    budget.spend(Quota.RESOURCE_READ)
    target = operators.target_of(who.sub, people.groups(who.account.username))
    subject = Subject(pool_id, who.sub)
    if wanted.kind not in OF_FACTORS:
        asked = wanted.kind is Kind.FORGET_DEVICES
        return Found(target, devices=len(devices(who)) if asked else 0)
    return Found(
        target,
        _state(who, wanted, subject, policy),
        is_federated=bool(who.account.federated_by),
        is_frozen=freezes.frozen_until(subject) is not None,
    )


def _state(who: Someone, wanted: Wanted, subject: Subject, policy: PoolPolicy) -> MfaState:
    listed = Factor.TOTP in who.account.listed
    state = factors.state_from(
        who.account, totp_enrolled=listed or _hidden_app(who, wanted, policy)
    )
    counts = PasskeySwitch.objects.filter(
        person__pool_id=subject.pool_id, person__sub=subject.sub, is_on=True
    )
    return replace(state, passkey_counts=policy.passkeys_count and counts.exists())


def _hidden_app(who: Someone, wanted: Wanted, policy: PoolPolicy) -> bool:
    """An app that is there and off is told by another read, asked where it matters (2.5)."""
    if wanted.kind is not Kind.REMOVE_APP and policy.mode is not Mode.REQUIRED:
        return False
    budget.spend(Quota.USER_READ)
    return factors.TOTP_CONFIGURED in people.configured_factors(who.account.username)


def devices(who: Someone) -> list[str]:
    """The keys of all devices. Errors: DevicesNotTracked, …."""
    budget.spend_patiently(Quota.RESOURCE_READ)
    return [each.key for each in people.devices(who.account.username)]


def is_signed_in_since_before(who: Someone, moment: datetime) -> bool:
    """Whether a session is left that was there at that moment. Errors: SessionsNotListed, …."""
    budget.spend(Quota.RESOURCE_READ)
    return any(each.opened_at <= moment for each in people.sessions(who.account.username))


def make(wanted: Wanted, who: Someone, verdict: Verdict) -> None:
    """Change the account: the only place of this room that does.

    The first call was paid for before; each further one is paid here.
    Errors: FactorNotReady, PersonUnknown, Misconfigured, TryLater, CognitoUnreachable; DevicesLeft
    where some of several calls were made.
    """
    username = who.account.username
    if wanted.kind is Kind.REMOVE_APP:
        people.delete_app(username)
    elif wanted.kind is Kind.END_SESSIONS:
        people.sign_out_everywhere(username)
    elif wanted.kind is Kind.FORGET_DEVICES:
        _forget_all(who)
    else:
        people.set_preference(username, verdict.blocks)


def _forget_all(who: Someone) -> None:
    """Errors: DevicesLeft where it is cut between two; the next attempt forgets the rest."""
    keys = devices(who)
    one_by_one(keys, lambda key: _forget(who, key, is_paid=key == keys[0]), DevicesLeft)


def _forget(who: Someone, key: str, *, is_paid: bool) -> None:
    if not is_paid:
        budget.spend_patiently(Quota.WRITE)
    with suppress(DeviceForgotten):
        people.forget_device(who.account.username, key)
