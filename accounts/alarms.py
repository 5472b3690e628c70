"""What somebody must look at now: a line of the log, an audit row, a case, and mail to seniors."""

import structlog
from django.conf import settings

from accounts import audit, cases, messages
from accounts.audit import Mandate
from accounts.models import Case
from accounts.subjects import Known

log = structlog.get_logger(__name__)
TEXT = """{what}

Case {number}{ticket}. It is on the helpdesk's pages: {url}/helpdesk/

{name}"""


def ring(by: Known, mandate: Mandate, pattern: str, what: str) -> Case:
    """Raise an alarm about one account. by: who was at work when it rang.

    pattern: its name in log and audit. what: one sentence without personal data.
    """
    row = audit.alarm_raised(by, mandate, pattern)
    case = cases.open_case(mandate.subject, Case.Kind.ALARM, opened_by="portal", about=row)
    log.error("alarm", pattern=pattern, case=case.number, by=by.sub)
    ticket = f", ticket {mandate.ticket}" if mandate.ticket else ""
    text = TEXT.format(
        what=what,
        number=case.number,
        ticket=ticket,
        url=settings.PORTAL_URL,
        name=settings.PORTAL_NAME,
    )
    messages.send_to_all(settings.ALARM_ADDRESSES, f"{settings.PORTAL_NAME}: {what}", text)
    return case
