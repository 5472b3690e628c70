"""The pages' sources: each compiles, says what it needs, and brings nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.template.loader import get_template

from tests.unit.speech import TEMPLATES, source_files, template_files

NAMES = [path.relative_to(TEMPLATES).as_posix() for path in template_files()]
PAGES = [name for name in NAMES if name.endswith(".html")]


def source(name: str) -> str:
    return (TEMPLATES / name).read_text()


def without_comments(name: str) -> str:
    return re.sub(r"\{#.*?#\}", "", source(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name: str):
    """RES-01: a page that cannot be drawn is found here and not by a person."""
    assert get_template(name).template.name == name


@pytest.mark.parametrize("name", PAGES)
def test_the_first_line_names_the_page_and_what_it_needs(name: str):
    """House style: a template names what it needs on its first line."""
    first = source(name).splitlines()[0]
    assert re.fullmatch(r"\{# (\S+)   \S.* #\}", first), first
    assert first.split()[1] == name


@pytest.mark.parametrize("name", PAGES)
def test_output_is_always_escaped(name: str):
    """INP-01: an empty allow-list; what a view marks safe is seen below."""
    assert not re.search(r"\|\s*(safe|safeseq)\b|autoescape\s+off", without_comments(name))


@pytest.mark.parametrize("name", PAGES)
def test_a_name_for_style_or_script_is_in_no_language(name: str):
    """Of a class or a state: translated, no rule would find it."""
    assert not re.search(r"block (main_class|frame_state) %\}\{% translate", source(name))


def test_only_drawings_are_markup_made_in_python():
    """INP-01: key, moment, language: format_html with a fixed frame; charts: the XML writer."""
    making = re.compile(r"\b(mark_safe|format_html|format_html_join|SafeString|html_safe)\b")
    found = {
        path.relative_to(settings.BASE_DIR).as_posix(): set(making.findall(path.read_text()))
        for path in source_files()
    }
    assert {name: words for name, words in found.items() if words} == {
        "accounts/templatetags/languages.py": {"format_html"},
        "accounts/templatetags/times.py": {"format_html"},
        "accounts/totp.py": {"format_html", "SafeString"},
        # Of Django's own form rendering, kept.
        "accounts/unfilled.py": {"SafeString"},
        "portal/helpdesk/charts.py": {"mark_safe", "SafeString"},
    }


def test_no_sql_is_written_by_hand():
    """INP-01: one module sends what Django has composed, with every value as a parameter.

    By itself, or several statements as one (`told`), whose frame holds no value. And what only
    PostgreSQL is asked are sentences that hold none at all.
    """
    # A pipeline of Redis takes no SQL.
    raw = re.compile(r"\.raw\(|\.extra\(|RawSQL|cursor\(\)|(?<!pipe\.)execute\(")
    found = {path for path in source_files() if raw.search(path.read_text())}
    sent = {
        path.relative_to(settings.BASE_DIR / "accounts").as_posix(): re.findall(
            r"execute\((.*)\)", path.read_text()
        )
        for path in found
    }
    assert sent == {
        "prepared.py": ["text, params", "composed.sql, params"],
        "postgresql/base.py": ["ONE_PLAN", "IN_USE"],
    }
    written = (settings.BASE_DIR / "accounts/postgresql/base.py").read_text()
    for name in sent["postgresql/base.py"]:
        assert re.search(rf'^{name} = "[^%{{]*"$', written, re.MULTILINE), name


def test_templates_are_escaped_by_setting():
    """INP-01."""
    assert engines["django"].engine.autoescape is True


@pytest.mark.parametrize("name", PAGES)
def test_no_page_holds_style_script_or_handlers_of_its_own(name: str):
    """WEB-01: a strict policy would drop them; a script has a source and a nonce."""
    page = without_comments(name)
    if name.startswith("notices/"):
        # A mail has nowhere else to keep its style, and no policy of ours reaches it.
        page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:", page, re.IGNORECASE)
    for tag in re.findall(r"<script\b[^>]*>", page):
        assert 'nonce="{{ CSP_NONCE }}"' in tag
        assert "src=\"{% static '" in tag


@pytest.mark.parametrize("name", PAGES)
def test_no_page_asks_anything_of_another_host(name: str):
    """WEB-12: every resource is our own."""
    page = re.sub(r'placeholder="[^"]*"', "", without_comments(name))
    assert not re.search(r"https?://|[\"'(]//", page)
    if name != "embed/lobby.html":  # whose frame holds pages of our own
        assert not re.search(r"<(iframe|object|embed|base)\b", page)


def test_no_style_sheet_and_no_script_asks_anything_of_another_host():
    """WEB-12: nor keeps anything in the browser."""
    for path in sorted(Path(settings.BASE_DIR, "static").rglob("*")):
        if path.suffix in {".css", ".js"}:
            text = re.sub(r"/\*.*?\*/|^\s*//.*$", "", path.read_text(), flags=re.S | re.M)
            assert not re.search(r"https?://|@import|url\(\s*['\"]?//", text), path
            assert not re.search(
                r"localStorage|sessionStorage|indexedDB|\beval\(|innerHTML", text
            ), path


SCRIPTS = [
    *sorted(Path(settings.BASE_DIR, "static", "js").glob("*.js")),
    *sorted(Path(settings.BASE_DIR, "packages", "mfa-portal", "src").glob("*.js")),
]
COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
TEXT = re.compile(r"""(["'`])((?:\\.|(?!\1).)*)\1""", re.DOTALL)
# Where a script puts what somebody reads or hears.
SHOWN = re.compile(
    r"""\.(?:textContent|innerText|title|alt|placeholder|ariaLabel|ariaDescription)\s*=(?!=)[^;]*
    |\.setAttribute\(\s*["'](?:aria-label|aria-description|title|alt|placeholder)["'][^;]*
    |\b(?:alert|confirm|prompt|setCustomValidity|createTextNode)\([^;]*""",
    re.VERBOSE,
)
# What the browser makes its own sentences of, where they stand in ours; the host's attribute.
PARTS = {"second", "minute", "{when}", "frame-title"}
# No page shows them: errors for a console, names of elements. A frame has a title before its page
# has: the host says its own (frame-title).
UNSEEN = {"timed out", "https is needed", "input, textarea, select", "Sign-in settings"}


def test_scripts_say_only_what_the_page_gave_them():
    """(A11-03) words are in the page, in its language; a script has none of its own."""
    assert len(SCRIPTS) > 15
    for path in SCRIPTS:
        code = COMMENT.sub("", path.read_text())
        texts = {found[1] for found in TEXT.findall(code)}
        sentences = {each for each in texts if re.search(r"[a-z]{2,}[.,!?]? [a-z]{2,}", each, re.I)}
        assert {each for each in sentences if not re.search(r"[\[{>$]", each)} <= UNSEEN, path
        for shown in SHOWN.findall(code):
            said = [text for _quote, text in TEXT.findall(shown) if re.search(r"\w", text)]
            assert {*said} <= PARTS, (path, shown)


@pytest.mark.parametrize("name", PAGES)
def test_every_form_that_posts_carries_its_token(name: str):
    """WEB-08."""
    for form in re.findall(r"<form\b.*?</form>", without_comments(name), re.DOTALL):
        assert re.search(r'method="(post|get)"', form)
        if 'method="post"' in form:
            assert "{% csrf_token %}" in form


def parent(name: str) -> str | None:
    found = re.search(r'\{% extends "([^"]+)" %\}', source(name))
    return found[1] if found else None


def with_parents(name: str) -> str:
    above = parent(name)
    return without_comments(name) + (with_parents(above) if above else "")


# What a view draws: it extends something, and nothing extends it.
DRAWN = [name for name in PAGES if parent(name) and name not in {parent(each) for each in PAGES}]
WITH_CODE = [name for name in PAGES if re.search(r"form\.code\b", without_comments(name))]


@pytest.mark.parametrize("name", WITH_CODE)
def test_a_code_is_asked_for_by_the_one_labelled_field(name: str):
    """A11-03: drawn as a group, label and notes included, once."""
    drawn = re.findall(r"\{\{\s*form\.code\b[^}]*", without_comments(name))
    assert [each.strip() for each in drawn] == ["{{ form.code.as_field_group"]


def test_there_are_pages_that_ask_for_a_code():
    """A11-03: at sign-in, for an app, for a number or an address."""
    assert len(WITH_CODE) >= 3


@pytest.mark.parametrize("name", DRAWN)
def test_every_page_has_a_title_and_a_heading(name: str):
    """A11-07: and one that can be refused says so in both its title and its summary."""
    page = with_parents(name)
    title = re.search(r"\{% block title %\}(.+?)\{% endblock", page)
    assert title is not None
    assert "<h1" in page
    if "error_summary.html" in page:
        said = title[1].replace('{% translate "Error:" %}', "Error:")
        assert said.startswith("{% if form.errors %}Error: {% endif %}")
    if re.search(r"\{\{ form\.", page):
        assert "error_summary.html" in page


@pytest.mark.parametrize("name", PAGES)
def test_no_sign_stands_apart_from_its_word(name: str):
    """A part ends its line, so a full stop or comma after it goes into the part."""
    assert not re.search(r"\{% include [^%]*%\}[.,;:!?]", without_comments(name))


def test_what_is_drawn_once_holds_nothing_of_a_request_or_of_anybody():
    """TOK-04, FAC-10: it stays in memory, and the next person sees the same."""
    parts = {
        part
        for name in PAGES
        for part in re.findall(r'\{% (?:drawn|fixed) "([^"]+)"', without_comments(name))
    }
    assert parts >= {"factors/partials/factor_rest.html", "factors/partials/readiness.html"}
    for part in parts:
        known = set(re.findall(r"\{% for (\w+) in|with (\w+)=", source(part)))
        names = {"words", *(name for pair in known for name in pair if name)}
        used = re.findall(r"\{\{ (\w+)|\{% (?:if|for \w+ in|with \w+=) ?(\w+)", source(part))
        assert {name for pair in used for name in pair if name} <= names, part
        assert not re.search(r"\{% (url|csrf_token|include|drawn)", source(part)), part
