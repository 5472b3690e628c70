"""Which requirements a test names, and which none does (QA-01); printed after each run.

A test names what it covers in its docstring. The IDs are those of the security requirements, one
a line in requirement_ids.txt.
"""

import ast
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
ID = re.compile(r"\b[A-Z][A-Z0-9]{1,2}-\d{2}\b")


def every_id() -> list[str]:
    return (HERE / "requirement_ids.txt").read_text().split()


def named_in(
    folder: Path, ids: Callable[[str], list[str]] = ID.findall, *, in_names: bool = False
) -> dict[str, set[str]]:
    """The IDs in docstrings of tests (and in their names), each with the tests that name it."""
    named: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for test, docstring in _docstrings(ast.parse(path.read_text())):
            for each in ids(f"{test} {docstring}" if in_names else docstring):
                named.setdefault(each, set()).add(f"{path.relative_to(folder)}::{test}")
    return named


def _docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, Named) and node.name.startswith(("test_", "Test")):
            yield node.name, ast.get_docstring(node) or ""


def report(ids: list[str], named: set[str]) -> list[str]:
    """One line with the count, then the IDs without a test."""
    without = [each for each in ids if each not in named]
    lines = [f"Requirements named by a test: {len(ids) - len(without)} of {len(ids)}."]
    if without:
        lines += textwrap.wrap(f"Without one: {' '.join(without)}", width=98)
    return lines


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if terminalreporter.no_summary:  # it reads every test: `make mutation` starts a thousand runs
        return
    terminalreporter.section("requirements")
    for line in report(every_id(), set(named_in(HERE))):
        terminalreporter.write_line(line)
