"""Three tasks by keyboard alone, counted in things to do; docs/comparison.md states the counts.

WRITE_DOCUMENTS=1 writes them there anew, with the seconds of this run.
"""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.browser.conftest import Visit
from tests.browser.portal_process import ROOT
from tests.browser.visitor import KeyboardVisitor
from tests.journeys.steps import APP, SMS

DOCUMENT = Path(ROOT, "docs", "comparison.md")
TABLE = re.compile(r"(<!-- tasks -->\n).*?(<!-- /tasks -->)", re.DOTALL)
HEAD = "| task | things to do | pages | seconds of a run |\n|---|---:|---:|---:|\n"


@dataclass
class Counted(KeyboardVisitor):
    """Counts what a person has to do: each field filled, button pressed, link followed."""

    done: list[str] = field(default_factory=list)
    pages: int = 1
    codes: list[str] = field(default_factory=list)

    def write(self, label: str, text: str) -> None:
        super().write(label, text)
        self.done.append(f"write {label}")

    def press(self, name: str) -> None:
        super().press(name)
        self.done.append(f"press {name}")
        self.pages += 1

    def follow(self, name: str) -> None:
        super().follow(name)
        self.done.append(f"follow {name}")
        self.pages += 1

    def choose(self, option: str, question: str) -> None:
        super().choose(option, question)
        self.done.append(f"choose {option}")

    def unfold(self, summary: str) -> None:
        super().unfold(summary)
        self.done.append(f"unfold {summary}")


def add_an_app(nora: Counted) -> None:
    """From the overview until it is on; pointing a camera at the screen is one thing to do."""
    nora.follow("Set up authenticator app")
    nora.press("Show the QR code")
    nora.somebody.app = nora.scan()
    nora.done.append("scan")
    nora.give_code(nora.somebody.app.code())
    nora.press("Turn on")
    assert nora.people.on(nora.somebody) == {APP}


def change_what_comes_first(nora: Counted) -> None:
    """From the overview until it is saved."""
    nora.follow("Ask for this first: Text message")
    nora.press("Save")
    assert nora.people.preferred(nora.somebody) == SMS


def get_back_in(nora: Counted) -> None:
    """From the question for a code, the phone lost, with a recovery code, until a new app is on."""
    nora.unfold("I cannot get a code")
    nora.follow("I can’t use any of these")
    nora.follow("I have a recovery code")
    nora.write("Recovery code", nora.codes[0])
    nora.write("Your password", nora.somebody.password)
    nora.press("Remove the old methods and go on")
    nora.follow("Authenticator app")
    nora.press("Show the QR code")
    old, nora.somebody.app = nora.somebody.app, nora.scan()
    nora.done.append("scan")
    nora.give_code(nora.somebody.app.code())
    nora.press("Turn on")
    assert nora.somebody.app is not old
    assert nora.people.on(nora.somebody) == {APP}


def _before_the_way_back(nora: Counted) -> None:
    nora.open("/recovery/codes/")
    nora.press("Make recovery codes")
    nora.codes = nora.page.locator(".codes-list code").all_inner_texts()
    nora.press("I have kept them")
    nora.sign_out()
    nora.give_password()


NOBODY_YET: dict[str, object] = {}
TASKS: dict[str, tuple[Callable[[Counted], None], dict[str, object]]] = {
    "add an authenticator app": (add_an_app, NOBODY_YET),
    "change what comes first": (
        change_what_comes_first,
        {"app": True, "phone": True, "on": (APP, SMS), "preferred": APP},
    ),
    "get back in with a recovery code, and set up a new app": (
        get_back_in,
        {"app": True, "on": (APP,)},
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_a_task_takes_no_more_than_is_stated(visit: Visit, task: str):
    """(A11-02) by keyboard alone; what is stated is what was counted."""
    steps, person = TASKS[task]
    nora = visit(person, kind=Counted)
    assert isinstance(nora, Counted)
    nora.sign_in()
    if steps is get_back_in:
        _before_the_way_back(nora)
    nora.done, nora.pages = [], 1
    began = time.monotonic()
    steps(nora)
    seconds = time.monotonic() - began
    counted = f"| {task} | {len(nora.done)} | {nora.pages} |"
    if os.environ.get("WRITE_DOCUMENTS") == "1":
        _write(counted + f" {seconds:.1f} |")
    assert counted in DOCUMENT.read_text()


def _write(row: str) -> None:
    text = DOCUMENT.read_text()
    found = TABLE.search(text)
    assert found is not None
    task = row.split("|")[1]
    rows = [each for each in found[0].splitlines() if each.startswith("| ") and task not in each]
    body = "\n".join([*(each for each in rows if not each.startswith("| task")), row])
    DOCUMENT.write_text(TABLE.sub(lambda tag: f"{tag[1]}{HEAD}{body}\n{tag[2]}", text))
