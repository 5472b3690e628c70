"""Whose account it is, also where that person is not the one who asks."""

from dataclasses import dataclass, field
from typing import Protocol

from accounts.sessions import Origin


@dataclass(frozen=True)
class Subject:
    """An account: the pair (pool, `sub`) and nothing else (TOK-03)."""

    pool_id: str
    sub: str


class Known(Protocol):
    """Somebody whose account is known, signed in or on the way there."""

    @property
    def pool_id(self) -> str: ...

    @property
    def sub(self) -> str: ...

    @property
    def origin(self) -> Origin: ...


@dataclass(frozen=True)
class Visitor:
    """Somebody who is not signed in, though it is known whose account they are about."""

    pool_id: str
    sub: str
    origin: Origin = field(default_factory=Origin)


def subject_of(known: Known) -> Subject:
    return Subject(known.pool_id, known.sub)
