"""Every line that the portal logs in any test is looked through for what must not be there.

By shape, not by value: thousands of people are made in a run, and to look for each of them in
each line would cost more than the tests themselves. test_canaries.py looks for values.
"""

import logging
import re
from collections.abc import Iterator

import pytest

from tests.people import PASSWORD

SECRET = re.compile(
    "|".join(
        (
            r"eyJ[A-Za-z0-9_-]{16,}",  # a JWT
            r"gAAAA[A-Za-z0-9_-]{40,}",  # something sealed
            r"\+\d{9,15}\b",  # a number
            r"person-[0-9a-f]{12}\b",  # a person's name at the pool, and the mailbox of that name
            r"\b[A-Z2-7]{32,}\b",  # the key of an app
            re.escape(PASSWORD),
        )
    )
)
OURS = ("accounts", "portal")


class Lookout(logging.Handler):
    """Keeps each line in which something was found."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.found: list[str] = []
        self.looked = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.looked += 1
        text = " ".join((str(record.msg), str(record.args or ""), *_errors(record)))
        if SECRET.search(text):
            self.found.append(f"{record.name}: {text}")


def _errors(record: logging.LogRecord) -> Iterator[str]:
    """What the exceptions say that a line is written with: the one, and those behind it."""
    error = record.exc_info[1] if record.exc_info else None
    while error is not None:
        yield f"{type(error).__name__}: {error}"
        error = error.__cause__ or error.__context__


lookout = Lookout()
logging.getLogger().addHandler(lookout)


@pytest.fixture(autouse=True)
def nothing_secret_in_the_log() -> Iterator[None]:
    """(OTP-10, AUD-03, TOK-04) in any test, whatever it is about."""
    lookout.found.clear()
    yield
    assert lookout.found == []
