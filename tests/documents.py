"""The documents of this repository: what they say to type, and where they lead."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    *(
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "packages/mfa-portal/README.md",
    ),
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
SHELLS = {"sh", "bash", "shell", "console"}
# What stands as code within a sentence is a command where it begins with one of these, whatever is
# set in front of it, and says what to do with it.
PROGRAMS = {
    *("make", "mfa-portal", "manage.py", "python", "python3", "pytest", "pip", "npm", "nox"),
    *(
        "apt-get",
        "aws",
        "curl",
        "git",
        "grep",
        "kill",
        "nginx",
        "podman",
        "pybabel",
        "systemd-analyze",
    ),
}
# Of a command that was named whole before, the end is enough: what stands in front of it.
SHORT = {
    "check": "manage.py",
    "embed": "manage.py",
    "rotate": "manage.py embed client",
    "scene": "python -m sandbox",
    "verify": "manage.py audit",
}
# Words side by side that nobody types into a shell.
NO_PROGRAMS = {"being", "proxy_next_upstream", "script-src", "sealed", "with"}
WORDS = re.compile(r"(?:\w+=\S* )*([a-z][\w.-]*|\.venv/bin/\w+) [\w.-].*")


@dataclass(frozen=True)
class Command:
    """What a document says to type, on one line."""

    document: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}: {self.text}"


def text(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def prose(document: str) -> str:
    """Without what stands in blocks of code."""
    return FENCE.sub("", text(document))


def commands() -> list[Command]:
    """Each command of each block that is for a shell."""
    return [
        Command(document, line)
        for document in DOCUMENTS
        for language, block in FENCE.findall(text(document))
        if language in SHELLS
        for line in _lines(block, is_console=language == "console")
    ]


def lines_of_other_blocks() -> list[Command]:
    """What is no shell's, or of no language that is named."""
    return [
        Command(document, line)
        for document in DOCUMENTS
        for language, block in FENCE.findall(text(document))
        if language not in SHELLS
        for line in block.splitlines()
    ]


def spans() -> list[Command]:
    """What stands as code within a sentence."""
    return [
        Command(document, found)
        for document in DOCUMENTS
        for found in SPAN.findall(prose(document))
    ]


def named_in_passing() -> list[Command]:
    """Commands within sentences, each as it would be typed."""
    alone = [span for span in spans() if span.text == "nox"]
    return [
        *(_typed(first, span) for first, span in _side_by_side() if _is_known(first, span)),
        *alone,
    ]


def not_known() -> list[Command]:
    """What might be a command of a program that PROGRAMS does not name."""
    return [
        span
        for first, span in _side_by_side()
        if not _is_known(first, span) and not _has_words_of_people(span)
    ]


def _has_words_of_people(span: Command) -> bool:
    """There, what stands as code is mostly what a page says."""
    return span.document.startswith("docs/words")


def _side_by_side() -> Iterator[tuple[str, Command]]:
    """Words as one types them, and the first of them."""
    for span in spans():
        found = WORDS.fullmatch(span.text)
        if found and found[1] not in NO_PROGRAMS:
            yield found[1], span


def _is_known(first: str, span: Command) -> bool:
    is_whole = first in PROGRAMS or first.startswith(".venv/bin/")
    return is_whole or (first in SHORT and not _has_words_of_people(span))


def _typed(first: str, span: Command) -> Command:
    if first in SHORT:
        return Command(span.document, f"{SHORT[first]} {span.text}")
    return span


def _lines(block: str, *, is_console: bool) -> Iterator[str]:
    """A command a line, whatever it takes: quotes, a document within it, a loop, a backslash."""
    if is_console:
        block = "".join(f"{line[2:]}\n" for line in block.splitlines() if line.startswith("$ "))
    waiting = ""
    for line in block.replace("\\\n", " ").splitlines():
        waiting = f"{waiting}\n{line}" if waiting else line
        if not waiting.strip() or waiting.startswith("#"):
            waiting = ""
        elif _is_whole(waiting):
            yield " ".join(_without_remark(waiting).split())
            waiting = ""
    assert not waiting, f"no end: {waiting}"


def _is_whole(typed: str) -> bool:
    words = re.findall(r"^[ \t]*(\w+)", typed, re.MULTILINE)
    here = re.search(r"<<(\w+)", typed)
    if here and words[-1] != here[1]:
        return False
    try:
        shlex.split(typed)
    except ValueError:
        return False
    return words[:1] != ["for"] or words[-1] == "done"


def _without_remark(typed: str) -> str:
    return re.sub(r"\s+# .*", "", typed)
