"""Every event that the audit can hold, in words: for the auditor's search and docs/audit.md.

What somebody's own history can show has its words there (`portal.activity.said`); the rest is about
nobody who is signed in, or by the portal itself.
"""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_noop

from portal.activity.said import SAID

OTHERS: Mapping[str, str] = {
    "account_confirmed": gettext_noop("Somebody confirmed a new account"),
    "password_reset": gettext_noop("Somebody chose a new password by a code"),
    "password_reset_asked": gettext_noop("Somebody asked for a code for a new password"),
    "audit_purged": gettext_noop("Old rows were deleted, and sealed by their sum"),
    "audit_sealed": gettext_noop("The chain was checked, and sealed with a new key"),
}
EVENTS: Mapping[str, str] = dict(
    sorted(({**OTHERS, **{event: said.done for event, said in SAID.items()}}).items())
)


def table() -> Iterator[str]:
    """As docs/audit.md prints them: `manage.py helpdesk --events`."""
    yield "| event | what was done, where its outcome is `done` |"
    yield "|---|---|"
    for event, said in EVENTS.items():
        yield f"| `{event}` | {said} |"
