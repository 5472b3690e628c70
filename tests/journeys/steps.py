"""What several journeys do or look at."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.cache import SessionStore

from accounts import vault
from tests.people import App, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

APP, SMS, EMAIL = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"
ALL = (APP, SMS, EMAIL)
CONFIRM = "Confirm that it is you"
OVERVIEW = "How you sign in"


def session_id(walker: Walker) -> str:
    return walker.client.cookies[settings.SESSION_COOKIE_NAME].value


def session_of(walker: Walker) -> dict[str, Any]:
    """What the server keeps for this browser."""
    return dict(SessionStore(session_id(walker)).items())


def tokens_of(walker: Walker) -> dict[str, str]:
    """The tokens that the server keeps for this browser, unsealed."""
    kept: dict[str, str] = vault.unseal(session_of(walker)["credentials"])
    return kept


@contextmanager
def calls_counted(sandbox: Sandbox) -> Iterator[Counter[str]]:
    """Count the calls of each operation within the block; read the counter after it."""
    sandbox.forget_calls()
    counted: Counter[str] = Counter()
    yield counted
    counted.update(sandbox.count_calls())


def enrol_app(walker: Walker, at: str = "/enrolment/totp/") -> tuple[App, Page]:
    """Set up an authenticator app from the overview's page on, to the page that says it is on."""
    app = App(see_app_key(walker, at).secret)
    return app, walker.send("Turn on", code=app.code())


def see_app_key(walker: Walker, at: str = "/enrolment/totp/") -> Page:
    """The page with a new app's key: of a set-up that begins here, or that was left before."""
    page = walker.open(at)
    return walker.send("Continue where I was" if "Continue where I was" in page.text else "Show")


def states(page: Page) -> dict[str, str]:
    """The state of each method, as the overview shows it."""
    rows = page.soup.select("li.factor")
    return {row.h3.get_text(strip=True): str(row["data-state"]) for row in rows if row.h3}


def sentence(page: Page) -> str:
    """What the page says of the next sign-in."""
    headline = page.soup.select_one(".hero-headline")
    return " ".join(headline.get_text(" ").split()) if headline else ""


def notices(sandbox: Sandbox, somebody: Somebody) -> list[str]:
    """The texts of the portal's own messages to a person's mailbox, newest first."""
    return [
        message["text"]
        for message in sandbox.inbox(somebody.email)
        if "If it was not you" in message["text"]
    ]
