"""Numbers and addresses that fail by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers
import pytest

from sandbox.destinations import FATES
from tests.sandbox.kit import (
    EMAIL,
    EMAIL_CONFIGURATION,
    PASSWORD,
    Realm,
    Server,
    refused,
    start,
    stop,
)

LOST = ("+12025550101", "+12025550102")
LOST_ADDRESSES = ("opted-out@example.com", "ann+undeliverable@example.com")
REFUSED = {
    "+12025550104": (
        "CodeDeliveryFailureException",
        "Invalid email provided/Unable to send the email",
    ),
    "+12025550105": (
        "InvalidSmsRoleAccessPolicyException",
        "Role does not have permission to publish with SNS",
    ),
    "+12025550106": (
        "InvalidSmsRoleTrustRelationshipException",
        "Role does not have a trust relationship allowing Cognito to assume the role",
    ),
    "ann+delivery-failure@example.com": (
        "CodeDeliveryFailureException",
        "Invalid email provided/Unable to send the email",
    ),
    "email-role@example.com": (
        "InvalidEmailRoleAccessPolicyException",
        "Cognito is not allowed to use your email identity",
    ),
}


def attribute_of(destination: str) -> str:
    return "phone_number" if destination.startswith("+") else "email"


def test_numbers_are_valid_and_kept_for_fiction() -> None:
    numbers = [fate.number for fate in FATES if fate.number]
    assert len(numbers) == 6
    for number in numbers:
        assert number.startswith("+1202555010")
        assert phonenumbers.is_valid_number(phonenumbers.parse(number))


@pytest.mark.parametrize("destination", LOST + LOST_ADDRESSES)
def test_lost_message_is_accepted(off: Realm, destination: str) -> None:
    attribute = attribute_of(destination)
    person = off.person({attribute: destination})
    answer = off.server.user.get_user_attribute_verification_code(
        AccessToken=person.token, AttributeName=attribute
    )
    assert answer["CodeDeliveryDetails"]["AttributeName"] == attribute
    assert off.server.inbox(destination) == []


@pytest.mark.parametrize("destination", ["+12025550103", "ann+late@example.com"])
def test_late_message(off: Realm, destination: str) -> None:
    server, attribute = off.server, attribute_of(destination)
    person = off.person({attribute: destination})
    server.stand_still()
    server.user.get_user_attribute_verification_code(
        AccessToken=person.token, AttributeName=attribute
    )
    before = len(server.inbox(destination))
    server.advance(59)
    assert len(server.inbox(destination)) == before
    server.advance(1)
    assert len(server.inbox(destination)) == before + 1
    code = server.code_sent_to(destination)
    server.user.verify_user_attribute(AccessToken=person.token, AttributeName=attribute, Code=code)
    assert person.attributes()[f"{attribute}_verified"] == "true"


@pytest.mark.parametrize("destination", REFUSED)
def test_refused_delivery_changes_nothing(off: Realm, destination: str) -> None:
    attribute = attribute_of(destination)
    person = off.person({attribute: destination})
    with refused(*REFUSED[destination]):
        off.server.user.get_user_attribute_verification_code(
            AccessToken=person.token, AttributeName=attribute
        )
    assert off.server.inbox(destination) == []
    with refused("ExpiredCodeException"):
        off.server.user.verify_user_attribute(
            AccessToken=person.token, AttributeName=attribute, Code="123456"
        )


def test_refused_delivery_of_a_new_value_keeps_the_old_one(optional: Realm) -> None:
    person = optional.person(email=True)
    address = {"Name": "email", "Value": "bob+delivery-failure@example.com"}
    with refused("CodeDeliveryFailureException"):
        optional.server.user.update_user_attributes(
            AccessToken=person.token, UserAttributes=[address]
        )
    assert person.attributes()["email"] == person.email


def test_refused_invitation_leaves_the_account_behind(off: Realm) -> None:
    """As the service does (aws/aws-sdk#438)."""
    who = {"UserPoolId": off.pool_id, "Username": "uninvited"}
    attributes = [{"Name": "email", "Value": "uninvited+delivery-failure@example.com"}]
    with refused("CodeDeliveryFailureException"):
        off.server.admin.admin_create_user(**who, UserAttributes=attributes)
    assert off.server.admin.admin_get_user(**who)["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    with refused("UsernameExistsException"):
        off.server.admin.admin_create_user(**who, UserAttributes=attributes)


def test_refused_sign_up_leaves_the_account_behind(optional: Realm) -> None:
    user, address = optional.server.user, "new+delivery-failure@example.com"
    given = {"ClientId": optional.client_id, "Username": "unconfirmed-one"}
    attributes = [{"Name": "email", "Value": address}]
    with refused("CodeDeliveryFailureException"):
        user.sign_up(**given, Password=PASSWORD, UserAttributes=attributes)
    with refused("CodeDeliveryFailureException"):
        user.resend_confirmation_code(**given)
    with refused("UsernameExistsException"):
        user.sign_up(**given, Password=PASSWORD, UserAttributes=attributes)


def test_second_factor_that_cannot_be_sent(optional: Realm) -> None:
    person = optional.person({"phone_number": "+12025550105", "phone_number_verified": "true"})
    person.prefer(SMS=(True, True))
    with refused("InvalidSmsRoleAccessPolicyException"):
        person.sign_in()


def test_second_factor_knows_no_delivery_failure(optional: Realm) -> None:
    address = "eve+delivery-failure@example.com"
    person = optional.person({"email": address, "email_verified": "true"})
    person.prefer(EMAIL=(True, True))
    assert person.sign_in()["ChallengeName"] == EMAIL
    assert optional.server.inbox(address) == []


@pytest.fixture(scope="module")
def small() -> Iterator[Server]:
    """A sandbox that sends three e-mails a day by itself."""
    running = start("--switch", "default_sender_emails_per_day=3")
    yield running
    stop(running)


def test_daily_limit_of_cognitos_own_sender(small: Server) -> None:
    small.stand_still()
    small.advance(86400 + 9 * 3600 - 0.5 - small.now() % 86400)  # half a second before nine
    pools = [small.admin.create_user_pool(PoolName="own")["UserPool"]["Id"] for _ in range(2)]
    paid = small.admin.create_user_pool(PoolName="ses", EmailConfiguration=EMAIL_CONFIGURATION)[
        "UserPool"
    ]["Id"]

    def invite(pool: str, name: str) -> None:
        address = {"Name": "email", "Value": f"{name}@example.com"}
        small.admin.admin_create_user(UserPoolId=pool, Username=name, UserAttributes=[address])

    for number in range(3):
        invite(pools[number % 2], f"n{number}")
    words = (
        "Exceeded daily email limit for the operation or the account. If a higher limit is "
        "required, please configure your user pool to use your own Amazon SES configuration for "
        "sending email."
    )
    with refused("LimitExceededException", words):
        invite(pools[0], "late")
    assert small.inbox("late@example.com") == []
    invite(paid, "paid")
    assert len(small.inbox("paid@example.com")) == 1
    small.advance(1)
    invite(pools[0], "early")
    assert len(small.inbox("early@example.com")) == 1


def test_same_names_elsewhere_are_ordinary(off: Realm) -> None:
    person = off.person({"email": "late@example.org"})
    off.server.user.get_user_attribute_verification_code(
        AccessToken=person.token, AttributeName="email"
    )
    assert len(off.server.inbox("late@example.org")) == 1
