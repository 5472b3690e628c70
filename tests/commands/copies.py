"""The repository once more: what is made there changes nothing here."""

import os
import shutil
import sys
from pathlib import Path

from tests.ship.kit import ROOT

KEPT = (".ci", ".env.example")
NOT_COPIED = ("site", "site.new", "node_modules", "mutants", "pictures", "test-results", "dist")


def by_hand() -> dict[str, str]:
    """The environment without what a make or a pytest around this run tells those below it."""
    return {
        name: value
        for name, value in os.environ.items()
        if "MAKE" not in name and "PYTEST" not in name
    }


def repository_in(folder: Path, *tools: str) -> Path:
    """tools: environments of this one, beside .venv, that the copy uses as well."""
    made = folder / "portal"
    names = {*(path.name for path in ROOT.glob(".*")), *NOT_COPIED} - {*KEPT}

    def ignored(where: str, found: list[str]) -> set[str]:
        here = names if Path(where) == ROOT else set()
        return {each for each in found if each in here or each in ("__pycache__", "node_modules")}

    shutil.copytree(ROOT, made, ignore=ignored)
    _share(Path(sys.prefix), made / ".venv")
    for tool in tools:
        _share(ROOT / tool, made / tool)
    (made / "locale/.compiled").touch()
    return made


def _share(environment: Path, here: Path) -> None:
    """Each of its folders, and a mark of its own: make has nothing to install."""
    here.mkdir()
    for path in environment.iterdir():
        (here / path.name).symlink_to(path)
    (here / ".installed").unlink(missing_ok=True)
    (here / ".installed").touch()
