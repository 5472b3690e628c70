"""Checklist C055 to C066: attributes and the codes that prove them."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import EMAIL, PASSWORD, SMS, Realm, Someone, refused

WRONG = "Invalid verification code provided, please try again."
STALE = "Invalid code provided, please request a code again."
LIMIT = "Attempt limit exceeded, please try after some time."
NEW = "new.address@example.org"


def update(person: Someone, **values: str) -> list[dict[str, str]]:
    """UpdateUserAttributes; the CodeDeliveryDetailsList."""
    answer = person.realm.server.user.update_user_attributes(
        AccessToken=person.token,
        UserAttributes=[{"Name": name, "Value": value} for name, value in values.items()],
    )
    details: list[dict[str, str]] = answer.get("CodeDeliveryDetailsList", [])
    return details


def verify(person: Someone, attribute: str, code: str) -> None:
    """VerifyUserAttribute."""
    person.realm.server.user.verify_user_attribute(
        AccessToken=person.token, AttributeName=attribute, Code=code
    )


def ask_code(person: Someone, attribute: str = "email") -> dict[str, str]:
    """GetUserAttributeVerificationCode."""
    answer: dict[str, dict[str, str]] = (
        person.realm.server.user.get_user_attribute_verification_code(
            AccessToken=person.token, AttributeName=attribute
        )
    )
    return answer["CodeDeliveryDetails"]


def other(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06}"


def unique(person: Someone) -> str:
    """An address nobody else has."""
    return f"new.{person.username}@example.org"


def test_c055_c056_change_that_must_be_proved(optional: Realm) -> None:
    """C055: the old address stays; C056: until the code comes."""
    person = optional.person(email=True)
    details = update(person, email=unique(person))
    assert details == [
        {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    ]
    assert person.attributes()["email"] == person.email
    assert person.attributes()["email_verified"] == "true"
    verify(person, "email", optional.server.code_sent_to(unique(person)))
    assert person.attributes()["email"] == unique(person)
    assert person.attributes()["email_verified"] == "true"


def test_while_waiting_the_old_number_gets_the_codes(optional: Realm) -> None:
    person = optional.person(phone=True)
    person.prefer(SMS=(True, True))
    update(person, phone_number="+61491570110")
    challenge = person.sign_in()
    code = optional.server.code_sent_to(person.phone)
    assert "AuthenticationResult" in person.answer_code(challenge, code)


def test_c057_change_that_counts_at_once(required: Realm) -> None:
    person = required.person(email=True)
    details = update(person, email=unique(person))
    assert details[0]["AttributeName"] == "email"
    assert person.attributes()["email"] == unique(person)
    assert person.attributes()["email_verified"] == "false"
    verify(person, "email", required.server.code_sent_to(unique(person)))
    assert person.attributes()["email_verified"] == "true"


def test_change_without_auto_verification_sends_nothing(off: Realm) -> None:
    person = off.person(email=True)
    assert update(person, email=unique(person)) == []
    assert person.attributes()["email_verified"] == "false"
    assert off.server.inbox(unique(person)) == []


@pytest.mark.parametrize("realm", ["optional", "required"])
def test_c058_same_value_sends_nothing(realm: str, request: pytest.FixtureRequest) -> None:
    person = request.getfixturevalue(realm).person(email=True)
    assert update(person, email=person.email) == []
    assert person.realm.server.inbox(person.email) == []
    assert person.attributes()["email_verified"] == "true"


def test_c059_administrator_sets_and_verifies_at_once(optional: Realm) -> None:
    person = optional.person(email=True)
    optional.server.admin.admin_update_user_attributes(
        **person.admin_name,
        UserAttributes=[
            {"Name": "email", "Value": unique(person)},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    assert person.attributes()["email"] == unique(person)
    assert person.attributes()["email_verified"] == "true"
    assert optional.server.inbox(unique(person)) == []


def test_administrator_without_the_flag_waits_for_the_code(optional: Realm) -> None:
    person = optional.person(email=True)
    optional.server.admin.admin_update_user_attributes(
        **person.admin_name, UserAttributes=[{"Name": "email", "Value": unique(person)}]
    )
    assert person.attributes()["email"] == person.email
    verify(person, "email", optional.server.code_sent_to(unique(person)))
    assert person.attributes()["email"] == unique(person)


def test_c060_wrong_code(optional: Realm) -> None:
    person = optional.person(email=False)
    ask_code(person)
    code = optional.server.code_sent_to(person.email)
    with refused("CodeMismatchException", WRONG):
        verify(person, "email", other(code))
    verify(person, "email", code)
    assert person.attributes()["email_verified"] == "true"


def test_c061_superseded_code(optional: Realm) -> None:
    person = optional.person(email=False)
    ask_code(person)
    first = optional.server.code_sent_to(person.email)
    ask_code(person)
    if first != optional.server.code_sent_to(person.email):
        with refused("ExpiredCodeException", STALE):
            verify(person, "email", first)


def test_c061_code_of_yesterday(optional: Realm) -> None:
    person = optional.person(email=False)
    token = person.token
    ask_code(person)
    optional.server.advance(24 * 3600 + 1)
    assert token
    del person.__dict__["token"]
    with refused("ExpiredCodeException", STALE):
        verify(person, "email", optional.server.code_sent_to(person.email))


def test_c061_code_never_asked_for_or_used_before(optional: Realm) -> None:
    person = optional.person(email=False)
    with refused("ExpiredCodeException", STALE):
        verify(person, "email", "123456")
    ask_code(person)
    code = optional.server.code_sent_to(person.email)
    verify(person, "email", code)
    with refused("ExpiredCodeException", STALE):
        verify(person, "email", code)


def test_c062_sixth_code_of_an_hour(optional: Realm) -> None:
    person = optional.person(email=False)
    for _ in range(5):
        ask_code(person)
    with refused("LimitExceededException", LIMIT):
        ask_code(person)
    optional.server.advance(3601)
    del person.__dict__["token"]
    ask_code(person)


def test_sixteenth_try_of_an_hour(optional: Realm) -> None:
    person = optional.person(email=False)
    for _ in range(15):
        with refused("ExpiredCodeException"):
            verify(person, "email", "000000")
    with refused("LimitExceededException", LIMIT):
        verify(person, "email", "000000")


def test_c063_masks(optional: Realm) -> None:
    person = optional.person(email=False, phone=False)
    assert ask_code(person)["Destination"] == "u***@e***"
    assert ask_code(person, "phone_number") == {
        "Destination": "+*******" + person.phone[-4:],
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }


def test_code_of_an_attribute_that_has_none(optional: Realm) -> None:
    person = optional.person()
    with refused("InvalidParameterException"):
        ask_code(person, "name")
    with refused("InvalidParameterException"):
        ask_code(person, "email")


def test_already_verified_address_still_gets_a_code(optional: Realm) -> None:
    person = optional.person(email=True)
    ask_code(person)
    verify(person, "email", optional.server.code_sent_to(person.email))


def test_c064_address_of_somebody_else_in_an_alias_pool(alias: Realm) -> None:
    owner, person = alias.person(email=True), alias.person(email=False)
    update(person, email=owner.email.upper())
    code = alias.server.code_sent_to(owner.email.upper())
    with refused("AliasExistsException", "An account with the email already exists."):
        verify(person, "email", code)
    assert person.attributes()["email_verified"] == "false"


def test_c065_sms_sign_in_verifies_the_number(optional: Realm) -> None:
    person = optional.person(phone=False)
    person.prefer(SMS=(True, True))
    person.answer_code(person.sign_in(), optional.server.code_sent_to(person.phone))
    assert person.attributes()["phone_number_verified"] == "true"


def test_c066_email_sign_in_verifies_the_address(optional: Realm) -> None:
    person = optional.person(email=False)
    person.prefer(EMAIL=(True, True))
    challenge = person.sign_in()
    assert challenge["ChallengeName"] == EMAIL
    person.answer_code(challenge, optional.server.code_sent_to(person.email))
    assert person.attributes()["email_verified"] == "true"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("phone_number", "0791234567", "Invalid phone number format."),
        ("phone_number", "+41 79 123", "Invalid phone number format."),
        ("email", "not an address", "Invalid email address format."),
    ],
)
def test_formats(optional: Realm, name: str, value: str, words: str) -> None:
    with refused("InvalidParameterException", words):
        update(optional.person(), **{name: value})


def test_unknown_attribute(optional: Realm) -> None:
    with refused("InvalidParameterException"):
        update(optional.person(), **{"custom:none": "x"})


@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified", "sub"])
def test_flags_are_not_self_writable(optional: Realm, name: str) -> None:
    with refused("NotAuthorizedException"):
        update(optional.person(email=False), **{name: "true"})


def test_attribute_outside_write_attributes(optional: Realm) -> None:
    realm = optional.client(WriteAttributes=["name"])
    person = realm.person()
    update(person, name="Ann")
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        update(person, nickname="Annie")


def test_deleting_an_attribute_makes_its_factor_unusable(optional: Realm) -> None:
    """Row D09."""
    person = optional.person(phone=True)
    person.prefer(SMS=(True, True))
    assert person.sign_in()["ChallengeName"] == SMS
    optional.server.user.delete_user_attributes(
        AccessToken=person.token, UserAttributeNames=["phone_number"]
    )
    assert "phone_number" not in person.attributes()
    assert "phone_number_verified" not in person.attributes()
    assert "AuthenticationResult" in person.sign_in()


def test_blank_value_deletes(optional: Realm) -> None:
    person = optional.person({"name": "Ann"})
    update(person, name="")
    assert "name" not in person.attributes()


def test_custom_and_immutable_attributes(make_realm: MakeRealm) -> None:
    realm = make_realm(
        Schema=[
            {"Name": "badge", "AttributeDataType": "Number", "Mutable": False},
            {"Name": "team", "AttributeDataType": "String", "Mutable": True},
        ]
    )
    person = realm.person({"custom:badge": "7", "custom:team": "blue"})
    update(person, **{"custom:team": "green"})
    assert person.attributes()["custom:team"] == "green"
    with refused("InvalidParameterException"):
        update(person, **{"custom:badge": "8"})
    with refused("InvalidParameterException"):
        realm.person({"custom:badge": "seven"})


def test_changed_alias_signs_in_only_after_proof(alias: Realm) -> None:
    person = alias.person(email=True)
    update(person, email=unique(person))
    with refused("NotAuthorizedException"):
        person.sign_in(username=unique(person))
    verify(person, "email", alias.server.code_sent_to(unique(person)))
    assert "AuthenticationResult" in person.sign_in(username=unique(person))
    assert person.password == PASSWORD
