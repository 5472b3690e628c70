"""What works without a script, as docs/inside.md lists it; and pages that cannot, which say so."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from portal.golinks.errands import TASKS
from tests.unit.speech import TEMPLATES
from tests.unit.test_templates import PAGES as TEMPLATE_NAMES
from tests.unit.test_templates import without_comments
from tests.unit.test_urls import CHANGING, PAGES

TESTS = Path(__file__).parents[1]
DOCUMENT = Path(settings.BASE_DIR, "docs", "inside.md")
# What a test without scripts uses: a browser of ours that has none, or Chromium with them off.
WITHOUT = re.compile(r"\bWalker\b|java_script_enabled=(False|script)")
# What scripts of these names add is comfort: a page is whole without them.
COMFORT = {"page", "desk", "frame", "refresh", "print"}
# One more offer on the page of a password.
OFFER = {"doors/password.html"}
SAYS_SO = re.compile(r"<noscript>|data-passkey-without-script|data-without-script")


@dataclass(frozen=True)
class Task:
    """A row of the list."""

    name: str
    pages: tuple[str, ...]
    answer: str
    test: Path

    def holds(self, path: str) -> bool:
        return any(fnmatchcase(f"/{path}", page) for page in self.pages)


def listed() -> list[Task]:
    section = DOCUMENT.read_text().split("\n## Without a script\n")[1].split("\n## ")[0]
    rows = [re.split(r"\s*\|\s*", row)[1:-1] for row in section.splitlines() if "| `/" in row]
    return [
        Task(
            name,
            tuple(page.replace("…", "*") for page in re.findall(r"`([^`]+)`", pages)),
            answer,
            TESTS / test.strip("`"),
        )
        for name, pages, answer, test in rows
    ]


ROWS = listed()


@pytest.mark.parametrize(("path", "view"), CHANGING, ids=[path for path, _ in CHANGING])
def test_every_page_that_takes_a_form_is_in_the_list(path: str, view: Any):
    """WEB-17."""
    assert any(task.holds(path) for task in ROWS)


@pytest.mark.parametrize("task", TASKS)
def test_every_task_that_others_send_people_for_is_in_the_list(task: str):
    """WEB-17: its own page, and the link that leads there."""
    for page in (reverse(TASKS[task].page), reverse("golinks:begin", args=[task])):
        assert any(each.holds(page.removeprefix("/")) for each in ROWS)


@pytest.mark.parametrize("task", ROWS, ids=[task.name for task in ROWS])
def test_a_row_names_pages_that_are_there_and_a_test_that_shows_it(task: Task):
    """WEB-17: yes is shown by a browser without scripts; no has its reason."""
    for page in task.pages:
        assert any(fnmatchcase(f"/{path}", page) for path, _ in PAGES), page
    assert re.match(r"yes(; .+)?$|no: .+", task.answer)
    source = task.test.read_text()
    assert task.answer.startswith("no") or WITHOUT.search(source), task.test


def scripts_of(name: str) -> set[str]:
    return set(re.findall(r"static 'js/([\w-]+)\.js'", without_comments(name)))


NEEDY = [name for name in TEMPLATE_NAMES if name not in OFFER and scripts_of(name) - COMFORT]


@pytest.mark.parametrize("name", NEEDY)
def test_a_page_that_needs_a_script_says_so(name: str):
    """WEB-17: in words that are there until the script takes them away."""
    assert SAYS_SO.search(without_comments(name))


def test_pages_that_need_a_script_are_found():
    """The passkey's two, and two of a frame; no form beside theirs waits hidden for a script."""
    assert NEEDY == [
        "doors/passkey.html",
        "embed/check.html",
        "embed/lobby.html",
        "enrolment/passkey/add.html",
    ]
    waiting = [name for name in TEMPLATE_NAMES if re.search(r"<form[^>]*\shidden", source(name))]
    assert set(waiting) <= {*NEEDY, *OFFER}


def source(name: str) -> str:
    return (TEMPLATES / name).read_text()
