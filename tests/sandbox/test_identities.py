"""Rights by access key: what a client meets whose IAM identity lacks one."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.running import ControlRefused
from tests.sandbox.kit import Realm, Server
from tests.sandbox_process import running_sandbox


@pytest.fixture
def free_again(server: Server) -> Iterator[None]:
    yield
    server.ask("DELETE", "/identities")


pytestmark = pytest.mark.usefixtures("free_again")


def _as(server: Server, key: str) -> Any:
    return boto3.client(
        "cognito-idp",
        endpoint_url=server.api,
        region_name="eu-central-1",
        aws_access_key_id=key,
        aws_secret_access_key="any",
    )


def test_an_identity_may_do_what_it_was_given_and_is_told_what_it_lacks(
    server: Server, off: Realm
) -> None:
    """As IAM says it: AccessDeniedException, 400, with operation and resource; nothing is done."""
    person = off.person()
    who = person.admin_name
    with server.rights({"AKIAREADER": ["AdminGetUser"]}):
        reader = _as(server, "AKIAREADER")
        assert reader.admin_get_user(**who)["Enabled"] is True
        with pytest.raises(ClientError) as refused:
            reader.admin_disable_user(**who)
        assert reader.admin_get_user(**who)["Enabled"] is True
        assert server.signed() == {"AKIAREADER": {"AdminGetUser": 2, "AdminDisableUser": 1}}
    reply = refused.value.response
    assert reply["Error"]["Code"] == "AccessDeniedException"
    assert reply["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "is not authorized to perform: cognito-idp:AdminDisableUser" in reply["Error"]["Message"]
    assert f"userpool/{off.pool_id}" in reply["Error"]["Message"]


def test_others_may_everything_and_are_not_counted(server: Server, off: Realm) -> None:
    """Off by default: a key that is not named, and people's own operations, which nobody signs."""
    person = off.person()
    with server.rights({"AKIAREADER": []}):
        _as(server, "AKIAOTHER").admin_disable_user(**person.admin_name)
        assert server.raw("InitiateAuth").json["__type"] == "InvalidParameterException"
        assert server.signed() == {"AKIAREADER": {}}
    _as(server, "AKIAREADER").admin_enable_user(**person.admin_name)
    assert server.signed() == {}


def test_a_reset_takes_the_rights_away() -> None:
    with running_sandbox() as own:
        own.ask("POST", "/identities", {"rights": {"AKIAREADER": ["ListUsers"]}})
        assert own.ask("GET", "/identities")["AKIAREADER"]["may"] == ["ListUsers"]
        own.reset("empty")
        assert own.ask("GET", "/identities") == {}


@pytest.mark.parametrize(
    "rights",
    [[], "x", {"AKIA": "ListUsers"}, {"AKIA": [1]}, {"AKIA": ["Nothing"]}, {"a b": []}, {"": []}],
)
def test_rights_that_cannot_be_understood_change_nothing(server: Server, rights: Any) -> None:
    server.ask("POST", "/identities", {"rights": {"AKIAREADER": ["ListUsers"]}})
    with pytest.raises(ControlRefused):
        server.ask("POST", "/identities", {"rights": rights})
    assert list(server.ask("GET", "/identities")) == ["AKIAREADER"]


def test_no_more_keys_than_a_test_needs(server: Server) -> None:
    rights: dict[str, list[str]] = {f"AKIA{number}": [] for number in range(101)}
    with pytest.raises(ControlRefused, match="at most 100"):
        server.ask("POST", "/identities", {"rights": rights})
