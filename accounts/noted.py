"""What was refused while one request is answered, until it ends and the audit takes it down.

Whoever refuses says so here, and need not know the audit or the request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.subjects import Known


@dataclass(frozen=True)
class Refusal:
    """event: its name in the audit. what: the guard, the limit or the check, never what was sent.

    by: who asked, where that is known.
    """

    event: str
    what: str
    by: "Known | None" = None


_refusals: ContextVar[list[Refusal] | None] = ContextVar("refusals", default=None)


def refused(event: str, what: str, by: "Known | None" = None) -> None:
    """Note it once for this request; outside of one, as in a command, nobody listens."""
    noted = _refusals.get()
    if noted is not None and (event, what) not in {(each.event, each.what) for each in noted}:
        noted.append(Refusal(event, what, by))


@contextmanager
def during_request() -> Iterator[list[Refusal]]:
    """Collect what is refused until the request has its answer."""
    noted: list[Refusal] = []
    token = _refusals.set(noted)
    try:
        yield noted
    finally:
        _refusals.reset(token)
