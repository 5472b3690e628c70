"""The accessibility statement, written from a run: `make accessibility`.

Every page that the walks measure leaves a line in the folder that ACCESSIBILITY_RUN names; here
they become docs/accessibility.md. A criterion that has no evidence in the run is not claimed.
"""

import argparse
import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.portal_process import ROOT

DOCUMENT = ROOT / "docs" / "accessibility.md"
NOT_HERE = "nothing of the kind on any page"


@dataclass(frozen=True)
class Criterion:
    """One of WCAG 2.2. shown: axe's rules, all of which must have passed in the run somewhere;
    else `tests`, the tests that show it; else `absent`, why it cannot be broken here."""

    number: str
    name: str
    level: str
    rules: tuple[str, ...] = ()
    tests: str = ""
    absent: str = ""


def _c(number: str, name: str, level: str, **how: Any) -> Criterion:
    return Criterion(number, name, level, **how)


WALKS = "test_every_page.py, test_every_state.py"
KEYS = "test_keyboard.py, test_main_journey.py, test_passkeys.py, test_helpdesk_day.py"
READ = "readings/ of people's pages, the helpdesk's and frames'"
CRITERIA = (
    _c("1.1.1", "Non-text content", "A", rules=("svg-img-alt|role-img-alt", "button-name")),
    _c("1.2.1", "Audio-only and video-only", "A", absent=NOT_HERE),
    _c("1.2.2", "Captions (prerecorded)", "A", absent=NOT_HERE),
    _c("1.2.3", "Audio description or alternative", "A", absent=NOT_HERE),
    _c("1.2.4", "Captions (live)", "AA", absent=NOT_HERE),
    _c("1.2.5", "Audio description", "AA", absent=NOT_HERE),
    _c("1.3.1", "Info and relationships", "A", rules=("list", "label", "landmark-one-main")),
    _c("1.3.2", "Meaningful sequence", "A", tests=READ),
    _c("1.3.3", "Sensory characteristics", "A", tests="unit/test_words.py, readings/"),
    _c("1.3.4", "Orientation", "AA", tests=f"{WALKS} (320 and 1280 px; no lock in any style)"),
    _c("1.3.5", "Identify input purpose", "AA", rules=("autocomplete-valid",)),
    _c("1.4.1", "Use of colour", "A", rules=("link-in-text-block",)),
    _c("1.4.2", "Audio control", "A", absent=NOT_HERE),
    _c("1.4.3", "Contrast (minimum)", "AA", rules=("color-contrast",)),
    _c("1.4.4", "Resize text", "AA", rules=("meta-viewport",)),
    _c("1.4.5", "Images of text", "AA", absent="the only pictures are icons and QR codes"),
    _c("1.4.10", "Reflow", "AA", tests=f"{WALKS} (320 px, also with longer words)"),
    _c(
        "1.4.11",
        "Non-text contrast",
        "AA",
        tests="unit/test_brand.py, unit/test_embed.py, test_looks.py",
    ),
    _c("1.4.12", "Text spacing", "AA", tests=WALKS),
    _c("1.4.13", "Content on hover or focus", "AA", absent=NOT_HERE),
    _c("2.1.1", "Keyboard", "A", tests=KEYS),
    _c("2.1.2", "No keyboard trap", "A", tests=KEYS),
    _c("2.1.4", "Character key shortcuts", "A", tests="test_helpdesk_day.py (one key)"),
    _c("2.2.1", "Timing adjustable", "A", tests="test_session_end.py"),
    _c("2.2.2", "Pause, stop, hide", "A", absent="nothing moves but a countdown in words"),
    _c("2.3.1", "Three flashes", "A", absent="nothing flashes"),
    _c("2.4.1", "Bypass blocks", "A", rules=("bypass",)),
    _c("2.4.2", "Page titled", "A", rules=("document-title",)),
    _c("2.4.3", "Focus order", "A", tests=KEYS),
    _c("2.4.4", "Link purpose (in context)", "A", rules=("link-name",)),
    _c("2.4.5", "Multiple ways", "AA", absent="each page is a step of one task"),
    _c("2.4.6", "Headings and labels", "AA", rules=("page-has-heading-one", "empty-heading")),
    _c("2.4.7", "Focus visible", "AA", tests=f"{KEYS} (every stop is looked at)"),
    _c("2.4.11", "Focus not obscured (minimum)", "AA", tests=f"{KEYS} (every stop is looked at)"),
    _c("2.5.1", "Pointer gestures", "A", absent="no gestures but pressing"),
    _c("2.5.2", "Pointer cancellation", "A", absent="only the browser's own buttons and links"),
    _c("2.5.3", "Label in name", "A", tests=READ),
    _c("2.5.4", "Motion actuation", "A", absent=NOT_HERE),
    _c("2.5.7", "Dragging movements", "AA", absent=NOT_HERE),
    _c("2.5.8", "Target size (minimum)", "AA", rules=("target-size",)),
    _c("3.1.1", "Language of page", "A", rules=("html-has-lang", "html-lang-valid")),
    _c("3.1.2", "Language of parts", "AA", rules=("valid-lang",)),
    _c("3.2.1", "On focus", "A", tests=KEYS),
    _c("3.2.2", "On input", "A", tests="every form has a button: journeys without a script"),
    _c("3.2.3", "Consistent navigation", "AA", tests=READ),
    _c("3.2.4", "Consistent identification", "AA", tests=READ),
    _c("3.2.6", "Consistent help", "A", tests=f"{READ} (the link to help is last on every page)"),
    _c("3.3.1", "Error identification", "A", tests="test_behaviour.py, unit/test_templates.py"),
    _c("3.3.2", "Labels or instructions", "A", rules=("label",)),
    _c("3.3.3", "Error suggestion", "AA", tests="unit/test_words.py, unit/test_forms.py"),
    _c("3.3.4", "Error prevention", "AA", tests=f"{READ} (what will happen, before each button)"),
    _c("3.3.7", "Redundant entry", "A", tests="journeys: what was typed stands after a refusal"),
    _c("3.3.8", "Accessible authentication (minimum)", "AA", tests="test_behaviour.py (paste)"),
    _c("4.1.2", "Name, role, value", "A", rules=("aria-allowed-attr", "aria-valid-attr-value")),
    _c("4.1.3", "Status messages", "AA", tests="test_behaviour.py, test_session_end.py"),
)


