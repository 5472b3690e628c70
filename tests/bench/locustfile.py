"""What people do on an ordinary day, for locust: mostly look, sometimes choose, or set up an app.

SOAK_PEOPLE names a file of their sessions. Each user begins something once a second, so the number
of users says how many requests there are, however quick the answers are.
"""

import itertools
import json
import os
import random
import re
from html import unescape
from pathlib import Path
from typing import Any

from locust import HttpUser, constant_throughput, task

PEOPLE = json.loads(Path(os.environ["SOAK_PEOPLE"]).read_text())
SETTLED = itertools.cycle(PEOPLE["settled"])
NEW = itertools.cycle(PEOPLE["new"])
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
APP = "SOFTWARE_TOKEN_MFA"


class Person(HttpUser):
    """Somebody with an app and a phone, who has just proved who they are."""

    wait_time = constant_throughput(1)

    def on_start(self) -> None:
        self.client.headers["Origin"] = str(self.host)
        self.client.headers["Sec-Fetch-Site"] = "same-origin"
        # Nobody else's: who saves while somebody else does as the same person is told so.
        self.own = next(SETTLED)
        self._become(self.own)

    def _become(self, cookie: str) -> None:
        name, _, value = cookie.partition("=")
        self.client.cookies.clear()
        self.client.cookies.set(name, value)

    def _send(self, path: str, page: Any, name: str, holding: str, **typed: Any) -> Any:
        """Send the form of a page; what follows it must be the page expected."""
        fields = {key: unescape(value) for key, value in HIDDEN.findall(page.text)} | typed
        with self.client.post(path, fields, name=name, catch_response=True) as reply:
            if holding not in reply.text:
                reply.failure(f"{name}: not the page expected")
        return reply

    @task(12)
    def look(self) -> None:
        self.client.get("/", name="overview")

    @task(4)
    def what_happened(self) -> None:
        self.client.get("/activity/", name="what happened")

    @task(2)
    def a_file(self) -> None:
        self.client.get("/static/img/favicon.svg", name="a file")

    @task(1)
    def choose(self) -> None:
        page = self.client.get("/preference/", name="choose: the form")
        first = random.choice(["", APP, "SMS_MFA"])  # noqa: S311  (no secret)
        typed = {"activated": [APP, "SMS_MFA"], "preferred": first}
        self._send("/preference/", page, "choose: saved", "Reference", **typed)

    @task(1)
    def set_up_an_app(self) -> None:
        self._become(next(NEW))
        page = self.client.get("/enrolment/totp/", name="app: the beginning")
        page = self._send("/enrolment/totp/", page, "app: the picture", "<svg")
        self._send("/enrolment/totp/", page, "app: on", "Authenticator app is on", code="123456")
        self._become(self.own)
