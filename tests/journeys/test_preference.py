"""Choosing what is on and what is asked first, and turning one method off."""

from typing import Any

import pytest

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.steps import (
    ALL,
    APP,
    EMAIL,
    OVERVIEW,
    SMS,
    calls_counted,
    notices,
    sentence,
    states,
)
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Walker

BLOCK = {APP: "SoftwareTokenMfaSettings", SMS: "SMSMfaSettings", EMAIL: "EmailMfaSettings"}
MOVED = "Something changed since you opened this page"


def _blocks() -> dict[str, Any]:
    """The blocks of the last change, as its audit row remembers them."""
    row = AuditRecord.objects.filter(event="preference_changed", outcome="done").latest(
        "created_at"
    )
    return dict(row.detail["blocks"])


def _ella(pool: People, **how: Any) -> Somebody:
    return pool.make(phone=True, app=True, **{"on": ALL, **how})


# --- saving -----------------------------------------------------------------------------------


def test_ask_me_each_time_leads_to_the_choice(
    walker: Walker, second_walker: Walker, pool: People, sandbox: Sandbox
):
    """All on, none preferred: a choice of its own, and the next sign-in shows it."""
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    page = walker.send("Save", preferred="")
    assert page.heading == "Saved"
    assert sentence(page).startswith("After your password, we will let you choose: ")
    assert (pool.on(ella), pool.preferred(ella)) == (set(ALL), None)
    assert _blocks() == {BLOCK[APP]: {"Enabled": True, "PreferredMfa": False}}
    second_walker.open("/sign-in/")
    page = second_walker.send("Sign in", login=ella.username, password=ella.password)
    assert page.url == "/sign-in/choose/"
    second_walker.send("Continue", factor=SMS)
    page = second_walker.send("Continue", code=sandbox.newest_code(ella.phone))
    assert page.heading == OVERVIEW


def _proposed(walker: Walker, name: str) -> str:
    links = walker.page.soup.select(f'a[aria-label="Ask for this first: {name}"]')
    return str(links[0]["href"]) if links else ""


def test_a_row_leads_to_the_page_with_it_chosen(walker: Walker, pool: People, clock: Clock):
    """One thing less to do, and nothing saved before the button; also after a new proof."""
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    assert not _proposed(walker, "Authenticator app")
    clock.forward(minutes=6)
    walker.open(_proposed(walker, "Text message"))
    page = walker.send("Continue", password=ella.password)
    if page.heading == "Enter the code":
        page = walker.send("Continue", code=ella.app.code() if ella.app else "")
    assert page.url == "/preference/?first=sms"
    chosen = page.soup.select_one("input[name=preferred][checked]")
    assert chosen
    assert chosen["value"] == SMS
    assert pool.preferred(ella) == APP
    assert walker.send("Save").heading == "Saved"
    assert pool.preferred(ella) == SMS


@pytest.mark.parametrize("slug", ["email", "passkey", "", "nonsense"])
def test_what_is_not_on_cannot_be_proposed(walker: Walker, pool: People, slug: str):
    ella = _ella(pool, on=(APP, SMS), preferred=APP)
    walker.sign_in(ella)
    page = walker.open(f"/preference/?first={slug}")
    chosen = page.soup.select_one("input[name=preferred][checked]")
    assert chosen
    assert chosen["value"] == APP


def test_the_only_one_is_asked_first_anyway(walker: Walker, pool: People):
    walker.sign_in(_ella(pool, on=(APP,)))
    assert "Ask for this first" not in walker.page.text


