"""The control port and the SMTP port: inbox, clock, trouble, calls, scene."""

from __future__ import annotations

import json
import smtplib
import time
from collections.abc import Iterator
from email.message import EmailMessage
from html.parser import HTMLParser
from http.client import HTTPException
from typing import Any

import boto3
import phonenumbers
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from tests.sandbox.kit import SMS, TOTP, Realm, Server, Someone, fetch, refused, start, stop


def impatient(server: Server) -> Any:
    """A client that waits one second and tries once."""
    config = Config(signature_version=UNSIGNED, read_timeout=1, retries={"total_max_attempts": 1})
    return boto3.client("cognito-idp", "eu-central-1", endpoint_url=server.api, config=config)


def test_inbox_newest_first_and_by_destination(optional: Realm) -> None:
    person = optional.person(phone=True)
    person.prefer(SMS=(True, True))
    person.sign_in()
    person.sign_in()
    first, second = optional.server.inbox(person.phone)
    assert first["id"] > second["id"]
    assert first["medium"] == "SMS"
    assert first["destination"] == person.phone
    assert first["code"] in first["text"]
    assert abs(first["sent_at"] - optional.server.now()) < 10
    assert optional.server.ask("GET", "/inbox.json")[0] == first


def test_inbox_is_emptied(server: Server, optional: Realm) -> None:
    person = optional.person(phone=True)
    person.prefer(SMS=(True, True))
    person.sign_in()
    server.ask("DELETE", "/inbox.json")
    assert server.ask("GET", "/inbox.json") == []


class Words(HTMLParser):
    """The text of a page and the addresses it loads from."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.loads = "", [""]
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]


def test_inbox_page_shows_codes_and_loads_nothing(server: Server, optional: Realm) -> None:
    person = optional.person(phone=True)
    person.prefer(SMS=(True, True))
    person.sign_in()
    answer = fetch("GET", server.control + "/", None, {})
    page = Words(answer.body.decode())
    assert answer.headers["content-type"].startswith("text/html")
    assert server.code_sent_to(person.phone) in page.text
    assert "ella" in page.text
    assert page.loads == [""]


def test_inbox_page_escapes_what_others_sent(server: Server) -> None:
    send(server, "x@example.org", "<b>bold</b>", "<script>alert(1)</script>")
    page = fetch("GET", server.control + "/", None, {}).body.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def send(server: Server, to: str, subject: str, text: str, html: str = "") -> None:
    """Send a mail to the sandbox."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "portal@example.com", to, subject
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=10) as connection:
        connection.send_message(mail)


def test_mail_lands_in_the_inbox_decoded(server: Server) -> None:
    text = "Zugänge geändert: – " + "lange Zeile " * 20
    send(server, "Änderung <nora@example.net>", "Grüezi – Neues", text, "<p>nicht das</p>")
    message = server.inbox("nora@example.net")[0]
    assert message["medium"] == "EMAIL"
    assert message["code"] is None
    assert message["subject"] == "Grüezi – Neues"
    assert message["text"] == text.strip()


def test_mail_to_two_people_lands_twice(server: Server) -> None:
    send(server, "one@example.net, two@example.net", "Both", "Hello")
    assert server.inbox("one@example.net")[0]["text"] == "Hello"
    assert server.inbox("two@example.net")[0]["text"] == "Hello"


def test_clock(server: Server) -> None:
    assert abs(server.now() - time.time()) < 5
    server.advance(500)
    assert abs(server.now() - time.time() - 500) < 5
    server.advance(-100)
    assert abs(server.now() - time.time() - 400) < 5
    server.ask("POST", "/clock", {"offset": 0})
    assert abs(server.now() - time.time()) < 5


def test_clock_stands_still(server: Server) -> None:
    server.stand_still()
    stood = server.now()
    time.sleep(0.02)
    assert server.now() == stood
    server.advance(90)
    assert server.now() == pytest.approx(stood + 90, abs=0.002)
    assert server.ask("POST", "/clock", {"runs": True, "offset": 0})["runs"]
    assert server.now() > stood


