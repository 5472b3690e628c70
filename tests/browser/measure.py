"""What holds on every page and in every state, measured in the browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

from tests.browser import conformance
from tests.jargon import jargon_in
from tests.marked_words import BEGIN, END, unmarked

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
# Every rule; of what is found, only what is told on: carrying all of it over takes its time.
# Without `preload`, style sheets are fetched as well, for a rule that is off.
RUN_AXE = """async () => {
  const found = await axe.run(document, {
    rules: { 'target-size': { enabled: true } },
    preload: { assets: ['media'] },
    resultTypes: ['violations'],
  });
  return {
    broken: found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    passed: found.passes.map(({ id }) => id),
    axe: found.testEngine.version,
    browser: found.testEnvironment.userAgent,
  };
}"""
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROWEST = {"width": 320, "height": 640}
SMALLEST_TARGET = 24

# How far the page is wider than the screen, and what sticks out.
OVERFLOW = """() => {
  const screen = document.documentElement.clientWidth;
  const out = [...document.body.querySelectorAll('*')]
    .filter((each) => !each.closest('.visually-hidden'))
    .filter((each) => each.getBoundingClientRect().right > screen + 1
      || each.getBoundingClientRect().left < -1)
    .map((each) => each.tagName + '.' + each.className);
  return document.documentElement.scrollWidth > screen ? out.slice(0, 5) : [];
}"""

# WCAG 1.4.12: lines 1.5, paragraphs 2, letters 0.12 and words 0.16 times the size of the type.
WIDER_TEXT = """(on) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = on ? [sheet] : [];
}"""

# Links inside a sentence are excepted (WCAG 2.5.8).
SMALL_TARGETS = """(smallest) =>
  [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]
    .filter((each) => each.checkVisibility() && !each.closest('.visually-hidden, .skip-link'))
    .filter((each) => !(each.matches('p a') && getComputedStyle(each).display === 'inline'))
    .map((each) => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
    .filter(([, box]) => box.width < smallest || box.height < smallest)
    .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)}: ${html}`)"""

# Text that no catalogue gave: outside of every mark of tests.marked_words. Names and numbers are
# nobody's to translate, and say so (translate="no").
UNTRANSLATED = """([begin, end, names]) => {
  const found = [];
  const within = (text, depth) => {
    for (const name of names) text = text.replaceAll(name, '');
    for (const sign of text) {
      if (sign === begin) depth += 1;
      else if (sign === end) depth -= 1;
      else if (depth === 0 && /\\p{L}/u.test(sign)) return [depth, true];
    }
    return [depth, false];
  };
  const data = 'script, style, noscript, code, time, svg, [translate=no], [lang]:not(html)';
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  // A title names whose page it is, and cannot say of a part that it is a name.
  for (const each of document.querySelectorAll('h1[translate=no], h1 [translate=no]'))
    names.push(each.textContent.trim());
  let depth = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest(data)) continue;
    // Behind the title stands the portal's name.
    const isTitle = node.parentElement.matches('title');
    const text = isTitle ? node.data.replace(/ – [^–]*$/, '') : node.data;
    const [after, isBare] = within(text, depth);
    depth = isBare ? 0 : after;
    if (isBare) found.push(node.data.trim());
  }
  for (const each of document.querySelectorAll('[aria-label], [title], [alt], [placeholder]'))
    for (const name of ['aria-label', 'title', 'alt', 'placeholder'])
      if (each.hasAttribute(name) && !each.closest(data) && within(each.getAttribute(name), 0)[1])
        found.push(`${name}=${each.getAttribute(name)}`);
  return found;
}"""

# What the settings of these portals call things.
NAMES = ["Demo sign-in settings"]

# What is seen, but for what people copy and what others are called.
SAID = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const said = [document.title];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const around = node.parentElement;
    if (around.checkVisibility() && !around.closest('script, style, code, [translate=no]'))
      said.push(node.data);
  }
  return said.join(' ');
}"""

# Every text four tenths longer, as in the most talkative languages, and back again.
LONGER = """(on) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const pad = (text) => text.replace(/(\\p{L}{2,})/gu,
    (word) => word + word.slice(0, Math.ceil(word.length * .4)));
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest('script, style, code, [translate=no]')) continue;
    if (on) { node.before_ = node.data; node.data = pad(node.data); }
    else if (node.before_ !== undefined) node.data = node.before_;
  }
}"""

# Letters twice as large, as somebody sets them in their browser (WCAG 1.4.4), and back again.
TWICE = "(on) => { document.documentElement.style.fontSize = on ? '200%' : ''; }"

# Rows of buttons that begin further in than what is above them, or are there with nothing in them.
OUT_OF_LINE = """() => [...document.querySelectorAll('main .button-row')]
  .filter((row) => row.checkVisibility())
  .filter((row) => {
    const [box, first] = [row.getBoundingClientRect(), row.firstElementChild];
    if (!box.height) return true;
    if (!first.matches('.button-quiet') || getComputedStyle(row).flexDirection === 'column')
      return false;
    const { paddingLeft, borderLeftWidth } = getComputedStyle(first);
    const inset = parseFloat(paddingLeft) + parseFloat(borderLeftWidth);
    return Math.abs(first.getBoundingClientRect().left + inset - box.left) > 2;
  })
  .map((row) => row.innerHTML.trim().slice(0, 120))"""

# Words with a hyphen that a line's end takes apart where words are large or few: "sign-" and "in".
TORN = """() => {
  const large = 'h1, h2, h3, .notice-title, button, .button';
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const around = node.parentElement;
    if (!around.checkVisibility() || !around.closest(large) || around.closest('[translate=no]'))
      continue;
    for (const { 0: word, index } of node.data.matchAll(/\\p{L}+-[\\p{L}-]+/gu)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      if (lines.size > 1) found.push(`${word}: ${node.data.trim()}`);
    }
  }
  return found;
}"""

# Without the marks of tests.marked_words, which let lines break where ours do not; and back again.
BARE = """([on, ...marks]) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (on) {
      node.marked_ = node.data;
      node.data = marks.reduce((text, mark) => text.replaceAll(mark, ''), node.data);
    } else if (node.marked_ !== undefined) node.data = node.marked_;
  }
}"""


def problems_of(page: Page) -> Iterator[str]:
    """What is wrong with a page for people: what it says, and how it looks."""
    yield from jargon_of(page)
    found = page.evaluate(UNTRANSLATED, [BEGIN, END, NAMES])
    yield from (f"not translated: {each!r}" for each in found)
    yield from faults_of(page)


def faults_of(page: Page) -> Iterator[str]:
    """Measure the page wide and light, then narrow, dark and at last from right to left.

    axe runs twice, by every rule: the second run has all that the first one has not.
    The page is left as it was.
    """
    yield from axe_finds(page, "light")
    yield from (f"out of line: {each}" for each in page.evaluate(OUT_OF_LINE))
    page.set_viewport_size(NARROWEST)
    page.emulate_media(color_scheme="dark")
    yield from (f"wider than 320 px: {each}" for each in page.evaluate(OVERFLOW))
    yield from (f"small target: {each}" for each in page.evaluate(SMALL_TARGETS, SMALLEST_TARGET))
    page.evaluate(WIDER_TEXT, True)
    yield from (f"wider than 320 px, text spaced: {each}" for each in page.evaluate(OVERFLOW))
    page.evaluate(WIDER_TEXT, False)
    page.evaluate(LONGER, True)
    yield from (f"wider than 320 px, longer words: {each}" for each in page.evaluate(OVERFLOW))
    page.evaluate(LONGER, False)
    page.evaluate(TWICE, True)
    yield from (
        f"wider than 320 px, letters twice as large: {each}" for each in page.evaluate(OVERFLOW)
    )
    page.evaluate(TWICE, False)
    page.evaluate("document.documentElement.dir = 'rtl'")
    yield from (f"wider than 320 px, right to left: {each}" for each in page.evaluate(OVERFLOW))
    yield from axe_finds(page, "dark, right to left")
    page.evaluate("document.documentElement.dir = 'ltr'")
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


def torn_words_of(page: Page) -> Iterator[str]:
    """On phones, the smallest and the usual; the page is left as wide as it was."""
    wide = page.viewport_size or WIDE
    page.evaluate(BARE, [True, BEGIN, END])
    for screen in (NARROWEST, PHONE):
        page.set_viewport_size(screen)
        yield from (f"torn at {screen['width']} px: {each}" for each in page.evaluate(TORN))
    page.set_viewport_size(wide)
    page.evaluate(BARE, [False])


def keep_pictures(page: Page, name: str) -> None:
    """Where BROWSER_SHOTS names a folder: the page as on a desk, and as on a phone in the dark."""
    folder = os.environ.get("BROWSER_SHOTS")
    if not folder:
        return
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    page.evaluate(BARE, [True, BEGIN, END])
    page.screenshot(path=path / f"{name}.png", full_page=True, scale="css")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=path / f"{name}-phone-dark.png", full_page=True, scale="css")
    page.evaluate(BARE, [False])
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


def axe_finds(page: Page, scheme: str) -> Iterator[str]:
    """What axe says of the page as it stands; scheme: how it is looked at, in a word."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(f"() => {{ {AXE} }}")
    page.evaluate("document.getAnimations().forEach((each) => each.finish())")
    results = page.evaluate(RUN_AXE)
    conformance.keep(page, results, scheme)
    for rule, nodes in results["broken"]:
        yield from (f"axe, {scheme}: {rule}: {html[:120]}" for html in nodes)


def jargon_of(page: Page) -> Iterator[str]:
    yield from (f"says {each!r}" for each in jargon_in(unmarked(page.evaluate(SAID))))
