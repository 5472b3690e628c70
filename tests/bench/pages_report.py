"""docs/performance.md: each target, what was measured, and the rounds behind it.

The document has a part for each command that measures; one leaves the other's alone.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from tests.bench.report import pinned, row, spread

PORTAL, FLOOR, BARE, ALLAUTH, TWO_FACTOR = "portal", "floor", "bare", "allauth", "two-factor"
NAMES = {
    PORTAL: "the portal",
    FLOOR: "the floor",
    BARE: "the call alone",
    ALLAUTH: "django-allauth",
    TWO_FACTOR: "django-two-factor-auth",
}
Samples = dict[tuple[str, str], list[float]]
KIB = 1024


@dataclass(frozen=True)
class Figure:
    """One target. least: whether more is better. must, aim: in the unit of the figure."""

    name: str
    value: float
    must: float
    aim: float
    unit: str = ""
    digits: int = 2
    more_is_better: bool = False

    @property
    def is_met(self) -> bool:
        return self._within(self.must)

    @property
    def reaches_aim(self) -> bool:
        return self._within(self.aim)

    def _within(self, target: float) -> bool:
        # As it is shown: what rounds to the target meets it.
        value = round(self.value, self.digits)
        return value >= target if self.more_is_better else value <= target

    @property
    def shown(self) -> str:
        return f"{self.value:,.{self.digits}f}{self.unit}"

    @property
    def verdict(self) -> str:
        if self.reaches_aim:
            return "reaches the aim"
        return "met" if self.is_met else "**missed**"


@dataclass(frozen=True)
class Page:
    """What the overview weighs. compressed: its HTML with gzip, in bytes. scores: of 100."""

    compressed: int
    plain: int
    requests: int
    hosts: int
    scores: Mapping[str, int]


Counted = Mapping[str, tuple[int, int]]
Grown = Mapping[str, Mapping[int, list[float]]]


def ratio(samples: Samples, kind: str, one: str, other: str) -> float:
    """The median of the ratios of each round: what disturbs a round disturbs both."""
    pairs = zip(samples[kind, one], samples[kind, other], strict=True)
    return median(ours / theirs for ours, theirs in pairs)


def best_peer(samples: Samples, kind: str) -> str:
    return max((ALLAUTH, TWO_FACTOR), key=lambda name: median(samples[kind, name]))


def figures(samples: Samples, counted: Counted, page: Page) -> list[Figure]:
    """Every target of the table, in its order."""
    return [*_costs(samples), *_counts(counted), *_waiting(samples), *_weights(page)]


def _costs(samples: Samples) -> list[Figure]:
    best = best_peer(samples, "flows")
    return [
        Figure("overview, CPU / floor", ratio(samples, "overview", PORTAL, FLOOR), 1.5, 1.25),
        Figure(
            "overview, CPU / django-two-factor-auth",
            ratio(samples, "overview", PORTAL, TWO_FACTOR),
            0.9,
            0.7,
        ),
        Figure(
            "overview, CPU / django-allauth",
            ratio(samples, "overview", PORTAL, ALLAUTH),
            0.6,
            0.45,
        ),
        Figure(
            "authenticator form, CPU / django-allauth",
            ratio(samples, "form", PORTAL, ALLAUTH),
            0.5,
            0.36,
        ),
        Figure(
            f"whole enrolments a second, 8 at once, × {NAMES[best]}",
            ratio(samples, "flows", PORTAL, best),
            1.5,
            2.5,
            more_is_better=True,
        ),
    ]


CALLS = {"overview": (1, 1), "form": (1, 1), "code": (2, 2), "preference saved": (3, 2)}
STATEMENTS = {"overview": (3, 1), "form": (3, 2), "code": (5, 3)}


def _counts(counted: Counted) -> list[Figure]:
    calls = [
        Figure(f"calls to Cognito: {name}", counted[name][0], *targets, digits=0)
        for name, targets in CALLS.items()
    ]
    statements = [
        Figure(f"SQL statements: {name}", counted[name][1], *targets, digits=0)
        for name, targets in STATEMENTS.items()
    ]
    return calls + statements


def _waiting(samples: Samples) -> list[Figure]:
    return [
        Figure(
            "p50 of the overview above Cognito's 25 ms",
            median(samples["above", PORTAL]),
            7,
            5.5,
            unit=" ms",
            digits=1,
        ),
        Figure(
            "overviews a second, 64 connections, 25 ms / the call alone",
            ratio(samples, "many", PORTAL, BARE),
            0.7,
            0.85,
            more_is_better=True,
        ),
        Figure("start to first page", median(samples["start", PORTAL]), 1, 0.6, unit=" s"),
        Figure(
            "PSS of everything, 2 workers, at the first page",
            median(samples["first", PORTAL]),
            110,
            90,
            unit=" MiB",
            digits=0,
        ),
    ]


def _weights(page: Page) -> list[Figure]:
    return [
        Figure("overview: HTML, compressed", page.compressed / KIB, 6, 4, unit=" KiB", digits=1),
        Figure("overview: requests", page.requests, 6, 3, digits=0),
        Figure("overview: other hosts", page.hosts, 0, 0, digits=0),
        *(
            Figure(
                f"Lighthouse, mobile: {name}",
                score,
                98 if name.endswith("performance") else 100,
                100,
                digits=0,
                more_is_better=True,
            )
            for name, score in page.scores.items()
        ),
    ]


# --- how it is told -----------------------------------------------------------------------------

INTRODUCTION = """\
# How fast the portal is

