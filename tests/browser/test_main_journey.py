"""The main job, end to end, as a person does it: on a phone, without script, without a mouse."""

import time
from typing import Any

import pytest

from tests.browser.conftest import PHONE, Visit
from tests.browser.visitor import KeyboardVisitor, Visitor

FIRST = "Which one shall we ask for first?"


@pytest.mark.parametrize(
    ("kind", "browser_options"),
    [
        pytest.param(Visitor, PHONE, id="phone"),
        pytest.param(Visitor, {"java_script_enabled": False}, id="script-off"),
        pytest.param(KeyboardVisitor, {}, id="keyboard"),
    ],
)
def test_from_nothing_to_a_choice_at_each_sign_in(
    visit: Visit, kind: type[Visitor], browser_options: dict[str, Any]
):
    """A11-04, A11-08, WEB-17, NOT-01: the same journey for everybody."""
    nora = visit(kind=kind, **browser_options)
    nora.sign_in()
    _enrol_the_app(nora)
    nora.sign_out()
    nora.sign_in()
    assert nora.heading == "How you sign in"
    _enrol_the_phone(nora)
    _ask_me_each_time(nora)
    nora.sign_out()
    _arrive_by_text_message(nora)
    _was_told(nora, "An authenticator app was added.")


def _enrol_the_app(nora: Visitor) -> None:
    nora.follow("Set up authenticator app")
    nora.press("Show the QR code")
    nora.somebody.app = nora.scan()
    nora.give_code(nora.somebody.app.code())
    nora.press("Turn on")
    assert nora.heading == "Authenticator app is on"
    assert nora.people.on(nora.somebody) == {"SOFTWARE_TOKEN_MFA"}


def _enrol_the_phone(nora: Visitor) -> None:
    nora.follow("Set up text message")
    nora.write("Phone number", nora.somebody.phone)
    nora.press("Send me a code")
    nora.give_code(nora.fresh_code())
    nora.press("Turn on")
    assert nora.heading == "Text message is on"
    nora.press("Make this my preferred way")
    assert nora.people.preferred(nora.somebody) == "SMS_MFA"


def _ask_me_each_time(nora: Visitor) -> None:
    nora.follow("Done")
    nora.follow("Choose what we ask for")
    nora.choose("Ask me each time", FIRST)
    nora.press("Save")
    assert "let you choose" in nora.words
    assert nora.people.on(nora.somebody) == {"SOFTWARE_TOKEN_MFA", "SMS_MFA"}
    assert nora.people.preferred(nora.somebody) is None


def _arrive_by_text_message(nora: Visitor) -> None:
    nora.give_password()
    assert nora.heading == "Confirm that it is you"
    nora.choose_way("text message")
    nora.give_code(nora.sandbox.newest_code(nora.somebody.phone))
    nora.press("Continue")
    assert nora.heading == "How you sign in"


def _was_told(nora: Visitor, sentence: str) -> None:
    deadline = time.monotonic() + 10
    while not any(sentence in mail["text"] for mail in nora.sandbox.inbox(nora.somebody.email)):
        assert time.monotonic() < deadline, f"no notice: {sentence}"
        time.sleep(0.1)
