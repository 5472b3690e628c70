"""The people of a group, page by page, as rows of a change."""

from django.db import transaction
from django.db.models import Max

from accounts.cognito.people import Someone
from portal.helpdesk.bulk import reading
from portal.helpdesk.bulk.models import BulkChange, BulkRow

MOST_PEOPLE = 20_000


def one_page(change: BulkChange) -> None:
    """Read one page of the group, and keep its people and where the next page begins in one.

    Two at once read the same page, and keep it once. Errors: GroupUnknown, BudgetBusy, TryLater,
    CognitoUnreachable, Misconfigured.
    """
    here = change.page
    people, following = reading.group_page(change.group, here)
    with transaction.atomic():
        mine = BulkChange.objects.filter(pk=change.pk, page=here, gathered=False)
        if not mine.update(page=following, gathered=not following):
            return
        lines = _keep(change, [each for each in people if _is_meant(each, change.status)])
        if lines >= MOST_PEOPLE:
            BulkChange.objects.filter(pk=change.pk).update(gathered=True, note="too_many")


def _is_meant(who: Someone, status: str) -> bool:
    return not status or (who.is_enabled and who.status == status)


def _keep(change: BulkChange, people: list[Someone]) -> int:
    """Add a row for each; how many lines there are then."""
    last = last_line(change)
    room = people[: max(0, MOST_PEOPLE - last)]
    rows = [
        BulkRow(change=change, line=line, sub=each.sub)
        for line, each in enumerate(room, start=last + 1)
    ]
    BulkRow.objects.bulk_create(rows, ignore_conflicts=True)
    return last + len(room)


def last_line(change: BulkChange) -> int:
    return change.rows.aggregate(last=Max("line"))["last"] or 0
