"""Workers that die in the middle of a job, mail that is away: nothing is lost (docs/faults.md).

Of the process that dies nothing goes on: the job stays as it was taken. Changes for many people
are cut with real processes, in test_bulk_workers.py.
"""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.management import call_command
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts import jobs, messages, notices, vault
from accounts.models import Recovery
from accounts.webhooks import delivery
from accounts.webhooks.models import Message
from portal.helpdesk.models import Approval
from tests.clock import Clock
from tests.journeys.cutting import Killed
from tests.journeys.desk import sub_of
from tests.journeys.steps import APP, EMAIL, enrol_app
from tests.journeys.steps import notices as notices_to
from tests.journeys.test_cuts import WayBack, opens_by_password
from tests.journeys.way_back import subject_of, use_code
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("transactional_db", "by_password")
READY, RUNNING = TaskResultStatus.READY, TaskResultStatus.RUNNING


@pytest.fixture
def by_password(settings: Any) -> None:
    settings.COGNITO_SIGN_IN_FLOW = "USER_PASSWORD_AUTH"


def work() -> None:
    call_command("worker", batch=True, interval=0, verbosity=0, startup_delay=False)


@contextmanager
def dies(at: Any, name: str, *, after: bool) -> Iterator[None]:
    """Let a process die at one of its steps: before it, or when it is made and not noted."""
    really = getattr(at, name)

    def step(*args: Any, **kwargs: Any) -> Any:
        if after:
            really(*args, **kwargs)
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(at, name, step)
        yield


def take_and_die(path: str, at: Any, name: str, *, after: bool) -> None:
    """A worker takes the one job of this kind, and is killed at that step of it."""
    job = DBTaskResult.objects.ready().get(task_path__endswith=path)
    job.claim("dead")
    with dies(at, name, after=after), pytest.raises(Killed):
        job.task.call(*job.args_kwargs["args"], **job.args_kwargs["kwargs"])
    job.refresh_from_db()
    assert job.status == RUNNING


def lease_ends() -> int:
    """Time passes; how many jobs another worker has taken back."""
    DBTaskResult.objects.filter(status=RUNNING).update(started_at=timezone.now() - portal.JOB_LEASE)
    return jobs.take_back()


@pytest.mark.parametrize("after", [False, True])
def test_a_notice_whose_worker_dies(walker: Walker, pool: People, sandbox: Sandbox, after: bool):
    """(RES-08, NOT-01) it comes; twice, where the first had left and nobody knew."""
    nora = pool.make()
    walker.sign_in(nora)
    enrol_app(walker)
    take_and_die("send_notice", notices.EmailMultiAlternatives, "send", after=after)
    assert len(notices_to(sandbox, nora)) == after
    assert lease_ends() == 1
    work()
    assert len(notices_to(sandbox, nora)) == 1 + after
    work()
    assert len(notices_to(sandbox, nora)) == 1 + after


@pytest.mark.parametrize("after", [False, True])
def test_a_message_whose_worker_dies(pool: People, sandbox: Sandbox, after: bool):
    """(RES-08) a code or an alarm: it comes while it is of use, and no more after that."""
    nora = pool.make()
    until = timezone.now() + timedelta(minutes=10)
    messages.send_email(nora.email, "Hello", "There", until=until)
    take_and_die("messages.deliver", messages.EmailMessage, "send", after=after)
    assert lease_ends() == 1
    work()
    assert len(sandbox.inbox(nora.email)) == 1 + after


@pytest.mark.parametrize("after", [False, True])
def test_word_to_another_system_whose_worker_dies(
    walker: Walker, pool: People, settings: Any, clock: Clock, after: bool
):
    """(RES-08) at least once, always with the same id, and by one worker at a time."""
    settings.WEBHOOKS = {"desk": "http://127.0.0.1:1/mfa"}
    settings.WEBHOOK_SECRETS = {"desk": ["whsec_" + "A" * 43 + "="]}
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    posted: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        # The receiver's side is test_webhooks.py's; here only who asks it, and how often.
        patch.setattr(delivery, "post", lambda endpoint, message, body: posted.append(message))
        walker.sign_in(pool.make())
        enrol_app(walker)
        take_and_die("jobs.deliver", delivery, "post", after=after)
        lease_ends()
        work()
        assert len(posted) == after
        clock.forward(minutes=3)
        work()
        work()
    told = Message.objects.get()
    assert posted == [str(told.id)] * (1 + after)
    assert told.delivered_at is not None


@pytest.mark.parametrize("after", [False, True])
def test_the_end_of_a_sitting_whose_worker_dies(
    walker: Walker, pool: People, settings: Any, clock: Clock, after: bool
):
    """(RES-06, REC-01) the account is closed to its password alone, once."""
    from portal.recovery import jobs as recovery  # noqa: PLC0415  (its name is another's here)

    settings.RECOVERY = True
    way = WayBack(pool, walker)
    use_code(walker, way.ella, way.codes[0])
    assert opens_by_password(pool, way.ella)
    clock.forward(minutes=16)
    take_and_die("close_gap", recovery.people, "set_preference", after=after)
    # The next try was set before this one began: a minute later, whatever becomes of this one.
    clock.forward(minutes=2)
    work()
    assert not opens_by_password(pool, way.ella)
    assert pool.on(way.ella) == {EMAIL}
    assert Recovery.objects.get(sub=subject_of(pool, way.ella).sub).closed_at is not None
    lease_ends()
    work()
    assert pool.on(way.ella) == {EMAIL}


