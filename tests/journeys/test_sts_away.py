"""Roles that are lent by AWS STS: what people see while it is silent, refuses, and is back."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any
from urllib.parse import parse_qs

import pytest

from accounts import logs
from accounts.cognito.rights import Right
from accounts.models import AuditRecord
from tests.journeys.conftest import forget_clients
from tests.journeys.desk import REASON, at_work, do, open_act, page_of, proved
from tests.journeys.steps import ALL, APP, EMAIL, SMS, notices
from tests.journeys.test_devices_cut import cut_after
from tests.journeys.test_identities import KEY, NOT_SET_UP, RIGHTS
from tests.people import People
from tests.sandbox_process import Sandbox
from tests.unit.test_client import Answer, serving
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("helpdesk", "lender")

AWAY = "The sign‑in service is away"
NOTHING_DONE = "Nothing was changed"
CREDENTIALS = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>any</SecretAccessKey>
<SessionToken>any</SessionToken><Expiration>{until}</Expiration></Credentials></AssumeRoleResult>
</AssumeRoleResponse>"""
HALF = "an-access-key-that-nobody-shall-read"
REFUSED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>
<Type>Sender</Type><Code>AccessDenied</Code><Message>No.</Message>
</Error></ErrorResponse>"""


class Lender:
    """An STS. away: the roles for which it hangs up; refuses: those it does not lend.

    halves: those of which only half an answer comes, with keys in it.
    """

    def __init__(self) -> None:
        self.away: set[Right] = set()
        self.refuses: set[Right] = set()
        self.halves: set[Right] = set()
        self.lent: list[Right] = []

    def answer(self, _: Message, body: str) -> Answer:
        role = Right(parse_qs(body)["RoleArn"][0].rpartition("/")[2])
        if role in self.away:
            return None
        if role in self.refuses:
            return 403, "text/xml", REFUSED
        if role in self.halves:
            return 200, "text/xml", CREDENTIALS.format(key=HALF, until="").partition(HALF)[0] + HALF
        self.lent.append(role)
        until = datetime.now(UTC) + timedelta(hours=1)
        return 200, "text/xml", CREDENTIALS.format(key=KEY[role], until=until.isoformat())


@pytest.fixture
def lender(
    sandbox: Sandbox, profiles: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Lender]:
    """Three roles of a config of AWS, taken on by the portal's own identity."""
    role = "role_arn = arn:aws:iam::111122223333:role/{}\ncredential_source = Environment"
    found = Lender()
    with serving(found.answer) as url, sandbox.rights(RIGHTS):
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        profiles(role.format)
        yield found


def _outcomes(act: str) -> list[str]:
    rows = AuditRecord.objects.filter(event=f"helpdesk_{act}").order_by("created_at", "id")
    return [row.outcome for row in rows]


