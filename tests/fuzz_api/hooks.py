"""Who asks, and about whom: each request by the next of many. Loaded by schemathesis alone."""

import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import schemathesis


def _lines_of(variable: str) -> Iterator[str]:
    """One line after the other, for ever, of a file that is written anew meanwhile."""
    file = Path(os.environ[variable])
    for number in itertools.count():
        lines = file.read_text().split()
        yield lines[number % len(lines)]


_tokens, _operators = _lines_of("FUZZ_TOKENS"), _lines_of("FUZZ_OPERATORS")
# Workers share them, and a generator runs for one at a time.
_in_turn = threading.Lock()
# What the helpdesk knows: with random ids alone it would say "not found" and nothing else.
_known = {
    "sub": itertools.cycle(os.environ["FUZZ_SUBS"].split()),
    "act": itertools.cycle(os.environ["FUZZ_ACTS"].split()),
    "way": itertools.cycle(["email", "sms", "phrase", "vouch"]),
}
_every_other = itertools.cycle([True, True, False])
DESK = "/api/v1/helpdesk"
# gunicorn refuses a request line of more than 4,094 bytes itself (414): docs/api.md.
LONGEST_QUERY = 3000


@schemathesis.auth(refresh_interval=None)
class NextPerson:
    """Signs a request with the next token."""

    def get(self, case: Any, context: Any) -> str:
        with _in_turn:
            return next(_operators if case.operation.path.startswith(DESK) else _tokens)

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
        if case.operation.path.startswith(DESK) and next(_every_other):
            case.headers["If-Match"] = "*"


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    """Two times of three about somebody and something that there is."""
    if path_parameters and next(_every_other):
        return {
            name: next(_known[name]) if name in _known else value
            for name, value in path_parameters.items()
        }
    return path_parameters


@schemathesis.hook
def filter_query(context: Any, query: Any) -> bool:
    """What is as long as that never reaches the portal."""
    return len(urlencode(query or {}, doseq=True)) <= LONGEST_QUERY
