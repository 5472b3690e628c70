"""What the system asks for beside light and dark: its own colours, paper, contrast, stillness."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import SitDown, Visit
from tests.browser.measure import NARROWEST, OVERFLOW, PHONE, TWICE, axe_finds, faults_of
from tests.browser.test_account_pages import codes_of
from tests.browser.visitor import Visitor
from tests.journeys.helpdesk_steps import sub_of
from tests.journeys.steps import APP, SMS

PAGES = (
    *("/", "/preference/", "/turn-off/sms/", "/enrolment/sms/", "/enrolment/passkeys/add/"),
    *("/activity/", "/activity/sessions/", "/recovery/codes/", "/language/"),
)
WITH_BOTH = {"app": True, "phone": True, "on": (APP, SMS), "preferred": APP}
# As wide as a sheet of A4 between the margins that browsers leave.
PAPER = {"width": 718, "height": 1000}

# What is lost where the system chooses the colours: grounds and shadows are gone, and only
# borders, outlines, underlines and the colours of the system are left to tell things apart.
LOST = """() => {
  const system = (name) => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = name;
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };
  const [canvas, text] = [system('Canvas'), system('CanvasText')];
  const all = (selector) => [...document.querySelectorAll(selector)].filter((each) =>
    each.checkVisibility() && !each.closest('.visually-hidden, .skip-link'));
  const edge = (each, kind) => {
    const style = getComputedStyle(each);
    return style[kind + 'Style'] !== 'none' && parseFloat(style[kind + 'Width']) > 0
      && style[kind + 'Color'] !== canvas;
  };
  const isEdged = (each) =>
    ['borderTop', 'borderBottom', 'borderLeft', 'borderRight'].every((side) => edge(each, side));
  const look = (each) => [each, each.closest('.option')].filter(Boolean).map((one) => {
    const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = getComputedStyle(one);
    return [outlineStyle, outlineWidth, outlineColor, outlineOffset].join(' ');
  }).join();
  const isRinged = (each) => [each, each.closest('.option')].filter(Boolean).some((one) =>
    edge(one, 'outline') && parseFloat(getComputedStyle(one).outlineWidth) >= 2);
  const isTold = (each) => getComputedStyle(each).color !== text || isEdged(each)
    || getComputedStyle(each).textDecorationLine === 'underline';

  const found = [];
  const need = (selector, what, holds) => all(selector).forEach((each) => {
    if (!holds(each)) found.push(`${what}: ${each.outerHTML.slice(0, 120)}`);
  });
  need('button, .button, select, textarea', 'no edge', isEdged);
  need('input:not([type=checkbox], [type=radio], [type=hidden])', 'no edge', isEdged);
  need('input:is([type=checkbox], [type=radio])', 'not drawn by the system',
    (each) => getComputedStyle(each).appearance !== 'none');
  need('select:not([multiple])', 'no arrow',
    (each) => getComputedStyle(each).appearance !== 'none');
  need('a[href], summary', 'like the words around it', isTold);
  need('.badge, .notice, .hero, .card, .factor, .panel, .option', 'no edge', isEdged);
  need('.option:has(:checked)', 'not seen to be chosen', isRinged);
  need('nav [aria-current]', 'not seen to be here', (each) => edge(each, 'borderBottom'));
  need('.language[aria-current]', 'not seen to be spoken', isRinged);
  need('.icon, .brand svg', 'a colour of its own',
    (each) => getComputedStyle(each).color === getComputedStyle(each.parentElement).color);
  need('.chart text', 'a colour of its own', (each) => getComputedStyle(each).fill === text);
  need('a[href], button, input:not([type=hidden]), select, textarea, summary', 'focus not seen',
    (each) => {
      document.activeElement.blur();
      const before = look(each);
      each.focus({ focusVisible: true });
      const changes = document.activeElement !== each || (look(each) !== before && isRinged(each));
      each.blur();
      return changes;
    });
  return found;
}"""

# Where to look for something that is drawn there.
DRAWN = """() => [...document.querySelectorAll(
    'a[href], button, summary, .badge, .icon, h1, .field-label')]
  .filter((each) => each.checkVisibility() && !each.closest('.visually-hidden, .skip-link'))
  .map((each) => [each.getBoundingClientRect(), each.outerHTML.slice(0, 120)])
  .map(([box, html]) => [box.x + scrollX, box.y + scrollY, box.width, box.height, html])"""
# Of 255: between the ground and what is drawn on it.
LEAST_DIFFERENCE = 128

# What is of no use on paper, and what one could not read there.
NOT_FOR_PAPER = """() => [...document.querySelectorAll(
    'nav, button, .button, .messages, .account, .site-footer, .skip-link, details:not([open])')]
  .filter((each) => each.checkVisibility()).map((each) => each.outerHTML.slice(0, 120))"""
LINKS_LIKE_WORDS = """() => [...document.querySelectorAll('main a[href]')]
  .filter((each) => each.checkVisibility())
  .filter((each) => getComputedStyle(each).textDecorationLine !== 'underline')
  .map((each) => each.outerHTML.slice(0, 120))"""
CUT_OFF = """() => [...document.querySelectorAll('main, main *')]
  .filter((each) => !each.closest('.visually-hidden, svg') && each.checkVisibility())
  .filter((each) => getComputedStyle(each).overflowX !== 'visible')
  .filter((each) => each.scrollWidth > each.clientWidth + 1)
  .map((each) => each.outerHTML.slice(0, 120))"""

# Words that stand on other words, of the elements that fit: a box may be narrower than its words.
COVERED = """(selector) => {
  const boxes = [...document.querySelectorAll(selector)].map((each) => {
    const words = document.createRange();
    words.selectNodeContents(each);
    return [words.getBoundingClientRect(), each.textContent.trim()];
  });
  return boxes.flatMap(([one, name], at) => boxes.slice(at + 1)
    .filter(([other]) => one.left < other.right && other.left < one.right
      && one.top < other.bottom && other.top < one.bottom)
    .map(([, covered]) => `${name}: ${covered}`));
}"""

# The colour of the words, and of the first ground under them that is not clear.
INK_ON_GROUND = """(element) => {
  let under = element;
  const ground = () => getComputedStyle(under).backgroundColor;
  while (ground() === 'rgba(0, 0, 0, 0)' && under.parentElement) under = under.parentElement;
  return [getComputedStyle(element).color, ground()];
}"""
BLACK_ON_WHITE = ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]

MOVING = """() => [...document.querySelectorAll('*')].flatMap((each) =>
    [null, '::before', '::after'].map((part) => [each, getComputedStyle(each, part)]))
  .filter(([, style]) => style.animationName !== 'none'
    || style.transitionDuration.split(', ').some((each) => parseFloat(each) > 0))
  .map(([each]) => each.outerHTML.slice(0, 80))"""


# Of the links of the helpdesk's menu: in how many rows they stand, how low the lowest is, whether
# one is wholly within the screen, and whether the menu has more than is seen.
MENU = """() => {
  const menu = document.querySelector('.helpdesk-nav');
  const links = [...menu.querySelectorAll('a')].map((each) => each.getBoundingClientRect());
  const here = menu.querySelector('[aria-current]').getBoundingClientRect();
  return {
    rows: new Set(links.map(({ top }) => Math.round(top))).size,
    lowest: Math.min(...links.map(({ height }) => height)),
    seesHere: here.left >= 0 && here.right <= innerWidth,
    hasMore: menu.scrollWidth > menu.clientWidth,
  };
}"""
# Chromium leaves a link alone that is seen in part.
FOCUS_IS_SEEN = """() => {
  const { left, right } = document.activeElement.getBoundingClientRect();
  return right > 0 && left < innerWidth;
}"""


def lost(visitor: Visitor) -> list[str]:
    """What is lost on this page in the colours of the system.

    axe cannot say it: it reads -webkit-text-fill-color, which Chromium reports as if nothing were
    forced. So a picture of the page is looked at.
    """
    found = [*visitor.page.evaluate(LOST), *faint(visitor.page)]
    return [f"{visitor.path}: {each}" for each in found]


def faint(page: Page) -> Iterator[str]:
    """Words and icons that do not stand out in a picture of the page."""
    picture = grey(page.screenshot(full_page=True, scale="css"))
    for *box, html in page.evaluate(DRAWN):
        left, top, width, height = map(round, box)
        part = picture[top : top + height, left : left + width]
        if int(part.max()) - int(part.min()) < LEAST_DIFFERENCE:
            yield f"faint: {html}"


def grey(shot: bytes) -> Any:
    """A picture as rows of brightness, 0 to 255."""
    return cv2.imdecode(numpy.frombuffer(shot, numpy.uint8), cv2.IMREAD_GRAYSCALE)


def unprintable(visitor: Visitor) -> list[str]:
    """What is wrong with this page on a sheet of paper; leaves it printed."""
    page = visitor.page
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    return [
        *(f"printed: {each}" for each in page.evaluate(NOT_FOR_PAPER)),
        *(f"no link: {each}" for each in page.evaluate(LINKS_LIKE_WORDS)),
        *(f"wider than the paper: {each}" for each in page.evaluate(OVERFLOW)),
        *(f"cut off: {each}" for each in page.evaluate(CUT_OFF)),
        *axe_finds(page, "on paper"),
    ]


def shades(visitor: Visitor) -> list[int]:
    """The darkest and the lightest of the picture to scan, and its corner: 0 to 255."""
    picture = grey(visitor.page.locator(".qr svg").screenshot(scale="css"))
    return [int(picture.min()), int(picture.max()), int(picture[0, 0])]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_lost_in_the_colours_of_the_system(visit: Visit, scheme: str):
    """A11-04, A11-05: what can be pressed, what is chosen, where one is, and the focus."""
    nora = visit(WITH_BOTH, forced_colors="active", color_scheme=scheme)
    nora.open("/sign-in/")
    nora.press("Sign in")
    found = lost(nora)
    nora.sign_in()
    for path in PAGES:
        nora.open(path)
        found += lost(nora)
    assert "\n".join(found) == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_to_scan_keeps_its_own_colours(visit: Visit, scheme: str):
    """A11-05: a camera reads black on white, whatever the system's colours are."""
    nora = visit(forced_colors="active", color_scheme=scheme)
    nora.sign_in()
    nora.open("/enrolment/totp/")
    nora.press("Show the QR code")
    assert shades(nora) == [0, 255, 255]
    scanned = nora.scan()
    assert nora.read_key().secret == scanned.secret
    assert lost(nora) == []


