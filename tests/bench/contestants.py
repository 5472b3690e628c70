"""The three local Cognitos, each with a pool of as many people as asked for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

import boto3

from sandbox.core import Sandbox
from sandbox.people import Person
from sandbox.switches import Switches
from tests.bench.load import ask
from tests.bench.ports import free_port

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REGION = "eu-central-1"
PASSWORD = "Correct-Horse-7"
SIGNED_IN = 10
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
SECONDS_TO_START = 120


@dataclass(frozen=True)
class Site:
    """A running contestant: where it answers, its pool and client, and some of its people."""

    name: str
    url: str
    pool: str
    client: str
    usernames: list[str]
    seconds_to_answer: float


def people(count: int) -> dict[str, dict[str, str]]:
    """Attributes by username, the same for every contestant."""
    return {_username(number): _attributes(number) for number in range(count)}


def _username(number: int) -> str:
    """An id, as in a pool where people sign in by e-mail address."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(number)))


def _attributes(number: int) -> dict[str, str]:
    return {
        "email": f"person{number:06}@example.com",
        "email_verified": "true",
        "phone_number": f"+6149157{number:06}",
        "phone_number_verified": "true",
        "name": f"Person {number:06}",
    }


@contextmanager
def sandbox(count: int, folder: Path) -> Iterator[Site]:
    """The sandbox, keeping its state in a folder."""
    data = folder / f"sandbox-{count}"
    port = free_port()
    command = [sys.executable, "-m", "sandbox", "--data", str(data), "--scene", "empty"]
    command += ["--port", str(port), "--control-port", "0", "--smtp-port", "0"]
    url = f"http://127.0.0.1:{port}"
    with running(command, ROOT, lambda: ask(url, "ListUserPools", {"MaxResults": 1})):
        pool, client = _pool_of_the_sandbox(url, list(people(SIGNED_IN).items()))
    _copy_people(data, pool, count)
    with running(command, ROOT, lambda: ask(url, *_known_person(pool))) as seconds:
        yield _site("sandbox", url, pool, client, seconds)


def _pool_of_the_sandbox(url: str, some: list[tuple[str, dict[str, str]]]) -> tuple[str, str]:
    admin = boto3.client(
        "cognito-idp",
        REGION,
        endpoint_url=url,
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    pool = admin.create_user_pool(PoolName="bench")["UserPool"]["Id"]
    client = admin.create_user_pool_client(
        UserPoolId=pool, ClientName="bench", ExplicitAuthFlows=FLOWS
    )["UserPoolClient"]["ClientId"]
    for username, attributes in some:
        admin.admin_create_user(
            UserPoolId=pool,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": n, "Value": v} for n, v in attributes.items()],
        )
        admin.admin_set_user_password(
            UserPoolId=pool, Username=username, Password=PASSWORD, Permanent=True
        )
    return pool, client


def _copy_people(data: Path, pool_id: str, count: int) -> None:
    """Everybody else, straight into the file; nobody signs in as them."""
    box = Sandbox(REGION, data, Switches(), "", "")
    pool = box.pools.get(pool_id)
    pattern = box.people.by_username(pool, _username(0))
    assert pattern is not None
    with box.database.transaction():
        for number in range(SIGNED_IN, count):
            changed = {
                "username": _username(number),
                "sub": str(uuid.uuid4()),
                "attributes": _attributes(number),
            }
            box.people.add(pool, Person(**{**vars(pattern), **changed}))
    box.database.close()


@contextmanager
def moto(count: int, folder: Path) -> Iterator[Site]:
    """moto's server; it keeps everything in memory."""
    plan, port = folder / f"moto-{count}.json", free_port()
    plan.write_text(json.dumps({"region": REGION, "password": PASSWORD, "people": people(count)}))
    command = [str(ROOT / ".bench/bin/python"), str(HERE / "moto_server.py"), str(port), str(plan)]
    url, made = f"http://127.0.0.1:{port}", folder / f"moto-{count}.out"
    with made.open("w") as out:

        def answers() -> Any:
            return ask(url, *_known_person(json.loads(made.read_text())["pool"]))

        with running(command, ROOT, answers, out) as seconds:
            ids = json.loads(made.read_text())
            yield _site("moto", url, ids["pool"], ids["client"], seconds)


@contextmanager
def cognito_local(count: int, folder: Path) -> Iterator[Site]:
    """cognito-local; it keeps a pool in one JSON file, here written beforehand."""
    home, port, pool, client = folder / f"local-{count}", free_port(), "local_bench", "benchclient"
    _fill_cognito_local(home / ".cognito" / "db", pool, client, count)
    command = ["node", str(HERE / "node_modules/cognito-local/lib/bin/start.js")]
    environment = os.environ | {"PORT": str(port), "HOST": "127.0.0.1"}
    url = f"http://127.0.0.1:{port}"
    answers: Callable[[], Any] = lambda: ask(url, *_known_person(pool))  # noqa: E731
    with running(command, home, answers, environment=environment) as seconds:
        yield _site("cognito-local", url, pool, client, seconds)


def _fill_cognito_local(database: Path, pool: str, client: str, count: int) -> None:
    at = "2026-01-01T00:00:00.000Z"
    users = {
        username: {
            "Username": username,
            "Password": PASSWORD,
            "Attributes": [
                {"Name": name, "Value": value}
                for name, value in {"sub": username, **attributes}.items()
            ],
            "Enabled": True,
            "UserStatus": "CONFIRMED",
            "UserCreateDate": at,
            "UserLastModifiedDate": at,
            "RefreshTokens": [],
        }
        for username, attributes in people(count).items()
    }
    described = {"ClientId": client, "ClientName": "bench", "UserPoolId": pool}
    dates = {"CreationDate": at, "LastModifiedDate": at}
    database.mkdir(parents=True)
    options = {"Id": pool, "Name": "bench", "MfaConfiguration": "OFF", "UsernameAttributes": []}
    (database / f"{pool}.json").write_text(json.dumps({"Users": users, "Options": options}))
    (database / "clients.json").write_text(
        json.dumps({"Clients": {client: {**described, **dates, "ExplicitAuthFlows": FLOWS}}})
    )


def _known_person(pool: str) -> tuple[str, dict[str, str]]:
    return "AdminGetUser", {"UserPoolId": pool, "Username": _username(0)}


def _site(name: str, url: str, pool: str, client: str, seconds: float) -> Site:
    return Site(name, url, pool, client, [_username(n) for n in range(SIGNED_IN)], seconds)


@contextmanager
def running(
    command: list[str],
    folder: Path,
    answers: Callable[[], Any],
    out: Any = subprocess.DEVNULL,
    environment: dict[str, str] | None = None,
) -> Iterator[float]:
    """A server for the block; yields how many seconds passed until it first answered."""
    began = time.perf_counter()
    with ExitStack() as stack:
        server = stack.enter_context(
            subprocess.Popen(
                command, cwd=folder, env=environment, stdout=out, stderr=subprocess.DEVNULL
            )
        )
        stack.callback(server.kill)
        while not _answered(answers):
            if server.poll() is not None or time.perf_counter() - began > SECONDS_TO_START:
                raise RuntimeError(f"{command[0]} {command[1]} does not answer")
            time.sleep(0.01)
        yield time.perf_counter() - began


def _answered(answers: Callable[[], Any]) -> bool:
    try:
        answers()
    except (URLError, OSError, ValueError):
        return False
    return True
