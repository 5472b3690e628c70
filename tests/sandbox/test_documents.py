"""What docs/sandbox.md says is what the code does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.listing import (
    destinations_table,
    operations_table,
    quotas_table,
    sayings_table,
    switches_table,
)
from sandbox.model import operation_names
from sandbox.operations import OPERATIONS
from sandbox.scenes import PEOPLE, ScenePerson

DOCUMENT = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


@pytest.mark.parametrize(
    "table", [operations_table, switches_table, sayings_table, destinations_table, quotas_table]
)
def test_tables_are_current(table: Callable[[], str]) -> None:
    assert table() in DOCUMENT


def test_every_operation_of_the_service_is_listed() -> None:
    assert len(operation_names()) == 141
    assert set(OPERATIONS) <= set(operation_names())
    assert f"{len(OPERATIONS)} of the service's 141 operations work" in DOCUMENT


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.username)
def test_people_of_the_scene_are_listed(person: ScenePerson) -> None:
    assert f"| {person.username} | `{person.password}` |" in DOCUMENT
