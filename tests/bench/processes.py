"""What a server's processes cost: time of the CPU and memory, as Linux counts them."""

import time
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
SECONDS_TO_SETTLE = 30


def family(process: int) -> list[int]:
    """A process and all it started that still run."""
    found = [process]
    for each in found:
        for task in _tasks(each):
            found += map(int, _read(task / "children").split())
    return found


def cpu_seconds(process: int) -> float:
    """What the whole family has computed so far, to the microsecond; waiting counts nothing."""
    return sum(_computed(each) for each in family(process))


def proportional_memory(process: int) -> float:
    """PSS of the whole family in MiB: what several share is counted once."""
    return sum(_pss(each) for each in family(process)) / 1024


def settled_memory(process: int, workers: int) -> float:
    """The same once all workers are there and it grows no more: the first page is of one alone."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    before, now = 0.0, proportional_memory(process)
    while (len(family(process)) <= workers or now - before > 0.1) and time.monotonic() < deadline:
        time.sleep(0.3)
        before, now = now, proportional_memory(process)
    return now


def _computed(process: int) -> float:
    # Its first number is nanoseconds on a CPU; of a thread that has ended nothing is left there.
    alive = sum(int((_read(task / "schedstat") or "0").split()[0]) for task in _tasks(process))
    return alive / 1e9


def _pss(process: int) -> int:
    lines = _read(PROC / str(process) / "smaps_rollup").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _tasks(process: int) -> Iterator[Path]:
    try:
        yield from (PROC / str(process) / "task").iterdir()
    except OSError:
        return


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
