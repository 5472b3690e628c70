"""One real sandbox for all tests of a process; fresh people, and fresh pools where needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox.kit import (
    ALL,
    Realm,
    Server,
    new_realm,
    start,
    stop,
)

MakeRealm = Callable[..., Realm]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A sandbox with the demo scene, on free ports, in memory."""
    running = start("--scene", "demo")
    yield running
    stop(running)


@pytest.fixture(autouse=True)
def _no_leftovers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Undo what a test did to clock and trouble."""
    yield
    if "server" in request.fixturenames:
        running: Server = request.getfixturevalue("server")
        if running.offset or running.stands_still:
            running.ask("POST", "/clock", {"offset": 0, "runs": True})
            running.offset, running.stands_still = 0.0, False
        running.ask("DELETE", "/trouble")


@pytest.fixture(scope="session")
def make_realm(server: Server) -> MakeRealm:
    """Makes a pool with a client: mode, factors, then settings of CreateUserPool."""

    def make(mode: str = "OFF", factors: tuple[str, ...] = (), **settings: Any) -> Realm:
        return new_realm(server, mode, factors, **settings)

    return make


@pytest.fixture(scope="session")
def off(make_realm: MakeRealm) -> Realm:
    """A pool without MFA."""
    return make_realm()


@pytest.fixture(scope="session")
def optional(make_realm: MakeRealm) -> Realm:
    """A pool with optional MFA and every factor; changes are proved before they count."""
    both = ["email", "phone_number"]
    return make_realm(
        "OPTIONAL",
        ALL,
        AutoVerifiedAttributes=both,
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": both},
    )


@pytest.fixture(scope="session")
def required(make_realm: MakeRealm) -> Realm:
    """A pool that requires MFA, with every factor and no recovery setting."""
    return make_realm("ON", ALL, AutoVerifiedAttributes=["email", "phone_number"])


@pytest.fixture(scope="session")
def alias(make_realm: MakeRealm) -> Realm:
    """A pool whose people also sign in with a verified e-mail address or number."""
    return make_realm(
        "OPTIONAL",
        ALL,
        AliasAttributes=["email", "phone_number"],
        AutoVerifiedAttributes=["email", "phone_number"],
        UsernameConfiguration={"CaseSensitive": False},
    )
