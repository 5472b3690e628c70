"""`python -m sandbox scene export|import`: a state into a JSON file, and back."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from sandbox.core import Sandbox
from sandbox.scene_files import BadScene, exported, imported, read_scene
from sandbox.switches import Switches

SECONDS_TO_ANSWER = 120


class Unreachable(Exception):
    """No sandbox there, or one that says no; its text says which."""


def run_scene(arguments: list[str]) -> int:
    """Export or import; the exit status."""
    given = _parser().parse_args(arguments)
    action: Callable[[argparse.Namespace], None] = ACTIONS[given.action]
    try:
        action(given)
    except (BadScene, Unreachable) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    return 0


def _export(given: argparse.Namespace) -> None:
    if given.data:
        with _kept(given.data) as sandbox:
            scene = exported(sandbox)
    else:
        scene = _ask(given.control, "export")
    text = json.dumps(scene, indent=1, ensure_ascii=False) + "\n"
    if given.file is None:
        sys.stdout.write(text)
    else:
        given.file.write_text(text, encoding="utf-8")


def _import(given: argparse.Namespace) -> None:
    if given.file is None:
        raise BadScene("name the file to import")
    scene = read_scene(given.file)
    if given.data:
        with _kept(given.data, make=True) as sandbox:
            imported(sandbox, scene)
    else:
        _ask(given.control, "import", scene)


ACTIONS = {"export": _export, "import": _import}


@contextmanager
def _kept(folder: Path, *, make: bool = False) -> Iterator[Sandbox]:
    """The state that a --data folder keeps."""
    if not make and not (folder / "sandbox.sqlite3").exists():
        raise Unreachable(f"{folder} keeps no state of a sandbox")
    sandbox = Sandbox("", folder, Switches(), "", "")
    try:
        yield sandbox
    finally:
        sandbox.database.close()


def _ask(control: str, what: str, scene: object = None) -> Any:
    """The same of a running sandbox, by its control port."""
    body = None if scene is None else json.dumps(scene).encode()
    request = Request(f"{control.rstrip('/')}/scene/{what}", data=body)  # noqa: S310 - given
    try:
        with urlopen(request, timeout=SECONDS_TO_ANSWER) as reply:  # noqa: S310
            return json.loads(reply.read())
    except HTTPError as refused:
        with refused:
            words = json.loads(refused.read()).get("error", refused.reason)
        raise Unreachable(words.removeprefix("BadScene: ")) from refused
    except (URLError, ValueError, OSError) as silence:
        reason = getattr(silence, "reason", silence)
        raise Unreachable(f"no sandbox answers at {control} ({reason})") from silence


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox scene", description=__doc__)
    parser.add_argument("action", choices=tuple(ACTIONS))
    parser.add_argument("file", nargs="?", type=Path, help="export writes to stdout without it")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--data", type=Path, help="a folder that no running sandbox uses")
    where.add_argument(
        "--control", default="http://127.0.0.1:9230", help="the control port of a running one"
    )
    return parser
