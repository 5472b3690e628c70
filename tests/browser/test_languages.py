"""Every language on the pages that people see most: right direction, nothing sticks out."""

import pytest
from django.conf import settings

from tests.browser.conftest import Visit
from tests.browser.measure import BARE, NARROWEST, OVERFLOW, PHONE
from tests.browser.visitor import Visitor
from tests.journeys.steps import APP, SMS
from tests.marked_words import BEGIN, END
from tests.people import PASSWORD, People, Somebody

RIGHT_TO_LEFT = {"ar", "he"}
PAGES = (
    *("/", "/preference/", "/turn-off/sms/", "/enrolment/totp/", "/enrolment/sms/"),
    *("/enrolment/passkeys/", "/recovery/codes/", "/activity/", "/activity/sessions/"),
    *("/activity/devices/", "/sign-out/everywhere/", "/language/"),
)
LANGUAGES = [code for code, _ in settings.LANGUAGES]
# A letter of the language's own signs, where it has some: the page is not English.
SIGNS = {
    "ar": r"\u0600-\u06ff", "he": r"\u0590-\u05ff", "hi": r"\u0900-\u097f",
    "ja": r"\u3040-\u30ff\u4e00-\u9fff", "ko": r"\uac00-\ud7af", "ru": r"\u0400-\u04ff",
    "uk": r"\u0400-\u04ff", "zh-hans": r"\u4e00-\u9fff",
}  # fmt: skip


def _choose(visitor: Visitor, language: str) -> None:
    visitor.open("/language/")
    with visitor.page.expect_navigation():
        visitor.page.locator(f"button[value={language}]").click()


def _problems(visitor: Visitor, language: str) -> list[str]:
    """What is wrong on this page, at 320 px."""
    page = visitor.page
    html = page.locator("html")
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    found = [f"wider than 320 px: {each}" for each in page.evaluate(OVERFLOW)]
    if (html.get_attribute("lang"), html.get_attribute("dir")) != (language, direction):
        found.append("another language or direction")
    if language in SIGNS:
        own = "(signs) => new RegExp(`[${signs}]`).test(document.querySelector('h1').textContent)"
        found += [] if page.evaluate(own, SIGNS[language]) else ["its heading is in another one"]
    return [f"{language} {visitor.path}: {each}" for each in found]


def test_each_language_fits_a_small_phone(visit: Visit):
    """A11-06: 320 px, every language, from right to left where it is written so."""
    nora = visit({"app": True, "phone": True, "on": (APP, SMS)}, viewport=NARROWEST)
    nora.sign_in()
    found = []
    for language in LANGUAGES:
        _choose(nora, language)
        for path in PAGES:
            nora.open(path)
            found += _problems(nora, language)
    assert "\n".join(found) == ""


# How many lines the words need that say until when changes can be made.
LINES = """() => {
  const words = document.querySelector('.changes-until > span');
  const { lineHeight } = getComputedStyle(words);
  return Math.round(words.getBoundingClientRect().height / parseFloat(lineHeight));
}"""


def test_until_when_changes_can_be_made_needs_no_third_line(visit: Visit):
    """On a usual phone, in every language, beside the button that ends it."""
    nora = visit(viewport=PHONE)
    nora.sign_in()
    lines = {}
    for language in LANGUAGES:
        _choose(nora, language)
        nora.open("/")
        nora.page.evaluate(BARE, [True, BEGIN, END])
        lines[language] = nora.page.evaluate(LINES)
    assert {language: needed for language, needed in lines.items() if needed > 2} == {}


# Whether the first sign of what an element says last stands left of the last one.
FROM_LEFT = """(element) => {
  const text = element.lastChild;
  const at = (index) => {
    const range = document.createRange();
    range.setStart(text, index);
    range.setEnd(text, index + 1);
    return range.getBoundingClientRect().x;
  };
  return at(text.data.search(/\\S/)) < at(text.data.trimEnd().length - 1);
}"""
# Where what an element says ends, at the side where reading begins from right to left.
RIGHT_EDGE = """(element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return Math.round(range.getBoundingClientRect().right);
}"""


def test_a_masked_address_keeps_its_direction(visit: Visit):
    """Among words that run from right to left."""
    nora = visit({"app": True, "phone": True, "on": (APP, SMS)}, viewport=NARROWEST)
    nora.sign_in()
    _choose(nora, "ar")
    nora.open("/")
    masked = nora.page.locator(".factor-target")
    assert masked.count() == 2
    assert all(masked.nth(index).evaluate(FROM_LEFT) for index in range(2))


def test_the_name_of_who_is_signed_in_keeps_its_direction(visit: Visit):
    """Of somebody whose name ends with a sign that has none of its own."""
    nora = visit(viewport=NARROWEST)
    nora.somebody = _named(nora.people, f"{nora.somebody.username}!")
    nora.sign_in()
    _choose(nora, "ar")
    nora.open("/")
    name = nora.page.locator(".account-name > span")
    assert name.inner_text().endswith(nora.somebody.username)
    assert name.evaluate(FROM_LEFT)


def _named(people: People, name: str) -> Somebody:
    pool = {"UserPoolId": people.pool_id, "Username": name}
    people.admin.admin_create_user(**pool, MessageAction="SUPPRESS")
    people.admin.admin_set_user_password(**pool, Password=PASSWORD, Permanent=True)
    return Somebody(name, email="", phone="")


def test_a_number_beside_a_choice_begins_where_the_choice_does(visit: Visit):
    """At the right, from right to left; though the number itself runs from left to right."""
    nora = visit({"app": True, "phone": True, "on": (APP, SMS)}, viewport=NARROWEST)
    nora.sign_in()
    _choose(nora, "ar")
    nora.open("/preference/")
    rows = nora.page.locator(".option", has=nora.page.locator(".option-hint[translate=no]"))
    assert rows.count() > 0
    for row in rows.all():
        edges = [
            row.locator(part).evaluate(RIGHT_EDGE) for part in (".option-label", ".option-hint")
        ]
        assert edges[0] == edges[1]


@pytest.mark.parametrize("language", ["de", "ar"])
def test_the_choice_holds_for_the_account_in_another_browser(visit: Visit, language: str):
    """What was chosen is spoken after the next sign-in, wherever that is."""
    nora = visit({"app": True, "on": (APP,)}, viewport=NARROWEST)
    nora.sign_in()
    _choose(nora, language)
    other = visit(viewport=NARROWEST)
    other.somebody = nora.somebody
    other.sign_in()
    assert other.page.locator("html").get_attribute("lang") == language
