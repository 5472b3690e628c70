"""A worker's search for changes whose end nobody saw: the account is read, and they are settled.

A person who comes first settles their own by the reading of any page (`drift`). Here are those of
people who do not come, and what no page asks for. Each has a job that comes again until it is
done; whoever settles one twice finds its end (`accounts.unseen`).
"""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from accounts import audit, ends, unseen, vault
from accounts.audit import Outcome
from accounts.cognito import people
from accounts.cognito.errors import CognitoError, Misconfigured, PersonUnknown
from accounts.models import AuditRecord
from portal.factors import drift
from portal.factors.models import LastKnown

log = structlog.get_logger(__name__)
# How soon it comes again where the pool does not answer; where the portal may not read accounts,
# only somebody's visit or another right helps.
AGAIN, NO_RIGHT = timedelta(minutes=1), timedelta(hours=1)
WAITING = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
# What ended as not certain, and of which there is nothing to tell, is looked at once.
SEEN_TO = (*WAITING, TaskResultStatus.SUCCESSFUL)


def look(sender: object, since: datetime | None, **kwargs: object) -> None:
    """Queue what is to be settled and has no job yet (signal `jobs.looked`). One query if nothing.

    Clocks of two machines may differ by a lease.
    """
    until = timezone.now() - unseen.LEASE
    longest = ends.remembered_since()
    begin = max(longest, since - 3 * unseen.LEASE) if since else longest
    for act in audit.unfinished(settings.COGNITO_USER_POOL_ID, since=begin, until=until):
        if unseen.is_settled_here(act.event) and not _jobs_of(act, SEEN_TO).exists():
            settle.enqueue(str(act.pk))


def keep_addresses(receipt: UUID, addresses: Collection[str]) -> None:
    """Before an address is replaced: who settles that change tells the old one, too (NOT-02).

    Sealed, and kept as a job that settles it where nobody came before.
    """
    after_lease = timezone.now() + unseen.LEASE + AGAIN
    sealed = vault.seal({"addresses": sorted(addresses)})
    settle.using(run_after=after_lease).enqueue(str(receipt), sealed)


def kept_addresses(act: AuditRecord) -> set[str]:
    kept = [args[1] for args in (job.args_kwargs["args"] for job in _jobs_of(act)) if len(args) > 1]
    found: set[str] = set()
    for sealed in filter(None, kept):
        # Whose key is gone by now: the others are told all the same.
        with suppress(vault.SealBroken):
            found.update(vault.unseal(sealed)["addresses"])
    return found


def _jobs_of(act: AuditRecord, states: Collection[TaskResultStatus] = WAITING) -> QuerySet[Any]:
    jobs: QuerySet[Any] = DBTaskResult.objects.filter(task_path=settle.module_path)
    return jobs.filter(status__in=states, args_kwargs__args__0=str(act.pk))


@task()
def settle(receipt: str, sealed: str = "") -> None:
    """Read the account and settle one of its changes, if nobody did meanwhile.

    sealed: what `keep_addresses` keeps.
    """
    for act in audit.still_unfinished([UUID(receipt)]):
        try:
            _settle(act)
        except CognitoError as trouble:
            log.warning("change_not_settled_yet", reason=str(trouble))
            _again(act, sealed, NO_RIGHT if isinstance(trouble, Misconfigured) else AGAIN)


def _again(act: AuditRecord, sealed: str, pause: timedelta) -> None:
    """After that time the next visit alone settles it: nobody is told twice, or not at all."""
    now = timezone.now()
    if now - act.created_at < ends.WITHIN:
        settle.using(run_after=now + pause).enqueue(str(act.pk), sealed)


def _settle(act: AuditRecord) -> None:
    """Errors: those of the pool, and Misconfigured where the portal may not read accounts."""
    if unseen.is_quiet(act):
        unseen.settle(act, Outcome.UNKNOWN, None)
        return
    try:
        someone = people.get(act.sub)
    except PersonUnknown:
        someone = None
    # Somebody may call themselves by another person's id.
    if someone is None or someone.sub != act.sub:
        unseen.settle(act, Outcome.UNKNOWN, None)
        return
    last = LastKnown.objects.filter(person__pool_id=act.pool_id, person__sub=act.sub).first()
    now = drift.reading(someone.account, _configured(act))
    drift.settle([act], someone.account, now, last)


def _configured(act: AuditRecord) -> frozenset[str] | None:
    """What is set up and off, where it tells more about this change and may be read."""
    asked: Any = drift.TOUCHES.get(act.event, frozenset())
    if asked & {drift.APP, drift.PASSKEY}:
        with suppress(Misconfigured):
            return people.configured_factors(act.sub)
    return None
