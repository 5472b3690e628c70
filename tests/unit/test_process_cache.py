"""The cache of a process: what Django's does, but the thing itself."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.process_cache import ProcessCache


@pytest.fixture
def cache() -> Iterator[ProcessCache]:
    made = ProcessCache("test-process-cache", {})
    yield made
    made.clear()


def test_what_is_kept_is_the_thing_itself_until_it_is_over(cache: ProcessCache):
    kept: Any = frozenset({"SMS"})
    now = datetime(2026, 3, 1, 12)
    with time_machine.travel(now, tick=False):
        cache.set("facts", kept, 10)
        assert cache.get("facts") is kept
    with time_machine.travel(now + timedelta(seconds=11), tick=False):
        assert cache.get("facts", "gone") == "gone"


def test_what_is_deleted_or_was_never_there_is_not_found(cache: ProcessCache):
    cache.set("facts", 1, None)
    cache.delete("facts")
    assert cache.get("facts") is None
    assert cache.get("other", 2) == 2
