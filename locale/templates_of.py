"""Lets Babel find the sentences of Django's templates."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from babel.messages.extract import extract_python
from django.conf import settings
from django.utils.translation.template import templatize

if not settings.configured:
    settings.configure(USE_I18N=False)


def extract(
    file: BinaryIO, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """Django makes Python of a template, in which everything but the sentences is X.

    In brackets no line of it is indented wrongly; they take no line of their own.
    """
    python = templatize(file.read().decode())
    return extract_python(BytesIO(f"({python})".encode()), keywords, comment_tags, options)
