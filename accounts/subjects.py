"""Whose account it is, also where that person is not the one who asks."""

from dataclasses import dataclass

from accounts.sessions import SignedInPerson


@dataclass(frozen=True)
class Subject:
    """An account: the pair (pool, `sub`) and nothing else (TOK-03)."""

    pool_id: str
    sub: str


def subject_of(person: SignedInPerson) -> Subject:
    return Subject(person.pool_id, person.sub)
