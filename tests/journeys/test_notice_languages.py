"""A notice is in the language of whom it is for, whoever made the change."""

from typing import Any

import pytest

from accounts.models import Person
from accounts.notices import By, announce
from accounts.subjects import Visitor
from portal.factors import drift
from portal.helpdesk import told as desk_says
from portal.recovery import jobs
from tests.journeys import desk
from tests.journeys.steps import ALL, APP, SMS, enrol_app, notices
from tests.journeys.test_helpdesk_acts import Phones
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Walker

FOUND_IN_GERMAN = "Etwas wurde anderswo geändert."
GERMAN = {
    "An authenticator app was added.": "Eine Authenticator-App kam hinzu.",
    "The helpdesk removed your authenticator app.": "Der Helpdesk hat Ihre App entfernt.",
    drift.FOUND: FOUND_IN_GERMAN,
    jobs.CLOSED: "Das Konto wurde geschlossen.",
    desk_says.BY_TEXT_WITH_TICKET: "{happened} Nicht Sie? {url}",
}
FRENCH = {"An authenticator app was added.": "Une application a été ajoutée."}


@pytest.fixture(autouse=True)
def catalogues(spoken: Any) -> None:
    spoken(de=GERMAN, fr=FRENCH)


def _chooses(pool: People, who: Somebody, language: str) -> None:
    """In another browser, so that no session of this test knows it."""
    person = Person.objects.known_as(pool.pool_id, desk.sub_of(pool, who))
    Person.objects.filter(pk=person.pk).update(language=language)


def _headline(sandbox: Sandbox, who: Somebody) -> str:
    return notices(sandbox, who)[0].splitlines()[0]


def test_one_s_own_change_is_told_in_the_language_one_chose(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(NOT-03) whatever this browser asks for; its language, where nothing was chosen."""
    nora, tom = pool.make(), pool.make()
    walker.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "fr"
    for who in (nora, tom):
        walker.sign_in(who)
        if who is nora:
            _chooses(pool, nora, "de")
        enrol_app(walker)
        walker.client.logout()
    deliver_notices()
    assert _headline(sandbox, nora) == "Eine Authenticator-App kam hinzu."
    assert _headline(sandbox, tom) == "Une application a été ajoutée."


@pytest.mark.usefixtures("helpdesk")
def test_the_helpdesk_s_act_is_told_in_the_person_s_language(
    walker: Walker, pool: People, sandbox: Sandbox, settings: Any, deliver_notices: Any
):
    """(NOT-03, HLP-08) by e-mail and by text message; the operator's language is their own."""
    settings.SMS_BACKEND = f"{Phones.__module__}.{Phones.__name__}"
    Phones.sent.clear()
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    _chooses(pool, ella, "de")
    agent = desk.at_work(walker, pool)
    desk.proved(pool, agent, ella)
    page = desk.do(walker, pool, ella, "remove_app")
    assert page.heading == "Done"
    deliver_notices()
    assert _headline(sandbox, ella) == "Der Helpdesk hat Ihre App entfernt."
    ((_, text),) = Phones.sent
    assert text.startswith("Der Helpdesk hat Ihre App entfernt. Nicht Sie? http")


@pytest.mark.usefixtures("helpdesk")
def test_an_operator_s_language_is_nobody_else_s(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """Where the person chose none, the portal's own is spoken."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    agent = desk.at_work(walker, pool)
    walker.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    desk.proved(pool, agent, ella)
    desk.do(walker, pool, ella, "remove_app")
    deliver_notices()
    assert _headline(sandbox, ella) == "The helpdesk removed your authenticator app."


@pytest.mark.usefixtures("helpdesk")
@pytest.mark.parametrize(("chosen", "told"), [("de", FOUND_IN_GERMAN), ("", drift.FOUND)])
def test_what_an_operator_finds_is_told_in_the_person_s_language(
    chosen: str,
    told: str,
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    deliver_notices: Any,
):
    """(NOT-03) and what was found is in the same language as that it was."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    second_walker.sign_in(ella, sandbox=sandbox)
    second_walker.open("/")
    _chooses(pool, ella, chosen)
    desk.at_work(walker, pool)
    if not chosen:
        walker.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    pool.prefer(ella, ALL, SMS)
    walker.open(desk.page_of(pool, ella))
    deliver_notices()
    assert _headline(sandbox, ella) == told


def test_what_the_portal_does_itself_is_told_in_the_person_s_language(
    pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(NOT-03) a worker speaks nobody's language."""
    ella = pool.make()
    _chooses(pool, ella, "de")
    visitor = Visitor(pool.pool_id, desk.sub_of(pool, ella))
    announce(visitor, {ella.email}, jobs.CLOSED, by=By.PORTAL)
    deliver_notices()
    assert _headline(sandbox, ella) == "Das Konto wurde geschlossen."
