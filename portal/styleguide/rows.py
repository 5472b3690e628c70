"""Sample rows: methods in each state, lines of a history, and the names of all icons."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import reasons
from accounts.cognito.people import AuthEvent
from accounts.masking import mask_email, mask_phone
from portal.activity import sign_ins
from portal.activity.said import HELPDESK, SAID, YOU, Who
from portal.activity.timeline import Entry
from portal.factors.domain import Factor
from portal.factors.statuses import Action, FactorStatus, Said

LONG_AGO = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
NOBODYS = "00000000-0000-4000-8000-000000000000"
TURN_OFF = Action("#", "Turn off", "quiet", "Turn off text message")
SET_UP = Action("#", "Set up", "secondary", "Set up authenticator app")


def icons() -> list[str]:
    """Their names, from the partial that draws them."""
    drawn = Path(settings.FILES_DIR, "templates/partials/icon.html").read_text()
    return re.findall(r'name == "([a-z-]+)"', drawn)


def methods() -> list[FactorStatus]:
    """One in each state."""
    return [
        _method(Factor.TOTP, "preferred", name="My phone", actions=(TURN_OFF,)),
        _method(Factor.SMS, "on", target=mask_phone("+15550100456"), actions=(TURN_OFF,)),
        _method(
            Factor.EMAIL,
            "needs_confirming",
            target=mask_email("nobody@example.com"),
            note="You have never confirmed that codes reach you there.",
            actions=(TURN_OFF,),
        ),
        _method(Factor.TOTP, "off", actions=(SET_UP,)),
        _method(Factor.SMS, "unavailable", note="It is not offered here."),
    ]


def _method(
    factor: Factor,
    state: str,
    *,
    name: str = "",
    target: str = "",
    note: str = "",
    actions: tuple[Action, ...] = (),
) -> FactorStatus:
    added = LONG_AGO if state in {"on", "preferred"} else None
    return FactorStatus(Said(factor, state, note, actions), target, name, added, None)


def entries() -> list[Entry]:
    """What the person did, what an operator did, what was refused, what the pool recorded."""
    return [
        _entry(0, SAID["totp_enrolled"].done, where="203.0.113.0/24", answerable=True),
        _entry(
            2,
            SAID["helpdesk_issue_pass"].done,
            by=HELPDESK,
            why=reasons.said("Lost phone"),
            ticket="HD-2042",
            answerable=True,
        ),
        _entry(
            3,
            SAID["code_refused"].refused,
            outcome="refused",
            where="198.51.100.0/24",
            answerable=True,
        ),
        _sign_in("Password:Failure"),
        _sign_in("Password:Success", "Mfa:Failure"),
    ]


def _sign_in(*challenges: str) -> Entry:
    at = LONG_AGO + timedelta(days=4)
    event = AuthEvent(NOBODYS, "SignIn", at, "Fail", challenges, address="198.51.100.7")
    return sign_ins.entry(event)


def _entry(
    days: int,
    what: str,
    *,
    outcome: str = "done",
    where: str = "",
    by: Who = YOU,
    **more: Any,
) -> Entry:
    at = LONG_AGO + timedelta(days=days)
    return Entry(at, _(what), "", outcome, where, by.in_words(), NOBODYS, **more)
