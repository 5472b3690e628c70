"""Walks past every page and state: each yields a name wherever somebody stops to look.

What looks is up to the caller: the tests measure, `screenshots.py` takes pictures.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.browser.authenticators import BUILT_IN, plug_in
from tests.browser.visitor import Visitor

TOTP, SMS, EMAIL = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"
FIVE_MINUTES_AGO = -360
UNTIL_WARNING_MS = 13 * 60 * 1000 + 2000
MOST_WRONG_CODES = 10
FIRST = "Which one shall we ask for first?"
REMOVE = "Remove the old methods and go on"


@dataclass(frozen=True)
class Walk:
    """A way through the portal, and the person who goes it."""

    steps: Callable[[Visitor], Iterator[str]]
    person: dict[str, Any]
    required: bool = False
    choosing: bool = False

    @property
    def at(self) -> str:
        """The fixture of the portal it leads through."""
        if self.choosing:
            return "choosing_portal"
        return "required_portal" if self.required else "portal"

    @property
    def name(self) -> str:
        return self.steps.__name__


WALKS: list[Walk] = []


def walk(*, required: bool = False, choosing: bool = False, **person: Any) -> Callable[..., Any]:
    """Make a walk of a function.

    required: in the pool that asks everybody. choosing: where a name comes first, codes may
    stand in for a password, and browsers may be trusted.
    """

    def remember(steps: Callable[[Visitor], Iterator[str]]) -> Callable[[Visitor], Iterator[str]]:
        WALKS.append(Walk(steps, person, required, choosing))
        return steps

    return remember


@walk(phone=True, app=True, on=(TOTP, SMS, EMAIL))
def the_way_in(visitor: Visitor) -> Iterator[str]:
    visitor.open("/")
    yield "sign-in"
    visitor.press("Sign in")
    yield "sign-in-empty"
    visitor.write("Username", visitor.somebody.username)
    visitor.write("Password", "not my password")
    visitor.press("Sign in")
    yield "sign-in-refused"
    visitor.give_password()
    yield "choose"
    visitor.press("Continue")
    yield "choose-nothing"
    visitor.choose_way("app")
    yield "code-app"
    visitor.unfold("I cannot get a code")
    yield "code-app-help"
    visitor.give_code("12345")
    visitor.press("Continue")
    yield "code-app-refused"
    visitor.unfold("I cannot get a code")
    visitor.press("Start again")
    visitor.give_password()
    visitor.choose_way("text message")
    yield "code-text"
    visitor.unfold("No code came")
    yield "code-text-help"
    visitor.give_code(visitor.fresh_code())
    visitor.press("Continue")
    yield "overview-everything"
    visitor.sign_out()
    yield "signed-out"


@walk(app=True, on=(TOTP,))
def too_many_wrong_codes(visitor: Visitor) -> Iterator[str]:
    visitor.open("/")
    visitor.give_password()
    assert visitor.somebody.app is not None
    for _ in range(MOST_WRONG_CODES):
        visitor.give_code(visitor.somebody.app.wrong_code())
        visitor.press("Continue")
        if "too many" in visitor.words:
            break
    assert "There were too many wrong codes" in visitor.words
    yield "code-locked"


@walk(temporary=True)
def a_first_password(visitor: Visitor) -> Iterator[str]:
    visitor.open("/")
    visitor.give_password()
    yield "new-password"
    visitor.write("New password", "short")
    visitor.press("Save and continue")
    yield "new-password-refused"
    visitor.write("New password", "Lantern-Brook-58")
    visitor.press("Save and continue")


@walk(required=True)
def a_forgotten_password(visitor: Visitor) -> Iterator[str]:
    visitor.open("/")
    visitor.follow("Forgotten your password?")
    yield "forgotten"
    visitor.press("Send me a code")
    yield "forgotten-nothing"
    visitor.write("Username", visitor.somebody.username)
    visitor.press("Send me a code")
    yield "forgotten-code"
    code = visitor.sandbox.newest_code(visitor.somebody.email)
    visitor.give_code(code)
    visitor.write("New password", "short")
    visitor.press("Save and sign in")
    yield "forgotten-code-refused"
    visitor.give_code(code)
    visitor.write("New password", "Lantern-Brook-58")
    visitor.press("Save and sign in")
    yield "forgotten-and-set-up"


@walk()
def ask_the_people_who_run_it(visitor: Visitor) -> Iterator[str]:
    visitor.open("/sign-in/forgotten/")
    yield "forgotten-not-here"
    visitor.open("/sign-in/")
    with visitor.sandbox.trouble("InitiateAuth", "error", code="UserNotConfirmedException"):
        visitor.give_password()
    yield "activate"
    visitor.give_code("12")
    visitor.press("Confirm my account")
    yield "activate-refused"
    visitor.press("Send another code")
    yield "activate-not-needed"


@walk(choosing=True, phone=True)
def a_name_first(visitor: Visitor) -> Iterator[str]:
    visitor.open("/")
    yield "name"
    visitor.press("Continue")
    yield "name-nothing"
    visitor.write("Username", visitor.somebody.username)
    visitor.press("Continue")
    yield "ways"
    visitor.press("Continue")
    yield "ways-nothing"
    visitor.choose("My password", "Choose how")
    visitor.press("Continue")
    yield "password"
    visitor.write("Password", "not my password")
    visitor.press("Sign in")
    yield "password-refused"
    visitor.press("Use another way")
    visitor.choose("A code by text message", "Choose how")
    visitor.press("Continue")
    yield "first-code"
    visitor.write("Eight-digit code", "123456")
    visitor.press("Continue")
    yield "first-code-refused"
    code = visitor.sandbox.newest_code(visitor.somebody.phone)
    visitor.write("Eight-digit code", code)
    visitor.press("Continue")
    yield "overview-by-code"


@walk(choosing=True, app=True, on=(TOTP,))
def a_trusted_browser(visitor: Visitor) -> Iterator[str]:
    for moment in ("first", "next"):
        visitor.open("/")
        visitor.write("Username", visitor.somebody.username)
        visitor.press("Continue")
        visitor.write("Password", visitor.somebody.password)
        visitor.press("Sign in")
        if moment == "first":
            yield "code-trust"
            visitor.page.get_by_text("Trust this browser", exact=True).click()
            visitor.give_code(visitor.fresh_code())
            visitor.press("Continue")
            visitor.sign_out()
    yield "overview-trusted"
    visitor.open("/enrolment/totp/")
    yield "confirm-by-choice"
    visitor.press("I have no password")
    yield "confirm-has-password"


@walk()
def an_authenticator_app(visitor: Visitor) -> Iterator[str]:
    visitor.sign_in()
    yield "overview-nothing-on"
    visitor.open("/enrolment/totp/")
    yield "app-start"
    visitor.press("Show the QR code")
    yield "app-scan"
    app = visitor.read_key()
    yield "app-scan-key"
    visitor.give_code("12a456")
    visitor.press("Turn on")
    yield "app-scan-no-code"
    for attempt in (1, 2, 3):
        visitor.give_code(app.wrong_code())
        visitor.press("Turn on")
        yield f"app-scan-wrong-{attempt}"
    visitor.follow("Back")
    yield "app-start-again"
    visitor.press("Continue where I was")
    visitor.give_code(app.code())
    visitor.press("Turn on")
    yield "app-ready"
    visitor.write("Give it a name", "")
    visitor.press("Save the name")
    yield "app-ready-no-name"
    visitor.write("Give it a name", "My everyday phone")
    visitor.press("Save the name")
    yield "overview-app-named"
    visitor.open("/enrolment/totp/")
    yield "app-replace"
    visitor.open("/turn-off/totp/")
    yield "turn-off-last"
    visitor.press("Turn off authenticator app")
    yield "turned-off-last"


@walk(phone=True, phone_verified=False, app=True, on=(TOTP,))
def a_phone_and_a_mailbox(visitor: Visitor) -> Iterator[str]:
    visitor.sign_in()
    yield "overview-needs-confirming"
    visitor.open("/enrolment/sms/")
    yield "text-start-unconfirmed"
    visitor.write("Phone number", "12")
    visitor.press("Send me a code")
    yield "text-start-refused"
    visitor.press("Send a code")
    yield "text-code"
    visitor.give_code("000000")
    visitor.press("Turn on")
    yield "text-code-refused"
    visitor.give_code(visitor.sandbox.newest_code(visitor.somebody.phone))
    visitor.press("Turn on")
    yield "text-ready"
    visitor.press("Make this my preferred way")
    yield "text-preferred"
    visitor.open("/enrolment/email/")
    yield "email-start-confirmed"
    visitor.write("E-mail address", "nobody")
    visitor.press("Send me a code")
    yield "email-start-refused"
    visitor.write("E-mail address", f"new-{visitor.somebody.email}")
    visitor.press("Send me a code")
    yield "email-code"
    visitor.open("/enrolment/email/")
    visitor.press("Turn on")
    yield "email-ready"
    visitor.open("/enrolment/sms/")
    yield "text-start-change"


@walk(phone=True, app=True, on=(TOTP, SMS, EMAIL), preferred=TOTP)
def what_is_asked(visitor: Visitor) -> Iterator[str]:
    visitor.sign_in()
    yield "overview-preferred"
    visitor.open("/preference/")
    yield "preference"
    visitor.choose("Authenticator app", "Methods that are on")
    visitor.press("Save")
    yield "preference-refused"
    visitor.open("/preference/")
    visitor.people.prefer(visitor.somebody, (TOTP, SMS, EMAIL), SMS)
    visitor.press("Save")
    yield "preference-moved"
    visitor.choose("Ask me each time", FIRST)
    visitor.press("Save")
    yield "preference-saved"
    visitor.people.prefer(visitor.somebody, (TOTP, SMS, EMAIL), TOTP)
    visitor.page.reload()
    yield "preference-not-as-asked"
    visitor.open("/turn-off/email/")
    yield "turn-off"
    visitor.open("/turn-off/totp/")
    yield "turn-off-preferred"
    visitor.people.prefer(visitor.somebody, (TOTP, SMS, EMAIL), SMS)
    visitor.press("Turn off authenticator app")
    yield "turn-off-moved"


@walk(app=True, on=(TOTP,))
def passkeys(visitor: Visitor) -> Iterator[str]:
    visitor.sign_in()
    visitor.open("/enrolment/passkeys/")
    yield "passkeys-none"
    visitor.follow("Add a passkey")
    yield "passkey-add"
    stubborn = plug_in(visitor.page, BUILT_IN, agrees=False)
    visitor.button("Create a passkey").click()
    visitor.page.locator("[data-passkey-problem]:visible").wait_for()
    yield "passkey-add-cancelled"
    stubborn.unplug()
    plug_in(visitor.page, BUILT_IN)
    visitor.press("Create a passkey")
    yield "passkey-added"
    visitor.press("Save the name")
    yield "passkey-name-refused"
    visitor.write("Give it a name", "The phone that I carry with me wherever I go, in blue")
    visitor.press("Save the name")
    yield "passkeys-one"
    visitor.open("/enrolment/passkeys/add/")
    visitor.button("Create a passkey").click()
    visitor.page.locator("[data-passkey-problem]:visible").wait_for()
    yield "passkey-already"
    visitor.open("/")
    yield "overview-passkey-not-asked"
    visitor.open("/enrolment/passkeys/")
    visitor.press("Use it instead of a code")
    yield "passkeys-instead-of-code"
    visitor.open("/turn-off/totp/")
    yield "turn-off-held-by-passkey"
    visitor.follow("Your passkeys")
    visitor.follow_first("Delete")
    yield "passkey-delete"
    visitor.press("Delete it")
    yield "passkeys-deleted"


@walk()
def a_stale_session(visitor: Visitor) -> Iterator[str]:
    with visitor.sandbox.later(FIVE_MINUTES_AGO):
        visitor.sign_in()
    yield "overview-stale"
    visitor.open("/enrolment/totp/")
    yield "confirm"
    visitor.write("Your password", "not my password")
    visitor.press("Continue")
    yield "confirm-refused"


@walk()
def the_end_of_a_session(visitor: Visitor) -> Iterator[str]:
    visitor.sign_in()
    visitor.press("End now")
    yield "changes-closed"
    visitor.sign_out()
    visitor.sign_in()
    visitor.follow("Sign out everywhere")
    yield "sign-out-everywhere"
    visitor.press("Sign out everywhere")
    yield "signed-out-everywhere"


@walk()
def nothing_happens(visitor: Visitor) -> Iterator[str]:
    visitor.page.clock.install()
    visitor.sign_in()
    visitor.page.clock.fast_forward(UNTIL_WARNING_MS)
    visitor.page.get_by_role("alertdialog").wait_for()
    yield "out-soon"


@walk(required=True)
def everybody_needs_one(visitor: Visitor) -> Iterator[str]:
    visitor.open("/")
    visitor.give_password()
    yield "set-up"
    visitor.open("/sign-in/set-up/app/")
    yield "set-up-app"
    visitor.press("Show the QR code")
    yield "set-up-app-scan"
    visitor.give_code("000000")
    visitor.press("Continue")
    yield "set-up-app-refused"
    app = visitor.read_key()
    visitor.give_code(app.code())
    visitor.press("Continue")
    yield "overview-required"


@walk(email=False)
def a_mailbox_on_the_way_in(visitor: Visitor) -> Iterator[str]:
    with asking_everybody(visitor):
        visitor.open("/")
        visitor.give_password()
    yield "set-up-choice"
    visitor.follow("Set up e-mail")
    yield "set-up-email"
    visitor.press("Send me a code")
    yield "set-up-email-refused"
    visitor.write("E-mail address", visitor.somebody.email)
    visitor.press("Send me a code")
    yield "set-up-email-code"


@contextmanager
def asking_everybody(visitor: Visitor) -> Iterator[None]:
    """Let the pool, which has no way of recovery, require a second step for the block.

    A portal remembers its pool's settings for some minutes: its workers begin anew with each.
    """
    admin, pool = visitor.people.admin, {"UserPoolId": visitor.people.pool_id}
    config = admin.get_user_pool_mfa_config(**pool)
    kept = {key: value for key, value in config.items() if key != "ResponseMetadata"}
    admin.set_user_pool_mfa_config(**pool, **kept | {"MfaConfiguration": "ON"})
    visitor.portal.kill_workers()
    try:
        yield
    finally:
        admin.set_user_pool_mfa_config(**pool, **kept)
        visitor.portal.kill_workers()


@walk(required=True, app=True)
def nothing_can_be_off(visitor: Visitor) -> Iterator[str]:
    visitor.sign_in()
    yield "overview-recovery"
    visitor.open("/preference/")
    yield "preference-required"
    visitor.open("/turn-off/totp/")
    yield "turn-off-required"
    visitor.open("/enrolment/sms/")
    yield "text-start-recovery"
    visitor.write("Phone number", "07400 123456")
    visitor.press("Send me a code")
    visitor.open("/enrolment/sms/")
    yield "text-start-replaces"
    visitor.write("Phone number", "07400 654321")
    visitor.press("Send me a code")
    yield "text-code-replaced"
    visitor.open("/enrolment/email/")
    yield "email-not-usable"


@walk(app=True, on=(TOTP,))
def the_way_back_in(visitor: Visitor) -> Iterator[str]:
    visitor.sign_in()
    visitor.open("/recovery/codes/")
    yield "codes-none"
    visitor.press("Make recovery codes")
    yield "codes-made"
    code = visitor.page.locator(".codes-list code").first.inner_text()
    visitor.press("I have kept them")
    yield "codes-kept"
    visitor.sign_out()
    at_the_code(visitor)
    visitor.unfold("I cannot get a code")
    yield "code-app-help-recovery"
    visitor.follow("I can’t use any of these")
    yield "way-back"
    visitor.follow("I have a recovery code")
    yield "way-back-code"
    visitor.press(REMOVE)
    yield "way-back-code-nothing"
    for typed, state in (("ACDE-FHJK-MNPR-TWXY", "way-back-code-refused"), (code, "way-back-next")):
        visitor.write("Recovery code", typed)
        visitor.write("Your password", visitor.somebody.password)
        visitor.press(REMOVE)
        yield state
    assert visitor.heading == "Set up a new sign‑in method", visitor.words
    visitor.follow("Authenticator app")
    yield "way-back-app"
    visitor.press("Show the QR code")
    visitor.somebody.app = visitor.read_key()
    visitor.give_code(visitor.somebody.app.code())
    visitor.press("Turn on")
    yield "way-back-done"
    visitor.give_password()
    visitor.answer_challenges()
    assert visitor.heading == "How you sign in"
    assert visitor.people.on(visitor.somebody) == {TOTP}


def at_the_code(visitor: Visitor) -> None:
    visitor.open("/sign-in/")
    visitor.give_password()


@walk(app=True, on=(TOTP,))
def without_a_code(visitor: Visitor) -> Iterator[str]:
    at_the_code(visitor)
    visitor.open("/recovery/")
    visitor.press("Show the code for the helpdesk")
    yield "way-back-helpdesk"
    visitor.follow("They have let me in")
    visitor.follow("I have nothing of that: let me wait for it")
    yield "way-back-ask"
    visitor.press("Wait 24 hours")
    yield "way-back-waits"
    visitor.open("/sign-in/code/")
    visitor.answer_challenges()
    yield "overview-asked"


@walk(phone=True, on=(SMS,))
def what_happened(visitor: Visitor) -> Iterator[str]:
    visitor.sign_in()
    visitor.open("/enrolment/contact/phone/")
    yield "contact-phone"
    visitor.write("Phone number", "07400 900123")
    visitor.press("Send me a code")
    yield "contact-phone-code"
    visitor.open("/enrolment/contact/address/")
    yield "contact-address"
    visitor.open("/activity/")
    yield "history"
    visitor.follow_first("This was not me")
    yield "not-me"
    visitor.press("This was not me: secure the account")
    yield "not-me-done"
    visitor.open("/not-me/nothing-of-ours/")
    yield "not-me-gone"
    visitor.open("/sign-in/")
    visitor.give_password()
    visitor.answer_challenges()
    visitor.open("/activity/")
    yield "history-frozen"


@walk(choosing=True, app=True, on=(TOTP,))
def devices_and_sessions(visitor: Visitor) -> Iterator[str]:
    visitor.open("/")
    visitor.write("Username", visitor.somebody.username)
    visitor.press("Continue")
    visitor.write("Password", visitor.somebody.password)
    visitor.press("Sign in")
    visitor.page.get_by_text("Trust this browser", exact=True).click()
    visitor.give_code(visitor.fresh_code())
    visitor.press("Continue")
    visitor.open("/activity/devices/")
    assert "This" in visitor.words
    yield "devices"
    visitor.press("Forget all devices")
    yield "devices-forgotten"
    visitor.open("/activity/sessions/")
    yield "sessions"


@walk()
def refusals(visitor: Visitor) -> Iterator[str]:
    visitor.sign_in()
    visitor.open("/nowhere/")
    yield "not-found"
    visitor.open("/prefer/totp/")
    yield "wrong-method"
    for code in (
        "TooManyRequestsException",
        "LimitExceededException",
        "ResourceNotFoundException",
        "SomethingUnknownException",
    ):
        with visitor.sandbox.trouble("GetUser", "error", code=code):
            visitor.open("/")
            yield f"trouble-{code}"
    with visitor.sandbox.trouble("GetUser", "reset"):
        visitor.open("/")
        yield "trouble-silence"
    visitor.open("/enrolment/totp/")
    with visitor.sandbox.trouble("AssociateSoftwareToken", "reset"):
        visitor.press("Show the QR code")
        yield "trouble-silence-after-change"
    visitor.open("/enrolment/totp/")
    visitor.page.context.clear_cookies()
    visitor.press("Show the QR code")
    yield "csrf"
