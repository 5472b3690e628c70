"""The design system's own pages: whole, nobody's, and shut where no setting opens them."""

import gzip
import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
from bs4 import BeautifulSoup, Tag
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import engines
from django.test import Client

from accounts.colours import OF_TEXT
from portal.styleguide import palette, rooms, rows, states
from portal.styleguide.views import OF_OPERATORS
from tests.jargon import jargon_in
from tests.states import is_of_people

TEMPLATES = Path(settings.BASE_DIR, "templates")
# What is no page: a part, what pages are built on, a letter, and these pages themselves.
PARTS = r"(^|/)(partials/|base(_\w+)?\.html)|^(notices|styleguide|django)/|^embed/head\.html"
# Pages that no state draws, and why.
WITHOUT_STATE = {
    "api/docs.html": "it is drawn from the reference of the API, and has a page of its own",
    "refusals/page.html": "the others of its folder extend it",
    "enrolment/channel_start.html": "the pages of its four channels extend it",
    "session/offer.html": "a part of pages",
    "session/until.html": "a part of every page",
    "embed/more.html": "a part of the overview, in a frame alone",
}


class Hole(str):
    """What stands for a value that nobody gave; as false as nothing, so that no page changes."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


class Holes(str):
    """Django asks whether it is there, and puts the missing name into it."""

    __slots__ = ()

    def __mod__(self, name: object) -> str:
        return Hole(f"[no {name}]")


@pytest.fixture
def holes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cast(Any, engines["django"]).engine, "string_if_invalid", Holes("[no %s]"))


@cache
def with_a_default() -> set[str]:
    """What templates give a value of their own: Django asks for no filter where there is a hole."""
    whole = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    return set(re.findall(r"([\w.]+)\|default", whole))


def drawn(state: states.State, client: Client, language: str = "en") -> Any:
    address = f"/styleguide/pages/{state.room}/{state.name}/"
    return client.get(address, headers={"Accept-Language": language})


every_state = pytest.mark.parametrize(
    "state", states.STATES, ids=[f"{each.room}-{each.name}" for each in states.STATES]
)


@pytest.fixture(autouse=True)
def opened(settings: Any) -> None:
    settings.STYLEGUIDE = True


def test_it_is_shut_unless_a_setting_opens_it(settings: Any, client: Client):
    settings.STYLEGUIDE = False
    for address in ("", "pages/", "pages/doors/sign-in/"):
        assert client.get(f"/styleguide/{address}").status_code == 404


def test_every_component_is_on_it(client: Client, db: None):
    """Those of all rooms; a room's own parts are seen on its pages."""
    shown = client.get("/styleguide/")
    assert shown.status_code == 200
    used = {each.name for each in shown.templates}
    shared = {f"partials/{path.name}" for path in TEMPLATES.glob("partials/*.html")}
    # In every page's frame, or seen on the pages alone.
    elsewhere = {
        "partials/back_link.html", "partials/brand_colours.html", "partials/brand_logo.html",
        "partials/copy_status.html",
        "partials/done.html", "partials/logo.html", "partials/messages.html",
        "partials/undelivered.html",
    }  # fmt: skip
    assert shared - used <= elsewhere


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_table_of_contrasts_has_no_bad_row(scheme: str):
    """A11-01."""
    assert [pair for pair in palette.pairs(scheme) if pair.ratio < OF_TEXT] == []


def test_every_icon_has_a_name_and_a_picture():
    assert len(rows.icons()) == len(set(rows.icons())) > 20


@every_state
def test_a_state_is_a_whole_page(state: states.State, client: Client, holes: None):
    """Without the database, so no account of anybody stands behind it, and no pool."""
    shown = drawn(state, client)
    page = shown.content.decode()
    assert shown.status_code == 200
    assert headings_at_once(page) == {1}
    assert set(re.findall(r"\[no ([\w.]+)\]", page)) <= with_a_default()


def headings_at_once(page: str) -> set[int]:
    """A page's own; in the lobby those of each section that its script may show for the others."""
    soup = BeautifulSoup(page, "html.parser")
    return {len(each.select("h1")) for each in soup.select("[data-stopped]") or [soup]}


@every_state
def test_a_state_is_turned_for_a_script_from_right_to_left(state: states.State, client: Client):
    """But for operators' pages, which have no Arabic: none is half in one, half in another."""
    spoken = (
        'lang="en" dir="ltr"' if state.template.startswith(OF_OPERATORS) else 'lang="ar" dir="rtl"'
    )
    assert f"<html {spoken}" in drawn(state, client, "ar").content.decode()


every_state_of_people = pytest.mark.parametrize(
    "state", [*filter(is_of_people, states.STATES)], ids=lambda each: f"{each.room}-{each.name}"
)


