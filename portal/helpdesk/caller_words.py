"""What somebody reads who is called by the helpdesk: messages with a code, and who it is.

In the person's language: found with the words of people's pages, not with the helpdesk's own.
"""

from collections.abc import Iterable, Mapping
from functools import reduce

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from accounts.roles import Role

ROLE: Mapping[Role, str] = {
    # Translators: the roles of those who work at the helpdesk. A viewer only looks, an agent takes
    # calls, and a senior decides what an agent may not.
    Role.VIEWER: gettext_noop("viewer"),
    Role.AGENT: gettext_noop("agent"),
    Role.SENIOR: gettext_noop("senior"),
    Role.AUDITOR: gettext_noop("auditor"),
    Role.ADMINISTRATOR: gettext_noop("administrator"),
}
# Translators: a text message; short ones cost less.
CODE_BY_TEXT = gettext_noop(
    "{code} is your code for the helpdesk: read it to {name}, ticket {ticket}. "
    "It signs nobody in. You did not call? Tell nobody."
)
CODE_IN_SUBJECT = gettext_noop("{portal}: your code for the helpdesk")
CODE_BY_EMAIL = gettext_noop(
    """Your code for the helpdesk: {code}

You are speaking with {name} of the helpdesk, about ticket {ticket}.
Read the code to them within ten minutes.
It signs nobody in; it only shows them that they speak with you.

Are you sure who is calling? The operator has a code for you, too. Look it up at {url}

If you are not speaking with the helpdesk, tell this code to nobody: somebody pretends to be you.

{portal}"""
)


def an_operator() -> str:
    """What an operator is called whose username tells nothing."""
    return _("an operator")


def roles(names: Iterable[str]) -> str:
    """Roles as people read them, by the name that each has in a record."""
    return reduce(_beside, (_(ROLE[Role(name)]) for name in sorted(names)), "")


def _beside(first: str, second: str) -> str:
    # Translators: two words of a list, whatever stands between them.
    return (
        pgettext("list", "{first}, {second}").format(first=first, second=second)
        if first
        else second
    )
