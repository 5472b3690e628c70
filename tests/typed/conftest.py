"""A copy of the repository, with the environments of its tools."""

from pathlib import Path

import pytest

from tests.commands.copies import repository_in
from tests.ship.kit import ROOT

# Those of the two that only make test-measures installs are there for it alone.
TOOLS = tuple(each for each in (".bench", ".fuzz", ".ship") if (ROOT / each).is_dir())


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is written there is nobody's document."""
    made = repository_in(tmp_path_factory.mktemp("copy"), *TOOLS)
    for modules in ROOT.glob("tests/*/node_modules"):
        (made / modules.relative_to(ROOT)).symlink_to(modules)
    # Of the scanners those are run that need nothing of it.
    (made / ".scan").mkdir()
    (made / ".scan/.installed").touch()
    return made
