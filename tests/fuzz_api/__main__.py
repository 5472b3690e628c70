"""Start a sandbox and a portal, and let schemathesis ask everything the document allows.

No answer may be a 5xx of ours, and none may be missing from the document. Many people share the
requests: each may ask 120 times in a minute.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# Sets the variables that any client of the sandbox needs.
import tests.settings  # noqa: F401
from portal.helpdesk.matrix import Act
from tests.browser.portal_process import ROOT, Portal, running_portal
from tests.people import People
from tests.sandbox_process import Sandbox, running_sandbox

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
    asking = [people.make(phone=True) for _ in range(asked.people)]
    tokens = [people.access_token(each) for each in asking]
    # Other people than those who ask: an account that is closed asks no more.
    subs = [str(people.look(people.make(phone=True))["attributes"]["sub"]) for _ in asking]
    variables = {
        **os.environ,
        "FUZZ_TOKENS": " ".join(tokens),
        "FUZZ_SUBS": " ".join(subs),
        "FUZZ_ACTS": " ".join(Act),
        "FUZZ_OPERATORS": " ".join(_operators(people, asked.people // 2)),
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
    run = subprocess.run([TOOL, *arguments], env=variables, cwd=data, check=False)
    return run.returncode


def _operators(people: People, number: int) -> list[str]:
    """Tokens of people who may do most of what the helpdesk does, and read its audit."""
    tokens = []
    for _ in range(number):
        each = people.make(app=True, on=("SOFTWARE_TOKEN_MFA",))
        for group in (SENIORS, AUDITORS):
            people.join(each, group)
        tokens.append(people.access_token(each))
    return tokens


if __name__ == "__main__":
    sys.exit(main())
