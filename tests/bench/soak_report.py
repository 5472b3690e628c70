"""The part of docs/performance.md that `make soak` writes. Pure."""

import os
from collections.abc import Mapping, Sequence

from tests.bench.pages_report import Figure, machine, table
from tests.bench.report import row

# Each begins something once a second; some of it takes several requests.
USERS = 46
TOTAL = "Aggregated"
P95, COUNT, FAILED, A_SECOND = "95%", "Request Count", "Failure Count", "Requests/s"
# What is kept of templates, connections and threads is there after this share of the run.
SETTLED_AFTER = 0.25
PART = """\
## Under load

Written by `make soak`: {seconds:,} seconds of mixed journeys (looking, what happened, choosing,
setting up an app, files) by locust, with Cognito at 25 ms, against the portal by its own command
with two workers, PostgreSQL, Redis and a worker for jobs, all on one machine: {machine}. The load
of the machine over the last five minutes was {load:.1f} when it ended.

| figure | must | aim | measured | |
|---|---:|---:|---:|---|
"""
REQUESTS = """
Milliseconds, from the press of a button to the whole answer; where one is led to a further page,
both.

| | requests | failed | p50 | p95 | p99 |
|---|---:|---:|---:|---:|---:|
"""

Row = Mapping[str, str]


def figures(rows: Sequence[Row], memory: Sequence[float]) -> list[Figure]:
    total = next(each for each in rows if each["Name"] == TOTAL)
    return [
        Figure("requests a second", float(total[A_SECOND]), 50, 50, digits=0, more_is_better=True),
        Figure("p95", float(total[P95]), 300, 100, unit=" ms", digits=0),
        Figure("failed requests", float(total[FAILED]), 0, 0, digits=0),
        Figure("memory at the end / when it had settled", growth(memory), 1.05, 1.02),
    ]


def growth(memory: Sequence[float]) -> float:
    """The last quarter of the looks against the quarter in which memory had settled."""
    quarter = max(1, int(len(memory) * SETTLED_AFTER))
    settled = memory[quarter : 2 * quarter] or memory[-1:]
    return max(memory[-quarter:]) / max(settled)


def soak(
    found: Sequence[Figure], rows: Sequence[Row], memory: Sequence[float], seconds: int
) -> str:
    """The whole part."""
    head = PART.format(seconds=seconds, machine=machine(), load=os.getloadavg()[1])
    looks = ", ".join(f"{each:.0f}" for each in memory)
    held = f"\nMemory (PSS) in MiB, from time to time: {looks}.\n"
    return "".join([head, table(list(found)), held, REQUESTS, *map(_told, rows)])


def _told(one: Row) -> str:
    name = "all" if one["Name"] == TOTAL else one["Name"]
    columns = (COUNT, FAILED, "50%", P95, "99%")
    return row(name, *(f"{float(one[column] or 0):,.0f}" for column in columns))
