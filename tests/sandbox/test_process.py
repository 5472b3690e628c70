"""The process: ports, files, signals, kill -9, and many clients at once."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.sandbox.kit import (
    ALL,
    EMAIL,
    PREFERENCE,
    REGION,
    SMS,
    TOTP,
    Realm,
    Server,
    fetch,
    start,
    stop,
)
from tests.sandbox.test_control import people_of

THREADS = 32


def test_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for option in ("--port", "--control-port", "--smtp-port"):
            ports = {"--port": "0", "--control-port": "0", "--smtp-port": "0", option: port}
            options = [f"{name}={number}" for name, number in ports.items()]
            command = [sys.executable, "-m", "sandbox", *options]
            ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
            assert ended.returncode == 2
            assert ended.stdout == ""
            assert len(ended.stderr.splitlines()) == 1
            assert port in ended.stderr
            assert option in ended.stderr


def test_unknown_switch_is_one_clear_line() -> None:
    command = [sys.executable, "-m", "sandbox", "--switch", "no_such=1"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 2
    assert "no_such" in ended.stderr.splitlines()[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ends_cleanly(number: signal.Signals) -> None:
    server = start()
    try:
        assert fetch("GET", server.control + "/clock", None, {}).status == 200
    finally:
        server.process.send_signal(number)
    assert server.process.wait(30) == 0
    assert server.process.stdout is not None
    assert server.process.stdout.read() == ""
    server.process.stdout.close()


def test_state_outlives_the_process(tmp_path: Path) -> None:
    options = ("--data", str(tmp_path))
    server = start(*options)
    nora = people_of(server)["nora"]
    nora.bind_app()
    nora.prefer(TOTP=(True, True))
    token = nora.token
    server.advance(100)
    stop(server)
    again = start(*options, "--scene", "empty")  # an existing state is kept
    try:
        assert again.user.get_user(AccessToken=token)["PreferredMfaSetting"] == TOTP
        assert again.ask("GET", "/clock")["offset"] == server.offset >= 100
    finally:
        stop(again)


def test_issuer_base() -> None:
    server = start("--issuer-base", "https://id.example.com/")
    try:
        url = f"{server.api}/{REGION}_Optional1/.well-known/openid-configuration"
        issuer = fetch("GET", url, None, {}).json["issuer"]
        assert issuer == f"https://id.example.com/{REGION}_Optional1"
    finally:
        stop(server)


def test_switch_changes_behaviour() -> None:
    server = start("--switch", "optional_unactivated_totp_is_asked=true")
    try:
        nora = people_of(server)["nora"]
        nora.bind_app()
        assert nora.sign_in()["ChallengeName"] == TOTP
    finally:
        stop(server)


def test_kill_9_loses_no_acknowledged_change(tmp_path: Path) -> None:
    """Every change that was answered is there after the process is killed in mid-flight."""
    server = start("--data", str(tmp_path))
    pool = f"{REGION}_Optional1"
    acknowledged: list[int] = []

    def write() -> None:
        for number in range(100_000):
            try:
                server.admin.admin_update_user_attributes(
                    UserPoolId=pool,
                    Username="nora",
                    UserAttributes=[{"Name": "nickname", "Value": str(number)}],
                )
            except (BotoCoreError, ClientError):
                return
            acknowledged.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    while len(acknowledged) < 100:
        time.sleep(0.01)
    server.process.kill()
    writer.join(30)
    server.process.wait(10)
    assert server.process.stdout is not None
    server.process.stdout.close()
    again = start("--data", str(tmp_path))
    try:
        user = again.admin.admin_get_user(UserPoolId=pool, Username="nora")
        values = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
        assert int(values["nickname"]) - acknowledged[-1] in (0, 1)
    finally:
        stop(again)


def at_once(work: Any, items: list[Any]) -> list[Any]:
    """Run work on every item, all threads leaving together."""
    barrier = threading.Barrier(len(items))

    def run(item: Any) -> Any:
        barrier.wait()
        return work(item)

    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(run, items))


def test_many_preferences_at_once_leave_at_most_one(optional: Realm) -> None:
    person = optional.person(email=True, phone=True)
    person.bind_app()
    token = person.token

    def prefer(number: int) -> None:
        factor = ALL[number % 3]
        block = {PREFERENCE[factor]: {"Enabled": True, "PreferredMfa": True}}
        optional.server.user.set_user_mfa_preference(AccessToken=token, **block)
        seen = optional.server.user.get_user(AccessToken=token)
        assert seen["PreferredMfaSetting"] in seen["UserMFASettingList"]

    at_once(prefer, list(range(THREADS)))
    assert person.listed() == {SMS, TOTP, EMAIL}
    assert person.preferred() in ALL


def test_one_code_at_once_by_many_is_used_once(optional: Realm) -> None:
    person, server = optional.person(), optional.server
    person.bind_app()
    person.prefer(TOTP=(True, True))
    challenges = [person.sign_in() for _ in range(THREADS)]
    code = server.totp(person.secret)

    def answer(challenge: dict[str, Any]) -> str:
        try:
            person.answer_code(challenge, code)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "signed in"

    results = at_once(answer, challenges)
    assert results.count("signed in") == 1
    assert set(results) <= {"signed in", "ExpiredCodeException", "NotAuthorizedException"}


def test_one_session_at_once_by_many_signs_in_once(optional: Realm) -> None:
    person = optional.person(phone=True)
    person.prefer(SMS=(True, True))
    challenge = person.sign_in()
    code = optional.server.code_sent_to(person.phone)

    def answer(_: int) -> bool:
        try:
            return "AuthenticationResult" in person.answer_code(challenge, code)
        except ClientError:
            return False

    assert at_once(answer, list(range(THREADS))).count(True) == 1


def test_logs_hold_no_secrets(tmp_path: Path) -> None:
    """Nothing of a sign-in reaches stdout or stderr."""
    with (tmp_path / "log").open("w") as log:
        ports = ["--port", "0", "--control-port", "0", "--smtp-port", "0"]
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", *ports], stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert process.stdout is not None
        api, control, smtp = (process.stdout.readline().strip() for _ in range(3))
        server = Server(process, api, control, int(smtp.rpartition(":")[2]))
        rosa = people_of(server)["rosa"]
        rosa.answer_code(rosa.sign_in(), server.code_sent_to("+61491570159"))
        server.raw("GetUser", b"\xff")
        stop(server)
    assert (tmp_path / "log").read_text() == ""
