"""Which ways in are open: one, or a choice of several."""

from typing import Any

import pytest

from tests.journeys.steps import APP, OVERVIEW
from tests.people import People
from tests.walker import Walker


@pytest.fixture
def two_doors(pool: People, settings: Any) -> People:
    """A second door is one more module, named in two settings."""
    settings.KNOWN_DOORS = {**settings.KNOWN_DOORS, "other": "tests.journeys.other_door"}
    settings.DOORS = ["password", "other"]
    return pool


def test_the_page_of_the_only_door_comes_first(walker: Walker, pool: People):
    page = walker.open("/preference/")
    assert page.soup.select("input[name=login]")
    assert walker.open("/sign-in/by/password/?next=/preference/").url == (
        "/sign-in/?next=%2Fpreference%2F"
    )


def test_among_several_one_chooses(walker: Walker, two_doors: People):
    page = walker.open("/preference/")
    assert (page.url, page.heading) == ("/sign-in/?next=%2Fpreference%2F", "Sign in")
    assert not page.soup.select("form input[name=login]")
    assert walker.open(page.link("With my company account")).heading == "The other door"
    assert "/preference/" in walker.page.text
    walker.open(page.link("With my password or a code"))
    nora = two_doors.make()
    wrong = walker.send("Sign in", login=nora.username, password="Not-The-Password-1")
    assert (wrong.status, wrong.url) == (422, "/sign-in/by/password/")
    page = walker.send("Sign in", login=nora.username, password=nora.password)
    assert page.url == "/preference/"


def test_a_shut_door_is_no_door(walker: Walker, pool: People, two_doors: People, settings: Any):
    """(AUZ-09) what is not open looks like what does not exist."""
    assert walker.open("/sign-in/by/window/").status == 404
    settings.DOORS = ["password"]
    assert walker.open("/sign-in/by/other/").status == 404


def test_the_choice_is_for_who_is_not_on_the_way(
    walker: Walker, second_walker: Walker, two_doors: People
):
    """(SES-12)"""
    tom, nora = two_doors.make(app=True, on=(APP,)), two_doors.make()
    walker.open("/sign-in/by/password/")
    walker.send("Sign in", login=tom.username, password=tom.password)
    assert walker.open("/sign-in/").url == "/sign-in/code/"
    second_walker.open("/sign-in/by/password/")
    second_walker.send("Sign in", login=nora.username, password=nora.password)
    assert second_walker.open("/sign-in/").heading == OVERVIEW
