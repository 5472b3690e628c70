"""Changes whose end nobody saw: their process died between the pool's answer and the row of it.

Such a change is an intention without an end in the audit. When its time is over it gets one, once,
and the person is told in the same transaction (NOT-01, RES-06): by whoever reads the account
first, a page that is opened or a worker that looks for it (`portal.factors.settling`).

One's own change that ended as not certain, because the pool was silent, is told in the same way;
it gets another end where the account tells one (`accounts.ends`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext

from accounts import audit, notices
from accounts.audit import Outcome
from accounts.cognito.self_service import Account
from accounts.ends import HELPDESK, OTHERS, QUIET
from accounts.models import AuditRecord, NotMeLink
from accounts.notices import Begun, By, Happened
from accounts.subjects import Subject

# Longer than any request or job lasts: a server ends its requests within half a minute, and what a
# request waits for (locks ten seconds, a call five, a store two) is over in a few minutes.
LEASE = timedelta(minutes=10)
# The person is told of these only where they change the account at once.
TOLD_IF_DONE = frozenset({"sms_change_asked", "email_change_asked"})
# Told of before they are made: a notice is no sign that they were.
TOLD_BEFORE = frozenset({"recovery_begun"})
# Without their notice nothing happened: it is queued first, or in one transaction with all of it.
NOTHING_UNTOLD = frozenset({"helpdesk_reveal", "recovery_asked", "recovery_begun"})


@dataclass(frozen=True)
class Ending:
    """What is to be told: of which intention, what became of it, and where to."""

    row: AuditRecord
    outcome: Outcome
    account: Account
    addresses: frozenset[str]
    happened: Happened


def _by_mail(ending: Ending) -> None:
    row = ending.row
    is_own = row.actor == row.sub
    notices.announce_for(
        Subject(row.pool_id, row.sub),
        ending.addresses,
        ending.happened,
        about=Begun(row.id, row.created_at),
        by=By.YOURSELF if is_own else By.HELPDESK,
        ticket=row.ticket,
        origin=audit.origin_of(row) if is_own else None,
    )


@dataclass
class Voice:
    """What rooms above this one know: words, addresses that are gone, and how the helpdesk tells.

    says: from the name of an event and its outcome, in the language spoken then. done: what the
    ordinary notice says, marked for translation, where it says it better. kept: addresses of
    before, where an address was to be replaced.
    """

    says: Callable[[str, Outcome], str] = lambda event, outcome: event
    done: dict[str, str] = field(default_factory=dict)
    kept: Callable[[AuditRecord], Collection[str]] = lambda row: ()
    of_helpdesk: Callable[[Ending], None] = _by_mail


voice = Voice()


def is_settled_here(event: str) -> bool:
    return not event.startswith(OTHERS)


def is_quiet(row: AuditRecord) -> bool:
    """Whether nobody is to be told, whatever became of it: a step is told with its whole act."""
    return not row.sub or row.event in QUIET or "compound" in row.detail


@transaction.atomic
def settle(row: AuditRecord, outcome: Outcome, account: Account | None) -> bool:
    """End one and tell the person, or neither; false where somebody did already.

    outcome: as far as the account tells it; account: as it was read just now, None where there is
    none any more.
    """
    is_told = NotMeLink.objects.filter(about=row.pk).exists()
    outcome = _outcome(row, outcome, is_told=is_told)
    if not audit.end_unseen(row, outcome):
        return False
    if account is not None and not is_told and _is_to_tell(row, outcome):
        _tell(row, outcome, account)
    return True


def _tell(row: AuditRecord, outcome: Outcome, account: Account) -> None:
    addresses = frozenset({account.email, *voice.kept(row)})

    def happened() -> tuple[str]:
        if outcome is Outcome.DONE and row.event in voice.done:
            return (gettext(voice.done[row.event]),)
        return (voice.says(row.event, outcome),)

    by_helpdesk = row.event.startswith(HELPDESK)
    tell = voice.of_helpdesk if by_helpdesk else _by_mail
    tell(Ending(row, outcome, account, addresses, happened))


def _outcome(row: AuditRecord, read: Outcome, *, is_told: bool) -> Outcome:
    """Of one's own, a notice is queued when all calls were answered: it was made.

    An act of the helpdesk is told after silence, too.
    """
    if is_told:
        tells_nothing = row.event in TOLD_BEFORE or row.event.startswith(HELPDESK)
        return read if tells_nothing else Outcome.DONE
    return Outcome.REFUSED if row.event in NOTHING_UNTOLD else read


def _is_to_tell(row: AuditRecord, outcome: Outcome) -> bool:
    if is_quiet(row) or outcome is Outcome.REFUSED:
        return False
    return outcome is Outcome.DONE or row.event not in TOLD_IF_DONE
