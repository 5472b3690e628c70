"""The history is kept in codes, and told in the language of whoever reads it."""

import csv
from typing import Any

import pytest
from django.utils import translation

from accounts import devices
from accounts.models import AuditRecord
from portal.activity.said import SAID
from tests.journeys import desk
from tests.journeys.steps import ALL, APP, SMS, enrol_app
from tests.people import People
from tests.walker import Walker

GERMAN = {
    SAID["totp_enrolled"].done: "Eine Authenticator-App kam hinzu",
    SAID["preference_changed"].done: "Geändert, was gefragt wird",
    SAID["helpdesk_remove_app"].done: "Die Authenticator-App wurde entfernt",
    "authenticator app": "App",
    "text message": "SMS",
    "first text message": "zuerst SMS",
    "{methods}; {first}": "{methods} ({first})",
    "{what}: {details}": "{what} – {details}",
    "by {name} of the helpdesk": "durch {name} vom Helpdesk",
    "{name} of the helpdesk": "{name} vom Helpdesk",
    "you": "Sie",
    "Lost phone": "Telefon verloren",
    "Why: %(why)s": "Grund: %(why)s",
    "Browser, {date}": "Browser vom {date}",
}
HEADS = {"time (UTC)": "Zeit (UTC)", "what": "was", "how it ended": "Ausgang", "by": "von"}
ASKED = "Geändert, was gefragt wird – App, SMS (zuerst SMS)"


@pytest.fixture(autouse=True)
def german(spoken: Any) -> None:
    heads = {f"column\x04{english}": translated for english, translated in HEADS.items()}
    spoken(de={**GERMAN, **heads, "how it ended\x04done": "getan"})


def _table(walker: Walker) -> list[list[str]]:
    return list(csv.reader(walker.client.get("/activity/export.csv").content.decode().splitlines()))


def _lines(walker: Walker) -> str:
    found = walker.open("/activity/").soup.select(".timeline-entry")
    return " ".join(" ".join(line.get_text(" ").split()) for line in found)


def test_the_same_rows_are_told_to_each_reader_in_their_language(walker: Walker, pool: People):
    """(AUD-03) heads and sentences of the table are translated, times and references are not."""
    walker.sign_in(pool.make(phone=True, app=True, on=(APP, SMS), preferred=APP))
    enrol_app(walker)
    walker.open("/preference/")
    walker.send("Save", activated=[APP, SMS], preferred=SMS)
    in_english = _table(walker)
    walker.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    in_german = _table(walker)
    assert in_english[0][:5] == ["time (UTC)", "what", "how it ended", "roughly where", "by"]
    assert in_german[0][:5] == ["Zeit (UTC)", "was", "Ausgang", "roughly where", "von"]
    machine = [(row[0], row[3], row[5]) for row in in_english[1:]]
    assert [(row[0], row[3], row[5]) for row in in_german[1:]] == machine
    assert [ASKED, "getan", "Sie"] in [[row[1], row[2], row[4]] for row in in_german]
    assert "Eine Authenticator-App kam hinzu" in _lines(walker)
    assert "getan" not in str(list(AuditRecord.objects.values()))


@pytest.mark.usefixtures("helpdesk")
def test_what_an_operator_did_is_told_in_the_owner_s_words(
    walker: Walker, second_walker: Walker, pool: People
):
    """(HLP-08) and their reason, but for what they typed; the operator's German is kept nowhere."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    agent = desk.at_work(walker, pool)
    walker.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    desk.proved(pool, agent, ella)
    desk.do(walker, pool, ella, "remove_app")
    kept = AuditRecord.objects.filter(event="helpdesk_remove_app").values_list("reason", flat=True)
    assert set(kept) == {"Lost phone: Fell into a lake"}
    ella.app = None
    second_walker.sign_in(ella, sandbox=pool.sandbox)
    assert f"by {agent.username} of the helpdesk" in _lines(second_walker)
    second_walker.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    told = _lines(second_walker)
    assert "Die Authenticator-App wurde entfernt" in told
    assert f"durch {agent.username} vom Helpdesk" in told
    assert "Grund: Telefon verloren: Fell into a lake" in told


def test_a_browser_is_called_so_in_the_reader_s_language(db: None):
    """The pool keeps the name that we gave it; what others are called is theirs."""
    with translation.override("de"):
        assert devices.in_words("Browser, 3 May 2026") == "Browser vom 3. Mai 2026"
        assert devices.in_words("Browser, yesterday") == "Browser, yesterday"
        assert devices.in_words("") == ""
    assert devices.in_words("Browser, 3 May 2026") == "Browser, 3 May 2026"
