"""What another application sent somebody here for, and what to tell it when they go back.

It learns whether the task was done, by the account's own records, and nothing about the person.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest

from accounts import audit, vault
from accounts.held_forms import ERRAND
from accounts.sessions import SignedInPerson

OVER = f"{ERRAND}_over"
KEPT_SECONDS = 3600
STATE = re.compile(r"[A-Za-z0-9._~-]{0,200}")
DONE, NOT_DONE = "done", "not_done"


@dataclass(frozen=True)
class Task:
    """page: the name of its first address. event: what the audit calls it once it is done."""

    page: str
    event: str


TASKS: Mapping[str, Task] = {
    "add-app": Task("enrolment:totp", "totp_enrolled"),
    "add-text": Task("enrolment:sms", "sms_enrolled"),
    "change-preferred": Task("factors:preference", "preference_changed"),
    "recovery-codes": Task("recovery:codes", "recovery_codes_made"),
}


@dataclass(frozen=True)
class Errand:
    """Whose it is, where they came from, and since when; state is the application's own word."""

    sub: str
    task: str
    target: str
    state: str
    begun_at: float

    @property
    def host(self) -> str:
        return urlsplit(self.target).netloc

    def way_back(self, result: str) -> str:
        said = {"task": self.task, "result": result}
        if self.state:
            said["state"] = self.state
        return f"{self.target}?{urlencode(said)}"


def is_allowed(target: str, state: str) -> bool:
    """Only addresses that the settings name, letter by letter, and a state of plain signs."""
    return target in settings.RETURN_TARGETS and STATE.fullmatch(state) is not None


def keep(request: HttpRequest, errand: Errand) -> None:
    request.session[ERRAND] = vault.seal(asdict(errand))


def drop(request: HttpRequest) -> None:
    """Somebody comes anew: what they came for before is no matter of this visit."""
    request.session.pop(ERRAND, None)
    request.session.pop(OVER, None)


def finish(request: HttpRequest) -> None:
    """They go back: no page offers it any more, though the same way still leads there."""
    request.session[OVER] = True


def is_over(request: HttpRequest) -> bool:
    return OVER in request.session


def find(request: HttpRequest, person: SignedInPerson) -> Errand | None:
    """The errand of this person, for an hour and while the settings still name its target."""
    if ERRAND not in request.session:
        return None
    try:
        found = Errand(**vault.unseal(request.session[ERRAND]))
    except vault.SealBroken:
        return None
    is_fresh = time.time() - found.begun_at < KEPT_SECONDS
    ours = found.sub == person.sub and is_allowed(found.target, found.state)
    return found if is_fresh and ours else None


def result_of(person: SignedInPerson, errand: Errand) -> str:
    """Whether the task was done since the errand began, as the audit has it."""
    begun = datetime.fromtimestamp(errand.begun_at, UTC)
    event = TASKS[errand.task].event
    found = audit.past_events(person, since=begun, events={event}, outcomes={"done"}, at_most=1)
    return DONE if found else NOT_DONE
