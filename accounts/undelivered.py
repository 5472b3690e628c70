"""Whether messages of one kind fail for many people, and the banner that names the other ways.

The pool says that it could not send; who it was for is counted once in a while, in the database
(`accounts.limits`), so all machines know the same. The banner goes by itself: when nobody's message
has failed for as long as the window.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import caches
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import languages, limits
from accounts.cognito import administration
from accounts.cognito.errors import EMAIL, SMS, CognitoError
from accounts.doors import front
from accounts.limits import LimiterAway

log = structlog.get_logger(__name__)
# A page asks at most this often in each process.
KNOWN_FOR_SECONDS = 10
KNOWN = "undelivered"
FACTOR = {SMS: "SMS_MFA", EMAIL: "EMAIL_OTP"}
TITLE = {
    SMS: gettext_noop("Text messages do not arrive at present"),
    EMAIL: gettext_noop("E-mails do not arrive at present"),
}
BOTH = gettext_noop("Text messages and e-mails do not arrive at present")
WAYS = {
    "SOFTWARE_TOKEN_MFA": gettext_noop("an authenticator app"),
    "SMS_MFA": gettext_noop("a text message"),
    "EMAIL_OTP": gettext_noop("an e-mail"),
}
PASSKEY = gettext_noop("a passkey")


@dataclass(frozen=True)
class Banner:
    """What does not work, and what does, as far as this pool offers it."""

    title: str
    others: str


def note(medium: str, who: str, **more: Any) -> None:
    """A message could not be sent. Whoever it was for counts once within the window.

    medium: SMS or EMAIL. who: their name in the pool or their `sub`; kept as a hash.
    """
    if not settings.TROUBLE_PEOPLE:
        return
    try:
        if not limits.spend_quietly(limits.UNDELIVERED_PERSON, medium, who):
            return
        if not limits.spend_quietly(limits.UNDELIVERED, medium):
            limits.prolong(limits.UNDELIVERED, medium)
    except LimiterAway as away:
        log.warning("undelivered_not_counted", reason=str(away))
    caches["process"].delete(KNOWN)


def banner() -> Banner | None:
    """What a page shows above all else; None where messages go out. A query every ten seconds."""
    media = failing()
    if not media:
        return None
    title = BOTH if len(media) > 1 else TITLE[min(media)]
    return Banner(_(title), _others(media))


def failing() -> frozenset[str]:
    """The media that fail for many at present: SMS, EMAIL."""
    cache = caches["process"]
    known: frozenset[str] | None = cache.get(KNOWN)
    if known is None:
        try:
            known = frozenset(limits.reached(limits.UNDELIVERED, (SMS, EMAIL)))
        except LimiterAway:
            return frozenset()
        cache.set(KNOWN, known, KNOWN_FOR_SECONDS)
    return known


def _others(media: frozenset[str]) -> str:
    """`an authenticator app, an e-mail or a passkey`; empty where nothing else is offered."""
    try:
        facts = administration.pool_facts()
    except CognitoError:
        return ""
    failing = {FACTOR[medium] for medium in media}
    ways = [_(words) for name, words in WAYS.items() if name in facts.offered - failing]
    ways += [_(PASSKEY)] if facts.passkeys and front.takes_passkeys() else []
    return languages.joined(ways, "or")
