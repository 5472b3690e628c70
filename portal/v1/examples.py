"""Examples of the JSON room, each from a run against a real sandbox (`make api-documents`)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")


@cache
def _all() -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return kept


def of(operation: str) -> dict[str, str]:
    """takes and gives: what was sent and what came back, as indented JSON; absent if nothing."""
    return {
        side: json.dumps(value, indent=2, ensure_ascii=False)
        for side, value in _all().get(operation, {}).items()
    }
