"""The three connections: how long they wait, how often they try, and who signs."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from django.conf import settings as portal

from accounts.cognito import client
from accounts.cognito.errors import CognitoError, CognitoUnreachable, TryLater, cognito_errors

ENDPOINT = "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"


Answer = tuple[int, str, str] | None


@contextmanager
def serving(answer: Callable[[Message, str], Answer]) -> Iterator[str]:
    """The address of a server. answer: of headers and body a status, a type and a text, or None.

    None hangs up.
    """

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answered = answer(self.headers, body)
            if self.answered is None:
                self.connection.close()
                return
            status, kind, text = self.answered
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: Any) -> None:
            """Stay silent."""

        def finish(self) -> None:
            if self.answered is not None:
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def answering(status: int, code: str | None) -> Iterator[tuple[str, list[Any]]]:
    """A Cognito that gives one answer to everything, or hangs up; and what it was asked."""
    asked: list[Any] = []

    def answer(headers: Message, body: str) -> Answer:
        asked.append(headers)
        said = json.dumps({"__type": code, "message": "No."})
        return (status, "application/x-amz-json-1.1", said) if code else None

    with serving(answer) as url:
        yield url, asked


@pytest.fixture
def fresh_clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Clients that are built in the test and forgotten after it."""

    def forget() -> None:
        for purpose in client.PURPOSES:
            purpose.cache_clear()  # type: ignore[attr-defined]

    forget()
    yield lambda address: monkeypatch.setenv(ENDPOINT, address)
    forget()


def config_of(purpose: Any) -> Any:
    return purpose().meta.config


@pytest.mark.parametrize("purpose", client.PURPOSES)
def test_no_call_waits_longer_than_it_may(purpose: Any):
    """RES-03: connect 2 s, read 5 s; in all 8 s."""
    config = config_of(purpose)
    assert (config.connect_timeout, config.read_timeout) == (2, 5)
    assert portal.COGNITO_CALL_TIMEOUT.total_seconds() == 8


@pytest.mark.parametrize(
    ("purpose", "attempts"), [*zip(client.PURPOSES, (1, 2, 2, 1), strict=True)]
)
def test_a_proof_has_one_attempt_and_a_read_has_two(purpose: Any, attempts: int):
    """LIM-06; contract 1.7."""
    retries = config_of(purpose).retries
    assert (retries["total_max_attempts"], retries["mode"]) == (attempts, "standard")


def test_only_administration_looks_for_credentials():
    """Design section 3: the person's own token is enough for everything else."""
    assert config_of(client.self_service).signature_version is UNSIGNED
    assert config_of(client.reads).signature_version is UNSIGNED
    assert config_of(client.administration).signature_version is not UNSIGNED


def test_each_client_is_built_once_in_a_process(fresh_clients: Any):
    """Design section 3: a client costs tens of milliseconds."""
    client.build_all()
    for purpose in client.PURPOSES:
        assert purpose() is purpose()
    assert len({id(purpose()) for purpose in client.PURPOSES}) == 4


def test_of_the_addresses_of_aws_those_of_the_services_it_calls_are_kept():
    """RES-07: of hundreds of services they were a twelfth of a process."""
    known = client._models(has_rules=False).load_data("endpoints")["partitions"]
    assert {name for each in known for name in each["services"]} == client.CALLED


def test_the_model_of_cognito_is_kept_whole_but_for_what_explains_it():
    """RES-07: 1 MiB of what all processes hold. A part may be called so, and stays."""
    ours = client._models(has_rules=False).load_service_model("cognito-idp", "service-2")
    known = Loader().load_service_model("cognito-idp", "service-2")
    assert '"documentation": "' in json.dumps(known)
    assert ours == client._plain(known)
    assert ours.keys() == known.keys() - {"documentation"}
    for part in ("operations", "shapes"):
        assert ours[part].keys() == known[part].keys()
    assert '"documentation": "' not in json.dumps(ours)
    assert client._plain({"members": {"documentation": {"shape": "Text"}}}) == {
        "members": {"documentation": {"shape": "Text"}}
    }


@pytest.mark.parametrize("service", ["cognito-idp", "sts", "sso", "sso-oidc"])
@pytest.mark.parametrize("region", ["eu-central-1", "us-gov-west-1", "cn-north-1", "eu-west-9"])
def test_they_are_the_addresses_that_boto3_knows(
    service: Any, region: str, monkeypatch: pytest.MonkeyPatch
):
    """Of a part of AWS with another ending, and of a region that is newer than the library, too."""
    monkeypatch.delenv(ENDPOINT, raising=False)
    ours = client.session().client(service, region_name=region)
    known = boto3.session.Session().client(service, region_name=region)
    assert ours.meta.endpoint_url == known.meta.endpoint_url
    assert ours.meta.partition == known.meta.partition


class Sent(Exception):
    """To where; nothing is sent in truth."""


