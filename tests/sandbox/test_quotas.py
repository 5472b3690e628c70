"""Request rates by category, on a clock that stands still."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.model import operation_names
from sandbox.quota_rates import CATEGORIES, CATEGORY_OF
from tests.sandbox.kit import PASSWORD, TOTP, Realm, Server, fetch, refused, start, stop

THROTTLED = ("TooManyRequestsException", "Rate exceeded")


@pytest.fixture(scope="module")
def metered() -> Iterator[Server]:
    """A sandbox of its own: rates are the account's."""
    running = start("--scene", "demo", "--quotas", "default")
    yield running
    stop(running)


@pytest.fixture
def realm(metered: Server) -> Realm:
    """A pool on the metered sandbox, its clock standing, every bucket full when the test begins."""
    metered.ask("POST", "/quotas", {"rates": "off"})
    made = metered.admin.create_user_pool(PoolName="quotas")["UserPool"]
    realm = Realm(metered, made["Id"], "").client()
    realm.set_mfa("OPTIONAL", TOTP)
    metered.stand_still()
    return realm


def switch_on(realm: Realm, rates: Any = "default") -> None:
    realm.server.ask("POST", "/quotas", {"rates": rates})


def allowed(ask: Callable[[], Any], most: int) -> int:
    """How many requests pass before the first that is throttled."""
    for number in range(most):
        try:
            ask()
        except ClientError as error:
            if error.response["Error"]["Code"] != THROTTLED[0]:
                raise
            return number
    return most


def shown(server: Server, category: str) -> Any:
    return server.ask("GET", "/quotas")["categories"][category]


def test_every_operation_has_a_category() -> None:
    assert set(CATEGORY_OF) == set(operation_names())
    listed = [name for each in CATEGORIES.values() for name in each.operations]
    assert len(listed) == len(set(listed))


def test_off_by_default(server: Server) -> None:
    assert server.ask("GET", "/quotas")["on"] is False


def test_a_category_has_its_rate_and_fills_by_the_clock(realm: Realm) -> None:
    server = realm.server
    switch_on(realm)

    def ask() -> None:
        server.admin.list_users(UserPoolId=realm.pool_id, Limit=1)

    assert allowed(ask, 40) == 30
    with refused(*THROTTLED):
        server.admin.list_users_in_group(UserPoolId=realm.pool_id, GroupName="x")
    server.admin.describe_user_pool(UserPoolId=realm.pool_id)
    server.advance(0.5)
    assert allowed(ask, 40) == 15
    server.advance(600)
    assert allowed(ask, 40) == 30
    server.advance(-600)
    with refused(*THROTTLED):
        ask()
    assert shown(server, "UserList")["throttled"] == 5
    assert shown(server, "UserList")["left"] == 0


def test_wire_form_of_a_throttled_request(realm: Realm) -> None:
    switch_on(realm, {"UserRead": 1})
    token = realm.person().token
    realm.server.user.get_user(AccessToken=token)
    answer = realm.server.raw("GetUser", {"AccessToken": token})
    assert answer.status == 400
    assert answer.json == {"__type": "TooManyRequestsException", "message": "Rate exceeded"}


def test_a_throttled_request_changes_nothing(realm: Realm) -> None:
    person = realm.person(phone=True)
    assert person.token
    switch_on(realm, {"UserResourceUpdate": 1})
    person.prefer(SMS=(True, False))
    with refused(*THROTTLED):
        person.prefer(SMS=(False, False))
    assert person.listed() == {"SMS_MFA"}


def test_a_person_has_ten_reads_and_ten_writes(realm: Realm) -> None:
    one, other = realm.person(), realm.person()
    assert one.token
    assert other.token
    switch_on(realm)
    assert allowed(one.get, 20) == 10
    assert allowed(other.get, 20) == 10
    with refused(*THROTTLED):
        realm.server.admin.admin_get_user(**one.admin_name)
    assert allowed(lambda: one.prefer(TOTP=(False, False)), 20) == 10
    realm.server.advance(0.1)
    assert allowed(one.get, 20) == 1