def keep(page: Page, results: dict[str, Any], scheme: str) -> None:
    """Leave what axe found on this page, where a run is kept."""
    folder = os.environ.get("ACCESSIBILITY_RUN")
    if not folder:
        return
    line = {
        "scheme": scheme,
        "title": page.title(),
        "passed": sorted(results["passed"]),
        "broken": sorted(rule for rule, _ in results["broken"]),
        "axe": results["axe"],
        "browser": results["browser"].partition("Chrome/")[2].split(".")[0],
    }
    path = Path(folder, f"{os.getpid()}.jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as lines:
        lines.write(json.dumps(line) + "\n")


def main(folder: Path) -> None:
    lines = [
        json.loads(line)
        for path in folder.glob("*.jsonl")
        for line in path.read_text().splitlines()
    ]
    text = DOCUMENT.read_text()
    before, _, rest = text.partition("<!-- run -->")
    after = rest.partition("<!-- /run -->")[2]
    DOCUMENT.write_text(f"{before}<!-- run -->\n{_statement(lines)}<!-- /run -->{after}")


def _statement(lines: list[dict[str, Any]]) -> str:
    passed = Counter(rule for line in lines for rule in line["passed"])
    broken = Counter(rule for line in lines for rule in line["broken"])
    whole = [line for line in lines if line["scheme"] == "light"]
    rows = "\n".join(_row(each, passed, broken) for each in CRITERIA)
    return (
        f"{len(whole)} page states were measured by every rule of axe-core {lines[0]['axe']} in "
        f"Chromium {lines[0]['browser']}, and each again from right to left, in the dark, at "
        f"320 px; {sum(broken.values())} rules were broken.\n\n"
        f"| criterion | level | | shown by |\n|---|---|---|---|\n{rows}\n"
    )


def _row(each: Criterion, passed: Counter[str], broken: Counter[str]) -> str:
    name = f"| {each.number} {each.name} | {each.level} "
    if each.absent:
        return f"{name}| not applicable | {each.absent} |"
    if each.tests:
        return f"{name}| supports | {each.tests} |"
    found = [_passed_one(rule, passed) for rule in each.rules]
    if not all(found) or any(broken[rule] for rule, _ in filter(None, found)):
        return f"{name}| **not shown** | {', '.join(each.rules)} |"
    shown = ", ".join(f"axe {rule} ({count} times)" for rule, count in filter(None, found))
    return f"{name}| supports | {shown} |"


def _passed_one(rules: str, passed: Counter[str]) -> tuple[str, int] | None:
    """The rule that passed most often of those that would do."""
    rule = max(rules.split("|"), key=lambda each: passed[each])
    return (rule, passed[rule]) if passed[rule] else None


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("run", type=Path, help="the folder that the walks left")
    main(asked.parse_args().run)
