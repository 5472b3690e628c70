"""What is said where something cannot be shown at all."""

from datetime import timedelta

from accounts.limits import LimitReached
from portal.styleguide.samples import REFERENCE
from portal.styleguide.states import made, state

ROOM = "errors"
REACHED = LimitReached("sample", timedelta(minutes=12))

state(ROOM, "400", "400.html")
state(ROOM, "403", "403.html")
state(ROOM, "403-csrf", "403_csrf.html")
state(ROOM, "404", "404.html")
state(ROOM, "405", "405.html")
state(ROOM, "429", "429.html")
made(ROOM, "429-with-advice", "429.html", lambda: {"advice": REACHED.advice})
state(ROOM, "500", "500.html", request_id=REFERENCE)
state(ROOM, "503-page", "503.html", request_id=REFERENCE, was_a_page=True, wait_seconds=30)
state(ROOM, "503-change", "503.html", request_id=REFERENCE, was_a_page=False, wait_seconds=30)
