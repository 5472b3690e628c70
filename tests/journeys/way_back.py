"""The way back in, step by step, for every journey that goes it."""

from typing import Any

from django.conf import settings

from accounts import recovery_codes
from accounts.subjects import Subject
from tests.journeys.steps import APP
from tests.people import App, People, Somebody
from tests.walker import Page, Walker

LINK = "I can’t use any of these"
GO = "Remove the old methods"
BACK = "Your sign-in method is on, and everybody is signed out."
NEXT = "Set up a new sign‑in method"


def subject_of(pool: People, who: Somebody) -> Subject:
    return Subject(pool.pool_id, pool.look(who)["attributes"]["sub"])


def ella_with_codes(pool: People) -> tuple[Somebody, list[str]]:
    ella = pool.make(app=True, on=(APP,))
    return ella, recovery_codes.make(subject_of(pool, ella))


def at_the_question(walker: Walker, who: Somebody) -> Page:
    """Begin a sign-in as if the browser had been closed in between."""
    walker.client.cookies.pop(settings.SESSION_COOKIE_NAME, None)
    walker.open("/sign-in/")
    return walker.send("Sign in", login=who.username, password=who.password)


def use_code(walker: Walker, who: Somebody, code: str, **typed: Any) -> Page:
    at_the_question(walker, who)
    walker.open(walker.page.link(LINK))
    walker.open(walker.page.link("I have a recovery code"))
    return walker.send(GO, **{"code": code, "password": who.password, **typed})


def set_up_app(walker: Walker) -> App:
    walker.open("/enrolment/totp/")
    page = walker.send("Show")
    app = App(page.secret)
    walker.send("Turn on", code=app.code())
    return app
