"""The other end of a call: the person who is helped, and whoever vouches for them."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import alarms, audit, guards, limits, vault
from accounts.cognito import people
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject, subject_of
from portal.helpdesk import approvals, checks, words
from portal.helpdesk.checks import Helper, Way
from portal.helpdesk.models import CallerCheck, CallerProof
from portal.helpdesk.targets import Whom, whom


@dataclass(frozen=True)
class Call:
    """Who helps, as people see it: by their name as shown, their roles, the ticket, since when."""

    helper: Helper
    ticket: str
    since: datetime
    phrase: str = ""


def calls_about(person: SignedInPerson) -> list[Call]:
    """Every call about one's own account that is under way, the newest first.

    The phrase is shown to whoever took the second step in this sign-in: a trusted browser opens
    pages, and proves nothing to anybody.
    """
    found = checks.live().filter(pool_id=person.pool_id, sub=person.sub).order_by("-opened_at")
    return [_call(check, with_phrase=not person.came_by_device) for check in found]


def _call(check: CallerCheck, *, with_phrase: bool = False) -> Call:
    asked = checks.asked(check, Way.PHRASE) if with_phrase else None
    phrase = vault.unseal(asked.sealed) if asked else ""
    return Call(checks.helper_of(check), check.ticket, check.opened_at, phrase)


def deny(person: SignedInPerson) -> int:
    """The caller is somebody else: end every call about oneself, and ring; how many there were.

    What a second operator was asked for, or agreed to, on the word of such a caller is void.
    """
    found = list(checks.live().filter(pool_id=person.pool_id, sub=person.sub))
    for check in found:
        mandate = checks.mandate_of(check)
        with transaction.atomic():
            audit.call_denied(person, mandate)
            CallerCheck.objects.filter(pk=check.pk).update(closed_at=timezone.now())
            approvals.drop_all(checks.subject_of(check))
        alarms.ring(person, mandate, "call-denied", words.PATTERN["call-denied"])
    return len(found)


def look_up(number: str, client_address: str) -> Call | None:
    """Who is calling, by the code that the operator reads out; nothing of the person.

    Errors: LimitReached.
    """
    limits.spend(limits.WHO_IS_CALLING, limits.network_of(client_address))
    check = checks.live().filter(number_hash__in=checks.number_hashes(number)).first()
    return _call(check) if check else None


# --- vouching ---------------------------------------------------------------------------------


class MayNotVouch(Exception):
    """Not this one: they are the person, the operator, or in none of the groups."""


@dataclass(frozen=True)
class Vouch:
    """What a voucher is asked: for whom, and by whom."""

    proof: CallerProof
    call: Call
    whom: Whom


def vouch_offered() -> bool:
    return bool(settings.VOUCHER_GROUPS)


def vouch_asked(voucher: SignedInPerson, number: str) -> Vouch | None:
    """Find what somebody is asked to vouch for. Errors: MayNotVouch, LimitReached."""
    guards.require_recent(voucher)
    return _find(voucher, number)


def _find(voucher: SignedInPerson, number: str) -> Vouch | None:
    limits.spend(limits.VOUCH_PERSON, voucher.sub)
    proof = (
        CallerProof.objects.select_related("check_of")
        .filter(
            way=Way.VOUCH,
            secret_hash__in=checks.number_hashes(number),
            check_of__in=checks.live(),
            passed_at__isnull=True,
            ends_at__gt=timezone.now(),
        )
        .first()
    )
    if proof is None:
        return None
    check = proof.check_of
    reason = _why_not(voucher, check)
    if reason:
        audit.vouch_refused(voucher, checks.mandate_of(check), reason)
        raise MayNotVouch
    return Vouch(proof, _call(check), whom(check.sub))


def _why_not(voucher: SignedInPerson, check: CallerCheck) -> str:
    """Empty where they may; the pool's groups of this moment decide, not the token's alone."""
    if Subject(check.pool_id, check.sub) == subject_of(voucher):
        return "the person"
    if voucher.sub == check.operator:
        return "the operator"
    groups = people.groups(voucher.username) & set(voucher.token.groups)
    return "" if groups & set(settings.VOUCHER_GROUPS) else "group"


def vouch(voucher: SignedInPerson, number: str) -> Vouch | None:
    """Confirm that the caller is the person. Errors: MayNotVouch, NotRight, ReauthenticationNeeded.

    None where there is nothing to vouch for any more.
    """
    guards.require_recent(voucher)
    found = _find(voucher, number)
    if found is None:
        return None
    checks.passed_by(voucher, found.proof, {"way": Way.VOUCH.value}, found.whom)
    return found
