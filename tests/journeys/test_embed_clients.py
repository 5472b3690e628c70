"""The page where administrators say which applications may embed the portal."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditRecord
from portal.embed import clients
from portal.embed.models import EmbedClient, EmbedKey
from tests.clock import Clock
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.desk import HOME, at_work, enter, operator, sub_of
from tests.journeys.embed_steps import HOST, Host, framed
from tests.journeys.steps import CONFIRM
from tests.people import People
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
LIST = "/helpdesk/embed-clients/"
TYPED = {"name": "acme", "origins": f"{HOST}\n\nhttps://b.acme.example:8443\n"}


@pytest.fixture(autouse=True)
def _frames(settings: Any) -> None:
    settings.EMBED = True


def key_on(page: Page) -> str:
    (found,) = page.soup.select("[data-key]")
    return found.get_text()


def card(walker: Walker) -> str:
    (found,) = walker.open(LIST).soup.select("[data-client=acme]")
    return " ".join(found.get_text(" ").split())


def added(walker: Walker, pool: People, **typed: Any) -> Page:
    walker.open(f"{LIST}add/")
    return walker.send("Add it", **{**TYPED, "app_clients": pool.client_id(), **typed})


def test_an_administrator_registers_an_application_changes_its_key_and_removes_it(
    walker: Walker, pool: People
):
    """(EMB-01, EMB-05, EMB-23, AUD-06) as the command does; each key is shown once."""
    ada = at_work(walker, pool, "administrator")
    assert "None is registered." in walker.open(walker.open(HOME).link("Embedding")).text
    page = added(walker, pool, pages=["overview", "devices"])
    first = key_on(page)
    assert "no-store" in page.headers["Cache-Control"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    kept = EmbedClient.objects.get()
    assert kept.origins == ["https://app.acme.example", "https://b.acme.example:8443"]
    assert (kept.pages, kept.app_clients) == (["overview", "devices"], [pool.client_id()])
    assert "never used" in card(walker)
    assert Host(first).ask(pool.access_token(pool.make())).status_code == 201
    shown = card(walker)
    assert "last used on" in shown
    assert "Trusted devices" in shown
    assert first not in walker.page.html

    walker.open(walker.page.link("New key"))
    again = walker.page
    second = key_on(walker.send("Make a new key"))
    assert [clients.of_key(key) is not None for key in (first, second)] == [True, True]
    # The same form once more, as when a browser loads the page of the key again.
    walker.page = again
    assert "Meanwhile somebody changed" in walker.send("Make a new key").text
    walker.open(walker.page.link("End the older key"))
    assert "Only the newest key of acme works now." in walker.send("End the older key").text
    assert [clients.of_key(key) is not None for key in (first, second)] == [False, True]

    walker.open(walker.page.link("Remove"))
    assert EmbedClient.objects.exists()
    assert "acme is removed." in walker.send("Remove it").text
    assert clients.of_key(second) is None
    rows = AuditRecord.objects.filter(event__in=EVENTS, actor=sub_of(pool, ada))
    assert [row.event for row in rows] == EVENTS
    assert {row.detail["client"] for row in rows} == {"acme"}
    assert not [row for row in AuditRecord.objects.all() if "mfa-embed_" in str(row.said())]


def test_where_an_application_may_show_us_is_changed_after_a_look_at_the_difference(
    walker: Walker, second_walker: Walker, pool: People, clock: Clock
):
    """(EMB-01, EMB-23, AUD-06) a frame on an origin that goes ends, and its row says what was."""
    ada = at_work(walker, pool, "administrator")
    first = key_on(added(walker, pool, origins=f"{HOST}\nhttps://b.acme.example"))
    framed(second_walker, pool, Host(first), pool.make())
    walker.open(walker.open(LIST).link("Change"))
    typed = {"origins": "https://b.acme.example\nhttps://c.acme.example", "pages": ["overview"]}
    page = walker.send("Continue", **typed)
    for words in (f"No longer on {HOST}", "also on https://c.acme.example", "No longer shows"):
        assert words in " ".join(page.text.split())
    assert HOST in EmbedClient.objects.get().origins
    assert second_walker.client.get("/embed/in/").status_code == 200
    assert "acme is changed." in walker.send("Change it").text
    kept = EmbedClient.objects.get()
    assert kept.origins == ["https://b.acme.example", "https://c.acme.example"]
    assert kept.pages == ["overview"]
    clock.forward(seconds=60)
    ended = second_walker.client.get("/embed/in/")
    assert ended["Location"].startswith("/embed/over/")
    row = AuditRecord.objects.get(event="embed_client_changed")
    assert row.actor == sub_of(pool, ada)
    assert row.detail["origins"] == kept.origins
    assert row.detail["before"]["origins"] == [HOST, "https://b.acme.example"]

    # The same once more is no change; a form of before is none either.
    walker.open(walker.open(LIST).link("Change"))
    again = walker.page
    assert "Nothing was different" in walker.send("Continue", **typed).text
    clients.change(kept, allowed=[HOST], pages=["overview"])
    walker.page = again
    assert "Meanwhile somebody changed" in walker.send("Continue", **typed).text
    walker.open(walker.open(LIST).link("Change"))
    assert walker.send("Continue", origins="https://*.acme.example", pages=["overview"]).errors
    clock.forward(minutes=5, seconds=1)
    assert walker.open(f"{LIST}acme/change/").heading == CONFIRM
    assert AuditRecord.objects.filter(event="embed_client_changed").count() == 1


def test_what_the_command_does_has_its_row_too(pool: People):
    """(AUD-06, EMB-05) who it was is the command; a refused one leaves none, and no key does."""
    add = ("--origin", HOST, "--origin", "https://b.acme.example", "--app-client", pool.client_id())
    call_command("embed", "client", "add", "acme", *add)
    call_command("embed", "client", "rotate", "acme")
    call_command("embed", "client", "rotate", "acme", "--end-older")
    call_command("embed", "client", "remove", "acme", "--origin", HOST)
    for refused in ("https://b.acme.example", "https://no.acme.example"):
        with pytest.raises(CommandError):
            call_command("embed", "client", "remove", "acme", "--origin", refused)
    call_command("embed", "client", "remove", "acme")
    rows = list(AuditRecord.objects.all())
    assert [row.event for row in rows] == [*EVENTS[:3], "embed_client_changed", EVENTS[3]]
    assert {(row.actor, row.sub, row.detail["client"]) for row in rows} == {("command", "", "acme")}
    assert rows[3].detail["origins"] == ["https://b.acme.example"]
    assert "mfa-embed_" not in str([row.said() for row in rows])


EVENTS = ["embed_client_added", "embed_key_made", "embed_keys_ended", "embed_client_removed"]


@pytest.mark.parametrize("role", ["viewer", "agent", "senior", "auditor"])
def test_no_other_role_manages_applications(walker: Walker, pool: People, role: str):
    """(HLP-06, EMB-01)"""
    enter(walker, operator(pool, role))
    assert "Embedding" not in walker.page.text
    for tail in ("", "add/", "acme/change/", "acme/key/", "acme/remove/"):
        assert walker.open(LIST + tail).status == 403
    assert walker.post(f"{LIST}add/", {**TYPED, "app_clients": "abc"}).status == 403
    assert not EmbedClient.objects.exists()


def test_a_role_that_was_taken_away_counts_no_more(walker: Walker, pool: People):
    """(HLP-06) whatever the token says: asked anew before each change."""
    ada = at_work(walker, pool, "administrator")
    walker.open(f"{LIST}add/")
    pool.admin.admin_remove_user_from_group(
        UserPoolId=pool.pool_id, Username=ada.username, GroupName=ROLE_GROUPS["administrator"]
    )
    assert walker.send("Add it", **TYPED, app_clients="abc").status == 403
    assert not EmbedClient.objects.exists()
    assert AuditRecord.objects.filter(event="guard_refused").exists()


def test_a_change_needs_a_fresh_proof(walker: Walker, pool: People, clock: Clock):
    """(REA-01, REA-02) looking does not; what was typed waits for the proof."""
    ada = at_work(walker, pool, "administrator")
    walker.open(f"{LIST}add/")
    clock.forward(minutes=5, seconds=1)
    page = walker.send("Add it", **TYPED, app_clients="abc")
    assert page.heading == CONFIRM
    assert not EmbedClient.objects.exists()
    assert walker.prove_again(ada).heading == "The key of acme"
    assert EmbedClient.objects.get().app_clients == ["abc"]
    clock.forward(minutes=5, seconds=1)
    assert walker.open(LIST).status == 200
    assert walker.open(f"{LIST}acme/remove/").heading == CONFIRM


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"origins": f"{HOST}\nhttps://*.acme.example"}, "https://*.acme.example: an origin"),
        ({"origins": "https://app.acme.example/path"}, "an origin looks like https://"),
        ({"origins": "http://app.acme.example"}, "an origin looks like https://"),
        ({"origins": "https://app.acme.example:70000"}, "there is no such port"),
        ({"origins": ""}, "Name at least one origin."),
        ({"origins": "\n".join(f"https://a{n}.example" for n in range(21))}, "more than 20"),
        ({"app_clients": "a b"}, "an app client is given by its id"),
        ({"name": "Acme!"}, "A name is small letters, digits and hyphens."),
        ({"pages": []}, "Choose at least one page."),
        ({"pages": ["turn-off"]}, "Choose one more: no frame begins with"),
    ],
)
def test_what_is_no_application_is_said_and_kept_as_typed(
    walker: Walker, pool: People, typed: dict[str, Any], said: str
):
    """(EMB-01)"""
    at_work(walker, pool, "administrator")
    page = added(walker, pool, **typed)
    assert page.status == 422
    assert [said in error for error in page.errors] == [True]
    asked = {**TYPED, **typed}
    assert page.soup.select("[name=origins]")[0].text.strip() == asked["origins"].strip()
    assert page.soup.select("[name=name]")[0]["value"] == asked["name"]
    assert not EmbedClient.objects.exists()


def test_a_name_is_taken_once_and_who_is_not_there_is_not_found(
    walker: Walker, pool: People, settings: Any
):
    """(EMB-01) also while frames are off, which the list says."""
    settings.EMBED = False
    at_work(walker, pool, "administrator")
    added(walker, pool)
    page = added(walker, pool)
    assert (page.status, page.errors) == (422, ["acme is registered already."])
    assert "Frames are off" in walker.open(LIST).text
    assert EmbedKey.objects.count() == 1
    for act in ("key", "end-older"):
        walker.open(f"{LIST}acme/{act}/")
        assert walker.post(f"{LIST}acme/{act}/", {"newest": "x"}).status == 200
        assert "Meanwhile" in walker.post(f"{LIST}acme/{act}/", {"newest": "1000000"}).text
        assert walker.open(f"{LIST}nobody/{act}/").status == 404
    assert EmbedKey.objects.count() == 1