def test_nothing_of_the_helpdesk_is_lost_in_the_colours_of_the_system(sit_down: SitDown):
    """A11-04, A11-05: acts, pills, charts, and which page of the helpdesk this is."""
    senior = sit_down("helpdesk-seniors", at_work=True)
    senior.page.emulate_media(forced_colors="active")
    ella = senior.people.make(**WITH_BOTH)
    person = f"/helpdesk/people/{sub_of(senior.people, ella)}/"
    found = []
    for path in ("/helpdesk/", person, f"{person}do/end_sessions/", "/helpdesk/numbers/"):
        senior.open(path)
        found += lost(senior)
    assert "\n".join(found) == ""


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_menu_of_the_helpdesk_is_one_row_on_a_phone(sit_down: SitDown, direction: str):
    """A11-01, A11-06: it moves sideways, the page does not; Tab brings every link into view."""
    senior = sit_down("helpdesk-seniors", at_work=True)
    page = senior.page
    page.set_viewport_size(PHONE)
    for path in ("/helpdesk/", "/helpdesk/numbers/"):
        senior.open(path)
        page.evaluate("to => { document.documentElement.dir = to }", direction)
        menu = page.evaluate(MENU)
        assert (menu["rows"], menu["hasMore"], menu["lowest"] >= 44) == (1, True, True), path
        assert page.evaluate(OVERFLOW) == []
    links = page.get_by_role("navigation", name="Helpdesk").get_by_role("link")
    links.first.focus()
    for _ in range(links.count() - 1):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS_IS_SEEN)
    assert links.last.evaluate("link => link === document.activeElement")


