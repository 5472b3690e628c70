"""Changes that this portal did not make: found at the next reading, recorded and told once."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import audit
from accounts.audit import Mandate
from accounts.cognito.self_service import Account
from accounts.models import AuditRecord, Case, Person
from accounts.subjects import Subject
from portal.factors import drift
from portal.factors.models import LastKnown
from tests.clock import Clock
from tests.journeys import desk
from tests.journeys.steps import ALL, APP, CONFIRM, SMS, calls_counted, enrol_app, notices
from tests.people import People, Somebody, fresh_number
from tests.sandbox_process import Sandbox
from tests.unit.persons import somebody
from tests.walker import Walker

ELSEWHERE = "Changed outside these pages"
Change = Callable[[People, Somebody], None]


def _found() -> list[AuditRecord]:
    return list(AuditRecord.objects.filter(event="drift_found"))


def _set(pool: People, who: Somebody, **attributes: str) -> None:
    pool.admin.admin_update_user_attributes(
        UserPoolId=pool.pool_id,
        Username=who.username,
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )


def _other_phone(pool: People, who: Somebody) -> None:
    _set(pool, who, phone_number=fresh_number(), phone_number_verified="true")


def _no_phone(pool: People, who: Somebody) -> None:
    pool.prefer(who, (), None)
    pool.admin.admin_delete_user_attributes(
        UserPoolId=pool.pool_id, Username=who.username, UserAttributeNames=["phone_number"]
    )


def _less_sure_phone(pool: People, who: Somebody) -> None:
    _set(pool, who, phone_number_verified="false")


def _sms_alone(pool: People, who: Somebody) -> None:
    pool.admin.admin_set_user_mfa_preference(
        UserPoolId=pool.pool_id,
        Username=who.username,
        SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False},
        SMSMfaSettings={"Enabled": True, "PreferredMfa": True},
    )


def _other_address(pool: People, who: Somebody) -> None:
    _set(pool, who, email="other-" + who.email, email_verified="true")


ELSEWHERES: dict[str, tuple[Change, str]] = {
    "another number": (_other_phone, "The phone number was changed."),
    "no number": (_no_phone, "The phone number was removed."),
    "a number to confirm": (_less_sure_phone, "The phone number is not confirmed any more."),
    "another address": (_other_address, "The e-mail address was changed."),
    "other methods": (_sms_alone, "Authenticator app was turned off. Text message is now asked"),
}


@pytest.mark.parametrize(("change", "told"), ELSEWHERES.values(), ids=ELSEWHERES)
def test_a_change_elsewhere_is_found_once(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock, change: Change, told: str
):
    """(AUD-01, AUD-03) by the reading that is made anyway; on the overview and in the history."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella, sandbox=sandbox)
    walker.open("/")
    change(pool, ella)
    with calls_counted(sandbox) as calls:
        page = walker.open("/")
    assert calls["GetUser"] == 1
    assert ELSEWHERE in page.text
    assert told in " ".join(page.text.split())
    walker.open("/")
    clock.forward(minutes=2)
    walker.open("/preference/")
    (row,) = _found()
    assert (row.actor, row.client_address) == ("portal", "")
    kept = f"{row.detail} {LastKnown.objects.get().known}"
    assert ella.phone not in kept
    assert ella.email not in kept
    page = walker.open("/activity/?kind=changes")
    assert f"{ELSEWHERE} : {told}" in " ".join(page.text.split())
    assert "by somebody, by another way" in page.text
    table = walker.client.get("/activity/export.csv").content.decode()
    assert f"{ELSEWHERE}: {told}" in table


