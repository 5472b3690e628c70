"""The scene with a helpdesk: operators of each role, and accounts that need more care."""

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


def test_the_demo_itself_has_no_operators():
    """What others build on the demo scene stays as it was."""
    assert {each.group for each in scenes.PEOPLE} == {""}
