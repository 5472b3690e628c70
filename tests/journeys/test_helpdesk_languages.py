"""Who reads what the helpdesk writes reads it in their own language, whoever wrote it."""

from typing import Any

import pytest
from django.utils import translation

from accounts import reasons
from accounts.models import Person
from portal.helpdesk import caller_words, history, targets, words
from portal.helpdesk.matrix import Act
from portal.helpdesk.models import Approval
from tests.journeys.helpdesk_steps import TICKET, begin, code_in, enter, operator, prove, sub_of
from tests.journeys.steps import APP, SMS
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("helpdesk", "german")
DELETED = "The authenticator app is deleted."
GERMAN = {
    caller_words.CODE_IN_SUBJECT: "{portal}: Ihr Code für den Helpdesk",
    caller_words.CODE_BY_EMAIL: "Code: {code}\n\nEs hilft Ihnen {name}, Vorgang {ticket}.\n{url}",
    "an operator": "ein Mitarbeiter",
    "agent": "Betreuerin",
    "Lost phone": "Telefon verloren",
    DELETED: "Die Authenticator-App wird gelöscht.",
    "Now, at sign-in: {now}": "Jetzt, beim Anmelden: {now}",
    words.WAY["in_person"]: "persönlich, mit Ausweis",
    words.ACT[Act.REMOVE_APP]: "die Authenticator-App entfernen",
    words.ASKED: "{portal}: jemand bittet um Ihre Zustimmung",
    words.ASKED_BY_EMAIL: "{name} möchte {doing}, Vorgang {ticket}.\n{url}",
    words.ANSWERED_BY_EMAIL: "{answer}: {doing}.",
    words.APPROVAL_STATE["granted"]: "Zugestimmt",
    "Refused": "Abgelehnt",
}


@pytest.fixture
def german(spoken: Any) -> None:
    spoken(de=GERMAN)


@pytest.fixture
def dora(pool: People) -> Somebody:
    """A director, whose account needs a second operator."""
    made = pool.make(phone=True, app=True, on=(APP, SMS), preferred=APP)
    pool.join(made, "directors")
    return made


def _chooses(pool: People, who: Somebody, language: str = "de") -> None:
    """In another browser, so that no session of this test knows it."""
    person = Person.objects.known_as(pool.pool_id, sub_of(pool, who))
    Person.objects.filter(pk=person.pk).update(language=language)


def _asked(pool: People, dora: Somebody, sam: Somebody) -> None:
    walker = enter(sam)
    prove(walker, sub_of(pool, dora))
    walker.open(f"/helpdesk/approvals/ask/{sub_of(pool, dora)}/remove_app/")
    walker.send("Ask for it", reason="Lost phone, stands before me")


def _evidence(walker: Walker) -> Page:
    return walker.open(f"/helpdesk/approvals/{Approval.objects.get().pk}/")


def _mail(sandbox: Sandbox, who: Somebody, words_of_it: str) -> list[str]:
    return [mail["text"] for mail in sandbox.inbox(who.email) if words_of_it in mail["text"]]


def test_a_caller_gets_the_code_in_their_own_language(
    pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(HLP-02, NOT-03) and not in the operator's."""
    nora, tom, agent = pool.make(), pool.make(), enter(operator(pool))
    _chooses(pool, nora)
    for each in (nora, tom):
        begin(agent, sub_of(pool, each))
        assert agent.send("Send a code by e-mail").status == 200
    deliver_notices()
    assert len(_mail(sandbox, nora, f", Vorgang {TICKET}.")) == 1
    assert _mail(sandbox, nora, "Your code") == []
    assert len(_mail(sandbox, tom, "Your code for the helpdesk")) == 1
    assert code_in(sandbox, tom.email).isdecimal()


def test_an_operator_is_named_as_the_reader_speaks():
    """(HLP-02) the roles, and who has no name that may be shown."""
    with translation.override("de"):
        assert caller_words.an_operator() == "ein Mitarbeiter"
        assert caller_words.roles(["senior", "agent"]) == "Betreuerin, senior"
    assert caller_words.roles(["senior", "agent"]) == "agent, senior"
    assert targets.nameless() == "an account without a name"


def test_a_second_operator_reads_the_evidence_in_their_own_language(pool: People, dora: Somebody):
    """(HLP-04) in which nobody was speaking when it was asked for."""
    _asked(pool, dora, operator(pool, "senior"))
    other = enter(operator(pool, "senior"))
    assert DELETED in _evidence(other).text
    other.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    page = _evidence(other)
    for said in (GERMAN[DELETED], "persönlich, mit Ausweis", "Jetzt, beim Anmelden: "):
        assert said in page.text
    assert DELETED not in page.text


def test_what_was_asked_for_before_there_were_languages_is_still_read(pool: People, dora: Somebody):
    """(HLP-04) the sentences were kept alone."""
    _asked(pool, dora, operator(pool, "senior"))
    kept = Approval.objects.get()
    Approval.objects.update(evidence={**kept.evidence, "preview": ["As it was said."]})
    assert "As it was said." in _evidence(enter(operator(pool, "senior"))).text


def test_operators_are_asked_and_answered_in_their_own_language(
    pool: People, dora: Somebody, settings: Any, sandbox: Sandbox, deliver_notices: Any
):
    """(HLP-04, NOT-03) each in theirs; in the portal's where the helpdesk does not speak it."""
    settings.ROLE_GROUPS = {**settings.ROLE_GROUPS, "senior": f"seniors-of-{dora.username}"}
    sam, olga, otto, yuki = (pool.make(app=True, on=(APP,)) for _ in range(4))
    for each in (sam, olga, otto, yuki):
        pool.join(each, settings.ROLE_GROUPS["senior"])
    for who, language in ((sam, "de"), (olga, "de"), (yuki, "ja")):
        _chooses(pool, who, language)
    _asked(pool, dora, sam)
    deliver_notices()
    german, english = "möchte die Authenticator-App entfernen", "needs a second operator"
    assert (len(_mail(sandbox, olga, german)), len(_mail(sandbox, olga, english))) == (1, 0)
    for each in (otto, yuki):
        assert (len(_mail(sandbox, each, german)), len(_mail(sandbox, each, english))) == (0, 1)
    other = enter(otto)
    _evidence(other)
    other.send("Decide", decision="grant")
    deliver_notices()
    assert len(_mail(sandbox, sam, "Zugestimmt: die Authenticator-App entfernen.")) == 1


def test_a_reason_is_kept_in_english_and_read_in_any_language():
    """(AUD-02) what an operator typed stays as it is; what is none of the list, too."""
    with translation.override("de"):
        assert reasons.said("Lost phone: in a lake") == "Telefon verloren: in a lake"
        assert reasons.said("Lost phone") == "Telefon verloren"
        assert reasons.said("Lost phones: all") == "Lost phones: all"
        assert reasons.said("") == ""
    assert reasons.said("Lost phone: in a lake") == "Lost phone: in a lake"


def test_a_risk_is_said_as_the_pool_says_it():
    """(HLP-10) by its word where it has one."""
    assert {risk: history.RISK[risk] for risk in ("Low", "Medium", "High")} == {
        "Low": "low", "Medium": "medium", "High": "high",
    }  # fmt: skip
