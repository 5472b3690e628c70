"""A profile that takes a role on: by boto3 alone; and by name, where it cannot."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.cognito import breaker, client, identities, people
from accounts.cognito.errors import (
    CognitoAway,
    CognitoError,
    CognitoUnreachable,
    Misconfigured,
    PersonUnknown,
)
from accounts.cognito.rights import Right
from tests.unit.test_client import ENDPOINT, Answer, answering, serving

LENT = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>ASIALENT</AccessKeyId><SecretAccessKey>any</SecretAccessKey>
<SessionToken>lent</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""
REFUSED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>
<Type>Sender</Type><Code>AccessDenied</Code><Message>No.</Message></Error></ErrorResponse>"""
BROKEN = REFUSED.replace("AccessDenied", "InternalFailure")
ROLE = "arn:aws:iam::123456789012:role/read-people"
BY_ENVIRONMENT = f"[profile reader]\nrole_arn = {ROLE}\ncredential_source = Environment\n"
IN_A_CLUSTER = "deploy/kubernetes/identities.yaml"
NOBODY = (400, "UserNotFoundException")


@contextmanager
def lending(
    status: int, answer: str, *, after: float = 0
) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """An AWS STS that gives one answer, or hangs up; and what it was asked. after: seconds."""
    asked: list[dict[str, list[str]]] = []

    def lend(headers: Message, body: str) -> Answer:
        asked.append(parse_qs(body))
        time.sleep(after)
        said = answer.replace("AssumeRole", asked[-1]["Action"][0])
        return (status, "text/xml", said) if status else None

    with serving(lend) as url:
        yield url, asked


def _forget() -> None:
    # The portal's own too: a test here builds them all, and its address answers nobody after it.
    for each in (*client.PURPOSES, client.session, client._of_profile):
        each.cache_clear()  # type: ignore[attr-defined]


@pytest.fixture
def profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[Callable[..., None]]:
    """Write the config, say where STS and Cognito are, and let `reader` read people."""

    def write(config: str, *, sts: str = "", cognito: str = "") -> None:
        (tmp_path / "config").write_text(config)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts or "http://127.0.0.1:1")
        monkeypatch.setenv(ENDPOINT, cognito or "http://127.0.0.1:1")
        settings.COGNITO_READ_PROFILE = "reader"
        _forget()

    yield write
    _forget()


def test_a_role_is_taken_on_once_and_signs(profile: Any):
    """(AUZ-04) what the environment holds asks for the role, and signs nothing else."""
    with lending(200, LENT) as (sts, lent), answering(*NOBODY) as (cognito, asked):
        profile(BY_ENVIRONMENT, sts=sts, cognito=cognito)
        for _ in range(2):
            with pytest.raises(PersonUnknown):
                people.get("nobody")
    assert [each["RoleArn"] for each in lent] == [[ROLE]]
    assert len(asked) == 2
    for headers in asked:
        assert "Credential=ASIALENT/" in headers["Authorization"]
        assert headers["X-Amz-Security-Token"] == "lent"


def test_in_a_cluster_the_role_of_the_account_takes_the_others_on(profile: Any, tmp_path: Path):
    """(AUZ-04) deploy/kubernetes/identities.yaml as it stands: by the token that is mounted."""
    made = yaml.safe_load(Path(settings.BASE_DIR, IN_A_CLUSTER).read_text())["data"]["config"]
    mounted = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
    assert mounted in made
    (tmp_path / "token").write_text("of the service account")
    config = made.replace(mounted, str(tmp_path / "token")).replace("mfa-portal-read]", "reader]")
    with lending(200, LENT) as (sts, lent), answering(*NOBODY) as (cognito, asked):
        profile(config, sts=sts, cognito=cognito)
        with pytest.raises(PersonUnknown):
            people.get("nobody")
    first, second = lent
    assert first["WebIdentityToken"] == ["of the service account"]
    assert first["RoleArn"] == ["arn:aws:iam::123456789012:role/mfa-portal"]
    assert second["RoleArn"] == ["arn:aws:iam::123456789012:role/mfa-portal-read"]
    assert "Credential=ASIALENT/" in asked[0]["Authorization"]


def test_a_role_that_is_not_lent_is_a_portal_set_up_wrongly(profile: Any):
    """(RES-01, AUZ-04) nothing reaches the pool, and the doctor names what STS said."""
    with lending(403, REFUSED) as (sts, _), answering(*NOBODY) as (cognito, asked):
        profile(BY_ENVIRONMENT, sts=sts, cognito=cognito)
        with pytest.raises(Misconfigured) as refused:
            people.get("nobody")
        assert identities._look_at(Right.READ).trouble == "AccessDenied"
    assert (refused.value.operation, refused.value.code) == ("AdminGetUser", "AccessDenied")
    assert asked == []


def test_who_lends_no_answer_closes_cognito_to_nobody(profile: Any):
    """(RES-03) people's own calls need no role, so its silence is not counted as Cognito's."""
    with lending(0, "") as (sts, lent), answering(*NOBODY) as (cognito, asked):
        profile(BY_ENVIRONMENT, sts=sts, cognito=cognito)
        for _ in range(breaker.SILENCES):
            with pytest.raises(CognitoUnreachable):
                people.get("nobody")
    assert lent
    assert asked == []
    assert not breaker.cognito.is_open


