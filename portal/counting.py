"""Worker processes that count together, in the folder PROMETHEUS_MULTIPROC_DIR.

Hooks for gunicorn's configuration. Without the folder nothing is shared, and /metrics tells of
the one process that answers.
"""

import os
from pathlib import Path
from typing import Any


def folder() -> str:
    """As the settings left it: a file of settings may name it, too."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")


def begin(folder: str) -> None:
    """Count from zero: what processes of before left there would be added to ours."""
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        for left in Path(folder).glob("*.db"):
            left.unlink()


def child_exit(server: Any, worker: Any) -> None:
    """A worker is gone: what it said of itself counts no more, what it counted stays."""
    if folder():
        # Only now: the library looks for the folder as soon as it is imported.
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
