"""Contract 8.1 and 11.2: groups, and what tokens say about them; C009, C010, C034."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import SMS, Realm, Someone, claims, refused

ROLE = "arn:aws:iam::123456789012:role/"
SIGNED = "AWS4-HMAC-SHA256 Credential=any, SignedHeaders=any, Signature=any"


@pytest.fixture(scope="module")
def house(make_realm: MakeRealm) -> Realm:
    """A pool whose groups are its own."""
    return make_realm("OPTIONAL", (SMS,))


def group(realm: Realm, **more: Any) -> str:
    """CreateGroup; its name."""
    name = f"g{secrets.token_hex(4)}"
    realm.server.admin.create_group(UserPoolId=realm.pool_id, GroupName=name, **more)
    return name


def join(person: Someone, *names: str) -> None:
    """AdminAddUserToGroup, each."""
    for name in names:
        person.realm.server.admin.admin_add_user_to_group(**person.admin_name, GroupName=name)


def test_life_of_a_group(house: Realm) -> None:
    admin, pool = house.server.admin, house.pool_id
    made = admin.create_group(
        UserPoolId=pool, GroupName="cooks", Description="They cook", Precedence=3
    )["Group"]
    assert (made["GroupName"], made["UserPoolId"], made["Precedence"]) == ("cooks", pool, 3)
    assert "RoleArn" not in made
    named = {"UserPoolId": pool, "GroupName": "cooks"}
    with refused("GroupExistsException", "A group with the name already exists."):
        admin.create_group(**named)
    changed = admin.update_group(**named, Description="They bake", RoleArn=ROLE + "cook")["Group"]
    assert (changed["Description"], changed["Precedence"]) == ("They bake", 3)
    assert admin.get_group(**named)["Group"] == changed
    answer = house.server.raw("DeleteGroup", named, Authorization=SIGNED)
    assert (answer.status, answer.body) == (200, b"")
    with refused("ResourceNotFoundException", "Group not found."):
        admin.get_group(**named)


@pytest.mark.parametrize("name", ["", "two words", "x" * 129])
def test_names_a_group_cannot_have(house: Realm, name: str) -> None:
    body = {"UserPoolId": house.pool_id, "GroupName": name}
    answer = house.server.raw("CreateGroup", body, Authorization=SIGNED)
    assert answer.json["__type"] == "InvalidParameterException"
    assert "'groupName'" in answer.json["message"]


def test_claims_at_sign_in_and_refresh(house: Realm) -> None:
    person, name = house.person(), group(house)
    before = person.sign_in()["AuthenticationResult"]
    assert "cognito:groups" not in claims(before["AccessToken"])
    join(person, name, name)
    result = person.sign_in()["AuthenticationResult"]
    for token in ("AccessToken", "IdToken"):
        assert claims(result[token])["cognito:groups"] == [name]
    renewed = house.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=before["RefreshToken"])
    assert claims(renewed["AuthenticationResult"]["IdToken"])["cognito:groups"] == [name]
    house.server.admin.admin_remove_user_from_group(**person.admin_name, GroupName=name)
    house.server.admin.admin_remove_user_from_group(**person.admin_name, GroupName=name)
    renewed = house.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=result["RefreshToken"])
    assert "cognito:groups" not in claims(renewed["AuthenticationResult"]["AccessToken"])


def test_roles_by_precedence(house: Realm) -> None:
    person = house.person()
    last, first = (
        group(house, RoleArn=ROLE + "last"),
        group(house, RoleArn=ROLE + "b", Precedence=1),
    )
    join(person, last, first)
    told = claims(person.tokens()["IdToken"])
    assert told["cognito:groups"] == [first, last]
    assert told["cognito:roles"] == [ROLE + "b", ROLE + "last"]
    assert told["cognito:preferred_role"] == ROLE + "b"
    assert "cognito:roles" not in claims(person.tokens()["AccessToken"])
    join(person, group(house, RoleArn=ROLE + "c", Precedence=1))
    assert "cognito:preferred_role" not in claims(person.tokens()["IdToken"])


def test_lists_in_pages(make_realm: MakeRealm) -> None:
    realm = make_realm()
    admin, names = realm.server.admin, [group(realm) for _ in range(5)]
    people = [realm.person() for _ in range(3)]
    for person in people:
        join(person, *names)
    pages = admin.get_paginator("list_groups").paginate(
        UserPoolId=realm.pool_id, PaginationConfig={"PageSize": 2}
    )
    assert [each["GroupName"] for page in pages for each in page["Groups"]] == names
    pages = admin.get_paginator("admin_list_groups_for_user").paginate(
        **people[0].admin_name, PaginationConfig={"PageSize": 2}
    )
    assert {each["GroupName"] for page in pages for each in page["Groups"]} == set(names)
    pages = admin.get_paginator("list_users_in_group").paginate(
        UserPoolId=realm.pool_id, GroupName=names[0], PaginationConfig={"PageSize": 2}
    )
    listed = [each["Username"] for page in pages for each in page["Users"]]
    assert sorted(listed) == sorted(person.username for person in people)


def test_c034_preference_is_not_listed(house: Realm) -> None:
    person, name = house.person(phone=True), group(house)
    person.prefer(SMS=(True, True))
    join(person, name)
    found = house.server.admin.list_users_in_group(UserPoolId=house.pool_id, GroupName=name)
    (listed,) = found["Users"]
    assert listed["Username"] == person.username
    assert not {"UserMFASettingList", "PreferredMfaSetting"} & set(listed)


def test_who_is_deleted_leaves(house: Realm) -> None:
    admin, name, person = house.server.admin, group(house), house.person()
    join(person, name)
    admin.admin_delete_user(**person.admin_name)
    found = admin.list_users_in_group(UserPoolId=house.pool_id, GroupName=name)
    assert found["Users"] == []


def test_a_deleted_group_is_in_no_token(house: Realm) -> None:
    person, name = house.person(), group(house)
    join(person, name)
    house.server.admin.delete_group(UserPoolId=house.pool_id, GroupName=name)
    assert "cognito:groups" not in claims(person.tokens()["IdToken"])
    assert house.server.admin.admin_list_groups_for_user(**person.admin_name)["Groups"] == []


def test_unknown_people_and_groups(house: Realm) -> None:
    person, name = house.person(), group(house)
    with refused("ResourceNotFoundException", "Group not found."):
        join(person, "nowhere")
    with refused("UserNotFoundException", "User does not exist."):
        join(Someone(house, "nobody", ""), name)
    with refused("ResourceNotFoundException", "Group not found."):
        house.server.admin.list_users_in_group(UserPoolId=house.pool_id, GroupName="nowhere")


def test_hundred_groups_are_enough(house: Realm) -> None:
    person = house.person()
    names = [group(house) for _ in range(100)]
    join(person, *names)
    with refused("LimitExceededException"):
        join(person, group(house))
    join(person, names[0])


def test_factors_seen_by_an_administrator(optional: Realm) -> None:
    """C051 for administrators: the app shows before it is activated."""
    person = optional.person(email=True)
    named = person.admin_name
    admin = optional.server.admin
    assert admin.admin_get_user_auth_factors(**named)["ConfiguredUserAuthFactors"] == [
        "PASSWORD",
        "EMAIL_OTP",
    ]
    person.bind_app()
    seen = admin.admin_get_user_auth_factors(**named)
    assert seen["Username"] == person.username
    assert "SOFTWARE_TOKEN" in seen["ConfiguredUserAuthFactors"]
    assert "UserMFASettingList" not in seen
    person.prefer(TOTP=(True, True))
    seen = admin.admin_get_user_auth_factors(**named)
    assert seen["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    assert seen["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"
    admin.admin_delete_software_token(**named)
    seen = admin.admin_get_user_auth_factors(**named)
    assert "SOFTWARE_TOKEN" not in seen["ConfiguredUserAuthFactors"]
    with refused("UserNotFoundException", "User does not exist."):
        admin.admin_get_user_auth_factors(UserPoolId=optional.pool_id, Username="nobody")
