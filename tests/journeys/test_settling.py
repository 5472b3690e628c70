"""A process dies between the pool's answer and the row that says how the change ended.

Who reads the account first, a worker or the next page, gives it an end, once, and tells the person;
also of one's own that ended as not certain, because the pool was silent.
"""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from django.conf import settings as portal
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import audit, ends, jobs, notices, trail, unseen, vault
from accounts.audit import Mandate, Outcome
from accounts.cognito.errors import CognitoUnreachable
from accounts.models import AuditRecord
from accounts.subjects import Subject, Visitor
from portal.activity.said import SAID
from portal.factors import drift, services, settling
from portal.helpdesk import history
from portal.helpdesk.told import TOLD
from tests.clock import Clock
from tests.journeys import desk
from tests.journeys.cutting import Killed, dying_after, silent_from
from tests.journeys.steps import ALL, APP, SMS, enrol_app
from tests.journeys.steps import notices as told_by_mail
from tests.journeys.test_drift import _sms_alone
from tests.journeys.test_helpdesk_acts import Phones
from tests.journeys.test_job_cuts import dies, lease_ends, take_and_die
from tests.journeys.test_passkeys import make as make_passkey
from tests.journeys.test_told import dying_before, dying_before_it_is_done
from tests.journeys.test_told import signed_out as sign_out
from tests.journeys.way_back import ella_with_codes, use_code
from tests.people import People, Somebody, fresh_number
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("transactional_db", "helpdesk")
UNSURE = " – we are not certain that it happened"


@pytest.fixture(autouse=True)
def _set(settings: Any) -> None:
    settings.RECOVERY = True
    settings.COGNITO_SIGN_IN_FLOW = "USER_PASSWORD_AUTH"


@dataclass
class Scene:
    """Whose account, in which browser, and how a process dies in the middle of its change."""

    walker: Walker
    pool: People
    dying: Callable[[str], AbstractContextManager[None]]

    def signed_in(self, **how: Any) -> Somebody:
        somebody = self.pool.make(**how)
        self.walker.sign_in(somebody, sandbox=self.pool.sandbox)
        self.walker.open("/")
        return somebody


