"""A local Cognito for anybody's tests: `pytest -p sandbox.pytest_plugin`.

Two fixtures: `cognito_sandbox`, one process for the whole session, and `cognito`, the same one as
it was at its start, with the environment set so that boto3 and AWS CLI reach it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.running import RunningSandbox, running_sandbox

OPTIONS = "sandbox_options"
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "any",
    "AWS_SECRET_ACCESS_KEY": "any",
}
ENDPOINT = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini option: how the sandbox of the tests is started."""
    words = "options of `python -m sandbox`, such as --scene scene.json; ports are always free ones"
    parser.addini(OPTIONS, words, type="args", default=[])


@pytest.fixture(scope="session")
def cognito_sandbox(pytestconfig: pytest.Config) -> Iterator[RunningSandbox]:
    """One sandbox on free ports for the whole session; nothing is put back between tests."""
    with running_sandbox(*pytestconfig.getini(OPTIONS)) as running:
        yield running


@pytest.fixture
def cognito(cognito_sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> RunningSandbox:
    """The sandbox as it was at its start: scene, clock and trouble; AWS SDKs reach it."""
    cognito_sandbox.reset()
    monkeypatch.setenv(ENDPOINT, cognito_sandbox.api)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return cognito_sandbox
