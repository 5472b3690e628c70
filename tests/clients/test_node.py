"""The JavaScript clients on Node; what each test does stands in node/*.test.mjs."""

from __future__ import annotations

import os
import subprocess

from tests.clients.conftest import NODE
from tests.sandbox.kit import Server, start, stop


def run_on_node(server: Server, file: str, *options: str) -> None:
    """Run a file of tests; what Node says of them is shown when one fails."""
    places = {"SANDBOX_API": server.api, "SANDBOX_CONTROL": server.control}
    ended = subprocess.run(
        ["node", "--test", *options, file],  # noqa: S607 - Node is found by its name
        cwd=NODE,
        env=os.environ | places,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "# fail 0" in ended.stdout, ended.stdout
    assert "# pass 0" not in ended.stdout, ended.stdout


def test_c110_amplify_signs_in_by_srp_with_every_challenge() -> None:
    """C014, C110: aws-amplify with only the endpoint changed.

    It also meets C016 to C023, C072, C077, C083 to C089, C097, C104, C106, C115, C118, C119,
    C135 and C137.
    """
    server = start()
    try:
        run_on_node(server, "amplify.test.mjs")
    finally:
        stop(server)


def test_c014_identity_js_signs_in_by_srp_with_every_challenge() -> None:
    """C014: amazon-cognito-identity-js with only the endpoint changed; C113 and C118 too."""
    server = start()
    try:
        run_on_node(server, "identity.test.mjs")
    finally:
        stop(server)