What a page costs beside what cannot be avoided, and beside other people's pages for the same task;
and what the portal does under load for half an hour. Each part is written by the command it names.

"""
BENCH = """\
## Pages

Written by `make bench`, in one run on one machine: {machine}. The load of the machine over the last
five minutes was {load:.1f} when it ended; above the number of its cores other work took its part.

Cognito is answered by a stub of fixed latency, 0 ms where nothing else is said. The portal runs
by its own command (`mfa-portal run`) and with what production installs alone, with two workers,
PostgreSQL and Redis, and the settings of production but for https. The *floor* is a bare Django
view that makes one GetUser through one shared, tuned client and renders a template of 15 KB; *the
call alone* renders nothing. The peers are minimal projects with their sessions in the same Redis.
All have the same server and as many workers and threads, and take turns in {rounds} rounds. CPU
is what all processes of a server have computed, as Linux counts it, so other work on the machine
weighs little; ratios are medians of each round's own.

| figure | must | aim | measured | |
|---|---:|---:|---:|---|
"""
BEHIND = """
### Behind the ratios

Medians, with the least and the most of the rounds. A flow is a whole enrolment of an app: the
overview, the form with its picture, a right code, and the page that says so, each with every
request that a browser makes for it but files. PSS counts once what processes share: at the first
page of a server just started, beside which none runs, and of all at the end, which run together.

| | {names} |
|---|{lines}|
"""
COUNTS = """
### Calls and statements

Statements are those that ask PostgreSQL something; what begins and ends a transaction is not
counted.

| | calls to Cognito | SQL statements |
|---|---:|---:|
"""
GROWTH = """
### When everything has grown

CPU of a page in milliseconds, with {small:,} rows in the audit, and with {large:,}, {people:,}
people, {sessions:,} sessions in the cache and {clients:,} applications that embed.

| page | before | after |
|---|---:|---:|
"""
ROWS = {
    "overview": ("overview, CPU ms", 1, 2),
    "form": ("authenticator form, CPU ms", 1, 1),
    "flow": ("whole enrolment, CPU ms", 1, 0),
    "flows": ("whole enrolments a second, 8 at once", 1, 1),
    "requests": ("requests of a whole enrolment", 1, 0),
    "above": ("p50 above Cognito's 25 ms, alone", 1, 1),
    "many": ("a second at 64 connections and 25 ms", 1, 0),
    "first": ("PSS of everything, 2 workers, at the first page, MiB", 1, 0),
    "memory": ("PSS of everything, 2 workers, after all of this, MiB", 1, 0),
}


def table(found: list[Figure]) -> str:
    return "".join(
        row(
            each.name,
            f"{each.must:g}{each.unit}",
            f"{each.aim:g}{each.unit}",
            each.shown,
            each.verdict,
        )
        for each in found
    )


def bench(
    found: list[Figure], samples: Samples, counted: Counted, grown: Grown, sizes: Mapping[str, int]
) -> str:
    """The part of `make bench`."""
    rounds = len(samples["overview", PORTAL])
    parts = [
        BENCH.format(machine=machine(), load=os.getloadavg()[1], rounds=rounds),
        table(found),
        BEHIND.format(names=" | ".join(NAMES.values()), lines="---:|" * (len(NAMES) - 1) + "---:"),
        *(_behind(samples, kind) for kind in ROWS),
        COUNTS,
        *(row(name, *both) for name, both in counted.items()),
        GROWTH.format(**sizes),
        *(row(name, *map(spread, by_size.values())) for name, by_size in grown.items()),
    ]
    return "".join(parts)


def _behind(samples: Samples, kind: str) -> str:
    name, times, digits = ROWS[kind]
    cells = [
        spread(samples[kind, each], times, digits) if samples.get((kind, each)) else ""
        for each in NAMES
    ]
    return row(name, *cells)


def machine() -> str:
    """What was measured on, and with which versions."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    parts = ("Django", "gunicorn", "boto3")
    ours = ", ".join(f"{name} {version(name)}" for name in parts)
    peers = ", ".join(
        f"{name} {pinned(name)}" for name in ("django-allauth", "django-two-factor-auth")
    )
    return f"{system}, Python {platform.python_version()}, {ours}; {peers}"


def write(document: Path, part: str, text: str) -> None:
    """Replace one part of the document; the others stay as they are."""
    old = document.read_text() if document.exists() else INTRODUCTION
    document.write_text(replaced(old, part, text))


def replaced(document: str, part: str, text: str) -> str:
    """The document with this part in place of its former one, or behind all others."""
    begin, end = f"<!-- {part} -->\n", f"<!-- /{part} -->\n"
    new = f"{begin}{text.strip()}\n{end}"
    before, found, rest = document.partition(begin)
    if not found:
        return f"{document.rstrip()}\n\n{new}"
    return before + new + rest.partition(end)[2]