@every_state_of_people
def test_no_state_for_people_says_jargon(state: states.State, client: Client):
    """Design section 6, of what is drawn: labels of forms and sentences of the code included."""
    page = BeautifulSoup(drawn(state, client).content, "html.parser")
    spoken = [str(each.get(name, "")) for each in page.select("*") for name in SPOKEN]
    for each in page.select("script, style, code, [translate=no]"):
        each.decompose()
    assert jargon_in(" ".join([page.get_text(" "), *spoken])) == []


# Names of things and people, and what is written so in every language.
NAMES = re.compile(
    r"Demo sign-in settings|N\. Nobody|first line|Sample N|My laptop|Firefox on Linux"
    r"|Safari on iPhone|https?://\S+|\w+@example\.com|app\.example\.com"
    r"|Google Authenticator|Microsoft Authenticator"
    r"|2FAS|Aegis|iPhone|Google|JavaScript|QR|PIN|UTC|HD-2042"
)


@every_state_of_people
def test_a_state_for_people_is_all_in_one_language(state: states.State, client: Client):
    """In Arabic no word of English is left, nor in samples: they are sentences of the portal."""
    page = BeautifulSoup(drawn(state, client, "ar").content, "html.parser")
    for each in page.select("script, style, code, [translate=no], [lang]:not(html)"):
        each.decompose()
    spoken = [str(each.get(name, "")) for each in page.select("body *") for name in SPOKEN]
    text = " ".join([page.body.get_text(" ") if page.body else "nothing", *spoken])
    assert re.findall(r"[A-Za-z]{2,}", NAMES.sub("", text)) == []


# Pages whose way on no link can be, and how their words say it.
WORDS_LEAD_ON = {
    "embed/over": "load that page anew",  # the page around this one, which is not ours
    "embed/window-done": "Close this window and go back",  # no page may close what it did not open
    "embed/window-gone": "Close this window, go back",
}
WAYS = "a[href], button"
SAID = "[role=alert], .error-summary, .notice"


@every_state_of_people
def test_a_state_for_people_offers_the_next_step(state: states.State, client: Client):
    """Design section 6: a way on in the page itself, and one in or after whatever it refuses."""
    main = BeautifulSoup(drawn(state, client).content, "html.parser").select_one("main")
    assert main
    words = WORDS_LEAD_ON.get(f"{state.room}/{state.name}")
    ways = [each for each in main.select(WAYS) if not each.find_parent(hidden=True)]
    assert bool(ways) != bool(words)
    assert not words or words in " ".join(main.get_text(" ").split())
    # A script shows what is hidden together with what it refuses.
    for said in main.select(SAID) if ways else []:
        assert said.select(WAYS) or _after(said, main), said.text


def _after(said: Tag, main: Tag) -> list[Tag]:
    return [each for each in said.find_all_next(["a", "button"]) if main in each.parents]


SPOKEN = ("aria-label", "title", "alt", "placeholder")
IMPORTS = re.compile(r'^import .* from "\./([\w-]+\.js)";$', re.MULTILINE)
MOST_BYTES, MOST_REQUESTS = 60_000, 6


def loaded(page: bytes) -> list[bytes]:
    """The page, and every file of ours that it makes a browser load."""
    soup = BeautifulSoup(page, "html.parser")
    links = soup.select("link[rel=stylesheet], link[rel=icon]")
    wanted = [str(each["href"]) for each in links]
    wanted += [str(each["src"]) for each in soup.select("script[src], img[src]")]
    wanted = [each.removeprefix("/static/") for each in wanted if each.startswith("/static/")]
    for path in wanted:
        if path.endswith(".js"):
            wanted += [f"js/{name}" for name in IMPORTS.findall(_file(path).decode())]
    return [page, *map(_file, dict.fromkeys(wanted))]


def _file(path: str) -> bytes:
    return Path(finders.find(path) or "").read_bytes()


@every_state
def test_no_state_is_heavy(state: states.State, client: Client):
    """(WEB-01) compressed, with an empty cache; a brand's colours or a theme would be one more."""
    files = loaded(drawn(state, client).content)
    assert len(files) < MOST_REQUESTS
    assert sum(len(gzip.compress(each)) for each in files) < MOST_BYTES


def test_every_page_has_a_state():
    names = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    parts = {name for name in names if re.search(PARTS, name)}
    assert names - parts - {each.template for each in states.STATES} == set(WITHOUT_STATE)


def test_a_state_has_an_address_of_its_own(client: Client, db: None):
    places = [(each.room, each.name) for each in states.STATES]
    assert len(places) == len(set(places))
    assert {each.room for each in states.STATES} == set(rooms.NAMES)
    listed = client.get("/styleguide/pages/").content.decode()
    assert all(f'href="/styleguide/pages/{room}/{name}/"' in listed for room, name in places)