def test_the_menu_of_the_helpdesk_shows_where_one_is(sit_down: SitDown):
    """On a phone, also where the page is one of the last of the row."""
    senior = sit_down("helpdesk-seniors", at_work=True)
    senior.page.set_viewport_size(PHONE)
    senior.open("/helpdesk/numbers/")
    assert senior.page.evaluate(MENU)["seesHere"]


def test_the_charts_are_for_everybody(sit_down: SitDown):
    """A11-01, A11-06: on a narrow screen the keyboard, too, moves along a chart."""
    senior = sit_down("helpdesk-seniors", at_work=True)
    senior.open("/helpdesk/numbers/")
    assert senior.page.locator(".chart-wrap").count() > 0
    assert list(faults_of(senior.page)) == []


def test_recovery_codes_are_printed_black_on_white(visit: Visit):
    """(REC-02, A11-05) on one sheet, also by somebody whose screen is dark."""
    nora = visit(color_scheme="dark")
    codes = codes_of(nora)
    assert unprintable(nora) == []
    printed = nora.page.locator(".codes-list code")
    assert printed.all_inner_texts() == codes
    assert all(each.is_visible() for each in printed.all())
    assert [each.evaluate(INK_ON_GROUND) for each in printed.all()] == [BLACK_ON_WHITE] * 10
    assert nora.page.pdf(format="A4").count(b"/Type /Page\n") == 1


