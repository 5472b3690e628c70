"""What is kept is listed, and goes when its time is over."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts import freezes, limits, notices, trail
from accounts.models import AuditRecord, Colleague, Freeze, NotMeLink, Tally
from accounts.subjects import Subject
from tests.clock import Clock
from tests.journeys.helpdesk_steps import at_work
from tests.journeys.steps import enrol_app, session_id
from tests.people import People
from tests.unit.persons import somebody
from tests.walker import Walker

needs_database_cache = pytest.mark.skipif(
    "TableCache" not in str(portal.CACHES["default"]["BACKEND"]),
    reason="Redis deletes what has run out by itself",
)


def _purge(capsys: Any) -> dict[str, int]:
    call_command("purge")
    said = capsys.readouterr().out
    return {name.strip(): int(number) for name, number in re.findall(r"([\w ]+?): (\d+)", said)}


def _rows_of_the_cache() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM portal_cache")
        return " ".join(key for (key,) in cursor.fetchall())


@pytest.mark.django_db
def test_all_that_is_stored_is_listed():
    """(DAT-01) every table of ours has its line, with purpose and lifetime."""
    page = Path(portal.BASE_DIR, "docs/inside.md").read_text()
    kept = page.partition("## What is kept, and where")[2].partition("\n## ")[0]
    listed = {
        "accounts_person": "person: pool and `sub`",
        "api_keyedchange": "answers to changes that a program sent with a key",
        "webhooks_message": "what other systems are told",
        "accounts_tally": "counts of tries and messages",
        "accounts_trustedbrowser": "a trusted browser",
        "accounts_setupbegun": "a method that a sign-in is setting up",
        "enrolment_namedpasskey": "name, provider (AAGUID) and synchronisation of a passkey",
        "factors_passkeyswitch": "whether a passkey is used instead of a code",
        "embed_embedclient": "an application that embeds the portal",
        "embed_embedkey": "keys of an application that embeds the portal",
        "embed_embedticket": "a ticket for a frame",
        "embed_portalwindow": "a window that stands in for a frame",
        "accounts_freeze": "a freeze of changes",
        "accounts_notmelink": 'the link of a notice, "this was not me"',
        "accounts_colleague": "what an operator is called",
        "accounts_case": "a case of the helpdesk",
        "accounts_recoverypass": "a recovery pass",
        "accounts_pairingrequest": "a browser that waits to be paired",
        "helpdesk_bulk_bulkchange": "a change for many people",
        "helpdesk_bulk_bulkrow": "whom a change for many people is about",
        "helpdesk_bulk_bulklane": "which worker goes on with a change for many people",
        "helpdesk_bulk_pace": "when the next call of a change for many people may be made",
        "accounts_recoverycodeset": "recovery codes",
        "accounts_recoverycode": "recovery codes",
        "accounts_recovery": "a way back in",
        "helpdesk_callercheck": "a check of a caller",
        "helpdesk_callerproof": "what a caller is asked",
        "helpdesk_compound": "steps of an act of several steps",
        "helpdesk_approval": "what a second operator is asked",
        "accounts_auditrecord": "audit, for questions",
        "accounts_auditcursor": "how far the audit was delivered",
        "accounts_audithead": "the newest number and hash",
        "factors_lastknown": "what was last read of a person's methods",
        "factors_dismissal": "a reminder that was answered",
        "factors_enrolledauthenticator": "name and date of an authenticator",
        "django_tasks_database_dbtaskresult": "notices to a person",
        "portal_cache": "tokens of a sign-in",
    }
    # Django's own: names of tables and rights, nothing of anybody.
    empty = {"django_migrations", "django_content_type", "django_session"}
    empty |= {"auth_group", "auth_permission", "auth_group_permissions"}
    # allauth's, unused: names and addresses belong to the pool.
    empty |= {"account_emailaddress", "account_emailconfirmation"}
    empty |= {f"socialaccount_social{each}" for each in ("account", "app", "token")}
    empty |= {"socialaccount_socialapp_sites"}
    if connection.vendor == "sqlite":
        empty.add("sqlite_sequence")
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    in_redis = set() if hasattr(cache, "_table") else {"portal_cache"}
    assert tables - empty == set(listed) - in_redis
    for words in listed.values():
        assert re.search(rf"^\| {re.escape(words)}.*\|.*\|", kept, re.MULTILINE), words


@needs_database_cache
def test_a_session_that_ran_out_leaves_nothing(
    walker: Walker, pool: People, clock: Clock, capsys: Any
):
    """(DAT-01) tokens, an unfinished enrolment and a held form lie in it, and go with it."""
    walker.sign_in(pool.make())
    walker.open("/enrolment/totp/")
    walker.send("Show")
    session = session_id(walker)
    clock.forward(hours=11)
    assert _purge(capsys)["sessions"] == 0 or SessionStore().exists(session)
    assert session in _rows_of_the_cache()
    clock.forward(hours=2)
    assert _purge(capsys)["sessions"] >= 1
    assert session not in _rows_of_the_cache()


def test_counts_go_when_they_count_no_more(pool: People, clock: Clock, capsys: Any):
    """(DAT-01) a window after its end, failures in a row after a year."""
    limits.spend(limits.SIGN_IN_ADDRESS, "203.0.113.7")
    limits.spend(limits.SEND_PERSON, "nora")
    limits.spend_proof("nora", "SMS_MFA")
    clock.forward(minutes=2)
    assert _purge(capsys)["limits"] == 1
    clock.forward(hours=1)
    assert _purge(capsys)["limits"] == 1
    clock.forward(days=300)
    assert _purge(capsys)["limits"] == 0
    clock.forward(days=70)
    assert _purge(capsys)["limits"] == 1
    assert not Tally.objects.exists()


def test_notices_go_a_week_after_they_were_sent(
    pool: People, deliver_notices: Any, clock: Clock, capsys: Any
):
    """(DAT-01, NOT-04) and one that is still to be sent stays."""
    notices.announce(somebody(), {"nora@example.com"}, "Something was changed.")
    deliver_notices()
    clock.forward(days=6)
    assert _purge(capsys)["notices"] == 0
    notices.announce(somebody(), {"nora@example.com"}, "Something else was changed.")
    clock.forward(days=2)
    assert _purge(capsys)["notices"] == 1
    clock.forward(days=30)
    assert _purge(capsys)["notices"] == 0
    assert DBTaskResult.objects.count() == 1


def test_links_and_freezes_go_when_they_are_over(pool: People, clock: Clock, capsys: Any):
    """(DAT-01) a used link goes no earlier than one that could still be used."""
    nora = Subject(pool.pool_id, "nora")
    freezes.begin(nora, timedelta(hours=24), "not_me")
    for used_at in (None, timezone.now()):
        NotMeLink.objects.create(
            pool_id=nora.pool_id,
            sub=nora.sub,
            ends_at=timezone.now() + timedelta(hours=72),
            used_at=used_at,
        )
    clock.forward(hours=23)
    assert set(_purge(capsys).values()) == {0}
    clock.forward(hours=2)
    assert _purge(capsys)["freezes"] == 1
    clock.forward(hours=46)
    assert _purge(capsys)["links of notices"] == 0
    clock.forward(hours=2)
    assert _purge(capsys)["links of notices"] == 2
    assert not Freeze.objects.exists()
    assert not NotMeLink.objects.exists()


@pytest.mark.parametrize(("days", "gone"), [(730, True), (0, False)])
def test_the_audit_is_kept_as_long_as_the_settings_say(
    walker: Walker,
    pool: People,
    clock: Clock,
    settings: Any,
    capsys: Any,
    days: int,
    *,
    gone: bool,
):
    """(DAT-01) intentions and outcomes go together, and 0 keeps them for ever."""
    settings.AUDIT_KEPT_DAYS = days
    nora = pool.make()
    walker.sign_in(nora)
    enrol_app(walker)
    rows = AuditRecord.objects.count()
    clock.forward(days=729)
    assert _purge(capsys)["audit rows"] == 0
    clock.forward(days=2)
    assert _purge(capsys)["audit rows"] == (rows if gone else 0)
    left = set(AuditRecord.objects.values_list("event", flat=True))
    assert left == {"audit_purged"} if gone else "totp_enrolled" in left
    assert list(trail.findings(pool.pool_id)) == []


def test_purging_twice_is_no_error(pool: People, capsys: Any):
    """(DAT-01) nor is it one where there is nothing."""
    cache.clear()
    for _ in range(2):
        assert set(_purge(capsys).values()) == {0}


def test_the_names_of_operators_go_with_what_they_did(
    pool: People, helpdesk: None, clock: Clock, capsys: Any, settings: Any
):
    """(DAT-01) and where the audit is kept for ever, they are too."""
    at_work(pool)
    clock.forward(days=731)
    settings.AUDIT_KEPT_DAYS = 0
    assert _purge(capsys)["names of operators"] == 0
    settings.AUDIT_KEPT_DAYS = 730
    assert _purge(capsys)["names of operators"] == 1
    assert not Colleague.objects.exists()
