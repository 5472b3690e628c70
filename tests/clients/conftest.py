"""A sandbox for every module; parts that are missing fail, they are never skipped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.conftest import MakeRealm, _no_leftovers, alias, make_realm, off, optional
from tests.sandbox.kit import Server, start, stop

__all__ = ["MakeRealm", "_no_leftovers", "alias", "make_realm", "off", "optional"]

NODE = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A sandbox with the demo scene, on free ports, in memory."""
    running = start("--scene", "demo")
    yield running
    stop(running)