def test_a_change_whose_role_nobody_lends_now_is_told_as_not_made_and_works_later(
    walker: Walker, pool: People, sandbox: Sandbox, lender: Lender, deliver_notices: Any
):
    """(AUZ-04, RES-01, RES-03, RES-04) nothing was sent, so nothing is called uncertain."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    proved(pool, at_work(walker, pool), ella)
    lender.away = {Right.RECOVER}
    page = do(walker, pool, ella, "remove_app")
    assert (page.status, page.heading) == (503, "Remove the authenticator app")
    assert AWAY in page.text
    assert NOTHING_DONE in page.text
    assert page.headers["Retry-After"]
    assert _outcomes("remove_app") == ["intended", "refused"]
    assert pool.on(ella) == {APP, SMS, EMAIL}
    assert sandbox.signed()[KEY[Right.RECOVER]] == {}
    deliver_notices()
    assert notices(sandbox, ella) == []
    lender.away = set()
    assert walker.send(page.heading).heading == "Done", "nothing that was typed is lost"
    assert pool.on(ella) == {SMS, EMAIL}
    assert _outcomes("remove_app")[2:] == ["intended", "done"]


def _typed(page: Page) -> dict[str, str]:
    fields = page.form(page.heading).select("input, select option[selected]")
    chosen = [each for each in fields if each.get("type") != "radio" or each.has_attr("checked")]
    named = [(each.get("name") or each.parent["name"], each.get("value", "")) for each in chosen]  # type: ignore[index]
    return {str(name): str(value) for name, value in named if name != "csrfmiddlewaretoken"}


@pytest.mark.parametrize(
    ("act", "chosen", "left"),
    [
        ("remove_app", {}, {SMS, EMAIL}),
        ("turn_off", {"method": SMS}, {APP, EMAIL}),
        ("end_sessions", {}, set(ALL)),
    ],
)
def test_what_was_typed_is_kept_where_the_account_cannot_be_read_either(
    walker: Walker, pool: People, lender: Lender, act: str, chosen: dict[str, str], left: set[str]
):
    """(AUZ-04, RES-01, RES-04) the same form, without the account; sent again it is done."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    proved(pool, at_work(walker, pool), ella)
    before = open_act(walker, pool, ella, act)
    drawn_from = _typed(before)["drawn_from"]
    forget_clients()
    lender.away = set(Right)
    page = walker.send(before.heading, **REASON, **chosen)
    assert (page.status, page.heading) == (503, before.heading)
    assert AWAY in page.text
    assert NOTHING_DONE in page.text
    assert page.headers["Retry-After"]
    assert _typed(page) == {**REASON, **chosen, "drawn_from": drawn_from}
    assert pool.on(ella) == set(ALL)
    assert _outcomes(act) == []
    again = walker.send(page.heading)
    assert (again.status, _typed(again)) == (503, _typed(page)), "as often as it takes"
    lender.away = set()
    assert walker.send(page.heading).heading == "Done"
    assert pool.on(ella) == left
    assert _outcomes(act) == ["intended", "done"]


def test_a_code_does_not_come_back_with_what_was_typed(
    walker: Walker, pool: People, lender: Lender
):
    """(OTP-10) the rest does."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    proved(pool, at_work(walker, pool), ella)
    page = open_act(walker, pool, ella, "issue_pass")
    forget_clients()
    lender.away = set(Right)
    page = walker.send(page.heading, **REASON, code="ACDEFHJK")
    assert page.status == 503
    assert "ACDEFHJK" not in page.html
    assert _typed(page)["more"] == REASON["more"]


def test_who_is_gone_on_with_is_looked_at_anew(walker: Walker, pool: People, lender: Lender):
    """(HLP-06) what changed meanwhile is shown first: a form kept is no way round it."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    proved(pool, at_work(walker, pool), ella)
    open_act(walker, pool, ella, "remove_app")
    forget_clients()
    lender.away = set(Right)
    page = walker.send(walker.page.heading, **REASON)
    pool.prefer(ella, ALL, SMS)
    lender.away = set()
    page = walker.send(page.heading)
    assert "The account was changed since this page was opened." in page.text
    assert pool.on(ella) == set(ALL)