@pytest.mark.parametrize(
    ("before", "typed", "blocks", "after"),
    [
        pytest.param(
            APP,
            {"preferred": SMS},
            {SMS: (True, True)},
            (set(ALL), SMS),
            id="preferring another needs only its own block",
        ),
        pytest.param(
            APP,
            {"activated": [APP, EMAIL]},
            {SMS: (False, False)},
            ({APP, EMAIL}, APP),
            id="switching one off",
        ),
        pytest.param(
            APP,
            {"activated": [SMS], "preferred": SMS},
            {APP: (False, False), SMS: (True, True), EMAIL: (False, False)},
            ({SMS}, SMS),
            id="everything at once",
        ),
        pytest.param(
            APP,
            {"activated": None, "preferred": ""},
            {APP: (False, False), SMS: (False, False), EMAIL: (False, False)},
            (set(), None),
            id="all off",
        ),
        pytest.param(
            None,
            {"preferred": EMAIL},
            {EMAIL: (True, True)},
            (set(ALL), EMAIL),
            id="preferring from none",
        ),
    ],
)
def test_only_what_changes_is_sent(
    walker: Walker,
    pool: People,
    before: str | None,
    typed: dict[str, Any],
    blocks: dict[str, tuple[bool, bool]],
    after: tuple[set[str], str | None],
):
    """(contract 2.2, 2.3) the smallest request, and the pool says what was asked."""
    ella = _ella(pool, preferred=before)
    walker.sign_in(ella)
    walker.open("/preference/")
    assert walker.send("Save", **typed).heading == "Saved"
    assert (pool.on(ella), pool.preferred(ella)) == after
    assert _blocks() == {
        BLOCK[factor]: {"Enabled": on, "PreferredMfa": first}
        for factor, (on, first) in blocks.items()
    }


