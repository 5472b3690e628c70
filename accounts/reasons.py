"""Why operators act, as the audit keeps it and as people read it.

The first words of every reason are one of these, in English whatever was spoken when it was chosen,
so that numbers can be told by them; what somebody typed besides follows after a colon.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

REASONS: tuple[str, ...] = (
    gettext_noop("Lost phone"),
    gettext_noop("New phone"),
    gettext_noop("Does not get codes"),
    gettext_noop("Forgot the password"),
    gettext_noop("Somebody else may be in the account"),
    gettext_noop("Asked for by the person"),
    gettext_noop("Asked for by their manager"),
    # Translators: somebody does not work here any more.
    gettext_noop("Left"),
    # Translators: somebody works here again.
    gettext_noop("Came back"),
    gettext_noop("Something else"),
)


def said(reason: str) -> str:
    """A reason from a record, in the language that is spoken now but for what was typed."""
    kind, colon, more = reason.partition(": ")
    return f"{_(kind)}{colon}{more}" if kind in REASONS else reason
