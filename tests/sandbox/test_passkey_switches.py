"""Passkeys in the demo scene, across a restart, and with every switch the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.authenticator import Authenticator
from tests.sandbox.kit import SMS, Server, Someone, refused, start, stop
from tests.sandbox.passkey_kit import (
    answer,
    asked,
    begin,
    complete,
    listed,
    register,
    sign_in,
)
from tests.sandbox.passkey_kit import start as begin_registration
from tests.sandbox.test_control import people_of

INVERTED = {
    "passkey_challenge_seconds": "60",
    "refused_passkey_keeps_challenge": "false",
    "passkey_plain_http_on_localhost": "false",
    "passkey_origins": "https://app.test,android:apk-key-hash:abc",
    "passkey_mfa_needs_setting": "false",
    "passkey_mfa_needs_another_factor": "false",
    "select_challenge_carries_passkey_options": "true",
    "roaming_passkey_name": "Key",
    "platform_passkey_name": "Phone",
}
GONE = "WebAuthnChallengeNotFoundException"


@pytest.fixture(scope="module")
def inverted() -> Iterator[Server]:
    """The demo scene with these switches."""
    switches = [f"{name}={value}" for name, value in INVERTED.items()]
    options = [part for switch in switches for part in ("--switch", switch)]
    running = start("--scene", "demo", *options)
    yield running
    stop(running)


@pytest.fixture(scope="module")
def demo() -> Iterator[Server]:
    """The demo scene as it is."""
    running = start("--scene", "demo")
    yield running
    stop(running)


@pytest.fixture
def nora(inverted: Server) -> Someone:
    """From the pool where MFA is optional; nothing set up."""
    inverted.ask("POST", "/reset", {"scene": "demo"})
    return people_of(inverted)["nora"]


@pytest.mark.parametrize("name", ["nora", "tom", "rosa"])
def test_people_of_the_scene_can_use_passkeys(demo: Server, name: str) -> None:
    """At any port of http://localhost; where a second factor is asked, passkey MFA comes first."""
    person = people_of(demo)[name]
    device = register(person, Authenticator(origin="http://localhost:8000"))
    if name != "nora":
        assert begin(person)["ChallengeName"] == "SELECT_CHALLENGE"
        person.prefer(**({"TOTP": (True, True)} if name == "tom" else {"SMS": (True, True)}))
        demo.user.set_user_mfa_preference(
            AccessToken=person.token, WebAuthnMfaSettings={"Enabled": True}
        )
    assert "AuthenticationResult" in sign_in(person, device)


def test_passkeys_outlive_the_process(tmp_path: Path) -> None:
    options = ("--data", str(tmp_path))
    server = start(*options)
    device = register(people_of(server)["nora"], Authenticator(counts=True))
    begun = begin_registration(people_of(server)["nora"])
    server.process.kill()
    stop(server)
    again = start(*options)
    try:
        nora = people_of(again)["nora"]
        assert "AuthenticationResult" in sign_in(nora, device)
        complete(nora, device.create(begun))
        assert len(listed(nora)) == 2
        again.ask("POST", "/reset", {"scene": "demo"})
        assert listed(people_of(again)["nora"]) == []
    finally:
        stop(again)


def test_other_life_of_a_challenge(nora: Someone) -> None:
    server = nora.realm.server
    device = Authenticator(origin="https://localhost")
    server.ask("POST", "/clock", {"runs": False})
    for seconds, good in ((59, True), (60, False)):
        credential = device.create(begin_registration(nora))
        server.advance(seconds)
        if good:
            complete(nora, credential)
        else:
            with refused(GONE):
                complete(nora, credential)


def test_challenge_that_a_refusal_uses_up(nora: Someone) -> None:
    device = Authenticator(origin="https://localhost")
    options = begin_registration(nora)
    with refused("WebAuthnRelyingPartyMismatchException"):
        complete(nora, device.create(options, party="example.com"))
    with refused(GONE):
        complete(nora, device.create(options))


def test_other_origins(nora: Someone) -> None:
    with refused("WebAuthnOriginNotAllowedException"):
        register(nora, Authenticator(origin="http://localhost:8000"))
    for origin in ("https://app.test", "android:apk-key-hash:abc"):
        device = register(nora, Authenticator(origin=origin))
        assert "AuthenticationResult" in sign_in(nora, device)


def test_other_names(nora: Someone) -> None:
    for attachment in ("cross-platform", "platform"):
        register(nora, Authenticator(origin="https://localhost", attachment=attachment))
    assert [each["FriendlyCredentialName"] for each in listed(nora)] == ["Key", "Phone"]


def test_credential_rides_along_with_the_choice(nora: Someone) -> None:
    device = register(nora, Authenticator(origin="https://localhost"))
    offer = begin(nora, "")
    assert offer["ChallengeName"] == "SELECT_CHALLENGE"
    credential = device.get(asked(offer))
    done = answer(nora, offer, credential, ANSWER="WEB_AUTHN")
    assert "AuthenticationResult" in done
    with refused("NotAuthorizedException"):
        answer(nora, offer, credential, ANSWER="WEB_AUTHN")


def test_passkey_mfa_without_setting_or_other_factor(inverted: Server) -> None:
    rosa = people_of(inverted)["rosa"]
    device = register(rosa, Authenticator(origin="https://localhost"))
    assert rosa.sign_in()["ChallengeName"] == SMS
    assert "AuthenticationResult" in sign_in(rosa, device)
    admin = inverted.admin
    admin.admin_delete_user_attributes(**rosa.admin_name, UserAttributeNames=["phone_number"])
    assert rosa.sign_in()["ChallengeName"] == "MFA_SETUP"
    assert "AuthenticationResult" in sign_in(rosa, device)
