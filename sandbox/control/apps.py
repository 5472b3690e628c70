"""The authenticator apps of the scene's people, so that a demo needs no phone."""

from __future__ import annotations

import json
from typing import Any

from sandbox.authenticators import Authenticator, current_code
from sandbox.core import Sandbox
from sandbox.people import Person

BOUND = "bound"
BEING_SET_UP = "being set up"
Shown = dict[str, Any]


def shown_apps(sandbox: Sandbox, people: list[dict[str, Any]]) -> list[Shown]:
    """Every app of these people: bound ones first, then those being set up."""
    shown: list[Shown] = []
    for each in people:
        pool = sandbox.pools.get(each["pool"])
        if person := sandbox.people.by_username(pool, each["username"]):
            shown += _apps_of(sandbox, person)
    return sorted(shown, key=lambda app: app["state"] != BOUND)


def _apps_of(sandbox: Sandbox, person: Person) -> list[Shown]:
    apps = [
        (person.totp, BOUND),
        (person.totp_pending, BEING_SET_UP),
        (_begun_at_sign_in(sandbox, person), BEING_SET_UP),
    ]
    return [_shown(sandbox, person, app, state) for app, state in apps if app]


def _begun_at_sign_in(sandbox: Sandbox, person: Person) -> Authenticator | None:
    """The secret handed out in the newest sign-in that still waits for its proof."""
    row = sandbox.database.row(
        "SELECT json_extract(document, '$.totp_pending') FROM flows WHERE used = 0 AND expires > ?"
        " AND json_extract(document, '$.sub') = ? AND json_extract(document, '$.pool') = ?"
        " ORDER BY expires DESC LIMIT 1",
        sandbox.clock.now(),
        person.sub,
        person.pool_id,
    )
    pending: Authenticator | None = json.loads(row[0]) if row and row[0] else None
    return pending


def _shown(sandbox: Sandbox, person: Person, app: Authenticator, state: str) -> Shown:
    code, left = current_code(app["secret"], sandbox.clock.now())
    return {
        "pool": person.pool_id,
        "username": person.username,
        "state": state,
        "secret": app["secret"],
        "code": code,
        "seconds_left": left,
    }