def address_of_a_call(made: Any) -> str:
    def stop(request: Any, **_: Any) -> None:
        raise Sent(request.url)

    made.meta.events.register("before-send", stop)
    with pytest.raises(Sent) as sent:
        made.get_user(AccessToken="any")
    return str(sent.value)


REGIONS = ["eu-central-1", "us-gov-west-1", "cn-north-1", "eu-west-9", "ap-east-2", "il-central-1"]


@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("region", REGIONS)
def test_a_call_goes_where_the_rules_of_boto3_lead_it(
    region: str, both: bool, fips: bool, monkeypatch: pytest.MonkeyPatch
):
    """RES-07: without asking them for each call; where IPv6 is wanted, too, they are asked."""
    monkeypatch.delenv(ENDPOINT, raising=False)
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", str(both).lower())
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", str(fips).lower())
    plain = Config(signature_version=UNSIGNED)
    with fresh_session() as ours:
        made = ours.client("cognito-idp", region_name=region, config=plain)
    known = boto3.session.Session().client("cognito-idp", region_name=region, config=plain)
    assert address_of_a_call(made) == address_of_a_call(known)


@contextmanager
def fresh_session() -> Iterator[Any]:
    client.session.cache_clear()
    try:
        yield client.session()
    finally:
        client.session.cache_clear()


def test_rules_are_read_only_where_they_are_asked(monkeypatch: pytest.MonkeyPatch):
    """A client without them takes its own address for each call."""
    monkeypatch.delenv("AWS_USE_DUALSTACK_ENDPOINT", raising=False)
    with fresh_session(), pytest.raises(UnknownServiceError):
        client.session()._loader.load_service_model("cognito-idp", client.RULES)
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
    with fresh_session():
        assert client.session()._loader.load_service_model("cognito-idp", client.RULES)


REFUSALS = [
    (400, "LimitExceededException"),
    (400, "TooManyRequestsException"),
    (400, "ThrottlingException"),
    (500, "InternalErrorException"),
    (503, "ServiceUnavailable"),
]


@pytest.mark.parametrize(("status", "code"), REFUSALS)
def test_a_proof_is_sent_once_whatever_the_answer(status: int, code: str, fresh_clients: Any):
    """LIM-06, OTP-01: botocore would count some of these as a throttle and try again."""
    with answering(status, code) as (address, asked):
        fresh_clients(address)
        with pytest.raises(client.self_service().exceptions.ClientError):
            client.self_service().verify_software_token(AccessToken="a.b.c", UserCode="123456")
    assert len(asked) == 1
    assert "Authorization" not in asked[0]


def test_a_proof_that_gets_no_answer_is_not_sent_again(fresh_clients: Any):
    """LIM-06, RES-04: the connection closes after the request; the pool may have acted."""
    with answering(0, None) as (address, asked):
        fresh_clients(address)
        with pytest.raises(CognitoUnreachable), cognito_errors("VerifySoftwareToken"):
            client.self_service().verify_software_token(AccessToken="a.b.c", UserCode="123456")
    assert len(asked) == 1


def test_a_read_is_tried_once_more_and_then_given_up(fresh_clients: Any):
    """LIM-06, RES-03."""
    with answering(400, "TooManyRequestsException") as (address, asked):
        fresh_clients(address)
        with pytest.raises(TryLater), cognito_errors("GetUser"):
            client.reads().get_user(AccessToken="a.b.c")
    assert len(asked) == 2


def slow(after: float, asked: list[str]) -> Callable[[Message, str], Answer]:
    """Refuses, as a busy Cognito does, so many seconds after it was asked."""

    def answer(_: Message, body: str) -> Answer:
        asked.append(body)
        time.sleep(after)
        return 500, "application/x-amz-json-1.1", json.dumps({"__type": "InternalErrorException"})

    return answer


@pytest.mark.parametrize(
    ("after", "asked_for"), [(1.2, 1), (0.35, 1), (0, 2)], ids=["silent", "late", "at once"]
)
def test_a_read_is_repeated_only_while_there_is_time(
    after: float, asked_for: int, fresh_clients: Any, settings: Any
):
    """RES-03: a call takes eight seconds at most in all; two waits of five would be ten."""
    settings.COGNITO_READ_TIMEOUT = timedelta(seconds=0.5)
    settings.COGNITO_CALL_TIMEOUT = timedelta(seconds=0.8)
    asked: list[str] = []
    with serving(slow(after, asked)) as url:
        fresh_clients(url)
        with pytest.raises(CognitoError), cognito_errors("GetUser"):
            client.reads().get_user(AccessToken="a.b.c")
    assert len(asked) == asked_for


def test_what_administration_asks_is_signed(fresh_clients: Any):
    """Design section 3: by IAM, unlike the others."""
    with answering(400, "AccessDeniedException") as (address, asked):
        fresh_clients(address)
        with pytest.raises(client.administration().exceptions.ClientError):
            client.administration().describe_user_pool(UserPoolId="eu-central-1_Unit00001")
    assert asked[0]["Authorization"].startswith("AWS4-HMAC-SHA256 ")
