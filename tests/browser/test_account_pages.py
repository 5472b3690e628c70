"""What the pages of an account do with a real browser: copy, save, print, and links from a mail."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

TOTP = "SOFTWARE_TOKEN_MFA"


def codes_of(visitor: Visitor) -> list[str]:
    visitor.sign_in()
    visitor.open("/recovery/codes/")
    visitor.press("Make recovery codes")
    return visitor.page.locator(".codes-list code").all_inner_texts()


def test_recovery_codes_are_copied_saved_printed_and_kept(visit: Visit):
    """(REC-02, A11-02) and the page that comes after them shows none."""
    nora = visit(permissions=["clipboard-read", "clipboard-write"])
    nora.page.add_init_script("window.print = () => { window.printed = true; }")
    codes = codes_of(nora)
    assert len(set(codes)) == 10
    nora.button("Copy them").click()
    expect(nora.page.get_by_text("Copied", exact=True)).to_be_visible()
    assert nora.page.evaluate("navigator.clipboard.readText()").split() == codes
    with nora.page.expect_download() as download:
        nora.button("Download as a file").click()
    # A browser writes a sign of no width, such as our marks, as a line.
    name = download.value.suggested_filename.replace("_", "")
    assert name == f"Recovery codes for Demo sign-in settings - {nora.somebody.username}.txt"
    assert [line for line in read(download.value.path()) if line in codes] == codes
    nora.button("Print").click()
    assert nora.page.evaluate("window.printed")
    nora.page.emulate_media(media="print")
    expect(nora.page.get_by_text(codes[0])).to_be_visible()
    nora.page.emulate_media(media="screen")
    nora.press("I have kept them")
    assert "10 of 10 codes are left" in nora.words
    # It was the answer to a form and is kept nowhere: the browser would have to ask anew.
    with pytest.raises(Error, match="ERR_CACHE_MISS"):
        nora.page.go_back()


def read(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_the_history_is_filtered_and_taken_along(visit: Visit):
    """As a table that other programs read."""
    tom = visit({"app": True, "on": (TOTP,)})
    tom.sign_in()
    tom.open("/recovery/codes/")
    tom.press("Make recovery codes")
    tom.open("/activity/")
    entries = tom.page.locator(".timeline > li")
    everything = entries.count()
    assert everything > 1
    kinds = tom.page.locator("select[name=kind], input[name=kind]").first
    assert kinds.is_visible()
    tom.page.goto(f"{tom.portal.url}/activity/?kind=sign_ins")
    assert 0 < entries.count() < everything
    with tom.page.expect_download() as download:
        tom.link("Download as a table").click()
    assert len(read(download.value.path())) > everything


def test_the_link_of_a_notice_works_signed_out(visit: Visit):
    """(NOT-03, REC-07) one click, in a browser that knows nobody; the second time it is over."""
    nora, stranger = visit(), visit()
    codes_of(nora)
    link = link_of(nora)
    stranger.page.goto(link)
    assert stranger.heading == "Was this not you?"
    stranger.press("This was not me: secure the account")
    assert stranger.heading == "The account is secured"
    nora.open("/")
    assert nora.heading == "Sign in"
    stranger.page.goto(link)
    assert stranger.heading == "This link does not work any more"


def link_of(visitor: Visitor) -> str:
    """The link in the newest notice, once the worker has sent it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for message in visitor.sandbox.inbox(visitor.somebody.email):
            found = re.search(r"http\S+/not-me/\S+", message["text"])
            if found:
                return found[0]
        time.sleep(0.1)
    raise AssertionError("no notice came")


def test_a_new_number_and_a_new_address(visit: Visit):
    """(FAC-05) tasks of their own; the old one is there until the new one is proved."""
    nora = visit({"phone": True})
    nora.sign_in()
    old = {nora.somebody.phone, nora.somebody.email}
    for page, label, typed, attribute in (
        ("phone", "Phone number", "+447400987654", "phone_number"),
        ("address", "E-mail address", f"new-{nora.somebody.email}", "email"),
    ):
        nora.open(f"/enrolment/contact/{page}/")
        nora.write(label, typed)
        nora.press("Send me a code")
        assert nora.people.look(nora.somebody)["attributes"][attribute] in old
        nora.give_code(nora.sandbox.newest_code(typed))
        nora.press("Confirm")
        assert nora.heading == "Saved"
        assert nora.people.look(nora.somebody)["attributes"][attribute] == typed
