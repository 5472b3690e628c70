"""What somebody must look at now: a line of the log, an audit row, a case, and mail to seniors."""

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, cases, languages, messages
from accounts.audit import Mandate
from accounts.models import Case
from accounts.subjects import Known

log = structlog.get_logger(__name__)
IN_HELPDESK = gettext_noop("Case {number}. It is on the helpdesk's pages: {address}")
WITH_TICKET = gettext_noop(
    "Case {number}, ticket {ticket}. It is on the helpdesk's pages: {address}"
)


def ring(by: Known, mandate: Mandate, pattern: str, what: str) -> Case:
    """Raise an alarm about one account. by: who was at work when it rang.

    pattern: its name in log and audit. what: one sentence without personal data, in English.
    """
    row = audit.alarm_raised(by, mandate, pattern)
    case = cases.open_case(mandate.subject, Case.Kind.ALARM, opened_by="portal", about=row)
    log.error("alarm", pattern=pattern, case=case.number, by=by.sub)
    _tell_seniors(what, case.number, mandate.ticket)
    return case


def _tell_seniors(what: str, number: str, ticket: str) -> None:
    """In the portal's own language: nobody knows who reads it."""
    with languages.speaking(settings.LANGUAGE_CODE):
        where = _(WITH_TICKET if ticket else IN_HELPDESK).format(
            number=number, ticket=ticket, address=f"{settings.PORTAL_URL}/helpdesk/"
        )
        said = _(what)
    text = f"{said}\n\n{where}\n\n{settings.PORTAL_NAME}"
    messages.send_to_all(settings.ALARM_ADDRESSES, f"{settings.PORTAL_NAME}: {said}", text)
