"""In which language a frame speaks: its host's, else its person's, else the browser's."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Person
from portal.embed import frames
from tests.journeys.embed_steps import Host, framed, register, send_json
from tests.journeys.other_words import said_in
from tests.people import People
from tests.walker import Page, Walker

WORDS = {
    "One moment …": "Einen Augenblick …",
    "Go on here": "Hier geht es weiter",
    "Trusted devices": "Bekannte Geräte",
    "account ••• {last}": "Konto ••• {last}",
}


@pytest.fixture
def host(pool: People, settings: Any) -> Host:
    settings.EMBED = True
    return register(pool)


@pytest.fixture
def in_german(tmp_path: Path, settings: Any) -> Iterator[None]:
    with said_in("de", WORDS, tmp_path, settings):
        yield


def spoken(page: Page) -> tuple[str, str]:
    root = page.soup.html
    assert root is not None
    return str(root["lang"]), str(root["dir"])


def asking_for(walker: Walker, language: str) -> Walker:
    walker.client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    return walker


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("de-CH", ("de", "ltr")),
        ("pt", ("pt-br", "ltr")),
        ("ar-EG", ("ar", "rtl")),
        ("tlh", ("fr", "ltr")),
        ("x" * 600, ("fr", "ltr")),
        (None, ("fr", "ltr")),
    ],
)
def test_a_frame_speaks_its_hosts_language(
    walker: Walker, pool: People, host: Host, locale: str | None, expected: tuple[str, str]
):
    """(EMB-18) from its first page on; the browser's, where the host names none that there is."""
    framed(asking_for(walker, "fr-FR, en;q=0.5"), pool, host, pool.make(), locale=locale)
    assert spoken(walker.page) == expected
    assert walker.page.headers["Content-Language"] == expected[0]
    # Beside the frame the portal itself speaks as the browser asks.
    assert spoken(walker.open("/sign-in/")) == ("fr", "ltr")


def test_a_frame_says_its_words_in_that_language(
    walker: Walker, pool: People, host: Host, in_german: None
):
    """(EMB-18)"""
    framed(walker, pool, host, pool.make(), locale="de")
    assert "Bekannte Geräte" in walker.page.text


def test_whose_frame_it_is_is_said_in_that_language(
    walker: Walker, pool: People, host: Host, in_german: None, monkeypatch: pytest.MonkeyPatch
):
    """(EMB-29) also where nothing of the account has a name to be recognised by."""
    for known in ("show_username", "mask_email", "mask_phone"):
        monkeypatch.setattr(frames, known, lambda _: "")
    framed(walker, pool, host, pool.make(), locale="de")
    assert "Konto •••" in walker.page.text


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("de-AT", "de"), ("he", "he"), ("tlh", "fr"), ("", "fr"), ("x" * 600, "fr")],
)
def test_the_lobby_speaks_what_its_script_asks_for(
    walker: Walker, pool: People, host: Host, locale: str, expected: str
):
    """(EMB-18) not what somebody's frame of before spoke."""
    framed(asking_for(walker, "fr"), pool, host, pool.make(), locale="es")
    page = walker.open(f"/embed/?client=acme&locale={locale}")
    assert spoken(page) == (expected, "rtl" if expected == "he" else "ltr")


def test_the_lobby_says_its_words_in_that_language(
    walker: Walker, pool: People, host: Host, in_german: None
):
    """(EMB-18)"""
    assert "One moment …" in walker.open("/embed/?client=acme").text
    assert "Einen Augenblick …" in walker.open("/embed/?client=acme&locale=de").text


def test_the_host_changes_the_language_of_an_open_frame(walker: Walker, pool: People, host: Host):
    """(EMB-18) its next page has it."""
    told = framed(walker, pool, host, pool.make(), locale="de")
    for locale, expected in (("ar", "ar"), ("fr-CA", "fr"), ("tlh", "en"), (None, "en")):
        send_json(walker, told, "/embed/appearance", {"locale": locale})
        assert spoken(walker.open("/embed/in/"))[0] == expected


def test_a_page_says_whether_it_is_an_answer(walker: Walker, pool: People, settings: Any):
    """(EMB-18) one that answers a form is not asked for anew for the sake of a language."""
    settings.EMBED = True
    near = register(pool, origin="http://localhost:8001")
    framed(walker, pool, near, pool.make(), "preference", locale="de")
    assert walker.page.soup.select("html[data-locale=de]:not([data-answer])")
    walker.send(password="not this one")
    assert walker.page.soup.select("html[data-locale=de][data-answer]")


def test_where_the_host_says_nothing_the_person_has_chosen(
    walker: Walker, pool: People, host: Host
):
    """(EMB-18) for their account, in the portal itself."""
    somebody = pool.make()
    framed(walker, pool, host, somebody)
    assert spoken(walker.page)[0] == "en"
    Person.objects.update(language="ja")
    framed(walker, pool, host, somebody)
    assert spoken(walker.page)[0] == "ja"
    framed(walker, pool, host, somebody, locale="de")
    assert spoken(walker.page)[0] == "de"


def test_a_window_speaks_as_its_frame(
    walker: Walker, second_walker: Walker, pool: People, host: Host, in_german: None
):
    """(EMB-16) from the question whose account it is to the thanks."""
    somebody = pool.make()
    told = framed(walker, pool, host, somebody, locale="de")
    answer = send_json(walker, told, "/embed/window", {"reason": "password"})
    window = second_walker
    assert window.open(answer.json()["data"]["window"]).heading == "Hier geht es weiter"
    assert spoken(window.page) == ("de", "ltr")
    window.send()
    assert spoken(window.page)[0] == "de"
    window.send(password=somebody.password)
    assert window.page.url.startswith("/w/done/")
    assert spoken(window.page) == ("de", "ltr")