def test_five_a_second_for_one_pool_and_operation(realm: Realm) -> None:
    admin, pool = realm.server.admin, realm.pool_id
    switch_on(realm)
    assert allowed(lambda: admin.get_user_pool_mfa_config(UserPoolId=pool), 9) == 5
    assert allowed(lambda: admin.list_groups(UserPoolId=pool), 9) == 5
    other = "eu-central-1_Optional1"
    assert allowed(lambda: admin.get_user_pool_mfa_config(UserPoolId=other), 9) == 5
    assert allowed(lambda: admin.list_groups(UserPoolId=other), 9) == 5
    with refused(*THROTTLED):
        admin.get_user_pool_mfa_config(UserPoolId="eu-central-1_Required1")


def test_answers_have_three_times_the_rate_before_they_spill_over(realm: Realm) -> None:
    person = realm.person()
    switch_on(realm, {"UserAuthentication": 2})

    def answer() -> None:
        with refused("NotAuthorizedException", "Invalid session for the user."):
            realm.respond("SMS_MFA", "x" * 20, USERNAME=person.username)

    for _ in range(6):
        answer()
    assert shown(realm.server, "UserAuthentication")["left"] == 2
    answer()
    assert shown(realm.server, "UserAuthentication")["left"] == 1
    answer()
    with refused(*THROTTLED):
        realm.respond("SMS_MFA", "x" * 20, USERNAME=person.username)
    with refused(*THROTTLED):
        person.sign_in()


def test_a_new_password_spends_from_recovery(realm: Realm) -> None:
    person = realm.person()
    realm.server.admin.admin_set_user_password(
        **person.admin_name, Password=PASSWORD, Permanent=False
    )
    challenge = person.sign_in()
    switch_on(realm, {"UserAccountRecovery": 1})
    person.respond(challenge, NEW_PASSWORD="Another-Horse-8")
    with refused(*THROTTLED):
        realm.server.user.forgot_password(ClientId=realm.client_id, Username=person.username)


def test_a_factor_lowers_every_rate(realm: Realm) -> None:
    switch_on(realm, 0.1)
    assert shown(realm.server, "UserList")["rate"] == 3
    admin = realm.server.admin
    assert allowed(lambda: admin.list_users(UserPoolId=realm.pool_id), 9) == 3
    switch_on(realm, 0.01)
    assert allowed(lambda: admin.list_users(UserPoolId=realm.pool_id), 9) == 1


def test_reset_goes_back_to_the_rates_of_the_start(metered: Server) -> None:
    metered.ask("POST", "/quotas", {"rates": "off"})
    metered.ask("POST", "/reset", {})
    assert metered.ask("GET", "/quotas")["on"] is True
    assert shown(metered, "UserRead")["rate"] == 120


@pytest.mark.parametrize(
    "rates", ["fast", 0, -1, True, {}, {"Cats": 1}, {"UserRead": 0}, {"UserRead": "1"}, [1], None]
)
def test_rates_that_make_no_sense(metered: Server, rates: Any) -> None:
    body = json.dumps({"rates": rates}).encode()
    assert fetch("POST", metered.control + "/quotas", body, {}).status == 400


def test_option_that_makes_no_sense() -> None:
    command = [sys.executable, "-m", "sandbox", "--quotas", '{"Cats": 1}']
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "sandbox: --quotas: unknown category 'Cats'" in done.stderr


def limit(category: str) -> dict[str, Any]:
    return {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}


def test_provisioned_limits(realm: Realm) -> None:
    admin = realm.server.admin
    before = admin.get_provisioned_limit(LimitDefinition=limit("UserRead"))["Limit"]
    assert (before["ProvisionedLimitValue"], before["FreeLimitValue"]) == (120, 120)
    raised = admin.update_provisioned_limit(
        LimitDefinition=limit("UserRead"), RequestedLimitValue=200
    )["Limit"]
    assert (raised["ProvisionedLimitValue"], raised["FreeLimitValue"]) == (200, 120)
    assert raised["LimitDefinition"] == limit("UserRead")
    switch_on(realm)
    assert shown(realm.server, "UserRead")["rate"] == 200
    switch_on(realm, "off")
    for category, value, code in (
        ("UserUpdate", 50, "InvalidParameterException"),
        ("UserRead", 100, "InvalidParameterException"),
        ("UserRead", 100_000, "ServiceQuotaExceededException"),
        ("Cats", 1, "InvalidParameterException"),
    ):
        with refused(code):
            admin.update_provisioned_limit(
                LimitDefinition=limit(category), RequestedLimitValue=value
            )
    with refused("InvalidParameterException"):
        admin.get_provisioned_limit(LimitDefinition=limit("Cats"))