def test_app_follows_the_clock(optional: Realm) -> None:
    server, person = optional.server, optional.person()
    person.bind_app()
    person.prefer(TOTP=(True, True))
    server.advance(3600)
    code = server.totp(person.secret)
    assert "AuthenticationResult" in person.answer_code(person.sign_in(), code)


def test_c154_throttle(server: Server, off: Realm) -> None:
    token = off.person().token
    server.ask("POST", "/trouble", {"operation": "GetUser", "kind": "throttle", "times": 2})
    for _ in range(2):
        with refused("TooManyRequestsException", "Rate exceeded"):
            server.user.get_user(AccessToken=token)
    assert server.user.get_user(AccessToken=token)


def test_error(server: Server, off: Realm) -> None:
    trouble = {"operation": "*", "kind": "error", "code": "ForbiddenException", "message": "No."}
    token = off.person().token
    server.ask("POST", "/trouble", {**trouble, "times": 1})
    with refused("ForbiddenException", "No."):
        server.user.get_user(AccessToken=token)
    server.ask("POST", "/trouble", {**trouble, "times": 1, "status": 503})
    answer = server.raw("GetUser", {"AccessToken": token})
    assert answer.status == 503


def test_delay(server: Server, off: Realm) -> None:
    token = off.person().token
    server.ask("POST", "/trouble", {"operation": "GetUser", "kind": "delay", "seconds": 0.3})
    begun = time.monotonic()
    server.user.get_user(AccessToken=token)
    assert time.monotonic() - begun >= 0.3


def test_silence_changes_and_never_answers(server: Server, optional: Realm) -> None:
    person = optional.person(phone=True)
    trouble = {"operation": "SetUserMFAPreference", "kind": "silence", "seconds": 5, "times": 1}
    server.ask("POST", "/trouble", trouble)
    with pytest.raises((ReadTimeoutError, ConnectionClosedError)):
        impatient(server).set_user_mfa_preference(
            AccessToken=person.token, SMSMfaSettings={"Enabled": True, "PreferredMfa": True}
        )
    assert person.preferred() == SMS


def test_silence_ends_by_closing(server: Server, off: Realm) -> None:
    token = off.person().token
    server.ask("POST", "/trouble", {"operation": "GetUser", "kind": "silence", "seconds": 0.1})
    with pytest.raises(ConnectionClosedError):
        server.user.get_user(AccessToken=token)


def test_reset_changes_nothing(server: Server, optional: Realm) -> None:
    person = optional.person(phone=True)
    trouble = {"operation": "SetUserMFAPreference", "kind": "reset", "times": 1}
    server.ask("POST", "/trouble", trouble)
    with pytest.raises(ConnectionClosedError):
        person.prefer(SMS=(True, True))
    assert person.listed() is None
    person.prefer(SMS=(True, True))
    assert person.listed() == {SMS}


def test_half_changes_and_breaks_off(server: Server, optional: Realm) -> None:
    person = optional.person(phone=True)
    trouble = {"operation": "SetUserMFAPreference", "kind": "half", "times": 1}
    server.ask("POST", "/trouble", trouble)
    preference = {"SMSMfaSettings": {"Enabled": True, "PreferredMfa": True}}
    with pytest.raises((OSError, HTTPException)):
        server.raw("SetUserMFAPreference", {"AccessToken": person.token, **preference})
    assert person.preferred() == SMS


def test_garbage_is_no_json_and_changes_nothing(server: Server, optional: Realm) -> None:
    person = optional.person(phone=True)
    trouble = {"operation": "SetUserMFAPreference", "kind": "garbage", "times": 1}
    server.ask("POST", "/trouble", trouble)
    answer = server.raw("SetUserMFAPreference", {"AccessToken": person.token})
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html")
    assert person.listed() is None


