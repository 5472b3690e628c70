"""Answers that nobody keeps: what Django says of them, and no less where more was said."""

import pytest
from django.http import HttpResponse
from django.utils.cache import add_never_cache_headers

from accounts import unkept


@pytest.mark.parametrize("said", [{}, {"Cache-Control": "no-store"}, {"Expires": "0"}])
def test_an_answer_is_marked_as_django_marks_it(said: dict[str, str]):
    ours, theirs = HttpResponse(headers=said), HttpResponse(headers=said)
    unkept.say(ours)
    add_never_cache_headers(theirs)
    assert ours.headers["Cache-Control"] == theirs.headers["Cache-Control"]
    assert ours.headers.keys() == theirs.headers.keys()
    assert ours.headers["Expires"] == said.get("Expires", ours.headers["Expires"])
