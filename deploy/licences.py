"""Under which licences is what production installs? Compared with the list in pyproject.toml.

`pip-licenses` (requirements/ship.txt) reads them from the environment whose Python is given. What
production.txt locks and that environment lacks is complained of, unless it is for another system.
Exit status 1 where anything is not on the list, and where the list names what is not there.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = ROOT / "requirements/production.txt"
# The same licence in the words of many packages.
KNOWN_AS = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd license": "BSD",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0",
    "lgpl-3.0-only": "LGPL-3.0",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}
# Says nothing of a licence: that of a place beside the real one.
NO_LICENCE = {"osi approved", "other/proprietary license"}
OR, AND = re.compile(r"\s+OR\s+|;"), re.compile(r"\s+AND\s+")


@dataclass(frozen=True)
class Package:
    """What is installed, and its licences in its own words: `A OR B`, `A AND B`, `A; B`."""

    name: str
    version: str
    licence: str

    def choices(self) -> Iterator[frozenset[str]]:
        """Each way to use it: licences that then hold together."""
        for choice in OR.split(self.licence):
            named = {_usual_name(each) for each in AND.split(choice)}
            if named - NO_LICENCE:
                yield frozenset(named)


@dataclass(frozen=True)
class Rules:
    """Licences for everybody, and for a few packages one more, with the reason."""

    allowed: frozenset[str]
    copyleft: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, pyproject: Path) -> "Rules":
        table = tomllib.loads(pyproject.read_text())["tool"]["licences"]
        copyleft = {name: (each[0], each[1]) for name, each in table["copyleft"].items()}
        return cls(frozenset(table["allowed"]), copyleft)

    def complaints(self, packages: Mapping[str, Package]) -> Iterator[str]:
        for name, package in sorted(packages.items()):
            own = self.copyleft.get(name, ())[:1]
            if not any(choice <= self.allowed.union(own) for choice in package.choices()):
                yield f"{name} {package.version}: {package.licence} is not on the list"
        for name, (licence, reason) in self.copyleft.items():
            if name not in packages:
                yield f"{name}: on the list of copyleft, and not installed in production"
            elif not any(licence in choice for choice in packages[name].choices()):
                yield f"{name}: not under {licence} any more"
            if not reason.strip():
                yield f"{name}: why is {licence} acceptable?"


def _usual_name(words: str) -> str:
    words = words.strip().strip("()") if words.count("(") != 1 else words.strip()
    plain = words.lower()
    return plain if plain in NO_LICENCE else KNOWN_AS.get(plain, words)


def locked(requirements: str) -> dict[str, str]:
    """What production installs on this system: version by name."""
    found = {}
    for line in requirements.splitlines():
        if line[:1].isalnum():
            wanted = Requirement(line.rstrip(" \\"))
            if wanted.marker is None or wanted.marker.evaluate():
                version = str(wanted.specifier).removeprefix("==")
                found[str(canonicalize_name(wanted.name))] = version
    return found


def of_production(
    installed: Mapping[str, Package], wanted: Mapping[str, str]
) -> tuple[dict[str, Package], list[str]]:
    """The packages that production has, and what keeps us from knowing."""
    found, unknown = {}, []
    for name, version in wanted.items():
        package = installed.get(name)
        if package is None or package.version != version:
            there = package.version if package else "nothing"
            unknown.append(f"{name}: {version} is locked, {there} is installed here")
        else:
            found[name] = package
    return found, unknown


def installed_in(python: Path) -> dict[str, Package]:
    """Every package of an environment, as pip-licenses tells it."""
    tool = Path(sys.executable).with_name("pip-licenses")
    how = ["--from", "mixed", "--with-system", "--format", "json"]
    done = subprocess.run(  # noqa: S603  (our own arguments)
        [tool, "--python", python, *how], capture_output=True, text=True, check=True
    )
    rows = [Package(row["Name"], row["Version"], row["License"]) for row in json.loads(done.stdout)]
    return {str(canonicalize_name(each.name)): each for each in rows}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", type=Path, help="of the environment to look at")
    asked = parser.parse_args()
    rules = Rules.of(ROOT / "pyproject.toml")
    found, unknown = of_production(installed_in(asked.python), locked(PRODUCTION.read_text()))
    wrong = [*unknown, *rules.complaints(found)]
    for each in wrong:
        sys.stdout.write(f"licences: {each}\n")
    if not wrong:
        named = ", ".join(sorted(rules.copyleft))
        sys.stdout.write(f"licences: {len(found)} packages fine, of them copyleft: {named}\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