@pytest.mark.parametrize("kind", ["half", "reset", "garbage"])
def test_trouble_with_the_keys(server: Server, off: Realm, kind: str) -> None:
    """By the path behind the pool's; what meets every operation leaves them alone."""
    keys = f"{server.api}/{off.pool_id}/.well-known/jwks.json"
    server.ask("POST", "/trouble", {"operation": "*", "kind": kind})
    assert json.loads(fetch("GET", keys, None, {}).body)["keys"]
    server.ask("DELETE", "/trouble")
    server.ask("POST", "/trouble", {"operation": "/.well-known/jwks.json", "kind": kind})
    with pytest.raises((OSError, HTTPException, ValueError)):
        json.loads(fetch("GET", keys, None, {}).body)


def test_status_answers_as_told(server: Server) -> None:
    trouble = {"operation": "VerifySoftwareToken", "kind": "status", "body": {"Status": "ERROR"}}
    server.ask("POST", "/trouble", trouble)
    answer = server.user.verify_software_token(AccessToken="x", UserCode="123456")
    assert answer["Status"] == "ERROR"


def test_trouble_is_listed_and_cleared(server: Server) -> None:
    server.ask("POST", "/trouble", {"operation": "GetUser", "kind": "throttle"})
    assert [each["kind"] for each in server.ask("GET", "/trouble")] == ["throttle"]
    server.ask("DELETE", "/trouble")
    assert server.ask("GET", "/trouble") == []


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "fire"},
        {},
        {"kind": "delay", "sound": 1},
        [1],
        {"kind": "throttle", "times": "x"},
        {"kind": "throttle", "times": 0},
        {"kind": "throttle", "operation": 5},
        {"kind": "delay", "seconds": "x"},
        {"kind": "delay", "seconds": -1},
        {"kind": "delay", "seconds": 1e9},
        {"kind": "error", "code": "a\r\nSet-Cookie: b"},
        {"kind": "error", "code": ""},
        {"kind": "error", "code": 5},
        {"kind": "error", "message": 5},
        {"kind": "error", "status": 99},
        {"kind": "error", "status": "x"},
        {"kind": "status", "body": []},
    ],
    ids=str,
)
def test_trouble_that_makes_no_sense(server: Server, given: Any) -> None:
    """It is refused when it is planned, and meets nobody later (found by the fuzz)."""
    body = json.dumps(given).encode()
    assert fetch("POST", server.control + "/trouble", body, {}).status == 400
    assert server.ask("GET", "/trouble") == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"offset": "nan"}',
        b'{"offset": NaN}',
        b'{"offset": Infinity}',
        b'{"advance": 1e300}',
        b'{"advance": [1]}',
        b'{"runs": false, "offset": -1e11}',
    ],
)
def test_clock_cannot_leave_the_calendar(server: Server, body: bytes) -> None:
    """A clock at NaN made every sign-in fail (found by the fuzz)."""
    assert fetch("POST", server.control + "/clock", body, {}).status == 400
    clock = server.ask("GET", "/clock")
    assert (clock["offset"], clock["runs"]) == (0, True)


def test_nesting_without_end_is_explained(server: Server) -> None:
    """It ended in a 500 of the HTTP server (found by the fuzz)."""
    answer = fetch("POST", server.control + "/clock", b'{"a":' * 100_000, {})
    assert answer.status == 400
    assert "nested" in answer.json["error"]


def test_calls_are_counted(server: Server, off: Realm) -> None:
    person = off.person()
    assert person.token
    server.ask("DELETE", "/calls.json")
    person.get()
    person.get()
    server.raw("InitiateAuth")
    assert server.ask("GET", "/calls.json") == {"GetUser": 2, "InitiateAuth": 1}


def test_pages_of_other_sites_are_refused(server: Server) -> None:
    headers = {"Origin": "http://evil.example", "Content-Type": "text/plain"}
    assert fetch("POST", server.control + "/reset", b"{}", headers).status == 403
    own = {"Origin": server.control}
    assert fetch("POST", server.control + "/inbox/clear", b"", own).status == 200


