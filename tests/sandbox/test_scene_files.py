"""A whole state in a JSON file: out of one sandbox, into another."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.database import TABLES, Database
from sandbox.running import ControlRefused
from tests.sandbox.kit import PASSWORD, SMS, TOTP, Realm, Server, claims, refused, start, stop

Scene = dict[str, Any]


@pytest.fixture(scope="module")
def here() -> Iterator[Server]:
    """The sandbox that is exported."""
    running = start("--scene", "demo")
    yield running
    stop(running)


@pytest.fixture(scope="module")
def there() -> Iterator[Server]:
    """The sandbox that is filled."""
    running = start("--scene", "empty")
    yield running
    stop(running)


def scene_command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox", "scene", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def busy(here: Server) -> Realm:
    """A pool with somebody who has a number, an app, a group, a device and a message."""
    made = here.admin.create_user_pool(
        PoolName="busy",
        SmsConfiguration={"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"},
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": True},
    )["UserPool"]
    realm = Realm(here, made["Id"], "").client(GenerateSecret=True)
    realm.set_mfa("OPTIONAL", SMS, TOTP)
    return realm


def test_everything_comes_along(here: Server, there: Server, busy: Realm) -> None:
    person = busy.person(email=True, phone=True)
    secret, token = person.bind_app(), person.token
    person.prefer(TOTP=(True, True), SMS=(True, False))
    here.admin.create_group(UserPoolId=busy.pool_id, GroupName="crew")
    here.admin.admin_add_user_to_group(**person.admin_name, GroupName="crew")
    here.user.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    begun = person.sign_in()
    moved = here.ask("POST", "/clock", {"advance": 60})["offset"]
    there.ask("POST", "/scene/import", here.ask("GET", "/scene/export"))
    here.ask("POST", "/clock", {"offset": 0})

    # Not 60 sharp: binding an app moves the clock when a code is about to change.
    assert there.ask("GET", "/clock")["offset"] == moved >= 60
    twin = copy.copy(person)
    twin.realm = Realm(there, busy.pool_id, busy.client_id, busy.secret)
    assert twin.listed() == {SMS, TOTP}
    assert twin.preferred() == TOTP
    answer = twin.answer_code(begun, there.totp(secret, 1))
    key = answer["AuthenticationResult"]["NewDeviceMetadata"]["DeviceKey"]
    assert there.user.get_device(AccessToken=token, DeviceKey=key)["Device"]["DeviceKey"] == key
    groups = there.admin.admin_list_groups_for_user(**person.admin_name)["Groups"]
    assert [each["GroupName"] for each in groups] == ["crew"]
    code = there.code_sent_to(person.email)
    there.user.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)


def test_export_of_an_import_is_the_same(here: Server, there: Server) -> None:
    scene = here.ask("GET", "/scene/export")
    there.ask("POST", "/scene/import", scene)
    assert there.ask("GET", "/scene/export") == scene


def test_every_table_is_in_the_file_and_is_emptied(here: Server) -> None:
    with closing(Database(None)) as database:
        tables = database.tables()
    assert set(here.ask("GET", "/scene/export")["tables"]) == set(tables)
    assert set(TABLES) == set(tables)


def test_import_keeps_nothing_of_before(here: Server, there: Server) -> None:
    pool = there.admin.create_user_pool(PoolName="before")["UserPool"]["Id"]
    there.ask("POST", "/trouble", {"operation": "GetUser", "kind": "throttle"})
    there.ask("POST", "/scene/import", here.ask("GET", "/scene/export"))
    with refused("ResourceNotFoundException"):
        there.admin.describe_user_pool(UserPoolId=pool)
    assert there.ask("GET", "/trouble") == []
    assert there.ask("GET", "/scene.json") == here.ask("GET", "/scene.json")


def test_somebody_of_another_identity_provider(here: Server, there: Server) -> None:
    """A federated account cannot be made by an operation here, but a file can hold one."""
    scene = here.ask("GET", "/scene/export")
    nora = next(row for row in scene["tables"]["people"] if row["name_key"] == "nora")
    identities = [{"providerName": "Corp", "providerType": "SAML", "userId": "n1"}]
    nora["document"] |= {
        "username": "corp_nora",
        "status": "EXTERNAL_PROVIDER",
        "verifier": "",
        "salt": "",
        "attributes": nora["document"]["attributes"] | {"identities": json.dumps(identities)},
    }
    there.ask("POST", "/scene/import", scene)
    who = {"UserPoolId": nora["pool"], "Username": "corp_nora"}
    assert there.admin.admin_get_user(**who)["UserStatus"] == "EXTERNAL_PROVIDER"
    listed = there.admin.list_users(
        UserPoolId=nora["pool"], Filter='cognito:user_status = "EXTERNAL_PROVIDER"'
    )
    assert [each["Username"] for each in listed["Users"]] == ["corp_nora"]
    realm = Realm(there, nora["pool"], "demoportaloptional00000001")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        realm.initiate("USER_PASSWORD_AUTH", USERNAME="corp_nora", PASSWORD=PASSWORD)
    given = {"client": realm.client_id, "username": "corp_nora"}
    tokens = there.ask("POST", "/tokens", given)
    assert claims(tokens["IdToken"])["identities"] == identities
    token = tokens["AccessToken"]
    assert {"Name": "identities", "Value": json.dumps(identities)} in there.user.get_user(
        AccessToken=token
    )["UserAttributes"]
    with refused("InvalidParameterException"):
        there.user.associate_software_token(AccessToken=token)
    with refused("InvalidParameterException"):
        there.user.set_user_mfa_preference(AccessToken=token, EmailMfaSettings={"Enabled": True})
    with refused("NotAuthorizedException", "User password cannot be reset in the current state."):
        there.admin.admin_reset_user_password(**who)
    there.admin.admin_set_user_password(**who, Password=PASSWORD, Permanent=True)
    assert there.admin.admin_get_user(**who)["UserStatus"] == "CONFIRMED"
    assert "AuthenticationResult" in realm.initiate(
        "USER_PASSWORD_AUTH", USERNAME="corp_nora", PASSWORD=PASSWORD
    )


def test_people_may_be_written_by_hand(here: Server, there: Server) -> None:
    here.ask("POST", "/reset", {"scene": "demo"})
    scene = here.ask("GET", "/scene/export")
    pool = "eu-central-1_Optional1"
    anna = {"pool_id": pool, "username": "Anna", "attributes": {"email": "anna@example.com"}}
    scene["tables"]["people"] += [{"document": anna, "password": PASSWORD}]
    there.ask("POST", "/scene/import", scene)
    realm = Realm(there, pool, "demoportaloptional00000001")
    done = realm.initiate("USER_PASSWORD_AUTH", USERNAME="anna", PASSWORD=PASSWORD)
    assert "AuthenticationResult" in done
    found = there.admin.list_users(UserPoolId=pool, Filter='email = "anna@example.com"')["Users"]
    assert [(each["Username"], each["UserStatus"]) for each in found] == [("Anna", "CONFIRMED")]
    row = there.ask("GET", "/scene/export")["tables"]["people"][-1]
    assert "password" not in row
    assert PASSWORD not in json.dumps(row)
    again = realm.initiate("USER_SRP_AUTH", USERNAME="anna", SRP_A="ABCDEF")
    assert again["ChallengeParameters"]["USER_ID_FOR_SRP"] == "Anna"


def first(scene: Scene, table: str) -> Any:
    return scene["tables"][table][0]


BAD: dict[str, tuple[Callable[[Scene], object], str]] = {
    "format": (lambda s: s.update(format="other"), "this is no scene"),
    "version": (lambda s: s.update(version=99), "reads version 1, not 99"),
    "tables": (lambda s: s.update(tables=[]), '"tables" must be an object'),
    "table": (lambda s: s["tables"].update(cats=[]), "unknown table 'cats'"),
    "rows": (lambda s: s["tables"].update(pools={}), "table pools must be a list"),
    "row": (lambda s: s["tables"]["pools"].append(1), ": a row must be an object"),
    "column": (lambda s: first(s, "pools").update(x=1), "table pools, row 1: unknown column 'x'"),
    "text": (lambda s: first(s, "pools").update(document="{}"), "document must be an object"),
    "value": (lambda s: first(s, "pools").update(id=[]), "id must be text or a number"),
    "null": (lambda s: first(s, "people").update(sub=None), "table people, row 1: NOT NULL"),
    "twice": (
        lambda s: s["tables"]["people"].append(first(s, "people")),
        ": UNIQUE constraint failed",
    ),
    "nobody": (lambda s: s["tables"]["people"].append({"document": {}}), "NOT NULL"),
    "rowless": (lambda s: s["tables"]["people"].append({}), "table people"),
    "odd sub": (
        lambda s: s["tables"]["people"].append(
            {"document": {"pool_id": "p", "username": "n", "sub": []}, "password": "x"}
        ),
        "table people",
    ),
    "only password": (lambda s: s["tables"]["people"].append({"password": "x"}), "table people"),
    "member": (lambda s: first(s, "people")["document"].update(x=1), "unexpected keyword"),
    "no pool": (lambda s: s["tables"]["pools"].pop(0), "does not exist"),
    "settings": (lambda s: first(s, "pools")["document"].pop("settings"), "KeyError: 'settings'"),
    "other sub": (lambda s: first(s, "people")["document"].update(sub="x"), "names another"),
}


@pytest.mark.parametrize(("spoil", "words"), BAD.values(), ids=BAD)
def test_bad_file_is_explained_and_changes_nothing(
    spoil: Callable[[Scene], object], words: str, here: Server, there: Server, tmp_path: Path
) -> None:
    demo = here.ask("GET", "/scene/export")
    there.ask("POST", "/scene/import", demo)
    scene = copy.deepcopy(demo)
    spoil(scene)
    file = tmp_path / "scene.json"
    file.write_text(json.dumps(scene))
    done = scene_command("import", file, "--control", there.control)
    assert done.returncode == 2
    assert done.stderr.startswith("sandbox: ")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert there.ask("GET", "/scene/export") == demo
    assert there.admin.list_user_pools(MaxResults=9)["UserPools"]


def test_command_line_by_control_port(here: Server, there: Server, tmp_path: Path) -> None:
    file = tmp_path / "scene.json"
    assert scene_command("export", file, "--control", here.control).returncode == 0
    assert scene_command("import", file, "--control", there.control).returncode == 0
    assert there.ask("GET", "/scene/export") == here.ask("GET", "/scene/export")
    printed = scene_command("export", "--control", here.control).stdout
    assert json.loads(printed) == json.loads(file.read_text())


def test_command_line_by_folder_and_start_with_a_file(here: Server, tmp_path: Path) -> None:
    scene = here.ask("GET", "/scene/export")
    file, again, folder = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "data"
    file.write_text(json.dumps(scene))
    assert scene_command("import", file, "--data", folder).returncode == 0
    assert scene_command("export", again, "--data", folder).returncode == 0
    assert json.loads(again.read_text()) == scene
    for options in (["--data", str(folder)], ["--scene", str(file)]):
        running = start(*options)
        try:
            assert running.ask("GET", "/scene/export") == scene
        finally:
            assert stop(running) == 0


def test_reset_goes_back_to_the_file(here: Server, tmp_path: Path) -> None:
    scene = here.ask("GET", "/scene/export")
    file = tmp_path / "scene.json"
    file.write_text(json.dumps(scene))
    running = start("--scene", str(file))
    try:
        running.admin.create_user_pool(PoolName="more")
        running.ask("POST", "/reset", {})
        assert running.ask("GET", "/scene/export") == scene
        file.write_text("{")
        with pytest.raises(ControlRefused, match="is not JSON"):
            running.ask("POST", "/reset", {})
        assert running.ask("GET", "/scene/export") == scene
        running.ask("POST", "/reset", {"scene": "empty"})
        assert running.admin.list_user_pools(MaxResults=5)["UserPools"] == []
    finally:
        stop(running)


def test_what_cannot_be_reached_or_read(here: Server, tmp_path: Path) -> None:
    nowhere = scene_command("export", "--control", "http://127.0.0.1:1")
    assert nowhere.returncode == 2
    assert "no sandbox answers at http://127.0.0.1:1" in nowhere.stderr
    empty = scene_command("export", "--data", tmp_path / "none")
    assert empty.returncode == 2
    assert "keeps no state" in empty.stderr
    assert "name the file" in scene_command("import", "--control", here.control).stderr
    file = tmp_path / "torn.json"
    file.write_text("{")
    assert "is not JSON" in scene_command("import", file, "--control", here.control).stderr
    ports = ["--port", "0", "--control-port", "0", "--smtp-port", "0"]
    command = [sys.executable, "-m", "sandbox", *ports, "--scene"]
    for scene, words in ((str(file), "is not JSON"), ("nonesuch", "No such file")):
        done = subprocess.run(
            [*command, scene], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 2
        assert words in done.stderr
        assert done.stderr.startswith("sandbox: --scene: ")
