"""What each page and each change of the way through costs: calls to Cognito, questions to SQL.

Each figure is pinned: a change of it is meant, and then stands in docs/performance.md, too.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import models
from portal.factors.models import LastKnown
from tests.journeys.conftest import MakePool
from tests.journeys.steps import APP, SMS, calls_counted
from tests.people import App, People
from tests.sandbox_process import Sandbox
from tests.walker import Walker

# Around questions, and the cache: sessions and locks, which production keeps in Redis.
NOT_ASKED = re.compile(r"BEGIN|COMMIT|SAVEPOINT|RELEASE SAVEPOINT|.*\bportal_cache\b", re.DOTALL)

# A code that turns a first app on.
PROVED = {"VerifySoftwareToken": 1, "SetUserMFAPreference": 1}
# What stands together goes together, where the database takes it so.
TOGETHER = connection.vendor == "postgresql"


@contextmanager
def _costs(sandbox: Sandbox, calls: dict[str, int], statements: int) -> Iterator[None]:
    with calls_counted(sandbox) as called, CaptureQueriesContext(connection) as asked:
        yield
    assert called == Counter(calls)
    found = [each["sql"] for each in asked.captured_queries if not NOT_ASKED.match(each["sql"])]
    assert len(found) == statements, found


def _post(walker: Walker, path: str, **typed: Any) -> str:
    """Send a form without following where it leads; where that is."""
    data = {"csrfmiddlewaretoken": walker.csrf_token(), **typed}
    reply = walker.client.post(path, data)
    assert reply.status_code in {200, 302}, reply.content
    return str(reply.headers.get("Location", ""))


def test_the_overview_costs_one_call(walker: Walker, make_pool: MakePool, sandbox: Sandbox):
    """One GetUser, and one question: what was read and chosen last, and whether it is frozen."""
    walker.sign_in(make_pool().make(app=True, phone=True, on=(APP, SMS)))
    with _costs(sandbox, {"GetUser": 1}, 1):
        walker.open("/")


def test_a_first_visit_is_asked_no_more_than_any_other(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox
):
    """The same question, though nothing was read before; and what was read now is kept."""
    walker.sign_in(make_pool().make(app=True, phone=True, on=(APP, SMS)))
    LastKnown.objects.all().delete()
    with _costs(sandbox, {"GetUser": 1}, 2):
        walker.open("/")
    with _costs(sandbox, {"GetUser": 1}, 1):
        walker.open("/")


def test_setting_up_an_app_costs_one_call_a_page(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox
):
    """The picture one call; the code its proof and one change, from what the first page read."""
    walker.sign_in(make_pool().make())
    with _costs(sandbox, {"GetUser": 1}, 1):
        walker.open("/enrolment/totp/")
    with _costs(sandbox, {"AssociateSoftwareToken": 1}, 1 if TOGETHER else 2):
        page = walker.send("Show")
    code = App(page.secret).code()
    with _costs(sandbox, PROVED, 4 if TOGETHER else 14):
        _post(walker, "/enrolment/totp/", code=code)


def test_a_code_costs_the_same_where_other_processes_write_too(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox, settings: Any
):
    """Where the audit ends is read beside the count of tries, not by a statement of its own."""
    walker.sign_in(make_pool().make())
    walker.open("/enrolment/totp/")
    code = App(walker.send("Show").secret).code()
    # What this process saw last is no more: as if another one had written since.
    models._last_seen[settings.COGNITO_USER_POOL_ID] = (0, "before another process wrote")
    with _costs(sandbox, PROVED, 4 if TOGETHER else 14):
        _post(walker, "/enrolment/totp/", code=code)


def test_a_second_try_reads_anew(walker: Walker, make_pool: MakePool, sandbox: Sandbox):
    """A try of before is an act of ours whose end what was read does not show (FAC-03)."""
    walker.sign_in(make_pool().make())
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    walker.send("Turn on", code=app.wrong_code())
    with _costs(sandbox, {**PROVED, "GetUser": 1}, 4 if TOGETHER else 14):
        _post(walker, "/enrolment/totp/", code=app.code())


def test_another_app_in_its_place_reads_anew(walker: Walker, make_pool: MakePool, sandbox: Sandbox):
    """Whether it comes first must be said again, and is only known now (contract 2.2, row 4)."""
    tom = make_pool().make(app=True, on=(APP,), preferred=APP)
    walker.sign_in(tom)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    with calls_counted(sandbox) as calls:
        _post(walker, "/enrolment/totp/", code=app.code())
    assert calls["GetUser"] == 1


def test_a_saved_preference_costs_two_calls(walker: Walker, make_pool: MakePool, sandbox: Sandbox):
    """One fresh read, one change (FAC-03); the page that follows reads what became of it."""
    walker.sign_in(make_pool().make(app=True, phone=True, on=(APP, SMS)))
    page = walker.open("/preference/")
    drawn = str(page.soup.select_one("input[name=drawn_from]")["value"])  # type: ignore[index]
    typed = {"activated": [APP, SMS], "preferred": SMS, "drawn_from": drawn}
    with _costs(sandbox, {"GetUser": 1, "SetUserMFAPreference": 1}, 4 if TOGETHER else 10):
        receipt = _post(walker, "/preference/", **typed)
    with _costs(sandbox, {"GetUser": 1}, 4):
        walker.open(receipt)


def test_what_a_page_has_read_stands_for_a_read_only_of_that_person(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """Somebody else's word, or a word that was changed, is read anew."""
    walker.sign_in(pool.make())
    walker.open("/enrolment/totp/")
    theirs = str(walker.page.soup.select_one("input[name=seen]")["value"])  # type: ignore[index]
    for seen in (theirs, theirs[:-1], ""):
        another = Walker()
        another.sign_in(pool.make())
        another.open("/enrolment/totp/")
        with calls_counted(sandbox) as calls:
            another.send("Show", seen=seen)
        assert calls == {"GetUser": 1, "AssociateSoftwareToken": 1}, seen
