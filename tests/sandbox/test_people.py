"""Checklist C151 and C152, and accounts in an administrator's hands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import PASSWORD, Realm, Someone, refused


@pytest.fixture(scope="module")
def crowd(make_realm: MakeRealm) -> Realm:
    """A pool of seven known people."""
    realm = make_realm(UsernameConfiguration={"CaseSensitive": False})
    for name in ("anna", "albert", "bela", "carla", "carl", "dora", 'quo"te'):
        attributes = {"given_name": name.title(), "name": name}
        if name.isalpha():
            attributes |= {"email": f"{name}@example.com", "email_verified": "true"}
        realm.server.admin.admin_create_user(
            UserPoolId=realm.pool_id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": n, "Value": v} for n, v in attributes.items()],
        )
    who = {"UserPoolId": realm.pool_id, "Username": "dora"}
    realm.server.admin.admin_disable_user(**who)
    realm.server.admin.admin_set_user_password(**who, Password=PASSWORD, Permanent=True)
    return realm


def names(realm: Realm, text: str, **more: Any) -> set[str]:
    """Usernames that a filter finds."""
    found = realm.server.admin.list_users(UserPoolId=realm.pool_id, Filter=text, **more)
    return {each["Username"] for each in found["Users"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('email ^= "a"', {"anna", "albert"}),
        ('email = "anna@example.com"', {"anna"}),
        ('email = "ANNA@example.com"', {"anna"}),
        ('"email"="anna@example.com"', {"anna"}),
        ('username ^= "car"', {"carla", "carl"}),
        ('username = "carl"', {"carl"}),
        ('username = "quo\\"te"', {'quo"te'}),
        ('given_name = "Bela"', {"bela"}),
        ('name ^= "al"', {"albert"}),
        ('cognito:user_status = "confirmed"', {"dora"}),
        ('status = "Disabled"', {"dora"}),
        ('status = "disabled"', set()),
        ('phone_number = "+41790000000"', set()),
        ('email = "x\' OR 1=1 --"', set()),
    ],
)
def test_c151_filters(crowd: Realm, text: str, expected: set[str]) -> None:
    assert names(crowd, text) == expected


def test_c151_empty_filter_is_everybody(crowd: Realm) -> None:
    assert len(names(crowd, "")) == 7


def test_c151_by_sub(crowd: Realm) -> None:
    user = crowd.server.admin.admin_get_user(UserPoolId=crowd.pool_id, Username="bela")
    sub = next(each["Value"] for each in user["UserAttributes"] if each["Name"] == "sub")
    assert names(crowd, f'sub = "{sub}"') == {"bela"}


def test_c151_unsearchable_attribute(crowd: Realm) -> None:
    with refused("InvalidParameterException", "Invalid search attribute: custom:x"):
        names(crowd, 'custom:x = "1"')


@pytest.mark.parametrize("text", ["email", 'email > "a"', "email = a", 'email = "a" and x = "b"'])
def test_c151_bad_filter(crowd: Realm, text: str) -> None:
    with refused("InvalidParameterException", "Error while parsing filter"):
        names(crowd, text)


def test_c152_pages(crowd: Realm) -> None:
    pages = list(
        crowd.server.admin.get_paginator("list_users").paginate(
            UserPoolId=crowd.pool_id, PaginationConfig={"PageSize": 3}
        )
    )
    found = [each["Username"] for page in pages for each in page["Users"]]
    assert [len(page["Users"]) for page in pages] == [3, 3, 1]
    assert len(found) == len(set(found)) == 7


def test_c152_tokens_age_and_belong_to_their_query(crowd: Realm) -> None:
    call = crowd.server.admin.list_users
    token = call(UserPoolId=crowd.pool_id, Limit=3)["PaginationToken"]
    with refused("InvalidParameterException"):
        call(UserPoolId=crowd.pool_id, Limit=2, PaginationToken=token)
    with refused("InvalidParameterException"):
        call(UserPoolId=crowd.pool_id, Limit=3, PaginationToken="forged")
    crowd.server.advance(3601)
    with refused("InvalidParameterException"):
        call(UserPoolId=crowd.pool_id, Limit=3, PaginationToken=token)


def test_attributes_to_get(crowd: Realm) -> None:
    call = crowd.server.admin.list_users
    one = call(UserPoolId=crowd.pool_id, Filter='name = "anna"', AttributesToGet=["email"])
    assert one["Users"][0]["Attributes"] == [{"Name": "email", "Value": "anna@example.com"}]
    with refused("InvalidParameterException"):
        call(UserPoolId=crowd.pool_id, AttributesToGet=["email"])


def test_invitation(off: Realm) -> None:
    person = Someone(off, "invited1", "")
    made = off.server.admin.admin_create_user(
        **person.admin_name,
        UserAttributes=[{"Name": "email", "Value": person.email}],
        DesiredDeliveryMediums=["EMAIL"],
    )["User"]
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    sent = off.server.inbox(person.email)[0]
    assert person.username in sent["text"]
    person.password = sent["code"]
    assert person.sign_in()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    off.server.admin.admin_create_user(**person.admin_name, MessageAction="RESEND")
    assert off.server.inbox(person.email)[0]["code"] != sent["code"]
    with refused("NotAuthorizedException"):
        person.sign_in()


def test_suppressed_invitation(off: Realm) -> None:
    person = off.person(email=True)
    assert off.server.inbox(person.email) == []


def test_resend_needs_a_waiting_account(off: Realm) -> None:
    with refused("UnsupportedUserStateException"):
        off.server.admin.admin_create_user(**off.person().admin_name, MessageAction="RESEND")


def test_name_is_taken(off: Realm) -> None:
    with refused("UsernameExistsException", "User account already exists"):
        off.server.admin.admin_create_user(**off.person().admin_name)


def test_alias_is_taken_or_taken_over(alias: Realm) -> None:
    owner, other = alias.person(email=True), Someone(alias, "taker", "")
    given = {
        **other.admin_name,
        "MessageAction": "SUPPRESS",
        "TemporaryPassword": PASSWORD,
        "UserAttributes": [
            {"Name": "email", "Value": owner.email},
            {"Name": "email_verified", "Value": "true"},
        ],
    }
    with refused("AliasExistsException", "An account with the email already exists."):
        alias.server.admin.admin_create_user(**given)
    alias.server.admin.admin_create_user(**given, ForceAliasCreation=True)
    assert owner.attributes()["email_verified"] == "false"
    found = alias.server.admin.admin_get_user(UserPoolId=alias.pool_id, Username=owner.email)
    assert found["Username"] == "taker"


def test_username_in_the_form_of_an_alias(alias: Realm) -> None:
    with refused("InvalidParameterException"):
        alias.server.admin.admin_create_user(
            UserPoolId=alias.pool_id, Username="somebody@example.com"
        )


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Ab-4567", "Password not long enough"),
        ("ab-45678", "Password must have uppercase characters"),
        ("AB-45678", "Password must have lowercase characters"),
        ("Ab-defgh", "Password must have numeric characters"),
        ("Ab345678", "Password must have symbol characters"),
    ],
)
def test_password_policy(off: Realm, password: str, reason: str) -> None:
    with refused("InvalidPasswordException", f"Password did not conform with policy: {reason}"):
        off.server.admin.admin_set_user_password(**off.person().admin_name, Password=password)


def test_password_history(make_realm: MakeRealm) -> None:
    realm = make_realm(Policies={"PasswordPolicy": {"PasswordHistorySize": 2}})
    person = realm.person()

    def set_password(password: str) -> None:
        realm.server.admin.admin_set_user_password(
            **person.admin_name, Password=password, Permanent=True
        )

    set_password("second-one")
    for used in (PASSWORD, "second-one"):
        with refused("PasswordHistoryPolicyViolationException"):
            set_password(used)
    set_password("third-one!")
    set_password(PASSWORD)


def test_new_password_ends_no_sign_in(off: Realm) -> None:
    person = off.person()
    assert person.token
    off.server.admin.admin_set_user_password(
        **person.admin_name, Password="Another-Horse-8", Permanent=True
    )
    assert person.get()["Username"] == person.username


def test_admin_get_user(off: Realm) -> None:
    person = off.person(email=True)
    found = off.server.admin.admin_get_user(**person.admin_name)
    assert (found["UserStatus"], found["Enabled"]) == ("CONFIRMED", True)
    assert "Attributes" not in found
    by_sub = off.server.admin.admin_get_user(UserPoolId=off.pool_id, Username=person.sub)
    assert by_sub["Username"] == person.username
    with refused("UserNotFoundException", "User does not exist."):
        off.server.admin.admin_get_user(UserPoolId=off.pool_id, Username="nobody")


def test_administrators_attribute_changes(off: Realm) -> None:
    person = off.person(email=True, phone=True)
    off.server.admin.admin_update_user_attributes(
        **person.admin_name, UserAttributes=[{"Name": "phone_number_verified", "Value": "false"}]
    )
    assert person.attributes()["phone_number_verified"] == "false"
    assert person.attributes()["email_verified"] == "true"


def test_flag_alone_cannot_make_somebody_elses_address_a_name(alias: Realm) -> None:
    owner, other = alias.person(email=True), alias.person({"email": "x@example.com"})
    change = alias.server.admin.admin_update_user_attributes
    alias.server.admin.admin_update_user_attributes(
        **other.admin_name,
        UserAttributes=[
            {"Name": "email", "Value": owner.email},
            {"Name": "email_verified", "Value": "false"},
        ],
    )
    with refused("AliasExistsException"):
        change(**other.admin_name, UserAttributes=[{"Name": "email_verified", "Value": "true"}])


def test_email_factor_needs_a_plan(make_realm: MakeRealm) -> None:
    person = make_realm(UserPoolTier="LITE").person(email=True)
    with refused("InvalidParameterException"):
        person.prefer(EMAIL=(True, False))
