"""Which language the pages speak, and how one chooses another."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.test import Client
from django.utils import translation

from accounts.models import Person
from tests.catalogue import forget_pages, read_words, write_words
from tests.journeys.desk import at_work, page_of, sub_of
from tests.journeys.embed_steps import Host, framed, register
from tests.journeys.steps import OVERVIEW
from tests.people import People, Somebody
from tests.walker import Page, Walker

COOKIE = portal_settings.LANGUAGE_COOKIE_NAME
GERMAN = {
    "Sign in": "Anmelden",
    "Username": "Benutzername",
    "Enter your username.": "Geben Sie Ihren Benutzernamen ein.",
    "How you sign in": "So melden Sie sich an",
    "We could not find that page": "Diese Seite gibt es nicht",
    "You are signed out.": "Sie sind abgemeldet.",
    "Language": "Sprache",
}


@pytest.fixture
def german(tmp_path: Path, settings: Any) -> Any:
    write_words(tmp_path, "de", GERMAN)
    read_words(tmp_path, settings)
    yield
    forget_pages()


@pytest.fixture
def host(pool: People, settings: Any) -> Host:
    settings.EMBED = True
    return register(pool)


def spoken(page: Page) -> str:
    html = page.soup.html
    assert html is not None
    assert html["lang"] == page.headers["Content-Language"]
    return str(html["lang"])


def browser_asks(walker: Walker, languages: str) -> None:
    walker.client.defaults["HTTP_ACCEPT_LANGUAGE"] = languages


def choose(walker: Walker, name: str) -> Page:
    """From the page where one is: by the link below every page, and a button of the next."""
    [link] = walker.page.soup.select("footer a[href*='/language/']")
    walker.open(str(link["href"]))
    return walker.send(name)


def chosen_by(somebody: Somebody, pool: People) -> str:
    return Person.objects.get(sub=sub_of(pool, somebody)).language


# --- whose word counts ------------------------------------------------------------------------


def test_a_page_speaks_what_the_browser_asks_for(walker: Walker, pool: People):
    browser_asks(walker, "pt-PT, fr;q=0.5")
    page = walker.open("/sign-in/")
    assert spoken(page) == "pt-br"
    assert "Accept-Language" in page.headers["Vary"]
    assert page.soup.html["dir"] == "ltr"  # type: ignore[index]


def test_from_right_to_left(walker: Walker, pool: People):
    browser_asks(walker, "he")
    assert walker.open("/sign-in/").soup.html["dir"] == "rtl"  # type: ignore[index]


def test_the_portal_s_own_where_nobody_asks_for_another(
    walker: Walker, pool: People, settings: Any
):
    settings.LANGUAGE_CODE = "sv"
    assert spoken(walker.open("/sign-in/")) == "sv"
    browser_asks(walker, "eo")
    assert spoken(walker.open("/sign-in/")) == "sv"


def test_the_cookie_comes_before_the_browser(walker: Walker, pool: People):
    browser_asks(walker, "fr")
    walker.client.cookies[COOKIE] = "it"
    assert spoken(walker.open("/sign-in/")) == "it"
    walker.client.cookies[COOKIE] = "eo"
    assert spoken(walker.open("/sign-in/")) == "fr"


def test_what_one_chose_goes_along_to_another_browser(
    walker: Walker, second_walker: Walker, pool: People
):
    """The account comes before the cookie, and the cookie before the browser."""
    nora = pool.make()
    walker.sign_in(nora)
    assert chosen_by(nora, pool) == ""
    page = choose(walker, "Deutsch")
    assert (page.url, spoken(page)) == ("/", "de")
    assert chosen_by(nora, pool) == "de"
    assert spoken(second_walker.sign_in(nora)) == "de"
    browser_asks(second_walker, "fr")
    second_walker.client.cookies[COOKIE] = "it"
    assert spoken(second_walker.open("/")) == "de"
    second_walker.client.cookies.pop("mfa-session")
    assert spoken(second_walker.open("/sign-in/")) == "it"


def test_who_never_chose_is_spoken_to_as_before(walker: Walker, pool: People):
    assert spoken(walker.sign_in(pool.make())) == "en"
    browser_asks(walker, "fr")
    assert spoken(walker.open("/")) == "fr"


def test_a_language_that_is_offered_no_more_is_forgotten(
    walker: Walker, pool: People, settings: Any
):
    walker.sign_in(pool.make())
    choose(walker, "Deutsch")
    settings.LANGUAGES = [("en", "en"), ("fr", "fr")]
    browser_asks(walker, "fr")
    assert spoken(walker.open("/")) == "fr"


def test_what_nobody_offers_changes_nothing(walker: Walker, pool: People):
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/language/")
    for wanted in ("eo", "", "../../de", "de\r\nX: 1", "x" * 5000):
        page = walker.post("/language/", {"language": wanted, "next": "/"})
        assert (page.status, page.heading) == (200, "Language")
    assert chosen_by(nora, pool) == ""
    assert COOKIE not in walker.client.cookies


# --- choosing ---------------------------------------------------------------------------------


def test_choosing_leads_back_to_the_page(walker: Walker, pool: People):
    """Without a script, and before anybody is known."""
    walker.open("/sign-in/")
    page = choose(walker, "Français")
    assert (page.url, spoken(page)) == ("/sign-in/", "fr")
    cookie = walker.client.cookies[COOKIE]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("fr", True, "Lax")
    assert cookie["max-age"] == portal_settings.LANGUAGE_COOKIE_AGE
    assert not Person.objects.exists()


def test_each_language_stands_there_by_its_own_name(walker: Walker, pool: People):
    walker.open("/language/")
    buttons = walker.page.soup.select("main form button[name=language]")
    assert {str(b["value"]) for b in buttons} == set(dict(portal_settings.LANGUAGES))
    assert all(b["lang"] == b["value"] for b in buttons)
    [now] = [b for b in buttons if b.has_attr("aria-current")]
    assert now["value"] == "en"
    # Not by its colour alone (A11-05).
    assert now.select("svg.icon-check")
    [link] = walker.page.soup.select("footer a[href*='/language/']")
    assert " ".join(link.get_text(" ").split()) == "Language English"
    assert link.select("span[lang=en]")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_it_leads_to_no_other_site(walker: Walker, pool: People, elsewhere: str):
    """(WEB-10)"""
    walker.open("/language/")
    response = walker.client.post(
        "/language/",
        {"language": "de", "next": elsewhere, "csrfmiddlewaretoken": walker.csrf_token()},
    )
    assert (response.status_code, response["Location"]) == (302, "/")


def test_nobody_chooses_for_another(walker: Walker, pool: People):
    """(WEB-08) a form of another site changes nothing."""
    nora = pool.make()
    walker.sign_in(nora)
    foreign = {"origin": "https://evil.example"}
    answer = walker.client.post("/language/", {"language": "de"}, headers=foreign)
    assert answer.status_code == 403
    assert chosen_by(nora, pool) == ""


# --- what speaks it ---------------------------------------------------------------------------


def test_pages_forms_and_refusals_speak_it(walker: Walker, pool: People, german: None):
    browser_asks(walker, "de")
    page = walker.open("/sign-in/")
    assert (page.heading, page.title) == ("Anmelden", "Anmelden – Demo sign-in")
    label = page.soup.select_one("label[for=id_login]")
    assert label is not None
    assert label.get_text(strip=True) == "Benutzername"
    page = walker.send("Anmelden", login="", password="")
    assert "Geben Sie Ihren Benutzernamen ein." in page.errors
    page = walker.open("/no/such/page/")
    assert (page.status, page.heading) == (404, "Diese Seite gibt es nicht")


def test_what_is_said_once_is_said_in_it(walker: Walker, pool: People, german: None):
    """A message waits in the session in the language it was said in."""
    browser_asks(walker, "de")
    walker.open("/sign-in/")
    nora = pool.make()
    page = walker.send("Anmelden", login=nora.username, password=nora.password)
    assert page.heading == "So melden Sie sich an"
    assert "Sie sind abgemeldet." in walker.send("Sign out").text


def test_nothing_of_one_reader_is_left_for_the_next(walker: Walker, pool: People, german: None):
    """One thread serves both, and a template is kept compiled."""
    somebody_else = Walker()
    browser_asks(walker, "de")
    for _ in range(2):
        assert walker.open("/sign-in/").heading == "Anmelden"
        assert somebody_else.open("/sign-in/").heading == "Sign in"
        assert translation.get_language() == "en"
    label = somebody_else.page.soup.select_one("label[for=id_login]")
    assert label is not None
    assert label.get_text(strip=True) == "Username"


def test_a_refusal_before_any_session_is_read_speaks_it_too(pool: People, german: None):
    answer = Client(SERVER_NAME="localhost", headers={"accept-language": "de"}).post(
        "/sign-in/", {}, headers={"origin": "https://evil.example"}
    )
    assert (answer.status_code, answer["Content-Language"]) == (403, "de")
    assert 'lang="de"' in answer.content.decode()


# --- frames and the helpdesk ------------------------------------------------------------------


def test_in_a_frame_the_host_says_it_first(
    walker: Walker, second_walker: Walker, pool: People, host: Host
):
    """The page around it speaks that language, whatever the account has chosen."""
    nora = pool.make()
    walker.sign_in(nora)
    choose(walker, "Deutsch")
    browser_asks(second_walker, "fr")
    told = framed(second_walker, pool, host, nora, locale="it-CH")
    assert spoken(second_walker.open(told["start"])) == "it"
    silent = Walker()
    browser_asks(silent, "fr")
    told = framed(silent, pool, host, nora)
    assert spoken(silent.open(told["start"])) == "de"
    browser_asks(walker, "ja")
    assert spoken(walker.open("/")) == "de"


def test_a_host_that_says_nothing_we_know_leaves_it_to_the_browser(
    walker: Walker, pool: People, host: Host
):
    browser_asks(walker, "fr")
    told = framed(walker, pool, host, pool.make(), locale="eo")
    assert spoken(walker.open(told["start"])) == "fr"


@pytest.mark.usefixtures("helpdesk")
def test_the_helpdesk_speaks_its_own_languages(walker: Walker, pool: People):
    """There are fewer: another one would be half of it."""
    nora = pool.make()
    at_work(walker, pool)
    for wanted, found in (("ja", "en"), ("de", "de"), ("pt-PT", "pt-br")):
        browser_asks(walker, wanted)
        assert spoken(walker.open("/helpdesk/")) == found
        assert spoken(walker.open(page_of(pool, nora))) == found
    browser_asks(walker, "ja")
    # Around it, everybody's.
    assert spoken(walker.open("/language/")) == "ja"


def test_the_overview_is_english_for_whoever_asks_for_nothing(walker: Walker, pool: People):
    page = walker.sign_in(pool.make())
    assert (page.heading, spoken(page)) == (OVERVIEW, "en")