def test_cognitos_own_silence_is_counted_as_ever(profile: Any, db: None):
    """(RES-03) where the role was lent and no answer came."""
    with lending(200, LENT) as (sts, _):
        profile(BY_ENVIRONMENT, sts=sts)
        for _ in range(breaker.SILENCES):
            with pytest.raises(CognitoUnreachable):
                people.get("nobody")
    assert breaker.cognito.is_open


def test_sts_is_waited_for_no_longer_than_cognito(profile: Any):
    """(RES-03) boto3 itself would wait for a minute, and try five times."""
    profile(BY_ENVIRONMENT)
    sts = client.session("reader").client("sts").meta.config
    assert (sts.connect_timeout, sts.read_timeout) == (2, 5)
    assert sts.retries["total_max_attempts"] == 2


@pytest.mark.parametrize(
    ("after", "asked_for"), [(1.2, 1), (0.35, 1), (0, 2)], ids=["silent", "late", "at once"]
)
@pytest.mark.parametrize("source", ["Environment", "token"])
def test_sts_is_asked_again_only_while_there_is_time(
    after: float, asked_for: int, source: str, profile: Any, tmp_path: Path, settings: Any
):
    """(RES-03) two waits of five seconds would be ten, before Cognito is asked at all."""
    settings.COGNITO_READ_TIMEOUT = timedelta(seconds=0.5)
    settings.COGNITO_CALL_TIMEOUT = timedelta(seconds=0.8)
    (tmp_path / "token").write_text("of the service account")
    by_token = f"[profile reader]\nrole_arn = {ROLE}\nweb_identity_token_file = {tmp_path}/token\n"
    with (
        lending(500, BROKEN, after=after) as (sts, asked),
        answering(*NOBODY) as (cognito, sent),
    ):
        profile(BY_ENVIRONMENT if source == "Environment" else by_token, sts=sts, cognito=cognito)
        with pytest.raises(CognitoError):
            people.get("nobody")
    assert (len(asked), sent) == (asked_for, [])


@pytest.mark.parametrize("status", [200, 502])
def test_a_proxys_page_in_place_of_sts_lends_nothing_and_sends_nothing(profile: Any, status: int):
    """(RES-01, RES-03) as its silence: told as not done, to be tried again."""
    page = "<!doctype html><title>Bad Gateway</title><p>502<br>nginx"
    with lending(status, page) as (sts, lent), answering(*NOBODY) as (cognito, asked):
        profile(BY_ENVIRONMENT, sts=sts, cognito=cognito)
        with pytest.raises(CognitoAway):
            people.get("nobody")
        assert identities._look_at(Right.READ).trouble == "ResponseParserError"
    assert lent
    assert asked == []
    assert not breaker.cognito.is_open


def test_a_token_file_that_is_not_there_is_a_portal_set_up_wrongly(profile: Any):
    """(RES-01) of a cluster's identity, where nothing mounts it."""
    profile(f"[profile reader]\nrole_arn = {ROLE}\nweb_identity_token_file = /nowhere/token\n")
    with pytest.raises(Misconfigured) as refused:
        people.get("nobody")
    assert refused.value.code == "FileNotFoundError"
    assert identities._look_at(Right.READ).trouble == "FileNotFoundError"


@pytest.mark.parametrize(
    "config",
    [
        "",
        f"[profile reader]\nrole_arn = {ROLE}\n",
        f"[profile reader]\nrole_arn = {ROLE}\ncredential_source = Nowhere\n",
        "[profile reader]\naws_access_key_id = any\n",
    ],
)
def test_a_profile_that_cannot_work_stops_the_start_by_the_setting(profile: Any, config: str):
    """(RES-01) absent, without a source of its role or with none there is, with half a key."""
    profile(config)
    with pytest.raises(ImproperlyConfigured, match=r"^COGNITO_READ_PROFILE: "):
        client.build_all()


def test_a_lender_that_is_away_stops_no_start(profile: Any, monkeypatch: pytest.MonkeyPatch):
    """(RES-03) what fails while it starts may be there for the first call."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    profile(f"[profile reader]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n")
    client.build_all()
    assert identities._look_at(Right.READ).trouble == "CredentialRetrievalError"


def test_without_a_profile_nothing_more_is_built():
    """(AUZ-04) off: the portal's own clients, as they are."""
    assert client.identity(Right.READ) is client.administration()
    assert client.identity(Right.RECOVER) is client.administration_once()
    assert client.identity(Right.SENIOR) is client.administration_once()
    client.build_all()
    assert client._of_profile.cache_info().currsize == 0


def test_a_change_is_tried_once_and_a_read_twice_under_any_identity(profile: Any, settings: Any):
    """(LIM-06) as without one."""
    profile(BY_ENVIRONMENT)
    settings.COGNITO_RECOVER_PROFILE = "reader"
    attempts = [
        client.identity(right).meta.config.retries["total_max_attempts"]
        for right in (Right.READ, Right.RECOVER)
    ]
    assert attempts == [2, 1]
