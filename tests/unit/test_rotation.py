"""A new key takes over, and the former one is not needed any more."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from accounts import messages, rotation, vault
from accounts.models import Person, TrustedBrowser
from portal.helpdesk.models import Approval

OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))


def trusted(number: int, **what: Any) -> TrustedBrowser:
    person = Person.objects.known_as("eu-central-1_Rotation1", f"somebody-{number}")
    return TrustedBrowser.objects.create(
        person=person, browser_hash=f"{number:064}", sealed=vault.seal(what)
    )


def rotate() -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue().strip()


@pytest.mark.django_db(transaction=True)
def test_after_a_rotation_the_former_key_can_go(settings: Any) -> None:
    """(DAT-02) rehearsed: new key first, seal anew, former key away; rows and waiting jobs open."""
    settings.TOKEN_KEYS = [OLD]
    kept = trusted(1, key="device")
    messages.send_email(
        "late@example.com", "Hello", "There", until=timezone.now() + timedelta(hours=1)
    )
    settings.TOKEN_KEYS = [NEW, OLD]
    already = trusted(2, key="other")
    assert rotate() == "sealed anew: 2, opened by no key: 0"
    assert rotate() == "sealed anew: 0, opened by no key: 0"
    settings.TOKEN_KEYS = [NEW]
    for row, held in ((kept, "device"), (already, "other")):
        row.refresh_from_db()
        assert vault.unseal(row.sealed) == {"key": held}
    call_command("db_worker", batch=True, interval=0, verbosity=0)
    assert [message.to for message in mail.outbox] == [["late@example.com"]]


@pytest.mark.django_db(transaction=True)
def test_what_no_key_opens_is_said_and_left_alone(settings: Any) -> None:
    """(DAT-02) a row or a job whose key is gone fails the command; nothing is overwritten."""
    settings.TOKEN_KEYS = [LOST]
    lost = trusted(3, key="gone")
    messages.send_email(
        "lost@example.com", "Hello", "There", until=timezone.now() + timedelta(hours=1)
    )
    settings.TOKEN_KEYS = [NEW, OLD]
    with pytest.raises(SystemExit):
        rotate()
    before = lost.sealed
    lost.refresh_from_db()
    assert lost.sealed == before


def test_every_room_that_seals_is_looked_at() -> None:
    """(DAT-02)"""
    found = set(rotation.columns())
    assert {(TrustedBrowser, "sealed"), (Approval, "names")} <= found
