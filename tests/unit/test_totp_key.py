"""How the secret of an authenticator app is shown: to a camera, to a reader, to an app."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pyotp
import pytest
import time_machine
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.totp import TotpKey, device_name_today

SECRET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567ABCDEFGHIJKLMNOPQRST"
ACCOUNTS = [
    "nora",
    "nora@example.com",
    "Jürgen Müller",
    "電話番号",
    "a:b",
    "a&issuer=evil&secret=AAAA",
    "a?secret=AAAA#x",
    "100% nora",
    'a"><script>alert(1)</script>',
    "+447400123456",
    "x" * 128,
    "👩🏽‍🚀",
    " ",
]
SCALE = 6


def drawn(svg: str) -> np.ndarray[Any, Any]:
    """Draw the one path by hand, stroke by stroke, as a camera would see it: not quite sharp."""
    size = int(re.findall(r'viewBox="0 0 (\d+) \1"', svg)[0])
    picture = np.full((size, size), 255, dtype=np.uint8)
    for left, y, bars in re.findall(r"M(\d+) (\d+)\.5([mh\d ]*)", svg):
        x = int(left)
        for light, dark in re.findall(r"m(\d+) 0h(\d+)", bars):
            x += int(light)
            picture[int(y), x : x + int(dark)] = 0
            x += int(dark)
    large = np.kron(picture, np.ones((SCALE, SCALE), dtype=np.uint8))
    return cv2.GaussianBlur(large, (SCALE - 1, SCALE - 1), 0)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_camera_reads_exactly_the_link(account: str):
    """A11-02; contract 3.3: a real decoder, whatever the account is called."""
    key = TotpKey(SECRET, account)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(drawn(key.qr_svg))
    assert text == key.uri


@pytest.mark.parametrize("account", ACCOUNTS)
def test_an_app_reads_secret_account_and_issuer_from_the_link(account: str, settings: Any):
    """Contract 3.3: the label cannot smuggle in another secret or issuer."""
    settings.TOTP_ISSUER = "Acme & Söhne: sign-in?"
    key = TotpKey(SECRET, account)
    app = pyotp.parse_uri(key.uri)
    assert app.secret == SECRET
    assert app.issuer == settings.TOTP_ISSUER
    assert app.name == account
    assert (app.digits, app.interval, app.digest().name) == (6, 30, "sha1")
    assert parse_qs(urlsplit(key.uri).query).keys() == {"secret", "issuer"}
    assert key.uri.isascii()


def test_the_link_is_the_one_that_is_known_to_work(settings: Any):
    """Contract 3.3."""
    settings.TOTP_ISSUER = "Acme"
    link = f"otpauth://totp/Acme:nora%40example.com?secret={SECRET}&issuer=Acme"
    assert TotpKey(SECRET, "nora@example.com").uri == link


@given(st.text(max_size=40))
def test_the_picture_holds_one_path_and_no_text(account: str):
    """INP-01, WEB-01: nothing of a name can become markup."""
    svg = TotpKey(SECRET, account).qr_svg
    assert re.fullmatch(
        r'<svg viewBox="0 0 (\d+) \1" aria-hidden="true" shape-rendering="crispEdges">'
        r'<rect width="\1" height="\1" fill="#fff"/>'
        r'<path stroke="#000" d="(M\d+ \d+\.5(m\d+ 0h\d+)*)+"/></svg>',
        svg,
    )


@given(st.from_regex(r"\A[A-Z2-7]{1,60}\Z"))
def test_the_key_is_shown_in_groups_of_four(secret: str):
    """A11-02: what is copied group by group is the whole key."""
    groups = TotpKey(secret, "nora").groups
    assert "".join(groups) == secret
    assert all(len(group) == 4 for group in groups[:-1])
    assert 0 < len(groups[-1]) <= 4


def test_a_key_shows_nothing_of_itself_in_a_log():
    """OTP-10, SES-11."""
    assert SECRET not in repr(TotpKey(SECRET, "nora"))
    assert "nora" not in repr(TotpKey(SECRET, "nora"))


@time_machine.travel("2026-11-03T23:59:00+00:00", tick=False)
def test_an_app_is_named_after_the_day_it_was_added():
    """Contract 5.3: FRIENDLY_DEVICE_NAME holds nothing of the person."""
    assert device_name_today() == "added 3 November 2026"
    with time_machine.travel("2026-11-04T00:00:00+00:00", tick=False):
        assert device_name_today() == "added 4 November 2026"
    with translation.override("de"):
        assert "3. November 2026" in device_name_today()