def test_pages_of_an_account_can_be_printed(visit: Visit):
    """A11-05, A11-06: the history above all; nothing to press, nothing cut off."""
    nora = visit(WITH_BOTH, color_scheme="dark")
    nora.sign_in()
    for path in PAGES:
        nora.page.emulate_media(media="screen")
        nora.open(path)
        assert unprintable(nora) == [], path
        heading = nora.page.locator("h1")
        assert heading.evaluate(INK_ON_GROUND) == BLACK_ON_WHITE, path


def test_what_the_helpdesk_found_can_be_printed(sit_down: SitDown):
    """A11-05, A11-06: the person, the receipt of an act, the numbers and the history."""
    senior = sit_down("helpdesk-seniors", at_work=True)
    senior.page.emulate_media(color_scheme="dark")
    ella = senior.people.make(**WITH_BOTH)
    person = f"/helpdesk/people/{sub_of(senior.people, ella)}/"
    for path in (person, f"{person}history/", "/helpdesk/numbers/"):
        senior.page.emulate_media(media="screen")
        senior.open(path)
        assert unprintable(senior) == [], path
    senior.page.emulate_media(media="screen")
    senior.open(f"{person}do/end_sessions/")
    senior.page.get_by_label("Reason").select_option(index=1)
    senior.write("Ticket number", "HD-2042")
    senior.press("End all sessions")
    assert senior.heading == "Done"
    assert unprintable(senior) == []
    assert senior.page.locator(".receipt .reference").is_visible()


def test_letters_twice_as_large_cover_nothing(visit: Visit):
    """A11-06, WCAG 1.4.4: on the smallest phone the way out goes below the portal's name."""
    nora = visit(WITH_BOTH, viewport=NARROWEST)
    nora.sign_in()
    nora.page.evaluate(TWICE, True)
    assert (
        nora.page.evaluate(COVERED, ".site-header :is(.brand span, .button, .account-name)") == []
    )


def test_more_contrast_is_given_to_who_asks_for_it(visit: Visit):
    """A11-05: lines as strong as the edges of fields, no softer ink."""
    nora = visit()
    nora.open("/sign-in/")
    token = "(name) => getComputedStyle(document.documentElement).getPropertyValue(name)"
    for scheme in ("light", "dark"):
        for more, asked in (("no-preference", False), ("more", True)):
            nora.page.emulate_media(color_scheme=scheme, contrast=more)
            line, strong, soft, ink = (
                nora.page.evaluate(token, name)
                for name in ("--line", "--line-strong", "--ink-soft", "--ink")
            )
            assert (line == strong, soft == ink) == (asked, asked), (scheme, more)


def test_nothing_moves_for_who_asks_for_less_motion(visit: Visit):
    """WCAG 2.3.3 and the promise of the statement; without that wish some things do."""
    nora = visit(WITH_BOTH)
    nora.sign_in()
    for path in ("/", "/preference/", "/enrolment/totp/"):
        nora.open(path)
        nora.page.emulate_media(reduced_motion="no-preference")
        assert nora.page.evaluate(MOVING) != [], path
        nora.page.emulate_media(reduced_motion="reduce")
        assert nora.page.evaluate(MOVING) == [], path
