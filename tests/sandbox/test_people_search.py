"""ListUsers stays flat: every page is one walk along an index, whatever is searched for."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from sandbox.database import Database
from sandbox.groups import PEOPLE_OF_GROUP
from sandbox.operations.people_list import search_of
from sandbox.people_search import Position, queries
from sandbox.pools import Pool
from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import Realm, refused

ATTRIBUTES = (
    "username",
    "email",
    "phone_number",
    "preferred_username",
    "name",
    "given_name",
    "family_name",
    "sub",
    "cognito:user_status",
)
FILTERS = [
    "",
    'status = "Enabled"',
    'status ^= "Dis"',
    *(f'{name} = "a"' for name in ATTRIBUTES),
    *(f'{name} ^= "a"' for name in ATTRIBUTES),
]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """Its tables, and nobody in them."""
    with closing(Database(None)) as empty:
        yield empty


def plan(database: Database, text: str, values: tuple[Any, ...]) -> list[str]:
    return [row[3] for row in database.rows(f"EXPLAIN QUERY PLAN {text}", *values)]


@pytest.mark.parametrize("text", FILTERS)
@pytest.mark.parametrize("after", [None, Position("a", 7)], ids=["first", "later"])
def test_each_page_is_one_walk_along_an_index(
    database: Database, text: str, after: Position | None
) -> None:
    pool = Pool("x_Pool", {"settings": {}, "mfa": {}})
    search = search_of(pool, text)
    asked = list(queries(pool.id, search, after))
    assert asked
    for query in asked:
        (step,) = plan(database, query.text + " LIMIT ?", (*query.values, 61))
        assert step.startswith("SEARCH people USING INDEX"), step
        assert search.column is None or f"AND {search.column}" in step
        only_one = "autoindex" in step  # names and subs are unique
        begins_there = "AND rowid>?" in step or "id > ?" not in query.text
        assert only_one or begins_there, step


def test_page_of_a_group_is_one_walk_along_an_index(database: Database) -> None:
    steps = plan(database, PEOPLE_OF_GROUP, ("pool", "group", "", 61))
    assert len(steps) == 2
    assert "memberships_by_group (pool=? AND group_name=? AND sub>?)" in steps[0]
    assert steps[1].startswith("SEARCH people USING INDEX")
    assert "(pool=? AND sub=?)" in steps[1]


@pytest.fixture(scope="module")
def crowd(make_realm: MakeRealm) -> Realm:
    """Eleven people: seven Anns of one family, four Annas of another; one is disabled."""
    realm = make_realm(UsernameConfiguration={"CaseSensitive": False})
    for number in range(11):
        ann = number < 7
        attributes = {
            "given_name": "Ann" if ann else "Anna",
            "family_name": "Lee" if ann else "Leeds",
            "name": f"Ann {number:02}",
            "email": f"a{number:02}@example.com",
            "preferred_username": f"P{number:02}",
        }
        realm.person(attributes)
    last = realm.server.admin.list_users(UserPoolId=realm.pool_id, Filter='name = "Ann 10"')
    realm.server.admin.admin_disable_user(
        UserPoolId=realm.pool_id, Username=last["Users"][0]["Username"]
    )
    return realm


def names(realm: Realm, text: str, size: int) -> list[str]:
    """The names of everybody found, page by page."""
    pages = realm.server.admin.get_paginator("list_users").paginate(
        UserPoolId=realm.pool_id, Filter=text, PaginationConfig={"PageSize": size}
    )
    return [
        next(each["Value"] for each in user["Attributes"] if each["Name"] == "name")
        for page in pages
        for user in page["Users"]
    ]


FOUND = {
    "": range(11),
    'given_name = "Ann"': range(7),
    'given_name ^= "Ann"': range(11),
    'given_name ^= "Anna"': range(7, 11),
    'given_name ^= "ann"': (),
    'family_name ^= "Lee"': range(11),
    'family_name = "Leeds"': range(7, 11),
    'name ^= "Ann 0"': range(10),
    'name = "Ann 03"': (3,),
    'email ^= "A0"': range(10),
    'email = "a10@example.com"': (10,),
    'preferred_username ^= "p0"': range(10),
    'status = "Enabled"': range(10),
    'status = "Disabled"': (10,),
    'status ^= "D"': (10,),
    'status ^= ""': range(11),
    'status = "disabled"': (),
    'cognito:user_status = "confirmed"': range(11),
    'cognito:user_status ^= "CONF"': range(11),
    'cognito:user_status = "UNCONFIRMED"': (),
}


@pytest.mark.parametrize("size", [1, 3, 60])
@pytest.mark.parametrize(("text", "numbers"), FOUND.items(), ids=FOUND)
def test_c152_every_page_size_finds_everybody_once(
    crowd: Realm, text: str, numbers: Any, size: int
) -> None:
    found = names(crowd, text, size)
    assert sorted(found) == [f"Ann {number:02}" for number in numbers]


def test_names_are_searched_as_they_are_now(crowd: Realm) -> None:
    server, name = crowd.server, f"Zoe {secrets.token_hex(4)}"
    person = crowd.person()
    value = [{"Name": "name", "Value": name}]
    server.admin.admin_update_user_attributes(**person.admin_name, UserAttributes=value)
    text = {"UserPoolId": crowd.pool_id, "Filter": f'name = "{name}"'}
    assert len(server.admin.list_users(**text)["Users"]) == 1
    server.admin.admin_delete_user_attributes(**person.admin_name, UserAttributeNames=["name"])
    assert server.admin.list_users(**text)["Users"] == []
    server.admin.admin_delete_user(**person.admin_name)


def test_state_of_an_older_version_is_searched_by_name_too(tmp_path: Any) -> None:
    older = Database(tmp_path)
    older.write(
        "INSERT INTO people (pool, name_key, sub, status, enabled, document)"
        " VALUES ('p', 'ann', 's', 'CONFIRMED', 1, '{\"attributes\": {\"name\": \"Ann\"}}')"
    )
    for index in ("name", "given_name", "family_name"):
        older.write(f"DROP INDEX people_by_{index}")
        older.write(f"ALTER TABLE people DROP COLUMN {index}")
    older.commit()
    older.close()
    with closing(Database(tmp_path)) as again:
        assert again.rows("SELECT name, given_name FROM people") == [("Ann", None)]


def test_page_token_of_a_group_must_be_one(crowd: Realm) -> None:
    group = {"UserPoolId": crowd.pool_id, "GroupName": "crew"}
    crowd.server.admin.create_group(**group)
    for token in ("x", "W10", "e30", "MQ"):
        with refused("InvalidParameterException"):
            crowd.server.admin.list_users_in_group(**group, NextToken=token)
