"""The letters of Django's form tokens, drawn all at once.

Django draws a token's mask letter by letter, and asks the system for random bytes for each of
them: 32 questions a page, at each of which a thread lets go of the interpreter and waits for it
again. Here it is one question for as many letters, each of them as likely as any other.
What a token is, how it is masked and how it is checked stay Django's.
"""

import os

from django.middleware import csrf

KINDS = len(csrf.CSRF_ALLOWED_CHARS)
# Of 256 values of a byte as many are taken as each letter gets equally often; others fall away.
TAKEN = 256 - 256 % KINDS
LETTER_OF = bytes(ord(csrf.CSRF_ALLOWED_CHARS[value % KINDS]) for value in range(256))
FALLS_AWAY = bytes(range(TAKEN, 256))
# So many bytes that hardly ever too many fall away: 8 of 256 do.
ASKED_FOR = 2 * csrf.CSRF_SECRET_LENGTH


def drawn() -> str:
    """As many letters as Django's own would draw, of the same."""
    letters = b""
    while len(letters) < csrf.CSRF_SECRET_LENGTH:
        letters += os.urandom(ASKED_FOR).translate(LETTER_OF, FALLS_AWAY)
    return letters[: csrf.CSRF_SECRET_LENGTH].decode()


def use() -> None:
    """From now on. Django has no setting for it; `tests/unit/test_form_letters.py` looks."""
    csrf._get_new_csrf_string = drawn