@pytest.fixture
def scene(walker: Walker, pool: People, monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(walker, pool, lambda operation: dying_after(monkeypatch, operation))


# --- what was begun, and never seen to end ------------------------------------------------------


def an_app(scene: Scene) -> Somebody:
    nora = scene.signed_in()
    with scene.dying("SetUserMFAPreference"):
        enrol_app(scene.walker)
    return nora


def a_proof(scene: Scene) -> Somebody:
    """The app is there and not on yet, which no reading of methods tells."""
    nora = scene.signed_in()
    with scene.dying("VerifySoftwareToken"):
        enrol_app(scene.walker)
    return nora


def preferred(scene: Scene) -> Somebody:
    ella = scene.signed_in(phone=True, app=True, on=ALL, preferred=SMS)
    scene.walker.open("/preference/")
    with scene.dying("SetUserMFAPreference"):
        scene.walker.send("Save", preferred=APP)
    return ella


def turned_off(scene: Scene) -> Somebody:
    tom = scene.signed_in(app=True, on=(APP,))
    scene.walker.open("/turn-off/totp/")
    with scene.dying("SetUserMFAPreference"):
        scene.walker.send("Turn off")
    return tom


def other_number(scene: Scene) -> Somebody:
    nora, new = scene.signed_in(phone=True), fresh_number()
    scene.walker.open("/enrolment/contact/phone/")
    scene.walker.send("Send me a code", number=new, country="")
    with scene.dying("VerifyUserAttribute"):
        scene.walker.send("Confirm", code=scene.pool.sandbox.newest_code(new))
    return nora


def other_address(scene: Scene) -> Somebody:
    nora = scene.signed_in()
    new = f"new-{nora.email}"
    scene.walker.open("/enrolment/contact/address/")
    scene.walker.send("Send me a code", email=new)
    with scene.dying("VerifyUserAttribute"):
        scene.walker.send("Confirm", code=scene.pool.sandbox.newest_code(new))
    return nora


def a_passkey_gone(scene: Scene) -> Somebody:
    nora = scene.signed_in()
    make_passkey(scene.walker)
    DBTaskResult.objects.all().delete()
    scene.walker.open(scene.walker.open("/enrolment/passkeys/").link("Delete"))
    with scene.dying("DeleteWebAuthnCredential"):
        scene.walker.send("Delete")
    return nora


def signed_out(scene: Scene) -> Somebody:
    nora = scene.signed_in()
    scene.walker.open("/sign-out/everywhere/")
    with scene.dying("GlobalSignOut"):
        scene.walker.send("Sign out everywhere")
    return nora


def helped(scene: Scene) -> Somebody:
    ella = scene.signed_in(phone=True, app=True, on=ALL, preferred=APP)
    operators = Walker()
    agent = desk.at_work(operators, scene.pool)
    desk.proved(scene.pool, agent, ella)
    with scene.dying("AdminDeleteSoftwareToken"):
        desk.do(operators, scene.pool, ella, "remove_app")
    return ella


def helped_to_choose(scene: Scene) -> Somebody:
    ella = scene.signed_in(phone=True, app=True, on=ALL, preferred=APP)
    operators = Walker()
    agent = desk.at_work(operators, scene.pool)
    desk.proved(scene.pool, agent, ella)
    with scene.dying("AdminSetUserMFAPreference"):
        desk.do(operators, scene.pool, ella, "prefer", method=SMS)
    return ella


Begun = tuple[Callable[[Scene], Somebody], str, str, str]
BEGUN: dict[str, Begun] = {
    "bind": (an_app, "totp_enrolled", "done", "An authenticator app was added"),
    "proof": (a_proof, "totp_enrolled", "done", "An authenticator app was added"),
    "preference": (preferred, "preference_changed", "done", "Your sign-in methods were changed."),
    "removal": (turned_off, "preference_changed", "done", "Your sign-in methods were changed."),
    "number": (other_number, "phone_number_changed", "done", "The phone number was changed"),
    "address": (other_address, "email_address_changed", "done", "The e-mail address was changed"),
    "passkey": (a_passkey_gone, "passkey_deleted", "unknown", "A passkey was deleted" + UNSURE),
    "sign-outs": (signed_out, "signed_out_everywhere", "unknown", "Signed out everywhere" + UNSURE),
    "helpdesk": (helped, "helpdesk_remove_app", "done", "The helpdesk removed your authenticator"),
    "choice": (helped_to_choose, "helpdesk_prefer", "done", "The helpdesk changed which"),
}
# No page that is opened asks for these; a worker does.
BY_WORKERS = {"sign-outs"}


def sub_of(scene: Scene, who: Somebody) -> str:
    return desk.sub_of(scene.pool, who)


def rows_of(sub: str, event: str) -> list[AuditRecord]:
    return list(AuditRecord.objects.filter(sub=sub, event=event).order_by("number"))


def mails() -> list[tuple[dict[str, Any], str]]:
    queued = DBTaskResult.objects.filter(task_path__endswith="send_notice")
    opened = [vault.unseal(task.args_kwargs["args"][0]) for task in queued]
    return [(each, str(notices._message(each).body)) for each in opened]


def is_settled_once(scene: Scene, who: Somebody, begun: Begun) -> None:
    """One end of one intention, which the chain holds; one notice to each address (NOT-03)."""
    _, event, outcome, _ = begun
    intended, end = rows_of(sub_of(scene, who), event)
    assert (intended.outcome, end.outcome) == ("intended", outcome)
    assert (end.completes_id, end.detail["found_out"]) == (intended.id, True)
    assert not list(trail.findings(scene.pool.pool_id))
    assert not AuditRecord.objects.filter(event="drift_found").exists()
    is_told_once(scene, who, begun)


def is_told_once(scene: Scene, who: Somebody, begun: Begun) -> None:
    _, event, outcome, happened = begun
    (intended,) = (row for row in rows_of(sub_of(scene, who), event) if row.outcome == "intended")
    told = mails()
    addresses = {who.email, scene.pool.look(who)["attributes"]["email"]}
    assert sorted(notice["address"] for notice, _ in told) == sorted(addresses)
    by = "the helpdesk" if event.startswith("helpdesk_") else "somebody signed in as you"
    for notice, text in told:
        assert happened in " ".join(text.split())
        assert (UNSURE in text) == (outcome == "unknown")
        assert f"By: {by}" in text
        assert datetime.fromisoformat(notice["when"]) == intended.created_at
        assert re.search(r"http://localhost/not-me/\S+/", text)


def look(since: datetime | None = None) -> None:
    """A worker looks, and does what it finds to settle; the mail waits."""
    jobs.look(since)
    for job in DBTaskResult.objects.ready().filter(task_path=settling.settle.module_path):
        job.claim("one")
        job.task.call(*job.args_kwargs["args"])
        job.set_successful(None)


@pytest.mark.parametrize("begun", BEGUN.values(), ids=BEGUN)
def test_a_worker_settles_what_nobody_saw_end(scene: Scene, clock: Clock, begun: Begun):
    """(NOT-01, NOT-02, AUD-04, RES-06) after its lease and not before; once; told once."""
    who = begun[0](scene)
    sub = sub_of(scene, who)
    clock.forward(minutes=9)
    look()
    assert [row.outcome for row in rows_of(sub, begun[1])] == ["intended"]
    assert not mails()
    clock.forward(minutes=2)
    look()
    is_settled_once(scene, who, begun)
    clock.forward(minutes=2)
    look()
    visit(scene)
    is_settled_once(scene, who, begun)


@pytest.mark.parametrize("kind", [kind for kind in BEGUN if kind not in BY_WORKERS])
@pytest.mark.parametrize("came_before", [False, True])
def test_the_next_visit_settles_what_nobody_saw_end(
    scene: Scene, clock: Clock, kind: str, came_before: bool
):
    """(NOT-01, NOT-02, RES-06) without a worker; a visit within the lease forgets nothing."""
    begun = BEGUN[kind]
    who = begun[0](scene)
    if came_before:
        scene.walker.open("/")
        assert not mails()
    clock.forward(minutes=11)
    # The reading at hand was made before that one: what it shows is not certain any more.
    is_seen = not came_before or "asked" in rows_of(sub_of(scene, who), begun[1])[0].detail
    if not is_seen:
        done = SAID[begun[1]].done
        begun = (*begun[:2], "unknown", done + UNSURE)
    visit(scene)
    is_settled_once(scene, who, begun)
    visit(scene)
    look()
    is_settled_once(scene, who, begun)


def visit(scene: Scene) -> None:
    """The overview, and a page that also asks what is set up and off."""
    scene.walker.open("/")
    scene.walker.open("/enrolment/passkeys/")


# --- once ---------------------------------------------------------------------------------------


def test_of_many_who_settle_at_once_one_does(
    scene: Scene, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """(NOT-01, AUD-04, QA-04) all have read the account before one writes."""
    who = preferred(scene)
    clock.forward(minutes=11)
    sub, at_once = sub_of(scene, who), 4
    (act,) = rows_of(sub, "preference_changed")
    if portal.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # In memory every connection would have a database of its own: one thread, stale rows.
        account = settling.people.get(sub).account
        settled = [unseen.settle(act, Outcome.DONE, account) for _ in range(at_once)]
        assert settled == [True, False, False, False]
        is_settled_once(scene, who, BEGUN["preference"])
        return
    all_have_read, really = Barrier(at_once), unseen.settle

    def settle(*args: Any) -> bool:
        all_have_read.wait(timeout=20)
        return really(*args)

    def work() -> None:
        try:
            settling.settle.call(str(act.pk))
        finally:
            connections.close_all()

    monkeypatch.setattr(unseen, "settle", settle)
    threads = [Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    is_settled_once(scene, who, BEGUN["preference"])


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_dies_while_it_settles(scene: Scene, clock: Clock, after: bool):
    """(NOT-01, RES-06, RES-08) neither the end nor the notice stands; the next one does both."""
    who = preferred(scene)
    clock.forward(minutes=11)
    jobs.look()
    take_and_die("settling.settle", unseen.notices, "announce_for", after=after)
    assert len(rows_of(sub_of(scene, who), "preference_changed")) == 1
    assert not mails()
    assert lease_ends() == 1
    look()
    is_settled_once(scene, who, BEGUN["preference"])


def test_a_look_that_finds_nothing_costs_one_question(db: None):
    """And later ones look only at what was begun since the one before, and a little more."""
    with CaptureQueriesContext(connections["default"]) as asked:
        settling.look(None, None)
    assert len(asked) == 1


def test_two_looks_queue_one_job(scene: Scene, clock: Clock):
    """And what a look of long ago has seen is not looked at again."""
    preferred(scene)
    clock.forward(minutes=11)
    jobs.look()
    jobs.look(timezone.now())
    own = DBTaskResult.objects.filter(task_path=settling.settle.module_path)
    assert own.count() == 1
    own.delete()
    clock.forward(minutes=45)
    jobs.look(timezone.now())
    assert not own.exists()
    jobs.look()
    assert own.count() == 1


# --- what was told, or is not to be -------------------------------------------------------------


def test_a_notice_that_was_queued_is_not_queued_again(scene: Scene, clock: Clock):
    """(NOT-01) the process died after it: by then all calls were answered, so it was made."""
    with dying_before_it_is_done("signed_out_everywhere"):
        sign_out(scene)
    assert len(mails()) == 1
    clock.forward(minutes=11)
    look()
    rows = AuditRecord.objects.filter(event="signed_out_everywhere").order_by("number")
    assert [row.outcome for row in rows] == ["intended", "done"]
    assert len(mails()) == 1


def test_a_notice_that_was_only_begun_is_queued(scene: Scene, clock: Clock):
    """(NOT-01) the link without its message is none."""
    nora = scene.signed_in()
    with dying_before("django_tasks_database_dbtaskresult"):
        enrol_app(scene.walker)
    clock.forward(minutes=11)
    look()
    is_settled_once(scene, nora, BEGUN["bind"])


def test_a_way_back_that_was_cut_is_told_once(scene: Scene, clock: Clock):
    """(NOT-01, REC-01) it is told before it begins; its end is what the account shows."""
    ella, codes = ella_with_codes(scene.pool)
    sub = sub_of(scene, ella)
    with scene.dying("AdminDeleteSoftwareToken"):
        use_code(scene.walker, ella, codes[0])
    assert len(mails()) == 1
    clock.forward(minutes=11)
    look()
    rows = rows_of(sub, "recovery_begun")
    assert [row.outcome for row in rows] == ["intended", "unknown"]
    assert len(mails()) == 1


def test_new_codes_that_nobody_saw_are_told(scene: Scene, clock: Clock):
    """(NOT-01, REC-05) what the portal keeps itself, too."""
    nora = scene.signed_in()
    scene.walker.open("/recovery/codes/")
    with dies(notices, "announce", after=False), pytest.raises(Killed):
        scene.walker.send("Make recovery codes")
    clock.forward(minutes=11)
    look()
    happened = "New recovery codes were made" + UNSURE
    is_settled_once(scene, nora, (an_app, "recovery_codes_made", "unknown", happened))


def test_what_the_pool_never_made_is_told_to_nobody(scene: Scene, clock: Clock):
    """(RES-04) the account is as it was before: not done."""
    ella = scene.signed_in(phone=True, app=True, on=ALL, preferred=SMS)
    scene.walker.open("/preference/")
    with dies(services, "apply", after=False), pytest.raises(Killed):
        scene.walker.send("Save", preferred=APP)
    clock.forward(minutes=11)
    look()
    rows = rows_of(sub_of(scene, ella), "preference_changed")
    assert [row.outcome for row in rows] == ["intended", "refused"]
    assert not mails()


@pytest.mark.parametrize(
    ("event", "detail", "outcome"),
    [
        ("passkey_named", {}, "unknown"),
        ("helpdesk_reveal", {"channel": "email"}, "refused"),
        ("helpdesk_end_sessions", {"within": "takeover", "compound": "…"}, "unknown"),
        ("email_change_asked", {"to": "x•••@y•••"}, "unknown"),
    ],
)
def test_what_is_told_to_nobody_only_gets_its_end(
    scene: Scene, clock: Clock, event: str, detail: dict[str, str], outcome: str
):
    """(AUD-01, NOT-01) as where its end was seen; a step is told with the act it belongs to."""
    nora = scene.pool.make()
    sub = sub_of(scene, nora)
    operator = Visitor(scene.pool.pool_id, "operator")
    mandate = Mandate(Subject(scene.pool.pool_id, sub))
    with (
        pytest.raises(Killed),
        audit.change(operator, event, detail=detail, mandate=mandate),
    ):
        raise Killed
    clock.forward(minutes=11)
    look()
    look()
    assert [row.outcome for row in rows_of(sub, event)] == ["intended", outcome]
    assert not mails()


def test_a_change_elsewhere_is_told_beside_it(scene: Scene, clock: Clock):
    """(NOT-01, AUD-01) what was begun here does not explain that the app is off."""
    ella = preferred(scene)
    _sms_alone(scene.pool, ella)
    clock.forward(minutes=11)
    scene.walker.open("/")
    rows = rows_of(sub_of(scene, ella), "preference_changed")
    assert [row.outcome for row in rows] == ["intended", "unknown"]
    assert AuditRecord.objects.filter(event="drift_found").count() == 1
    assert len(mails()) == 2


# --- one's own that ended as not certain --------------------------------------------------------

# The helpdesk tells of its own before it records that they are not certain. An app that was proved
# is added, whatever is heard of turning it on.
SILENT = {
    kind: begun
    for kind, begun in BEGUN.items()
    if kind != "bind" and not begun[1].startswith("helpdesk_")
}


@pytest.fixture
def silent(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Cognito makes the change, and then says nothing until the block ends."""
    sandbox = scene.pool.sandbox
    return replace(scene, dying=lambda operation: silent_from(monkeypatch, sandbox, operation))


def is_found_out_once(scene: Scene, who: Somebody, begun: Begun) -> None:
    """What the account tells is a further end; what it does not tell stays as it was recorded."""
    _, event, outcome, _ = begun
    intended, *its_ends = rows_of(sub_of(scene, who), event)
    found_out = ["done"] if outcome == "done" else []
    assert [end.outcome for end in its_ends] == ["unknown", *found_out]
    assert ["found_out" in end.detail for end in its_ends] == [False, *map(bool, found_out)]
    assert {end.completes_id for end in its_ends} == {intended.id}
    receipt = audit.own_change(Subject(intended.pool_id, intended.sub), intended.id)
    assert receipt is not None
    assert receipt.outcome == outcome
    assert not list(trail.findings(scene.pool.pool_id))
    assert not AuditRecord.objects.filter(event="drift_found").exists()
    is_told_once(scene, who, begun)


@pytest.mark.parametrize("begun", SILENT.values(), ids=SILENT)
def test_a_worker_tells_of_what_ended_as_not_certain(silent: Scene, clock: Clock, begun: Begun):
    """(NOT-01, NOT-02, AUD-04, RES-04) after the lease and not before; once."""
    who = begun[0](silent)
    sub = sub_of(silent, who)
    clock.forward(minutes=9)
    look()
    assert [row.outcome for row in rows_of(sub, begun[1])] == ["intended", "unknown"]
    assert not mails()
    clock.forward(minutes=2)
    look()
    is_found_out_once(silent, who, begun)
    clock.forward(minutes=2)
    look()
    visit(silent)
    is_found_out_once(silent, who, begun)


@pytest.mark.parametrize("kind", [kind for kind in SILENT if kind not in BY_WORKERS])
@pytest.mark.parametrize("came_before", [False, True])
def test_the_next_visit_tells_of_what_ended_as_not_certain(
    silent: Scene, clock: Clock, kind: str, came_before: bool
):
    """(NOT-01, NOT-02, RES-04) without a worker; a visit within the lease forgets nothing."""
    begun = SILENT[kind]
    who = begun[0](silent)
    if came_before:
        silent.walker.open("/")
        assert not mails()
    clock.forward(minutes=11)
    if came_before and "asked" not in rows_of(sub_of(silent, who), begun[1])[0].detail:
        begun = (*begun[:2], "unknown", SAID[begun[1]].done + UNSURE)
    visit(silent)
    is_found_out_once(silent, who, begun)
    visit(silent)
    look()
    is_found_out_once(silent, who, begun)


@pytest.mark.parametrize("by_worker", [True, False])
def test_what_was_not_certain_and_never_made_is_told_to_nobody(
    silent: Scene, clock: Clock, by_worker: bool
):
    """(NOT-01, RES-04) the account is as it was before: refused, as was found out."""
    ella, pool = preferred(silent), silent.pool
    # As if that call had never come through.
    pool.admin.admin_set_user_mfa_preference(
        UserPoolId=pool.pool_id,
        Username=ella.username,
        SMSMfaSettings={"Enabled": True, "PreferredMfa": True},
        SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": False},
    )
    clock.forward(minutes=11)
    for _ in range(2):
        if by_worker:
            look()
        else:
            visit(silent)
    rows = rows_of(sub_of(silent, ella), "preference_changed")
    assert [row.outcome for row in rows] == ["intended", "unknown", "refused"]
    assert not mails()


@pytest.mark.parametrize("read", [Outcome.DONE, Outcome.UNKNOWN])
def test_of_many_who_look_at_what_was_not_certain_one_tells(
    silent: Scene, clock: Clock, read: Outcome
):
    """(NOT-01, AUD-04, QA-04) the second finds the end or the link of the first."""
    who = preferred(silent)
    clock.forward(minutes=11)
    (act,) = audit.still_unfinished([rows_of(sub_of(silent, who), "preference_changed")[0].pk])
    account = settling.people.get(act.sub).account
    at_once, settled = 4, []
    all_are_there = Barrier(at_once)

    def work() -> None:
        try:
            all_are_there.wait(timeout=20)
            settled.append(unseen.settle(act, read, account))
        finally:
            connections.close_all()

    if portal.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # In memory every connection would have a database of its own: one thread, stale rows.
        settled = [unseen.settle(act, read, account) for _ in range(at_once)]
    else:
        threads = [Thread(target=work) for _ in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(settled) == [False, False, False, True]
    happened = SAID["preference_changed"].done + UNSURE
    unsure = (preferred, "preference_changed", "unknown", happened)
    is_found_out_once(silent, who, BEGUN["preference"] if read is Outcome.DONE else unsure)


def test_a_worker_that_dies_while_it_tells_of_what_was_not_certain(silent: Scene, clock: Clock):
    """(NOT-01, RES-06, RES-08) the next one does it."""
    who = signed_out(silent)
    clock.forward(minutes=11)
    jobs.look()
    take_and_die("settling.settle", unseen.notices, "announce_for", after=True)
    assert not mails()
    assert lease_ends() == 1
    look()
    is_found_out_once(silent, who, BEGUN["sign-outs"])


def test_what_was_not_certain_long_ago_is_told_to_nobody(silent: Scene, clock: Clock):
    """Nobody remembers it, and who was told cannot be seen any more."""
    sub = sub_of(silent, preferred(silent))
    begun, _ = rows_of(sub, "preference_changed")
    clock.forward(days=4)
    look()
    # As a job would that had waited all the time.
    settling.settle.call(str(begun.pk))
    rows = rows_of(sub, "preference_changed")
    assert [row.outcome for row in rows] == ["intended", "unknown"]
    assert not mails()


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        ("passkey_named", {}),
        ("email_change_asked", {"to": "x•••@y•••"}),
        ("bulk_preferred", {}),
        ("helpdesk_end_sessions", {"within": "takeover", "compound": "…"}),
    ],
)
def test_what_is_not_certain_and_quiet_stays_as_it_is(
    scene: Scene, clock: Clock, event: str, detail: dict[str, str]
):
    """And is read once at most: not by every look anew."""
    nora = scene.pool.make()
    sub = sub_of(scene, nora)
    with (
        pytest.raises(CognitoUnreachable),
        audit.change(Visitor(scene.pool.pool_id, sub), event, detail=detail),
    ):
        raise CognitoUnreachable("SetUserMFAPreference", "reset")
    clock.forward(minutes=11)
    for _ in range(3):
        look()
    assert [row.outcome for row in rows_of(sub, event)] == ["intended", "unknown"]
    assert not mails()
    own = DBTaskResult.objects.filter(task_path=settling.settle.module_path)
    assert own.count() == (event == "email_change_asked")


# --- who may not read, and who is gone ----------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "minutes"), [("AccessDeniedException", 61), ("TooManyRequestsException", 2)]
)
def test_an_account_that_cannot_be_read_waits(scene: Scene, clock: Clock, code: str, minutes: int):
    """(NOT-01, NOT-02, RES-08) without its address nobody would be told: tried again later."""
    who = other_address(scene)
    clock.forward(minutes=11)
    with scene.pool.sandbox.trouble("AdminGetUser", "error", code=code):
        look()
    assert len(rows_of(sub_of(scene, who), "email_address_changed")) == 1
    assert not mails()
    clock.forward(minutes=minutes)
    look()
    is_settled_once(scene, who, BEGUN["address"])


def test_somebody_who_is_gone_is_told_nothing(scene: Scene, clock: Clock):
    """The change gets its end all the same."""
    who = preferred(scene)
    sub = sub_of(scene, who)
    scene.pool.admin.admin_delete_user(UserPoolId=scene.pool.pool_id, Username=who.username)
    clock.forward(minutes=11)
    look()
    rows = rows_of(sub, "preference_changed")
    assert [row.outcome for row in rows] == ["intended", "unknown"]
    assert not mails()


# --- the helpdesk -------------------------------------------------------------------------------


def test_an_act_of_the_helpdesk_is_told_on_every_channel(
    scene: Scene, clock: Clock, settings: Any, deliver_notices: Any
):
    """(NOT-01, NOT-02, HLP-08) by text message as well; both histories show how it ended."""
    settings.SMS_BACKEND = f"{Phones.__module__}.{Phones.__name__}"
    Phones.sent.clear()
    ella = scene.signed_in(phone=True, app=True, on=ALL, preferred=APP)
    operators = Walker()
    agent = desk.at_work(operators, scene.pool)
    desk.proved(scene.pool, agent, ella)
    with scene.dying("AdminUserGlobalSignOut"):
        desk.do(operators, scene.pool, ella, "end_sessions")
    clock.forward(minutes=11)
    deliver_notices()
    (told,) = told_by_mail(scene.pool.sandbox, ella)
    assert told.startswith("All sessions were ended" + UNSURE)
    ((number, text),) = Phones.sent
    assert number == ella.phone
    assert f"All sessions were ended{UNSURE}\n Ticket {desk.TICKET}. It was not you? http" in text
    (line,) = history.recent(Subject(scene.pool.pool_id, sub_of(scene, ella)), "")[:1]
    assert (line.what, line.outcome) == ("All sessions were ended", "unknown")


def test_an_act_of_which_nothing_was_heard_is_told_before_its_end(scene: Scene, clock: Clock):
    """(NOT-01, HLP-08) dying as it writes "not certain" keeps nobody in the dark."""
    ella = scene.signed_in(phone=True, app=True, on=ALL, preferred=APP)
    operators = Walker()
    agent = desk.at_work(operators, scene.pool)
    desk.proved(scene.pool, agent, ella)
    silence = scene.pool.sandbox.trouble("AdminUserGlobalSignOut", "reset")
    with silence, dies(audit, "_conclude", after=False), pytest.raises(Killed):
        desk.do(operators, scene.pool, ella, "end_sessions")
    assert len(mails()) == 1
    clock.forward(minutes=11)
    look()
    rows = rows_of(sub_of(scene, ella), "helpdesk_end_sessions")
    assert [row.outcome for row in rows] == ["intended", "unknown"]
    assert len(mails()) == 1


def test_every_act_and_every_event_has_its_words():
    """(NOT-03) whatever is settled can be told."""
    assert {f"helpdesk_{act}" for act in TOLD} <= SAID.keys()
    assert drift.TOUCHES.keys() | ends.QUIET | unseen.TOLD_IF_DONE <= SAID.keys()
    assert unseen.voice.done.keys() <= SAID.keys()
