"""The addresses of a frame: every one behind the frame's guard, and behind those of its page."""

from typing import Any

import pytest
from django.urls import get_resolver

from portal.embed.framed import pages_of
from portal.embed.pages import FIRST, PAGES
from tests.unit.test_urls import CHANGE, ENROL, SEE, guards_of, patterns

FRAMED = list(patterns(get_resolver("portal.embed.framed").url_patterns))
WITHIN = [(path, view) for path, view in FRAMED if path.startswith("embed/in/")]
OF_WINDOWS = list(patterns(get_resolver("portal.embed.windowed").url_patterns))
QUESTION, PROOF, STAY = ("challenge",), ("in_session",), ("in_session",)
# What can be done within a frame; everything else there only says where it can.
DONE_THERE = {
    "": SEE,
    "preference/": CHANGE,
    "prefer/<factor:slug>/": CHANGE,
    "turn-off/<factor:slug>/": CHANGE,
    "repair/": CHANGE,
    "reminders/": SEE,
    "changes/<uuid:receipt>/": SEE,
    "confirm/": PROOF,
    "session/stay/": STAY,
    **{
        f"sign-in/{tail}": QUESTION
        for tail in (
            "ways/",
            "ways/again/",
            "password/",
            "passkey/",
            "code/",
            "code/resend/",
            "choose/",
            "new-password/",
            "set-up/",
            "set-up/app/",
            "set-up/email/",
            "unsupported/",
            "again/",
        )
    },
    "enrolment/totp/": ENROL,
    **{
        f"enrolment/{slug}/{tail}": ENROL
        for slug in ("sms", "email")
        for tail in ("", "on/", "confirm/", "code/", "resend/", "undo/")
    },
    "enrolment/passkeys/": SEE,
    "enrolment/passkeys/add/": CHANGE,
    "enrolment/passkeys/add/options/": CHANGE,
    "enrolment/passkeys/add/finish/": CHANGE,
    "enrolment/passkeys/added/<uuid:receipt>/": SEE,
    "enrolment/passkeys/instead-of-code/": CHANGE,
    "enrolment/passkeys/<uuid:passkey>/name/": CHANGE,
    "enrolment/passkeys/<uuid:passkey>/delete/": CHANGE,
    "enrolment/ready/<uuid:receipt>/": SEE,
    "enrolment/ready/<uuid:receipt>/name/": CHANGE,
    "activity/": SEE,
    "activity/export.csv": SEE,
    "activity/not-me/<uuid:receipt>/": CHANGE,
    "activity/devices/": SEE,
    "activity/devices/forget/": CHANGE,
    "activity/devices/forget-all/": CHANGE,
    "activity/devices/remember/": CHANGE,
}


def test_every_page_of_a_frame_has_both_guards():
    """AUZ-01, SES-13, REA-02: the frame's own, and all that the same page has elsewhere."""
    found = {path.removeprefix("embed/in/"): guards_of(view) for path, view in WITHIN}
    assert all(guards[0] == "embedded" for guards in found.values())
    done_there = {path: guards[1:] for path, guards in found.items() if guards[1:]}
    assert done_there == DONE_THERE


def test_a_window_has_the_same_pages_behind_the_same_guards():
    """SES-13, EMB-11"""
    of_windows = {path: guards_of(view) for path, view in OF_WINDOWS}
    assert all(path.startswith("w/") for path in of_windows)
    for path, view in WITHIN:
        assert of_windows["w/in/" + path.removeprefix("embed/in/")] == guards_of(view)


def test_no_page_of_the_helpdesk_is_in_a_frame():
    """HLP-11"""
    left_out = ("embed/in/helpdesk/", "embed/in/api/", "embed/in/embed/", "embed/in/go/")
    assert not [path for path, _ in FRAMED if path.startswith(left_out)]


@pytest.mark.parametrize("page", list(PAGES))
def test_every_page_of_a_client_has_its_addresses(page: str):
    """EMB-01: what a client may be allowed exists, and is no other one's."""
    names = [name for name in _names() if page in pages_of(name)]
    assert PAGES[page].start in names
    assert set(FIRST) == set(PAGES) - {"turn-off"}


def _names() -> list[str]:
    found: list[str] = []

    def collect(each: Any, namespace: str) -> None:
        for one in each.url_patterns:
            inner = getattr(one, "namespace", None) or namespace
            if hasattr(one, "url_patterns"):
                collect(one, inner)
            else:
                found.append(f"{inner}:{one.name}")

    collect(get_resolver("portal.urls"), "")
    return found
