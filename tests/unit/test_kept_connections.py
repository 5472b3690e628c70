"""Connections that are kept: whether one still lives, and that none is made for each question."""

import socket
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from psycopg.pq import TransactionStatus

from accounts.postgresql import base
from accounts.redis_cache import RedisCache
from accounts.session_store import SessionStore


class Line:
    """A connection of which only the line is there; whoever asks by it learns that it is gone."""

    transaction_status = TransactionStatus.IDLE

    def __init__(self) -> None:
        self.ours, self.servers = socket.socketpair()
        self.asked = 0
        self.pgconn = self

    def fileno(self) -> int:
        return self.ours.fileno()

    def cursor(self) -> Any:
        self.asked += 1
        raise psycopg.OperationalError("gone")


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.ours.close()
    made.servers.close()


@pytest.fixture
def wrapper(line: Line) -> base.DatabaseWrapper:
    made = base.DatabaseWrapper({"NAME": "none", "CONN_MAX_AGE": 60, "OPTIONS": {}})
    made.connection = line
    return made


def test_a_connection_that_answered_a_moment_ago_is_not_asked(
    line: Line, wrapper: base.DatabaseWrapper
):
    """RES-08: the first time it is; nothing is known of it before."""
    assert wrapper.is_usable() is False
    assert line.asked == 1
    assert wrapper.is_usable() is True
    assert line.asked == 1


def test_one_that_the_server_has_ended_is_noticed_at_once(
    line: Line, wrapper: base.DatabaseWrapper
):
    """RES-08: as after a restart of the database, between two requests."""
    wrapper.is_usable()
    line.servers.close()
    assert wrapper.is_usable() is False
    assert line.asked == 2


def test_one_that_has_rested_is_asked(line: Line, wrapper: base.DatabaseWrapper):
    """RES-08: it may have ended without a word."""
    wrapper.is_usable()
    wrapper.looked_at -= base.RESTS_SECONDS
    assert wrapper.is_usable() is False
    assert line.asked == 2


def test_a_statement_that_is_kept_is_not_asked_by_one_that_has_ended(
    line: Line, wrapper: base.DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
):
    """RES-08: a page whose statements are all kept outlives a restart of the database, too."""
    wrapper.is_usable()
    line.servers.close()
    wrapper.health_check_enabled, wrapper.health_check_done = True, False
    monkeypatch.setattr(wrapper, "close", lambda: setattr(wrapper, "connection", None))
    made_anew = Mock(side_effect=psycopg.OperationalError("none in this test"))
    monkeypatch.setattr(wrapper, "ensure_connection", made_anew)
    with pytest.raises(psycopg.OperationalError):
        wrapper.keeping_cursor()
    assert wrapper.connection is None


@pytest.mark.parametrize("status", [TransactionStatus.INERROR, TransactionStatus.UNKNOWN])
def test_one_whose_transaction_failed_is_asked(
    line: Line, wrapper: base.DatabaseWrapper, status: TransactionStatus
):
    """RES-08: it answers nothing until that is rolled back."""
    wrapper.is_usable()
    line.transaction_status = status
    assert wrapper.is_usable() is False
    assert line.asked == 2


def test_a_connection_that_is_closed_here_is_none(line: Line, wrapper: base.DatabaseWrapper):
    """RES-08."""
    wrapper.is_usable()
    line.ours.close()
    assert wrapper.is_usable() is False


@pytest.mark.parametrize(("said", "kept_after"), [(1, 1), (0, 0), ("none", None), (None, None)])
def test_a_pooler_that_keeps_no_statements_is_served_too(said: Any, kept_after: int | None):
    """As DATABASE_URL says it: a word there stays a word."""
    options = {"prepare_threshold": said}
    made = base.DatabaseWrapper(
        {
            "NAME": "n",
            "USER": "",
            "PASSWORD": "",
            "HOST": "",
            "PORT": "",
            "TIME_ZONE": None,
            "OPTIONS": options,
        }
    )
    assert made.get_connection_params()["prepare_threshold"] == kept_after


def test_the_cache_makes_one_client():
    """However many questions there are, to read and to write."""
    made: Any = RedisCache("redis://127.0.0.1:1/0", {})
    clients = {id(made._cache.get_client(key, write=write)) for key in "ab" for write in (0, 1)}
    assert len(clients) == 1


def test_redis_takes_a_key_that_memcached_would_warn_of():
    """No letter of it is looked at: a warning here would fail the run."""
    RedisCache("redis://127.0.0.1:1/0", {}).validate_key("a key with blanks\n" * 30)


@pytest.mark.skipif(not hasattr(cache, "delete_same"), reason="only Redis does both in one step")
def test_what_is_somebody_elses_by_now_is_not_deleted():
    """As a lock that ran out: looked at and let go in one step."""
    theirs: Any = cache
    theirs.set("whose", "theirs", timeout=5)
    assert theirs.delete_same("whose", "mine") is False
    assert theirs.get("whose") == "theirs"
    assert theirs.delete_same("whose", "theirs") is True
    assert theirs.get("whose") is None


@pytest.mark.skipif(not hasattr(cache, "replace"), reason="only Redis does both in one step")
def test_what_is_no_more_is_not_brought_back():
    """(SES-05) by a request that still writes its session while another one ends it."""
    theirs: Any = cache
    assert theirs.replace("whose", "mine", 60) is False
    assert cache.get("whose") is None
    cache.set("whose", "mine", 5)
    assert theirs.replace("whose", "yours", 60) is True
    assert cache.get("whose") == "yours"
    assert theirs.replace("whose", "ours", 0) is True
    assert cache.get("whose") is None


@pytest.mark.django_db
def test_a_session_that_was_ended_cannot_be_saved():
    """(SES-05) nor one that never was; one that is there keeps what was written, and its end."""
    store = SessionStore()
    store["seen"] = 1
    store.set_expiry(60)
    store.save()
    mine, other = SessionStore(store.session_key), SessionStore(store.session_key)
    mine["seen"] = 2
    mine.save()
    assert other["seen"] == 2
    other.delete()
    with pytest.raises(UpdateError):
        mine.save()
    assert SessionStore(store.session_key).load() == {}
