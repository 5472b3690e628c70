"""What `manage.py purge` deletes besides what is kept here: each room adds its own (DAT-01)."""

from collections.abc import Callable

_OTHERS: dict[str, Callable[[], int]] = {}


def register(name: str, purge: Callable[[], int]) -> None:
    """Let `purge` be run with all others; it returns how many rows went. name: in the plural."""
    _OTHERS[name] = purge


def others() -> dict[str, Callable[[], int]]:
    return dict(_OTHERS)