def test_it_is_told_by_mail_with_a_way_to_say_no(
    walker: Walker, second_walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(NOT-01, NOT-03) what, when it was found, by another way, and where nobody knows."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella, sandbox=sandbox)
    walker.open("/")
    _other_phone(pool, ella)
    walker.open("/")
    walker.open("/")
    deliver_notices()
    (told,) = notices(sandbox, ella)
    assert "were changed outside these pages" in told
    assert "- The phone number was changed." in told
    assert "By: somebody, by another way than these pages" in told
    assert "Found: " in told
    assert "From the network" not in told
    link = re.search(r"http://localhost(/not-me/\S+/)", told)
    assert link is not None
    assert ELSEWHERE in second_walker.open(link[1]).text
    second_walker.send("secure the account")
    assert Case.objects.get().about == _found()[0].id


@pytest.mark.usefixtures("helpdesk")
def test_an_operator_who_looks_finds_it_too(
    walker: Walker, second_walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(AUD-01, NOT-01, HLP-10) by the reading of their page; once, and told to the owner."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella, sandbox=sandbox)
    walker.open("/")
    desk.at_work(second_walker, pool)
    _other_phone(pool, ella)
    hers = desk.page_of(pool, ella)
    with calls_counted(sandbox) as calls:
        page = second_walker.open(hers)
    assert calls["AdminGetUser"] == 1
    assert calls["GetUser"] == 0
    assert f"{ELSEWHERE}: The phone number was changed." in page.text
    second_walker.open(hers)
    walker.open("/")
    (row,) = _found()
    assert (row.actor, row.client_address) == ("portal", "")
    deliver_notices()
    (told,) = notices(sandbox, ella)
    assert "- The phone number was changed." in told
    assert "From the network" not in told


@pytest.mark.usefixtures("helpdesk")
def test_what_an_operator_did_is_no_change_elsewhere(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """Nor is what the owner does between two looks of an operator."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    Walker().sign_in(ella, sandbox=sandbox)
    agent = desk.at_work(walker, pool)
    walker.open(desk.page_of(pool, ella))
    desk.proved(pool, agent, ella)
    desk.do(walker, pool, ella, "prefer", method=SMS)
    assert pool.preferred(ella) == SMS
    walker.open(desk.page_of(pool, ella))
    clock.forward(minutes=2)
    owner = Walker()
    owner.sign_in(ella, sandbox=sandbox)
    owner.open("/preference/")
    owner.send("Save", activated=[APP, SMS], preferred=APP)
    assert pool.preferred(ella) == APP
    walker.open(desk.page_of(pool, ella))
    assert not _found()


@pytest.mark.usefixtures("helpdesk")
def test_of_somebody_who_never_was_here_nothing_is_kept(walker: Walker, pool: People):
    """A look alone makes nobody known to the portal."""
    ella = pool.make(phone=True, on=(SMS,))
    desk.at_work(walker, pool)
    before = LastKnown.objects.count()
    walker.open(desk.page_of(pool, ella))
    assert LastKnown.objects.count() == before
    assert not Person.objects.filter(sub=desk.sub_of(pool, ella)).exists()


def test_who_knows_of_it_says_so(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    """It leaves the overview, not the history; the next one is shown again. (REA-01)"""
    ella = pool.make(phone=True, on=(SMS,), preferred=SMS)
    walker.sign_in(ella, sandbox=sandbox)
    walker.open("/")
    _other_phone(pool, ella)
    first = walker.open("/")
    _other_phone(pool, ella)
    walker.open("/activity/")
    walker.page = first
    walker.send("Yes, I know of it")
    page = walker.open("/")
    assert ELSEWHERE in page.text
    walker.send("Yes, I know of it")
    assert ELSEWHERE not in walker.open("/").text
    assert len(_found()) == 2
    assert ELSEWHERE in walker.open("/activity/").text
    clock.forward(minutes=6)
    assert walker.open(walker.open("/activity/").link("This was not me")).heading == CONFIRM


def test_what_is_done_here_is_no_drift(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """Own acts, also one of which nobody saw the end; confirmed by a sign-in is no change."""
    ella = pool.make(phone=True, phone_verified=False, on=(SMS,), preferred=SMS)
    walker.sign_in(ella, sandbox=sandbox)
    walker.open("/")
    assert pool.look(ella)["attributes"]["phone_number_verified"] == "true"
    enrol_app(walker)
    walker.open("/preference/")
    walker.send("Save", preferred=APP)
    new = fresh_number()
    walker.open("/enrolment/contact/phone/")
    walker.send("Send me a code", number=new, country="")
    ella.phone = new
    walker.send("Confirm", code=sandbox.newest_code(new))
    walker.open("/")
    assert not _found()
    sub = AuditRecord.objects.filter(event="signed_in").latest("number").sub
    AuditRecord.objects.create(
        event="preference_changed",
        outcome="intended",
        pool_id=pool.pool_id,
        sub=sub,
        actor=sub,
        detail={},
    )
    walker.open("/")
    _sms_alone(pool, ella)
    walker.open("/")
    assert not _found()
    # Its time is over: what changes now is not its doing.
    clock.forward(minutes=75)
    walker.sign_in(ella, sandbox=sandbox)
    pool.prefer(ella, (SMS, APP), APP)
    walker.open("/")
    assert len(_found()) == 1


def test_what_the_helpdesk_did_is_no_drift(walker: Walker, pool: People, sandbox: Sandbox):
    """Its acts stand in the history by themselves; the same change by nobody we know does not."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella, sandbox=sandbox)
    walker.open("/")
    sub = pool.look(ella)["attributes"]["sub"]
    operator = somebody(sub="operator", pool_id=pool.pool_id)
    with audit.change(operator, "helpdesk_prefer", mandate=Mandate(Subject(pool.pool_id, sub))):
        _sms_alone(pool, ella)
    walker.open("/")
    assert not _found()


def _reading(**known: Any) -> Account:
    return Account("nora", frozenset(known.pop("on", ())), None, email="n@example.com", **known)


def test_an_older_reading_counts_for_nothing(db: None):
    """Two pages at once: the one that asked first answers last."""
    person = replace(somebody(), id=Person.objects.known_as("eu-central-1_Unit00001", "nora").id)
    now = datetime.now(UTC)
    older = _reading(on=(SMS,), phone="+447400123456", read_at=now)
    drift.look(person, person.id, older, None)
    newer = _reading(on=(APP,), phone="+447400123456", read_at=now + timedelta(seconds=1))
    assert drift.look(person, person.id, newer, None) is not None
    drift.look(person, person.id, older, None)
    assert len(_found()) == 1


def test_of_two_that_find_the_same_one_records_it(db: None):
    """(AUD-01) the row is moved on by its version."""
    person = replace(somebody(), id=Person.objects.known_as("eu-central-1_Unit00001", "nora").id)
    now = datetime.now(UTC)
    drift.look(person, person.id, _reading(read_at=now), None)
    first = LastKnown.read(person, person.id, now, drift.TOUCHES).row
    second = LastKnown.read(person, person.id, now, drift.TOUCHES).row
    assert first is not None
    assert second is not None
    assert first.move_on({**first.known, "activated": [SMS]}, now)
    assert not second.move_on({**second.known, "activated": [SMS]}, now)


def test_what_was_not_asked_is_not_compared(db: None):
    """An app that is off and passkeys are known only where the pool was asked (contract 2.5)."""
    person = replace(somebody(), id=Person.objects.known_as("eu-central-1_Unit00001", "nora").id)
    now = datetime.now(UTC)
    steps: list[tuple[frozenset[str] | None, int]] = [
        (None, 0),
        (frozenset({"SOFTWARE_TOKEN"}), 0),
        (None, 0),
        (frozenset({"SOFTWARE_TOKEN", "WEB_AUTHN"}), 1),
        (frozenset({"WEB_AUTHN"}), 2),
    ]
    for second, (configured, found) in enumerate(steps):
        drift.look(person, person.id, _reading(read_at=now + timedelta(seconds=second)), configured)
        assert len(_found()) == found, second
    told = [drift.said(row.detail) for row in _found()]
    assert told == [("A passkey was added.",), ("The authenticator app was removed.",)]


def test_another_key_is_not_another_number(db: None, settings: Any):
    """(FAC-10) marks are made with the portal's key; a rotated one still compares."""
    person = replace(somebody(), id=Person.objects.known_as("eu-central-1_Unit00001", "nora").id)
    now = datetime.now(UTC)
    readings = [
        _reading(phone=f"+4474001234{end}", read_at=now + timedelta(seconds=second))
        for second, end in enumerate(("56", "56", "57", "58"))
    ]
    drift.look(person, person.id, readings[0], None)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 9, [settings.SECRET_KEY]
    drift.look(person, person.id, readings[1], None)
    assert not _found()
    drift.look(person, person.id, readings[2], None)
    assert len(_found()) == 1
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a third" * 9, []
    drift.look(person, person.id, readings[3], None)
    assert len(_found()) == 1
