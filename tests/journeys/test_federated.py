"""People of another provider: the pool keeps no methods for them, and every page says so."""

from collections.abc import Iterator

import pytest

from tests.people import People
from tests.sandbox_process import Sandbox
from tests.walker import Walker

IDENTITIES = '[{"userId":"113","providerName":"SignInWithApple","providerType":"SignInWithApple"}]'


@pytest.fixture
def apple(walker: Walker, pool: People, sandbox: Sandbox) -> Iterator[Walker]:
    """Signed in, and of Apple, by what the pool answers from now on."""
    walker.sign_in(pool.make())
    attributes = {"sub": "113", "identities": IDENTITIES}
    body = {
        "Username": "SignInWithApple_113",
        "UserAttributes": [{"Name": name, "Value": text} for name, text in attributes.items()],
    }
    with sandbox.trouble("GetUser", "status", body=body, times=None):
        yield walker


@pytest.mark.parametrize("path", ["/", "/preference/", "/enrolment/sms/", "/turn-off/totp/"])
def test_every_page_says_where_their_methods_live(apple: Walker, path: str):
    """Contract 2.3: with the name people know, and nothing that would be refused."""
    page = apple.open(path)
    assert page.status == 200
    assert page.heading == "You sign in with Apple"
    assert "open the security settings of your Apple account" in page.text
    assert not page.soup.select('main form[action*="enrolment"]')


def test_the_json_room_says_so_too(apple: Walker):
    answer = apple.json("GET", "/api/v1/mfa")
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert (error["code"], error["details"]) == (
        "SIGNS_IN_ELSEWHERE",
        {"provider": "SignInWithApple"},
    )


def test_they_can_still_sign_out(apple: Walker):
    assert apple.open("/activity/").heading == "What happened"
    apple.open("/")
    assert apple.send("Sign out").heading == "Sign in"
