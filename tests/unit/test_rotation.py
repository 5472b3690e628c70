"""A new key takes over, and the former one is not needed any more."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as portal
from django.contrib.auth import get_user, login
from django.core import mail, signing
from django.core.management import call_command
from django.utils import timezone

from accounts import keyed, messages, not_me, random_codes, recovery_codes, rotation, vault
from accounts.models import Person, TrustedBrowser
from accounts.session_store import SessionStore
from accounts.subjects import Subject
from portal.embed import clients as embed_clients
from portal.embed import frames
from portal.helpdesk import checks
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
    call_command("worker", batch=True, interval=0, verbosity=0)
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


# --- PORTAL_SECRET_KEY ------------------------------------------------------------------------

FORMER, LATTER = "former-key-" + "0123456789" * 5, "latter-key-" + "9876543210" * 5
PERSON = Subject(portal.COGNITO_USER_POOL_ID, "11111111-2222-4333-8444-555555555555")


def begin(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = FORMER, []


def rotated(settings: Any) -> None:
    """As docs/upgrades.md says it: the new one in its place, the former one behind it."""
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = LATTER, [FORMER]


def without_the_former(settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = []


@pytest.mark.django_db
def test_a_link_of_a_notice_outlives_the_key_that_signed_it(settings: Any) -> None:
    """(DAT-02, NOT-03) works while the former key is a fallback, and stops with it."""
    begin(settings)
    token = not_me.url_for(PERSON, None).rstrip("/").rpartition("/")[2]
    assert not_me.find(token) is not None
    rotated(settings)
    assert not_me.find(token) is not None
    without_the_former(settings)
    assert not_me.find(token) is None


@pytest.mark.django_db
def test_a_session_outlives_the_key_it_began_under(settings: Any, rf: Any) -> None:
    """(DAT-02, SES-01) nobody is signed out by the new key; who is still bound to the former is."""
    begin(settings)
    person = Person.objects.known_as(PERSON.pool_id, PERSON.sub)
    request = rf.get("/")
    request.session = SessionStore()
    login(request, person, backend="accounts.doors.backend.PersonBackend")
    # As another request, whose session changes nothing, meets it.
    kept = dict(request.session.items())
    rotated(settings)
    assert get_user(request) == person
    without_the_former(settings)
    assert get_user(request) == person
    for name, value in kept.items():
        request.session[name] = value
    assert not get_user(request).is_authenticated


@pytest.mark.django_db
def test_a_call_outlives_the_key_it_began_under(settings: Any) -> None:
    """(DAT-02, HLP-03) the number that a caller looks up, and a voucher's."""
    begin(settings)
    kept = checks.number_hash("ABC DEF")
    rotated(settings)
    assert kept != checks.number_hash("ABCDEF")
    assert keyed.is_one_of(kept, checks.number_hashes("abcdef"))
    without_the_former(settings)
    assert not keyed.is_one_of(kept, checks.number_hashes("ABCDEF"))


@pytest.mark.django_db
def test_tickets_of_frames_and_codes_do_not_hang_on_the_key(settings: Any, rf: Any) -> None:
    """(DAT-02, EMB-05, REC-04) kept by a hash without it, they work before, meanwhile and after."""
    begin(settings)
    code, *_ = recovery_codes.make(PERSON)
    ticket = embed_clients.hashed("a-ticket")
    lobby = signing.dumps({"client": "acme"}, salt=frames.LOBBY_SALT)
    rotated(settings)
    assert signing.loads(lobby, salt=frames.LOBBY_SALT) == {"client": "acme"}
    without_the_former(settings)
    assert embed_clients.hashed("a-ticket") == ticket
    assert recovery_codes.codes_left(PERSON) == 10
    assert random_codes.matches(code, random_codes.hashed(code))
    with pytest.raises(signing.BadSignature):
        signing.loads(lobby, salt=frames.LOBBY_SALT)
