"""What the pool refused, and what to do then: of a page that was looked at, and of a change."""

from typing import Any

from portal.styleguide.samples import REFERENCE, in_hours
from portal.styleguide.states import made, state

ROOM = "refusals"
WITH_OTHER_WORDS = ("away", "refused", "try_later", "unreachable")
ALIKE = ("busy", "limiter_away", "misconfigured", "too_large", "too_many_attempts")


def _values(*, was_a_page: bool) -> dict[str, Any]:
    return {
        "request_id": REFERENCE,
        "again": "#",
        "was_a_change": not was_a_page,
        "was_a_page": was_a_page,
        "wait_minutes": 15,
        "wait_seconds": 30,
    }


for name in (*WITH_OTHER_WORDS, *ALIKE):
    shown = name.replace("_", "-")
    state(ROOM, shown, f"refusals/{name}.html", **_values(was_a_page=name in WITH_OTHER_WORDS))
for name in WITH_OTHER_WORDS:
    shown = f"{name.replace('_', '-')}-at-a-change"
    state(ROOM, shown, f"refusals/{name}.html", **_values(was_a_page=False))
made(ROOM, "frozen", "refusals/frozen.html", lambda: {"until": in_hours(24)})
state(ROOM, "signs-in-elsewhere", "refusals/signs_in_elsewhere.html", provider="Google")
