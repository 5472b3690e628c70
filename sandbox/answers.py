"""Answers held against the service model: what `--check-output` adds for the sandbox's tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox import model
from sandbox.asgi import read_json
from sandbox.protocol import Refusal
from sandbox.validation import Problems, shape_check

Json = Any

# Cognito breaks its own model here: `phone_number_verified`, in every pool, has 21 letters.
EXCUSED = re.compile(
    r"Value at 'userPool\.schemaAttributes\.\d+\.member\.name' failed to satisfy constraint: "
    r"Member must have length less than or equal to 20"
)


class BrokenAnswer(Exception):
    """An answer that Cognito's service model does not allow. Names members, holds no value."""

    def __init__(self, operation: str, problems: Problems) -> None:
        super().__init__(f"{operation} answered outside the service model: {'; '.join(problems)}")


def refuse_broken(operation: str, body: bytes) -> None:
    """Raise BrokenAnswer unless this body of a success is one that the model describes.

    Stricter than a client would be: no unknown member, no null, no NaN.
    """
    problems = _problems(model.output_shape_name(operation), body)
    if problems:
        raise BrokenAnswer(operation, problems)


def _problems(shape_name: str | None, body: bytes) -> Problems:
    if shape_name is None:
        return [] if body == b"" else ["there must be no body"]
    if body == b"":
        return ["there must be a body, if only {}"]
    problems: Problems = []
    try:
        answer = read_json(body)
        known = shape_check(shape_name, True)(answer, "", problems)
    except ValueError as error:
        return [str(error)]
    except Refusal as wrong_type:
        return [*problems, wrong_type.words]
    return [
        *(each for each in problems if not EXCUSED.fullmatch(each)),
        *_beyond(answer, known, ""),
    ]


def _beyond(answer: Json, known: Json, path: str) -> Iterator[str]:
    """Members that the check of the shape has dropped: unknown ones and nulls."""
    if isinstance(answer, dict) and isinstance(known, dict):
        for name, value in answer.items():
            place = f"{path}.{name}" if path else name
            if name in known:
                yield from _beyond(value, known[name], place)
            else:
                yield f"'{place}' is null or unknown"
    elif isinstance(answer, list) and isinstance(known, list):
        if len(answer) != len(known):
            yield f"'{path}' holds a null"
            return
        for value, kept in zip(answer, known, strict=True):
            yield from _beyond(value, kept, f"{path}[]")
