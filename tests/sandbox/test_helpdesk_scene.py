"""The scene with a helpdesk: operators of each role, and accounts that need more care."""

from collections import Counter

from accounts.roles import Role
from deploy import demo
from sandbox import scenes
from tests.sandbox.kit import start, stop

POOL = "eu-central-1_Optional1"


def test_every_operator_is_in_the_group_of_the_role_and_has_an_app():
    """Each can pass the second step that the helpdesk asks for."""
    server = start("--scene", "helpdesk")
    try:
        admin = server.admin
        for person in scenes.DESK:
            who = {"UserPoolId": POOL, "Username": person.username}
            groups = admin.admin_list_groups_for_user(**who)["Groups"]
            assert [each["GroupName"] for each in groups] == [person.group]
            assert "SOFTWARE_TOKEN_MFA" in admin.admin_get_user(**who)["UserMFASettingList"]
    finally:
        stop(server)


def test_the_demo_has_operators_of_each_role_and_people_of_each_tier():
    """Two seniors, since nobody agrees to their own; roles and tiers as `make demo` sets them."""
    roles = dict(each.split("=") for each in demo.ROLE_GROUPS.split(","))
    people = Counter(each.group for each in (*scenes.PEOPLE, *scenes.DESK))
    assert set(roles) == {*Role}
    assert {role: people[group] for role, group in roles.items()} == {
        role: 2 if role is Role.SENIOR else 1 for role in Role
    }
    assert people[demo.PRIVILEGED_GROUP] == 1
    assert people[""] == len(scenes.PEOPLE) > 1


def test_the_demo_itself_has_no_operators():
    """What others build on the demo scene stays as it was."""
    assert {each.group for each in scenes.PEOPLE} == {""}