@pytest.mark.parametrize(
    ("read", "kind", "said"),
    [
        (0, "throttle", "Too busy right now"),
        (1, "throttle", "Too busy right now"),
        (0, "reset", AWAY),
        (0, "half", AWAY),
        (1, "reset", AWAY),
        (2, "reset", AWAY),
        (2, "garbage", AWAY),
    ],
)
def test_a_pool_that_cannot_be_read_keeps_what_was_typed(
    walker: Walker, pool: People, sandbox: Sandbox, read: int, kind: str, said: str
):
    """(RES-01) at once, or after the form was read and before anything was done."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    proved(pool, at_work(walker, pool), ella)
    page = open_act(walker, pool, ella, "remove_app")
    with cut_after(sandbox, "AdminListGroupsForUser", read, kind):
        page = walker.send(page.heading, **REASON)
    assert (page.status, page.heading) == (503, "Remove the authenticator app")
    assert said in page.text
    assert NOTHING_DONE in page.text
    assert _typed(page).items() >= REASON.items()
    assert _outcomes("remove_app") == []
    assert walker.send(page.heading).heading == "Done"


@pytest.mark.parametrize(
    ("act", "chosen", "kept"),
    [
        ("issue_pass", {"code": "ACDEFHJK"}, {}),
        ("turn_off", {"method": SMS}, {"method": SMS}),
        ("leaver", {}, {}),
        ("reveal", {"channel": "email"}, {"channel": "email"}),
    ],
)
def test_silence_between_two_reads_keeps_what_was_typed_but_codes(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    act: str,
    chosen: dict[str, str],
    kept: dict[str, str],
):
    """(RES-01, RES-04, OTP-10) the account was read for the form, and not again for the act."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    proved(pool, at_work(walker, pool, "senior"), ella)
    page = open_act(walker, pool, ella, act)
    drawn_from = _typed(page)["drawn_from"]
    with cut_after(sandbox, "AdminGetUser", 1, "reset"):
        page = walker.send(page.heading, **REASON, **chosen)
    assert (page.status, AWAY in page.text, NOTHING_DONE in page.text) == (503, True, True)
    assert page.headers["Retry-After"]
    typed = _typed(page)
    assert typed.pop("code", "") == ""
    assert typed == {**REASON, **kept, "drawn_from": drawn_from}
    assert "ACDEFHJK" not in page.html
    assert pool.on(ella) == set(ALL)
    assert _outcomes(act) == []


def test_what_was_cut_for_want_of_a_role_is_told_with_what_was_done(
    walker: Walker, pool: People, lender: Lender
):
    """(AUZ-04, AUZ-07, RES-01) disabled, sessions not ended: nobody says that nothing changed."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    proved(pool, at_work(walker, pool, "senior"), ella)
    lender.away = {Right.RECOVER}
    page = do(walker, pool, ella, "leaver")
    assert pool.look(ella)["Enabled"] is False
    assert "It was begun and not finished" in page.text
    assert NOTHING_DONE not in page.text
    lender.away = set()
    page = walker.open(page.link("Go on with it"))
    assert walker.send(page.heading).heading.startswith("Done: ")


def test_a_page_whose_role_nobody_lends_now_says_so(walker: Walker, pool: People, lender: Lender):
    """(AUZ-04, RES-03) as what it is, and the page after it works again."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    at_work(walker, pool)
    forget_clients()
    lender.away = set(Right)
    page = open_act(walker, pool, ella, "end_sessions")
    assert (page.status, page.heading) == (503, AWAY)
    lender.away = set()
    assert open_act(walker, pool, ella, "end_sessions").status == 200


def test_a_role_that_is_refused_is_a_portal_set_up_wrongly(
    walker: Walker, pool: People, sandbox: Sandbox, lender: Lender
):
    """(AUZ-04, RES-01) its trust is gone: nothing changed, and only an operator can help."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    proved(pool, at_work(walker, pool), ella)
    lender.refuses = {Right.RECOVER}
    page = do(walker, pool, ella, "remove_app")
    assert (page.status, page.heading) == (502, NOT_SET_UP)
    assert page.link("Back") == page_of(pool, ella), "their own account is closed meanwhile"
    assert _outcomes("remove_app") == ["intended", "refused"]
    assert pool.on(ella) == {APP, SMS, EMAIL}


def test_an_answer_of_sts_that_cannot_be_read_stands_in_no_log(
    walker: Walker,
    pool: People,
    lender: Lender,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
):
    """(AUD-03, RES-01) botocore warns of it with all that it was sent: keys, where half came."""
    # All tests have one handler.
    monkeypatch.setattr(caplog.handler, "formatter", logs.json_formatter())
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    proved(pool, at_work(walker, pool), ella)
    lender.halves = {Right.RECOVER}
    assert do(walker, pool, ella, "remove_app").status == 503
    lines = [json.loads(line) for line in caplog.text.splitlines()]
    (warned,) = [line for line in lines if line["logger"] == "botocore.credentials"]
    assert [each["exc_type"] for each in warned["exception"]] == [
        "ResponseParserError",
        "ParseError",
    ]
    assert warned["exception"][0]["frames"]
    assert HALF not in caplog.text
