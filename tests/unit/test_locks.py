"""One holder at a time for the same name; real threads, no clock of our own."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache

from accounts import locks
from accounts.locks import LockBusy, locked

pytestmark = pytest.mark.usefixtures("memory_cache")


def test_only_one_holds_the_lock_at_a_time():
    """FAC-03, QA-04: sixteen threads, let go together by a barrier."""
    barrier, inside, most = threading.Barrier(16), [], []

    def enter(who: int) -> None:
        barrier.wait()
        with locked("person:pool:nora"):
            inside.append(who)
            most.append(len(inside))
            time.sleep(0.002)
            inside.remove(who)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(enter, range(16)))
    assert most == [1] * 16


def test_who_waits_too_long_is_told_so():
    """RES-03: nobody waits for ever."""
    began = time.monotonic()
    with locked("nora"), pytest.raises(LockBusy), locked("nora", wait_seconds=0.1):
        raise AssertionError("two holders")
    assert time.monotonic() - began < 5


def test_locks_of_two_people_do_not_meet():
    """LIM-05, AUZ-03."""
    with locked("nora"), locked("omar", wait_seconds=0):
        assert cache.get("lock:nora") != cache.get("lock:omar")


def test_a_lock_is_free_again_after_an_error():
    """RES-02."""
    with pytest.raises(KeyError), locked("nora"):
        raise KeyError
    with locked("nora", wait_seconds=0):
        pass


def test_a_lock_that_ran_out_is_not_taken_from_its_new_holder():
    """FAC-03: the first one comes back late and must not free what is another's by then."""
    with locked("nora"):
        cache.set("lock:nora", "another holder")
    assert cache.get("lock:nora") == "another holder"


def test_a_dead_holder_frees_the_lock_by_itself(monkeypatch: pytest.MonkeyPatch):
    """RES-02: the lock carries its own end."""
    monkeypatch.setattr(locks, "HELD_AT_MOST_SECONDS", 0.05)
    with locked("nora"), locked("nora", wait_seconds=2):
        pass
