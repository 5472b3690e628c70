"""Recovery codes: shown once, kept, downloaded, made anew, and never a sign-in method."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.envelope import instant
from accounts.models import AuditRecord, RecoveryCode
from tests.clock import Clock
from tests.journeys.program import program_of
from tests.journeys.steps import APP, CONFIRM, enrol_app, notices, session_of
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

CODES = "/recovery/codes/"


@pytest.fixture(autouse=True)
def _offered(settings: Any) -> None:
    settings.RECOVERY = True


def shown(page: Page) -> list[str]:
    return [code.get_text() for code in page.soup.select(".codes-list code")]


def made(walker: Walker, button: str = "Make recovery codes") -> list[str]:
    walker.open(CODES)
    return shown(walker.send(button))


def _whole_store() -> Iterator[str]:
    """Every row of every table."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            yield from (str(row) for row in cursor.fetchall())


def test_codes_are_shown_once_and_never_again(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(REC-02, REC-03, NOT-01, AUD-02) in the answer to a POST, and on no page after it."""
    nora = pool.make()
    walker.sign_in(nora)
    page = walker.open(CODES)
    assert "You have none yet" in page.text
    page = walker.send("Make recovery codes")
    codes = shown(page)
    assert page.heading == "Keep these recovery codes"
    assert len(set(codes)) == 10
    assert page.headers["Cache-Control"].count("no-store")
    page = walker.send("I have kept them")
    assert page.url == CODES
    assert "10 of 10 codes are left" in page.text
    for address in (CODES, "/", "/activity/"):
        assert not [code for code in codes if code in walker.open(address).html]
    deliver_notices()
    assert "New recovery codes were made" in notices(sandbox, nora)[0]
    assert not [code for code in codes if code in str(sandbox.inbox(nora.email))]
    rows = AuditRecord.objects.filter(event__startswith="recovery_codes").order_by("created_at")
    assert [(row.event, row.outcome) for row in rows] == [
        ("recovery_codes_made", "intended"),
        ("recovery_codes_made", "done"),
        ("recovery_codes_kept", "done"),
    ]


def test_no_store_holds_a_code(walker: Walker, pool: People):
    """(REC-02, SES-11, AUD-03) tables, cache and session, whatever form it is typed in."""
    walker.sign_in(pool.make())
    codes = made(walker)
    walker.send("Download as a file")
    store = "\n".join(_whole_store()) + str(session_of(walker))
    for code in codes:
        assert code not in store
        assert code.replace("-", "") not in store


def test_the_file_holds_what_the_page_shows(walker: Walker, pool: People):
    """(A11-02, WEB-17) made without script, from the page itself; for nobody else's codes."""
    nora = pool.make()
    walker.sign_in(nora)
    codes = made(walker)
    page = walker.send("Download as a file")
    name = f"Recovery codes for Demo sign-in - {nora.username}.txt"
    assert page.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert page.headers["Content-Type"].startswith("text/plain")
    assert [line for line in page.html.split("\r\n") if line in codes] == codes
    walker.open(CODES)
    page = walker.post("/recovery/codes/download/", {"codes": ["<script>alert(1)</script>"]})
    assert page.url == CODES
    assert "<script>alert" not in page.html


def test_new_codes_end_the_old_ones(walker: Walker, pool: People):
    """(REC-05) and the page says so before and after; of the first ones it says nothing of it."""
    walker.sign_in(pool.make())
    first = made(walker)
    assert "earlier codes" not in walker.page.text
    assert "All earlier codes stop working at once" in walker.open(CODES).text
    second = made(walker, "Make new recovery codes")
    assert "All earlier codes have stopped working" in walker.page.text
    assert not set(first) & set(second)
    assert RecoveryCode.objects.count() == 10


def test_new_codes_need_a_post_a_token_and_a_fresh_proof(
    walker: Walker, pool: People, clock: Clock
):
    """(REC-05, REA-01, WEB-08) and the request that completes the proof shows them."""
    nora = pool.make(app=True, on=(APP,))
    walker.sign_in(nora)
    walker.open(CODES)
    assert walker.client.get("/recovery/codes/make/").status_code == 405
    assert walker.post("/recovery/codes/make/", {}, token=False).status == 403
    foreign = {"origin": "https://evil.example"}
    token = {"csrfmiddlewaretoken": walker.open(CODES) and walker.csrf_token()}
    assert walker.client.post("/recovery/codes/make/", token, headers=foreign).status_code == 403
    clock.forward(minutes=6)
    walker.open(CODES)
    assert walker.send("Make recovery codes").heading == CONFIRM
    assert not RecoveryCode.objects.exists()
    page = walker.prove_again(nora)
    assert page.heading == "Keep these recovery codes"
    assert len(shown(page)) == 10


def test_a_file_is_not_held_while_somebody_proves_themselves(
    walker: Walker, pool: People, clock: Clock
):
    """(SES-11) the codes would lie in the session; they are not taken along."""
    nora = pool.make()
    walker.sign_in(nora)
    codes = made(walker)
    clock.forward(minutes=6)
    assert walker.send("Download as a file").heading == CONFIRM
    assert codes[0] not in str(session_of(walker))
    page = walker.prove_again(nora)
    assert page.url == CODES or "cannot be shown again" in page.text


def test_codes_are_no_sign_in_method(walker: Walker, pool: People):
    """(FAC-01) with ten codes and one method, the method is still the last one."""
    nora: Somebody = pool.make()
    walker.sign_in(nora)
    made(walker)
    page = walker.open("/")
    assert "Add a second step" in page.text
    assert pool.on(nora) == set()


def test_nothing_of_it_is_there_where_it_is_off(walker: Walker, pool: People, settings: Any):
    """(AUZ-09)"""
    settings.RECOVERY = False
    walker.sign_in(pool.make())
    for address in (CODES, "/recovery/codes/make/"):
        assert walker.client.get(address).status_code in {404, 405}


# --- as JSON ----------------------------------------------------------------------------------

V1 = "/api/v1/recovery-codes"


def test_a_program_makes_codes_and_keeps_them(pool: People, sandbox: Sandbox, settings: Any):
    """(REC-02, REC-05, AUD-02, RES-05) once in clear, in that answer; nowhere at rest."""
    settings.API_CLIENTS = frozenset({pool.client_id()})
    program = program_of(pool, pool.make())
    assert program.ask("GET", V1).json()["data"]["left"] is None
    key = {"idempotency-key": "my-own-key-1"}
    made = program.ask("POST", V1, **key).json()["data"]
    codes, begun = made["codes"], AuditRecord.objects.get(pk=made["id"])
    assert (begun.event, begun.outcome) == ("recovery_codes_made", "intended")
    assert made["created_at"] == instant(begun.created_at)
    again = program.ask("POST", V1, **key)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "ANSWER_NOT_KEPT")
    assert (len(codes), len(set(codes))) == (10, 10)
    assert not [row for row in _whole_store() for code in codes if code in row]
    seen = program.ask("GET", V1)
    assert not [code for code in codes if code in seen.content.decode()]
    assert (seen.json()["data"]["left"], seen.json()["data"]["kept_at"]) == (10, None)
    assert program.ask("POST", f"{V1}/kept").json()["data"] == {"done": True}
    assert program.ask("GET", V1).json()["data"]["kept_at"]
    # A second set is the end of the first.
    fresh = program.ask("POST", V1, **{"idempotency-key": "my-own-key-2"}).json()["data"]["codes"]
    assert not set(fresh) & set(codes)
    assert AuditRecord.objects.filter(event="recovery_codes_made", outcome="done").count() == 2


def test_codes_as_json_need_a_fresh_proof_and_the_switch(pool: People, settings: Any, clock: Clock):
    """(REA-01, REA-02)"""
    settings.API_CLIENTS = frozenset({pool.client_id()})
    program = program_of(pool, pool.make())
    clock.forward(minutes=5, seconds=1)
    for path in (V1, f"{V1}/kept"):
        answer = program.ask("POST", path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (
            403,
            "REAUTHENTICATION_REQUIRED",
        )
    assert program.ask("GET", V1).status_code == 200
    assert not RecoveryCode.objects.exists()
    settings.RECOVERY = False
    assert program.ask("GET", V1).status_code == 404


def test_codes_are_offered_with_a_first_method_and_counted_on_the_overview(
    walker: Walker, pool: People
):
    """One press from the page that says the app is on; never where old codes would end by it."""
    nora = pool.make()
    walker.sign_in(nora)
    assert "You have none yet" in walker.open("/").text
    enrol_app(walker)
    assert len(shown(walker.send("Make recovery codes"))) == 10
    assert "10 of 10 codes are left" in walker.open("/").text
    _, ready = enrol_app(walker)
    assert "Make recovery codes" not in ready.text
