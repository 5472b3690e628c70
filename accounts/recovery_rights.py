"""Whether IAM lets the portal do what the way back in needs: known before a code is used up."""

from django.conf import settings
from django.core.cache import caches

from accounts.cognito import people
from accounts.cognito.errors import Misconfigured

MISSING = "recovery-rights-missing"


def is_open() -> bool:
    """Whether the way back in is offered: switched on, and no right was missing at the last try.

    Tries nothing itself; what it knows is at most five minutes old, per process.
    """
    return settings.RECOVERY and not caches["process"].get(MISSING)


def require() -> None:
    """The same as `require_tried`, unless it was tried in the last five minutes.

    Errors: Misconfigured.
    """
    missing = caches["process"].get(MISSING)
    if missing is None:
        require_tried()
    elif missing:
        raise _refusal(missing)


def require_tried() -> None:
    """Try every operation on somebody who is nobody, and remember what IAM refuses.

    Seven calls. Errors: Misconfigured, naming the first that is missing.
    """
    missing = people.rights_missing()
    age = settings.POOL_FACTS_MAX_AGE.total_seconds()
    caches["process"].set(MISSING, missing, age)
    if missing:
        raise _refusal(missing)


def _refusal(missing: tuple[str, ...]) -> Misconfigured:
    return Misconfigured(missing[0], "the way back in is closed: a right is missing")
