"""Recovery codes: how much chance is in them, how they are kept, and that each is good once."""

import math
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts import random_codes, recovery_codes
from accounts.cases import LETTERS
from accounts.models import RecoveryCode, RecoveryCodeSet
from accounts.subjects import Subject
from portal.recovery import codes

NORA = Subject("eu-central-1_One", "nora")
# The same person's id in another pool is another person (AUZ-03).
OTHER_POOL = Subject("eu-central-1_Two", "nora")
ADA = Subject("eu-central-1_One", "ada")


# --- what they are made of --------------------------------------------------------------------


def test_a_code_has_at_least_64_random_bits():
    """REC-02: 16 letters, each drawn of 21."""
    assert len(set(LETTERS)) == len(LETTERS)
    assert recovery_codes.LENGTH * math.log2(len(LETTERS)) >= 64


def test_nothing_in_a_code_looks_like_something_else():
    """REC-02: what is read out and typed again."""
    assert not set(LETTERS) & set("0O1IL2Z5S8BGQUV")


def test_codes_use_every_letter_and_never_repeat():
    """REC-02: two thousand codes hold every letter about as often as any other."""
    drawn = [random_codes.as_kept(random_codes.make(16)) for _ in range(2000)]
    assert len(set(drawn)) == len(drawn)
    text = "".join(drawn)
    expected = len(text) / len(LETTERS)
    assert all(0.8 < text.count(letter) / expected < 1.2 for letter in LETTERS)


@given(st.text(alphabet=LETTERS, min_size=16, max_size=16), st.data())
def test_however_a_code_is_typed_it_is_the_same(kept: str, data: st.DataObject):
    """REC-02: small letters, spaces and dashes anywhere."""
    typed = "".join(
        data.draw(st.sampled_from(["", " ", "-", "\u2013"]))
        + (sign.lower() if data.draw(st.booleans()) else sign)
        for sign in kept
    )
    assert random_codes.is_shaped(typed, 16)
    assert random_codes.as_kept(typed) == kept


@given(st.text(max_size=200))
def test_what_is_no_code_is_never_compared(typed: str):
    """INP-04: whatever comes, and however long it is."""
    if random_codes.is_shaped(typed, 16):
        assert len(random_codes.as_kept(typed)) == 16


@pytest.mark.parametrize(
    "typed", ["", "ACDE", "ACDE-FHJK-MNPR-TWX0", "<b>ACDEFHJKMNPRTWXY", "x" * 99]
)
def test_shapes_that_are_none(typed: str):
    assert not random_codes.is_shaped(typed, 16)


# --- how they are kept ------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_store_holds_none_of_them():
    """REC-02: salted, so that the same code would look different; PBKDF2, never the code."""
    codes = recovery_codes.make(NORA)
    assert len(codes) == len(set(codes)) == 10
    rows = list(RecoveryCode.objects.values_list("code_hash", flat=True))
    for code in codes:
        for form in (code, random_codes.as_kept(code), code.lower()):
            assert form not in " ".join(rows)
    assert {row.split("$")[0] for row in rows} == {"pbkdf2_sha256"}
    assert len({row.split("$")[2] for row in rows}) == 10


@pytest.mark.django_db
def test_new_codes_kill_the_old_ones():
    """REC-05: all of them, used or not; those of anybody else live on."""
    old, adas = recovery_codes.make(NORA), recovery_codes.make(ADA)
    new = recovery_codes.make(NORA)
    assert all(recovery_codes.find(NORA, code) is None for code in old)
    assert recovery_codes.find(NORA, new[0]) is not None
    assert recovery_codes.find(ADA, adas[0]) is not None
    assert RecoveryCodeSet.objects.count() == 2


@pytest.mark.django_db
def test_a_code_is_its_owners_alone():
    """AUZ-02, AUZ-03: nobody else's, and of no other pool."""
    (code, *_rest) = recovery_codes.make(NORA)
    assert recovery_codes.find(ADA, code) is None
    assert recovery_codes.find(OTHER_POOL, code) is None


@pytest.mark.django_db
def test_a_code_is_used_once_and_counted():
    """REC-03: what is left is said."""
    assert recovery_codes.codes_left(NORA) is None
    codes = recovery_codes.make(NORA)
    found = recovery_codes.find(NORA, codes[3].lower())
    assert found is not None
    assert recovery_codes.codes_left(NORA) == 10
    assert recovery_codes.use(found)
    assert not recovery_codes.use(found)
    assert recovery_codes.find(NORA, codes[3]) is None
    assert recovery_codes.codes_left(NORA) == 9


@pytest.mark.django_db
def test_keeping_them_is_said_once():
    recovery_codes.make(NORA)
    state = recovery_codes.state_of(NORA)
    assert state is not None
    assert state.kept_at is None
    assert recovery_codes.note_kept(NORA)
    assert not recovery_codes.note_kept(NORA)
    kept = recovery_codes.state_of(NORA)
    assert kept is not None
    assert kept.kept_at is not None


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_one_succeeds():
    """REC-03, QA-04: one statement decides."""
    (code, *_rest) = recovery_codes.make(NORA)
    found = recovery_codes.find(NORA, code)
    assert found is not None
    together = Barrier(20)

    def use() -> bool:
        together.wait()
        try:
            return recovery_codes.use(found)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        tries = [pool.submit(use) for _ in range(20)]
    assert sorted(each.result() for each in tries) == [False] * 19 + [True]


# --- the file they are kept in ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("username", "portal", "name"),
    [
        ("nora", "Acme", "Recovery codes for Acme - nora.txt"),
        ("nora@example.com", "Acme", "Recovery codes for Acme - n•••@e•••.txt"),
        ("+447700900123", "Acme", "Recovery codes for Acme - ••• 0123.txt"),
        ("2c7e5a1f-0000-4000-8000-000000000002", "Acme", "Recovery codes for Acme.txt"),
        ("..\\nora", "A/B: C\r\n", "Recovery codes for A B C - .. nora.txt"),
        ("nora\u202etxt.exe", "Acme", "Recovery codes for Acme - nora txt.exe.txt"),
        ("n" * 128, "Acme", f"Recovery codes for Acme - {'n' * 54}.txt"),
    ],
)
def test_the_file_is_named_by_portal_and_account(username: str, portal: str, name: str):
    """REC-02: found by a search a year later; no whole address, and a name any system takes."""
    assert codes.file_name(username, portal) == name
