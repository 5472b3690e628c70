"""Every command of the documents has a test that runs it, or a reason why none does.

The table is tests/commands/table.py: without a gap, and without a line for what is not there.
"""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests import documents
from tests.commands.table import (
    AS_IT_BEGINS,
    AS_IT_STANDS,
    EXCEPTIONS,
    beginning_of,
    every_command,
    exception_of,
    runner_of,
    written,
)
from tests.documents import (
    PROGRAMS,
    ROOT,
    Command,
    commands,
    lines_of_other_blocks,
    named_in_passing,
    not_known,
    text,
)


@pytest.mark.parametrize("command", every_command(), ids=str)
def test_every_command_is_run_or_is_an_exception(command: Command):
    assert runner_of(command) or exception_of(command), "write a test, and name it in the table"
    assert not (runner_of(command) and exception_of(command))


def test_nothing_is_run_that_is_not_there():
    texts = {command.text for command in every_command()}
    assert [each for whole in AS_IT_STANDS.values() for each in whole if each not in texts] == []
    used = {beginning_of(command) for command in every_command() if _by_beginning(command)}
    assert set(AS_IT_BEGINS) == used
    excepted = {exception_of(command) for command in every_command()}
    assert set(EXCEPTIONS) == excepted - {None}


def _by_beginning(command: Command) -> bool:
    return runner_of(command) is not None and not any(
        command.text in texts for texts in AS_IT_STANDS.values()
    )


def test_nothing_is_in_the_table_twice():
    counted = Counter(each for texts in AS_IT_STANDS.values() for each in texts)
    assert [each for each, number in counted.items() if number > 1] == []


def test_commands_are_found():
    """An empty list would be a good one, too."""
    assert len(commands()) > 60
    assert len(named_in_passing()) > 120
    assert {"README.md", "docs/start.md", "docs/operators.md", "docs/sandbox.md"} <= {
        command.document for command in commands()
    }


def test_the_exceptions_are_told_to_who_reads():
    """(docs/index.md) all of them, each with its reason."""
    _, _, told = text("docs/index.md").partition("## What holds of these pages")
    rows = "".join(f"{line}\n" for line in told.splitlines() if line.startswith("| `"))
    assert rows == written()


@pytest.mark.parametrize(
    "typed",
    [
        "make demos",
        "mfa-portal doctr",
        "mfa-portal doctor --stricter",
        "DATABASE_URL=x mfa-portal audit verifies",
        "python -m sandbox everything",
        "rm -rf /",
    ],
)
def test_a_command_that_is_wrong_is_found(typed: str):
    command = Command("docs/start.md", typed)
    assert not runner_of(command)
    assert not exception_of(command)


def test_no_command_hides_in_another_block():
    """A block for a shell says so, or its commands would be run by nobody."""
    lines = lines_of_other_blocks()
    assert len(lines) > 100
    first = re.compile(r"(?:\$ )?(?:\w+=\S* )*([a-z.][\w./-]*) ")
    found = [(first.match(line.text), line) for line in lines]
    assert [line for match, line in found if match and match[1] in PROGRAMS] == []


def test_no_program_is_unknown():
    """Name it in PROGRAMS, or in NO_PROGRAMS where nobody types it."""
    assert not_known() == []


@pytest.mark.parametrize("typed", ["terraform apply", "rm -rf /", "sudo make demo"])
def test_a_program_that_nobody_knows_is_found(typed: str, monkeypatch: pytest.MonkeyPatch):
    """Or else what stands in a sentence would be no command."""
    unknown = Command("docs/start.md", typed)
    monkeypatch.setattr(documents, "spans", lambda: [unknown])
    assert not_known() == [unknown]


def runners() -> Iterator[str]:
    yield from sorted({*AS_IT_STANDS, *AS_IT_BEGINS.values()})
    yield from sorted({each.held_by for each in EXCEPTIONS.values()} - {*AS_IT_STANDS})


@pytest.mark.parametrize("runner", dict.fromkeys(runners()))
def test_what_is_said_to_run_them_does(runner: str):
    """The test is there; it reads the document or takes its commands from the table."""
    path, _, name = runner.partition("::")
    source = (ROOT / path).read_text()
    assert re.search(rf"^ *def {name}\b", source, re.MULTILINE)
    for document in {document for (document, _), each in AS_IT_BEGINS.items() if each == runner}:
        named = (document, document.replace("docs/", 'docs" / "'))
        assert any(each in source for each in named), document