def test_unknown_route_and_method(server: Server) -> None:
    assert fetch("GET", server.control + "/nothing", None, {}).status == 404
    assert fetch("DELETE", server.control + "/clock", None, {}).status == 405


@pytest.fixture(scope="module")
def fresh() -> Iterator[Server]:
    """A sandbox nobody else touches."""
    running = start("--scene", "demo")
    yield running
    stop(running)


EXPECTED = {
    "nora": "tokens",
    "tom": TOTP,
    "maria": "SELECT_MFA_TYPE",
    "ella": TOTP,
    "paul": "NEW_PASSWORD_REQUIRED",
    "uma": "tokens",
    "rita": "MFA_SETUP",
    "ravi": TOTP,
    "rosa": SMS,
}


def people_of(server: Server) -> dict[str, Someone]:
    """The people of the scene, as it describes itself."""
    scene = server.ask("GET", "/scene.json")
    clients = {each["pool"]: each["id"] for each in scene["clients"]}
    return {
        each["username"]: Someone(
            Realm(server, each["pool"], clients[each["pool"]]),
            each["username"],
            "",
            each["password"],
            each.get("totp_secret", ""),
        )
        for each in scene["people"]
    }


def test_everybody_of_the_scene_signs_in_as_described(fresh: Server) -> None:
    people = people_of(fresh)
    assert set(people) == set(EXPECTED)
    assert len({person.password for person in people.values()}) == len(people)
    for name, person in people.items():
        answer = person.sign_in()
        assert answer.get("ChallengeName", "tokens") == EXPECTED[name], name


def test_apps_of_the_scene(fresh: Server) -> None:
    people = people_of(fresh)
    apps = {each["username"]: each for each in fresh.ask("GET", "/authenticators.json")}
    assert set(apps) == {"tom", "ella", "ravi"}
    assert {each["state"] for each in apps.values()} == {"bound"}
    assert 1 <= apps["tom"]["seconds_left"] <= 30
    assert apps["ella"]["secret"] == people["ella"].secret
    answer = people["tom"].answer_code(people["tom"].sign_in(), apps["tom"]["code"])
    assert "AuthenticationResult" in answer


def test_apps_being_set_up_are_shown_too(fresh: Server) -> None:
    people = people_of(fresh)
    user = fresh.user
    secrets = {
        "uma": user.associate_software_token(AccessToken=people["uma"].token),
        "rita": user.associate_software_token(Session=people["rita"].sign_in()["Session"]),
    }
    for name, begun in secrets.items():
        shown = [a for a in fresh.ask("GET", "/authenticators.json") if a["username"] == name]
        assert [a["secret"] for a in shown] == [begun["SecretCode"]]
        assert shown[0]["state"] == "being set up"


def test_numbers_of_the_scene_are_valid(fresh: Server) -> None:
    numbers = [
        each["phone_number"]
        for each in fresh.ask("GET", "/scene.json")["people"]
        if "phone_number" in each
    ]
    assert len(numbers) == 4
    for number in numbers:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number))


def test_reset_begins_anew(fresh: Server) -> None:
    nora = people_of(fresh)["nora"]
    nora.bind_app()
    nora.prefer(TOTP=(True, True))
    fresh.ask("POST", "/clock", {"advance": 1000})
    fresh.ask("POST", "/reset", {"scene": "demo"})
    assert "AuthenticationResult" in people_of(fresh)["nora"].sign_in()
    assert abs(fresh.now() - time.time()) < 5
    with refused("NotAuthorizedException"):
        nora.get()
    fresh.ask("POST", "/reset", {"scene": "empty"})
    assert fresh.ask("GET", "/scene.json")["people"] == []
    assert fresh.admin.list_user_pools(MaxResults=5)["UserPools"] == []
    fresh.ask("POST", "/reset", {"scene": "demo"})
