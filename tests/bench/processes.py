"""What a server's processes cost: time of the CPU and memory, as Linux counts them."""

from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


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
