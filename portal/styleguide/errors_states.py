"""What is said where something cannot be shown at all."""

from portal.styleguide.samples import REFERENCE
from portal.styleguide.states import state

ROOM = "errors"

state(ROOM, "400", "400.html")
state(ROOM, "403", "403.html")
state(ROOM, "403-csrf", "403_csrf.html")
state(ROOM, "404", "404.html")
state(ROOM, "405", "405.html")
state(ROOM, "429", "429.html")
state(ROOM, "429-with-advice", "429.html", advice="Wait 12 minutes before you try again.")
state(ROOM, "500", "500.html", request_id=REFERENCE)
state(ROOM, "503-page", "503.html", request_id=REFERENCE, was_a_page=True, wait_seconds=30)
state(ROOM, "503-change", "503.html", request_id=REFERENCE, was_a_page=False, wait_seconds=30)