def test_switching_on_and_off_in_one_form(walker: Walker, pool: People):
    ella = _ella(pool, on=(APP, SMS), preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    page = walker.send("Save", activated=[APP, EMAIL], preferred=EMAIL)
    assert sentence(page) == "After your password, we will e-mail you a code and ask for it."
    assert (pool.on(ella), pool.preferred(ella)) == ({APP, EMAIL}, EMAIL)


def test_a_save_costs_three_calls_with_the_page_that_follows(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """One read, one write, and the page after it from a fresh read."""
    walker.sign_in(_ella(pool, preferred=APP))
    walker.open("/preference/")
    with calls_counted(sandbox) as calls:
        walker.send("Save", preferred=SMS)
    assert calls == {"GetUser": 2, "SetUserMFAPreference": 1}


def test_nothing_changed_makes_no_call(walker: Walker, pool: People, sandbox: Sandbox):
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    with calls_counted(sandbox) as calls:
        page = walker.send("Save")
    assert calls == {"GetUser": 2}
    assert "It was like this already" in page.text
    assert (pool.on(ella), pool.preferred(ella)) == (set(ALL), APP)


@pytest.mark.parametrize(
    ("url", "button", "typed"),
    [
        ("/preference/", "Save", {"activated": [APP, SMS], "preferred": SMS}),
        ("/turn-off/email/", "Turn off", {}),
        ("/turn-off/totp/", "Turn off", {"preferred": SMS}),
    ],
)
def test_a_double_click_without_script_is_saved_once_and_said_so(
    walker: Walker, pool: People, sandbox: Sandbox, url: str, button: str, typed: dict[str, Any]
):
    """(RES-05) the second press finds what the first one made, and does not call it a surprise."""
    walker.sign_in(_ella(pool, preferred=APP))
    form = walker.open(url)
    assert walker.send(button, **typed).heading == "Saved"
    walker.page = form
    with calls_counted(sandbox) as calls:
        page = walker.send(button, **typed)
    assert page.heading == "Saved"
    assert "It was like this already, so nothing had to change." in page.text
    assert "SetUserMFAPreference" not in calls


def test_the_same_form_after_another_change_is_no_double_click(walker: Walker, pool: People):
    """Made by this form and changed again since: that has to be said."""
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    form = walker.open("/preference/")
    walker.send("Save", preferred=SMS)
    pool.prefer(ella, ALL, EMAIL)
    walker.page = form
    page = walker.send("Save", preferred=SMS)
    assert (page.status, MOVED in page.text) == (409, True)
    assert pool.preferred(ella) == EMAIL


def test_an_app_that_is_off_can_be_turned_on_again_without_a_code(walker: Walker, pool: People):
    """It was proved here once; the pool still holds it (contract 2.5)."""
    ella = _ella(pool, on=(APP, SMS), preferred=APP)
    walker.sign_in(ella)
    walker.open("/enrolment/totp/")
    page = walker.send("Show")
    ella.app.secret = page.secret  # type: ignore[union-attr]
    walker.send("Turn on", code=ella.app.code())  # type: ignore[union-attr]
    walker.open("/preference/")
    walker.send("Save", activated=[SMS], preferred="")
    page = walker.open("/")
    assert states(page)["Authenticator app"] == "off"
    walker.open(page.link("Turn on"))
    walker.send("Save", activated=[APP, SMS], preferred=APP)
    assert (pool.on(ella), pool.preferred(ella)) == ({APP, SMS}, APP)


def test_everybody_is_asked_so_only_the_first_one_is_chosen(walker: Walker, required_pool: People):
    """Where flags are only preferences, nothing can be switched off (contract 2.6)."""
    rosa = required_pool.make(phone=True, app=True)
    walker.sign_in(rosa)
    page = walker.open("/preference/")
    assert not page.soup.select("input[name=activated]")
    page = walker.send("Save", preferred=SMS)
    assert page.heading == "Saved"
    assert required_pool.preferred(rosa) == SMS
    walker.open("/preference/")
    assert sentence(walker.send("Save", preferred="")).startswith(
        "After your password, we will let you choose"
    )
    assert required_pool.preferred(rosa) is None


def test_a_change_is_announced(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(NOT-01, NOT-03)"""
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    walker.send("Save", preferred=SMS)
    deliver_notices()
    assert notices(sandbox, ella)[0].startswith("Your sign-in methods were changed.")


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        pytest.param(
            {"activated": [SMS], "preferred": APP},
            "Authenticator app is off. Turn it on, or choose another.",
            id="preferred but off",
        ),
        pytest.param(
            {"activated": ["PIGEON"], "preferred": ""},
            "One of the methods is not known here.",
            id="unknown factor",
        ),
        pytest.param(
            {"preferred": "PIGEON"}, "Choose one of the methods on this page.", id="unknown first"
        ),
        pytest.param(
            {"preferred": [APP, SMS]},
            "Choose one of the methods on this page.",
            id="two preferred",
        ),
        pytest.param({"drawn_from": ""}, None, id="no digest"),
        pytest.param({"drawn_from": "x" * 129}, None, id="too long a digest"),
    ],
)
def test_bad_input_is_explained_and_nothing_is_sent(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    typed: dict[str, Any],
    error: str | None,
):
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    with calls_counted(sandbox) as calls:
        page = walker.send("Save", **typed)
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert page.errors
    assert error is None or page.errors[0].startswith(error)
    assert "SetUserMFAPreference" not in calls
    assert (pool.on(ella), pool.preferred(ella)) == (set(ALL), APP)


def test_what_is_not_set_up_cannot_be_turned_on(walker: Walker, pool: People):
    rosa = pool.make(phone=True, on=(EMAIL,))
    walker.sign_in(rosa, sandbox=pool.sandbox)
    walker.open("/preference/")
    page = walker.send("Save", activated=[EMAIL, APP], preferred="")
    assert page.status == 422
    assert page.errors
    assert pool.on(rosa) == {EMAIL}


def test_what_was_typed_is_kept(walker: Walker, pool: People):
    walker.sign_in(_ella(pool, preferred=APP))
    walker.open("/preference/")
    page = walker.send("Save", activated=[SMS], preferred=APP)
    ticked = page.soup.select("input[name=activated][checked]")
    assert [box["value"] for box in ticked] == [SMS]
    page = walker.send("Save", preferred=SMS)
    assert page.heading == "Saved"


# --- two tabs ---------------------------------------------------------------------------------


def test_an_old_form_never_overwrites_a_newer_state(
    walker: Walker, second_walker: Walker, pool: People, sandbox: Sandbox
):
    """409, what changed, and the newer state to choose from."""
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    pool.admin.admin_set_user_mfa_preference(
        UserPoolId=pool.pool_id,
        Username=ella.username,
        SMSMfaSettings={"Enabled": False},
        EmailMfaSettings={"Enabled": True, "PreferredMfa": True},
    )
    with calls_counted(sandbox) as calls:
        page = walker.send("Save", preferred=SMS)
    assert page.status == 409
    assert MOVED in page.text
    assert "Text message was turned off." in page.text
    assert "E-mail is now asked first." in page.text
    assert "SetUserMFAPreference" not in calls
    assert (pool.on(ella), pool.preferred(ella)) == ({APP, EMAIL}, EMAIL)
    assert [box["value"] for box in page.soup.select("input[name=activated][checked]")] == [
        APP,
        EMAIL,
    ]
    assert walker.send("Save", preferred=APP).heading == "Saved"
    assert pool.preferred(ella) == APP


def test_a_changed_number_counts_as_a_newer_state(walker: Walker, pool: People):
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    pool.admin.admin_update_user_attributes(
        UserPoolId=pool.pool_id,
        Username=ella.username,
        UserAttributes=[
            {"Name": "phone_number", "Value": "+447400999999"},
            {"Name": "phone_number_verified", "Value": "true"},
        ],
    )
    page = walker.send("Save", preferred=SMS)
    assert page.status == 409
    assert "Your phone number or e-mail address was changed." in page.text


def test_nonsense_for_a_digest_is_an_old_form(walker: Walker, pool: People):
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    for nonsense in ("x", ";;", "PIGEON;;abc", "SMS_MFA;PIGEON;abc"):
        walker.open("/preference/")
        page = walker.send("Save", drawn_from=nonsense, preferred=SMS)
        assert page.status == 409
        assert MOVED in page.text
    assert pool.preferred(ella) == APP


@pytest.mark.parametrize(
    ("open_", "button", "url"),
    [
        ("/turn-off/sms/", "Turn off", "/turn-off/sms/"),
        ("/enrolment/sms/", "Turn on", "/enrolment/sms/"),
    ],
)
def test_the_other_forms_notice_it_too(
    walker: Walker, pool: People, open_: str, button: str, url: str
):
    ella = _ella(pool, on=(APP, SMS) if "off" in open_ else (APP,), preferred=APP)
    walker.sign_in(ella)
    walker.open(open_)
    pool.prefer(ella, (EMAIL,), EMAIL)
    before = pool.on(ella)
    page = walker.send(button)
    assert page.url == url
    assert "E-mail was turned on." in page.text
    assert pool.on(ella) == before


def test_the_button_of_a_success_page_notices_it_too(
    walker: Walker, pool: People, sandbox: Sandbox
):
    rosa = pool.make(phone=True, on=(EMAIL,), preferred=EMAIL)
    walker.sign_in(rosa, sandbox=sandbox)
    walker.open("/enrolment/sms/")
    walker.send("Turn on")
    pool.prefer(rosa, (EMAIL,), None)
    page = walker.send("Make this my preferred way")
    assert page.url == "/preference/"
    assert "No method is asked first any more." in page.text
    assert pool.preferred(rosa) is None


# --- the receipt ------------------------------------------------------------------------------


def test_the_page_after_a_change_says_what_is_and_not_what_was_asked(walker: Walker, pool: People):
    """A difference from what was asked is shown and recorded."""
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    page = walker.send("Save", preferred=SMS)
    assert "Reference" in page.text
    pool.prefer(ella, (EMAIL,), EMAIL)
    page = walker.open(page.url)
    assert page.heading == "Your methods are not as you asked"
    assert sentence(page) == "After your password, we will e-mail you a code and ask for it."
    row = AuditRecord.objects.get(event="preference_mismatch")
    assert row.detail["asked"]["preferred"] == EMAIL


# --- turning one off --------------------------------------------------------------------------


def test_the_consequence_is_named_before_the_button(walker: Walker, pool: People):
    tom = pool.make(app=True, on=(APP,))
    page = walker.sign_in(tom)
    page = walker.open(page.link("Turn off"))
    assert page.heading == "Turn off authenticator app?"
    assert "Your password alone will let you in." in page.text
    page = walker.send("Turn off")
    assert page.heading == "Saved"
    assert sentence(page) == "Your password alone will let you in."
    assert pool.on(tom) == set()


def test_one_that_is_not_first_just_goes(walker: Walker, pool: People):
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    page = walker.open("/turn-off/sms/")
    assert not page.soup.select("input[name=preferred]")
    walker.send("Turn off")
    assert (pool.on(ella), pool.preferred(ella)) == ({APP, EMAIL}, APP)
    assert _blocks() == {BLOCK[SMS]: {"Enabled": False, "PreferredMfa": False}}


@pytest.mark.parametrize("after", [SMS, EMAIL, ""])
def test_when_the_first_one_goes_the_same_page_asks_which_comes_next(
    walker: Walker, pool: People, after: str
):
    """Nothing is promoted silently."""
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    page = walker.open("/turn-off/totp/")
    offered = [radio["value"] for radio in page.soup.select("input[name=preferred]")]
    assert offered == [SMS, EMAIL, ""]
    assert walker.send("Turn off", preferred=after).heading == "Saved"
    assert (pool.on(ella), pool.preferred(ella)) == ({SMS, EMAIL}, after or None)


def test_which_comes_next_must_be_said(walker: Walker, pool: People):
    ella = _ella(pool, preferred=APP)
    walker.sign_in(ella)
    walker.open("/turn-off/totp/")
    page = walker.send("Turn off", preferred=None)
    assert page.status == 422
    assert page.errors == ["Choose which method shall be asked for first from now on."]
    page = walker.send("Turn off", preferred=APP)
    assert page.status == 422
    page = walker.send("Turn off", preferred="PIGEON")
    assert page.errors == ["Choose one of the methods on this page."]
    assert (pool.on(ella), pool.preferred(ella)) == (set(ALL), APP)


def test_where_one_is_left_there_is_nothing_to_ask(walker: Walker, pool: People):
    ella = _ella(pool, on=(APP, SMS), preferred=APP)
    walker.sign_in(ella)
    page = walker.open("/turn-off/totp/")
    assert not page.soup.select("input[name=preferred]")
    page = walker.send("Turn off")
    assert sentence(page) == "After your password, we will text you a code and ask for it."
    assert pool.on(ella) == {SMS}


def test_what_is_off_cannot_be_turned_off(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    page = walker.open("/turn-off/sms/")
    assert (page.url, page.heading) == ("/", OVERVIEW)
    assert "Text message is off." in page.text


def test_an_unknown_method_has_no_page(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    assert walker.open("/turn-off/pigeon/").status == 404
    assert walker.open("/prefer/pigeon/").status == 404


# --- the last one -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", [{"app": True}, {"phone": True}, {"app": True, "phone": True}])
def test_where_everybody_is_asked_nothing_can_be_turned_off(
    walker: Walker, required_pool: People, sandbox: Sandbox, state: dict[str, Any]
):
    """(FAC-01) no page offers it, and every forged POST is refused with a reason."""
    somebody = required_pool.make(**state)
    walker.sign_in(somebody, sandbox=sandbox)
    digest = walker.json("GET", "/api/v1/mfa").json()["data"]["digest"]
    assert "Turn off" not in walker.open("/").text
    for slug in ("totp", "sms"):
        page = walker.open(f"/turn-off/{slug}/")
        assert "Turn off " not in [b.text.strip() for b in page.soup.select("main button")]
        walker.open("/")
        with calls_counted(sandbox) as calls:
            walker.post(f"/turn-off/{slug}/", {"drawn_from": digest})
        assert "SetUserMFAPreference" not in calls
    walker.open("/")
    answer = walker.json(
        "PUT",
        "/api/v1/mfa/preference",
        {"activated": [], "preferred": None, "digest": digest},
    )
    reason = "last_factor" if len(state) == 1 else "required"
    assert (answer.status_code, answer.json()["error"]["details"]["reason"]) == (422, reason)
    walker.open("/")
    page = walker.post("/preference/", {"preferred": "", "drawn_from": digest})
    assert page.heading == "Saved"  # only the preference is chosen there, nothing goes off
    page = walker.open("/")
    assert sentence(page) != "Your password alone will let you in."


def test_the_last_one_says_why_it_stays(walker: Walker, required_pool: People):
    """(FAC-01)"""
    ravi = required_pool.make(app=True)
    walker.sign_in(ravi)
    digest = walker.json("GET", "/api/v1/mfa").json()["data"]["digest"]
    walker.open("/")
    page = walker.post("/turn-off/totp/", {"drawn_from": digest})
    assert page.status == 422
    assert "is your only way to confirm a sign-in" in page.errors[0]
