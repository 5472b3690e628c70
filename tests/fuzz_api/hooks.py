"""Who asks, and about whom: each request by the next of many. Loaded by schemathesis alone."""

import itertools
import os
from typing import Any

import schemathesis

_tokens = itertools.cycle(os.environ["FUZZ_TOKENS"].split())
_operators = itertools.cycle(os.environ["FUZZ_OPERATORS"].split())
# What the helpdesk knows: with random ids alone it would say "not found" and nothing else.
_known = {
    "sub": itertools.cycle(os.environ["FUZZ_SUBS"].split()),
    "act": itertools.cycle(os.environ["FUZZ_ACTS"].split()),
    "way": itertools.cycle(["email", "sms", "phrase", "vouch"]),
}
_every_other = itertools.cycle([True, True, False])
DESK = "/api/v1/helpdesk"


@schemathesis.auth(refresh_interval=None)
class NextPerson:
    """Signs a request with the next token."""

    def get(self, case: Any, context: Any) -> str:
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
