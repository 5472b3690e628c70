"""How many calls to Cognito and statements of SQL each page and each change costs.

Run as a program it walks the pages within one process, with the settings of the running portal,
and writes what it counted as JSON: `python -m tests.bench.statements KEY STUB`.
"""

import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

from tests.bench.browsers import hidden
from tests.bench.sites import Scene, Stub
from tests.ship.kit import ROOT

# What only begins and ends a transaction asks nothing of the database.
AROUND = re.compile(r"BEGIN|COMMIT|SAVEPOINT|RELEASE SAVEPOINT")
DRAWN_FROM = re.compile(r'name="drawn_from" value="([^"]*)"')
Counted = dict[str, tuple[int, int]]


def count(found: Scene) -> Counted:
    """Calls and statements, by the name of the page or the change."""
    command = [sys.executable, "-m", "tests.bench.statements"]
    command += [str(found.stub.key_file), found.stub.url]
    done = subprocess.run(
        command, cwd=ROOT, env=found.portal.variables, check=True, capture_output=True, text=True
    )
    return {name: (calls, asked) for name, (calls, asked) in json.loads(done.stdout).items()}


def main(key_file: str, stub_url: str) -> None:
    from django.db import connection  # noqa: PLC0415  (the settings come with `visitors`)
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from tests.bench import visitors  # noqa: PLC0415

    stub, key = Stub(stub_url, Path(key_file)), Path(key_file).read_text()
    counted: Counted = {}

    def walker(kind: str) -> Any:
        headers = {"origin": os.environ["PORTAL_URL"], "sec-fetch-site": "same-origin"}
        client = Client(SERVER_NAME="localhost", headers=headers)
        client.cookies["mfa-session"] = visitors.sign_in(key, kind)
        client.get("/")
        return client

    def step(name: str, client: Any, method: str, path: str, **typed: object) -> Any:
        stub.calls()
        with CaptureQueriesContext(connection) as asked:
            reply = getattr(client, method)(path, typed)
        assert reply.status_code in {200, 302}, (name, reply.status_code)
        statements = [each for each in asked if not AROUND.match(each["sql"])]
        counted[name] = (sum(stub.calls().values()), len(statements))
        return reply

    import pyotp  # noqa: PLC0415

    from tests.bench.cognito_stub import SECRET  # noqa: PLC0415

    step("overview", walker("settled"), "get", "/")
    person = walker("new")
    begun = person.get("/enrolment/totp/").content.decode()
    step("form", person, "post", "/enrolment/totp/", **hidden(begun))
    code = pyotp.TOTP(SECRET).now()
    done = step("code", person, "post", "/enrolment/totp/", code=code)
    step("what became of it", person, "get", done["Location"])
    drawn = DRAWN_FROM.search(person.get("/preference/").content.decode())
    assert drawn is not None
    typed = {"activated": "SOFTWARE_TOKEN_MFA", "preferred": "SOFTWARE_TOKEN_MFA"}
    step("preference saved", person, "post", "/preference/", **typed, drawn_from=unescape(drawn[1]))
    sys.stdout.write(json.dumps(counted))


if __name__ == "__main__":
    main(*sys.argv[1:])
