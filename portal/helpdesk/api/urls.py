"""What the helpdesk offers to programs: all of it by an operator's own token."""

from ninja import Router

from accounts.api.gate import TO_THE_DESK
from portal.helpdesk.api import acts, approvals, checks, people, problems, records

# Its refusals are known once it is imported.
__all__ = ["problems", "router"]

router = Router(auth=TO_THE_DESK)
for each in (people, acts, checks, approvals, records):
    router.add_router("", each.router)
