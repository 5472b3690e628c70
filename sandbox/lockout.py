"""Failures that lock an account for a while, and tries that are counted by the hour.

Sources: contract 4.2 and 5.7.
"""

from __future__ import annotations

from sandbox.people import Person
from sandbox.protocol import refusal
from sandbox.switches import Switches

HOUR = 3600.0


def refuse_while_locked(person: Person, now: float) -> None:
    """Refuse during a lock; such a request is not counted."""
    if now < person.locked_until:
        raise refusal("locked")


def note_failure(person: Person, now: float, switches: Switches) -> None:
    """Count a wrong password or code; from the fifth on each one locks, twice as long as before."""
    if now - person.failed_at > switches.failures_forgotten_seconds:
        person.failures = 0
    person.failures += 1
    person.failed_at = now
    beyond = person.failures - switches.failures_before_lock
    if beyond >= 0:
        person.locked_until = now + min(2.0 ** min(beyond, 30), switches.longest_lock_seconds)


def note_success(person: Person) -> bool:
    """Forget earlier failures; whether there was anything to forget."""
    if not person.failures:
        return False
    person.failures, person.failed_at, person.locked_until = 0, 0.0, 0.0
    return True


def count_try(person: Person, what: str, most: int, now: float) -> None:
    """Count one try of the hour, or refuse when `most` were made."""
    recent = [at for at in person.tries.get(what, ()) if now - HOUR < at <= now]
    if len(recent) >= most:
        raise refusal("limit")
    person.tries[what] = [*recent, now]
