"""docs/sandbox-performance.md: what was measured, and which targets were missed."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from subprocess import check_output

OURS, MOTO, LOCAL = "sandbox", "moto", "cognito-local"
NAMES = (OURS, MOTO, LOCAL)
LEAST = {MOTO: 2.0, LOCAL: 1.0}
SECONDS_TO_START = 1.0
ROOT = Path(__file__).parents[2]

Samples = Mapping[tuple[object, ...], list[float]]

INTRODUCTION = """\
# How fast the sandbox is

Written by `make bench-sandbox`, which measures the sandbox, moto's server and cognito-local in one
run on one machine: {machine}.

Every figure is a median, with the least and the most of the rounds, in which the three take turns.
One process makes the load, over connections that are kept where the server keeps them. The sandbox
keeps its state in a file here (`--data`), and no answer leaves before its commit; moto keeps
everything in memory; cognito-local rewrites one JSON file for the whole pool at every change.
"""
RATES = """
## Answers a second

Five people of the pool sign in, five others call with their tokens; the last two columns say how
many times as many answers the sandbox gives. What needs more than half a second for one answer was
measured once, over one connection.

| Operation | People | Connections | sandbox | moto | cognito-local | × moto | × cognito-local |
|---|---:|---:|---:|---:|---:|---:|---:|
"""
READS = """
## ListUsers, milliseconds an answer

One connection; pages of 60 one after the other, and filters. moto walks through everybody for each
answer. cognito-local knows neither `Limit` nor pages: each of its answers holds everybody who fits.

| Answer | People | sandbox | moto | cognito-local |
|---|---:|---:|---:|---:|
"""
STARTS = """
## From start to first answer, seconds

| | sandbox | moto | cognito-local |
|---|---:|---:|---:|
"""
LEFT_OUT = """
## What the figures do not say

InitiateAuth is USER_PASSWORD_AUTH that ends in tokens: cognito-local has no SRP, and moto does not
check what a client proves in it. Neither checks the signature of the access token in GetUser; the
sandbox does, once for each token. The sandbox keeps a password as SRP verifier, so the first
sign-in of each person after a start costs one modular exponentiation more.
"""


@dataclass(frozen=True)
class Written:
    """The document, and a line for every target that was missed."""

    text: str
    missed: list[str]


def document(rates: Samples, reads: Samples, starts: Samples) -> Written:
    """The whole document."""
    missed = [*_slow(rates), *_late(starts)]
    text = "".join(
        (
            INTRODUCTION.format(machine=_machine()),
            RATES,
            *_rate_rows(rates),
            READS,
            *_read_rows(reads),
            STARTS,
            row("10 people", *(spread(starts[name,], 1, 2) for name in NAMES)),
            LEFT_OUT,
        )
    )
    return Written(text, missed)


def _rate_rows(rates: Samples) -> list[str]:
    rows = []
    for operation, size, count in _cells(rates):
        found = [rates[operation, size, count, name] for name in NAMES]
        factors = (f"{_factor(rates, operation, size, count, name):.1f}" for name in NAMES[1:])
        shown = (spread(samples) for samples in found)
        rows.append(row(operation, f"{size:,}", count, *shown, *factors))
    return rows


def _read_rows(reads: Samples) -> list[str]:
    return [
        row(name, f"{size:,}", *(spread(reads[name, size, each], 1000, 1) for each in NAMES))
        for name, size in dict.fromkeys((key[0], key[1]) for key in reads)
    ]


def _cells(rates: Samples) -> list[tuple[object, ...]]:
    return list(dict.fromkeys(key[:3] for key in rates))


def _factor(rates: Samples, *key: object) -> float:
    """How many times as many answers the sandbox gives as another."""
    return median(rates[(*key[:3], OURS)]) / median(rates[key])


def _slow(rates: Samples) -> list[str]:
    return [
        f"{operation}, {size} people, {count} connections: {factor:.2f} times {name}"
        for operation, size, count in _cells(rates)
        for name, least in LEAST.items()
        if (factor := _factor(rates, operation, size, count, name)) < least
    ]


def _late(starts: Samples) -> list[str]:
    seconds = median(starts[OURS,])
    return [f"first answer after {seconds:.2f} s"] if seconds > SECONDS_TO_START else []


def spread(samples: list[float], times: float = 1, digits: int = 0) -> str:
    """Median, least and most; a rate below ten keeps a digit."""
    if not samples:
        return "not known"
    values = (median(samples), min(samples), max(samples))
    digits = max(digits, 1 if values[0] * times < 10 else 0)
    middle, least, most = (f"{value * times:,.{digits}f}" for value in values)
    return f"{middle} ({least}–{most})"


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |\n"


def _machine() -> str:
    node = check_output(["node", "--version"], text=True).strip()  # noqa: S607 - from the PATH
    others = (
        f"moto {pinned('moto')} on the same Python, cognito-local {_cognito_local()} on Node {node}"
    )
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"{system}, Python {platform.python_version()}, uvicorn {version('uvicorn')}; {others}"


def pinned(name: str) -> str:
    """The version of a package in the environment of the bench."""
    text = (ROOT / "requirements/bench.txt").read_text()
    lines = (line.split() for line in text.splitlines() if "==" in line)
    names = dict(each[0].split("==", 1) for each in lines)
    found = {key.partition("[")[0]: value for key, value in names.items()}
    return found[name]


def _cognito_local() -> str:
    named = json.loads((ROOT / "tests/bench/package.json").read_text())
    return str(named["dependencies"]["cognito-local"])
