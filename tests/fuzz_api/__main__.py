"""Start a sandbox and a portal, and let schemathesis ask everything the document allows.

No answer may be a 5xx of ours, and none may be missing from the document. Many people share the
requests: each may ask 120 times in a minute. They sign in again all the time, since a proof counts
for five minutes and some of what is asked for signs people out.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from botocore.exceptions import ClientError

# Sets the variables that any client of the sandbox needs.
import tests.settings  # noqa: F401
from portal.helpdesk.matrix import Act
from tests.browser.portal_process import ROOT, Portal, running_portal
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox, running_sandbox

SIGN_IN_EVERY_SECONDS = 60
SENIORS, AUDITORS = "helpdesk-seniors", "auditors"
CLIENT = "demoportaloptional00000001"
TOOL = ROOT / ".fuzz" / "bin" / "st"
# What schemathesis checks of each answer. Unsupported methods and missing tokens are our own tests.
CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    ]
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=150, help="for each operation")
    parser.add_argument("--people", type=int, default=40)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as data, running_sandbox() as sandbox:
        variables = {
            "PORTAL_API_CLIENTS": CLIENT,
            "PORTAL_HELPDESK": "true",
            "PORTAL_HELPDESK_API_CLIENTS": CLIENT,
            "PORTAL_ROLE_GROUPS": f"senior={SENIORS},auditor={AUDITORS}",
            "PORTAL_VOUCHER_GROUPS": SENIORS,
            "PORTAL_RECOVERY": "true",
            # Whatever is made up is a ticket, so that more than its refusal is seen.
            "PORTAL_TICKET_PATTERN": "(?s).*",
            "PORTAL_LOG_LEVEL": "ERROR",
        }
        with running_portal(
            sandbox, Path(data), pool="Optional1", client_id=CLIENT, **variables
        ) as portal:
            return _ask(sandbox, portal, asked, Path(data))


def _ask(sandbox: Sandbox, portal: Portal, asked: argparse.Namespace, data: Path) -> int:
    people = People(sandbox, portal.pool_id)
    # Other people than those who ask: an account that is closed asks no more.
    subs = [
        str(people.look(people.make(phone=True))["attributes"]["sub"]) for _ in range(asked.people)
    ]
    asking = Asking(people, data / "tokens", lambda: people.make(phone=True), asked.people)
    operating = Asking(people, data / "operators", lambda: _operator(people), asked.people // 2)
    variables = {
        **os.environ,
        "FUZZ_TOKENS": str(asking.file),
        "FUZZ_SUBS": " ".join(subs),
        "FUZZ_ACTS": " ".join(Act),
        "FUZZ_OPERATORS": str(operating.file),
        "SCHEMATHESIS_HOOKS": "tests.fuzz_api.hooks",
        "PYTHONPATH": str(ROOT),
    }
    arguments = [
        *("run", f"{portal.url}/api/v1/openapi.json", "--url", portal.url),
        *("--checks", CHECKS, "--phases", "examples,coverage,fuzzing"),
        *("--max-examples", str(asked.examples), "--workers", "2", "--continue-on-failure"),
        *("--wait-for-schema", "60"),
        *("--suppress-health-check", "all", "--request-timeout", "30"),
    ]
    with _signing_in_again(asking, operating):
        run = subprocess.run([TOOL, *arguments], env=variables, cwd=data, check=False)
    return run.returncode


class Asking:
    """People of one kind, and the file of their tokens. make: another one of them."""

    def __init__(
        self, people: People, file: Path, make: Callable[[], Somebody], number: int
    ) -> None:
        self._people, self.file, self._make = people, file, make
        self._somebody = [make() for _ in range(number)]
        self.sign_in_again()

    def sign_in_again(self) -> None:
        """Write a token of this moment for each; who is asked something else now is replaced."""
        tokens = [self._token(place) for place in range(len(self._somebody))]
        unfinished = self.file.with_suffix(".new")
        unfinished.write_text("\n".join(tokens))
        unfinished.replace(self.file)

    def _token(self, place: int) -> str:
        try:
            return self._people.access_token(self._somebody[place])
        except (ClientError, AssertionError):
            self._somebody[place] = self._make()
            return self._people.access_token(self._somebody[place])


@contextmanager
def _signing_in_again(*everybody: Asking) -> Iterator[None]:
    is_over = threading.Event()

    def go_on() -> None:
        while not is_over.wait(SIGN_IN_EVERY_SECONDS):
            for each in everybody:
                each.sign_in_again()

    signing_in = threading.Thread(target=go_on)
    signing_in.start()
    try:
        yield
    finally:
        is_over.set()
        signing_in.join()


def _operator(people: People) -> Somebody:
    """Somebody who may do most of what the helpdesk does, and read its audit."""
    made = people.make(app=True, on=("SOFTWARE_TOKEN_MFA",))
    for group in (SENIORS, AUDITORS):
        people.join(made, group)
    return made


if __name__ == "__main__":
    sys.exit(main())
