"""What a scanner found, and what of it is accepted, with the reason (QA-05)."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ACCEPTED = Path(__file__).with_name("accepted.toml")


@dataclass(frozen=True)
class Finding:
    """tool: which scanner; rule: what it calls this; where: a file or an address."""

    tool: str
    rule: str
    where: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.tool}: {self.rule} {self.where} {self.words}".rstrip()


@dataclass(frozen=True)
class Reason:
    """A rule and the places where it is no trouble; both may hold stars."""

    tool: str
    rule: str
    where: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return (
            self.tool == finding.tool
            and fnmatchcase(finding.rule, self.rule)
            and fnmatchcase(finding.where, self.where)
        )


@dataclass(frozen=True)
class Sorted:
    """What nobody accepted, how much was accepted, and reasons that nothing needs any more."""

    open: tuple[Finding, ...]
    accepted: int
    unused: tuple[Reason, ...]


def accepted(path: Path = ACCEPTED) -> tuple[Reason, ...]:
    return tuple(Reason(**each) for each in tomllib.loads(path.read_text())["accepted"])


def sort(found: Iterable[Finding], exceptions: Iterable[Reason]) -> Sorted:
    found, exceptions = list(found), list(exceptions)
    still = [each for each in found if not any(known.covers(each) for known in exceptions)]
    unused = [known for known in exceptions if not any(known.covers(each) for each in found)]
    return Sorted(tuple(still), len(found) - len(still), tuple(unused))
