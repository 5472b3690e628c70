"""An app of the pool, as the JSON room meets it: somebody's access token, and no cookie."""

import json
from typing import Any

from django.test import Client

from tests.people import People, Somebody


class Program:
    """Asks with one person's token."""

    def __init__(self, token: str) -> None:
        self.client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
        self.token = token

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.generic(
            method,
            path,
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"authorization": f"Bearer {self.token}", **headers},
        )


def program_of(pool: People, who: Somebody) -> Program:
    return Program(pool.access_token(who))
