"""Sample rows: methods in each state, lines of a history, and the names of all icons."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings

from portal.activity.said import HELPDESK, YOU
from portal.activity.timeline import Entry
from portal.factors.domain import Factor
from portal.factors.statuses import Action, FactorStatus

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
        _method(Factor.SMS, "on", target="+** ****** *456", actions=(TURN_OFF,)),
        _method(
            Factor.EMAIL,
            "needs_confirming",
            target="n***@e***.com",
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
    return FactorStatus(factor, state, target, name, added, None, note, actions)


def entries() -> list[Entry]:
    """What the person did, what an operator did, and what was refused."""
    return [
        Entry(
            LONG_AGO,
            "An authenticator app was added.",
            "",
            "done",
            "203.0.113.0/24",
            YOU,
            NOBODYS,
            answerable=True,
        ),
        Entry(
            LONG_AGO + timedelta(days=2),
            "A recovery pass was issued.",
            "",
            "done",
            "",
            HELPDESK,
            NOBODYS,
            why="Lost phone",
            ticket="HD-2042",
            answerable=True,
        ),
        Entry(
            LONG_AGO + timedelta(days=3),
            "A code was wrong.",
            "",
            "refused",
            "198.51.100.0/24",
            YOU,
            NOBODYS,
            answerable=True,
        ),
    ]
