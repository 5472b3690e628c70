"""Who asks: each request by the next of many people. Loaded by schemathesis, not by pytest."""

import itertools
import os
from typing import Any

import schemathesis

_tokens = itertools.cycle(os.environ["FUZZ_TOKENS"].split())


@schemathesis.auth(refresh_interval=None)
class NextPerson:
    """Signs a request with the next token."""

    def get(self, case: Any, context: Any) -> str:
        return next(_tokens)

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = case.headers or {}
        case.headers["Authorization"] = f"Bearer {data}"