@pytest.fixture
def asked(pool: People, helpdesk: None) -> tuple[Approval, Somebody]:
    """A second operator is asked for; and who will be called."""
    from portal.helpdesk.summons import call_seconds  # noqa: PLC0415

    agent, senior, nora = (pool.make(app=True, on=(APP,)) for _ in range(3))
    pool.join(agent, "helpdesk")
    pool.join(senior, "helpdesk-seniors")
    approval = Approval.objects.create(
        pool_id=pool.pool_id,
        sub=sub_of(pool, nora),
        act="issue_pass",
        operator=sub_of(pool, agent),
        names=vault.seal({"operator": "A", "person": "N"}),
        reason="Lost phone",
        ticket="INC-1",
        ends_at=timezone.now() + timedelta(hours=4),
    )
    call_seconds.enqueue(str(approval.pk))
    return approval, senior


def test_a_call_for_a_second_operator_whose_worker_dies(
    asked: tuple[Approval, Somebody], sandbox: Sandbox
):
    """(RES-08, HLP-04) done again by the next."""
    from portal.helpdesk import summons  # noqa: PLC0415

    take_and_die("call_seconds", summons.messages, "send_to_all", after=False)
    assert lease_ends() == 1
    work()
    assert sandbox.inbox(asked[1].email)


def test_a_call_for_a_second_operator_while_the_pool_is_away(
    asked: tuple[Approval, Somebody], sandbox: Sandbox, clock: Clock
):
    """(RES-08, HLP-04) tried again, not forgotten."""
    with sandbox.trouble("AdminListGroupsForUser", "reset"):
        work()
    assert sandbox.inbox(asked[1].email) == []
    clock.forward(minutes=2)
    work()
    assert sandbox.inbox(asked[1].email)


@pytest.mark.parametrize("why", jobs.NOT_ITS_OWN)
def test_a_job_that_failed_for_no_reason_of_its_own(
    pool: People, sandbox: Sandbox, clock: Clock, why: str
):
    """(RES-08) its worker was ended twice by a hasty operator, or a store was away: done again."""
    nora = pool.make()
    until = timezone.now() + timedelta(minutes=10)
    messages.send_email(nora.email, "Hello", "There", until=until)
    failed = {"status": TaskResultStatus.FAILED, "finished_at": timezone.now()}
    DBTaskResult.objects.update(**failed, exception_class_path=why, traceback="…")
    assert jobs.take_back() == 0
    clock.forward(seconds=20)
    assert jobs.take_back() == 1
    work()
    assert len(sandbox.inbox(nora.email)) == 1


def test_a_job_that_failed_by_itself_is_given_up(pool: People, clock: Clock):
    """Whatever it is would happen again; somebody is told by an alert (JobsGivenUp)."""
    until = timezone.now() + timedelta(hours=1)
    messages.send_email(pool.make().email, "Hello", "There", until=until)
    failed = {"status": TaskResultStatus.FAILED, "finished_at": timezone.now()}
    DBTaskResult.objects.update(**failed, exception_class_path="accounts.vault.SealBroken")
    clock.forward(seconds=20)
    assert jobs.take_back() == 0
    jobs_of_yesterday = {"exception_class_path": jobs.NOT_ITS_OWN[0]}
    DBTaskResult.objects.update(**jobs_of_yesterday, enqueued_at=timezone.now() - jobs.TRIED_FOR)
    assert jobs.take_back() == 0


# --- mail -------------------------------------------------------------------------------------


def _refuses(code: int) -> Callable[..., None]:
    def send(*_: Any, **__: Any) -> None:
        raise smtplib.SMTPResponseException(code, b"try later")

    return send


def test_mail_that_is_gone_for_an_hour_loses_no_notice(
    walker: Walker, pool: People, sandbox: Sandbox, settings: Any, clock: Clock
):
    """(RES-08, NOT-01) nobody there, then a server that is busy; each notice comes once."""
    people = [pool.make() for _ in range(2)]
    real = settings.EMAIL_PORT
    settings.EMAIL_PORT = 1
    for nora in people:
        walker = Walker()
        walker.sign_in(nora)
        # The change itself is made and told on its page: it does not wait for mail.
        assert enrol_app(walker)[1].heading == "Authenticator app is on"
    for minutes in (0, 1, 6, 24):
        clock.forward(minutes=minutes)
        work()
    settings.EMAIL_PORT = real
    with dies_not(_refuses(451)):
        clock.forward(minutes=30)
        work()
    assert [notices_to(sandbox, nora) for nora in people] == [[], []]
    assert DBTaskResult.objects.filter(status=TaskResultStatus.FAILED).count() == 0
    clock.forward(hours=2, minutes=1)
    work()
    work()
    assert [len(notices_to(sandbox, nora)) for nora in people] == [1, 1]
    assert not DBTaskResult.objects.filter(status=READY, task_path__endswith="notice").exists()


@contextmanager
def dies_not(send: Callable[..., None]) -> Iterator[None]:
    """A mail server that answers, and takes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtplib.SMTP, "sendmail", send)
        yield
