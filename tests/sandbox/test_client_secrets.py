"""Two secrets of a client; tags and further attributes of a pool."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import PASSWORD, Realm, refused, secret_hash

OWN = "my+own+secret+of+twenty+four"


@pytest.fixture
def confidential(off: Realm) -> Realm:
    """A client with one secret."""
    return off.client(GenerateSecret=True)


def named(realm: Realm) -> dict[str, str]:
    return {"UserPoolId": realm.pool_id, "ClientId": realm.client_id}


def add(realm: Realm, **more: str) -> dict[str, Any]:
    answer: dict[str, Any] = realm.server.admin.add_user_pool_client_secret(**named(realm), **more)
    return dict(answer["ClientSecretDescriptor"])


def listed(realm: Realm) -> list[dict[str, Any]]:
    answer = realm.server.admin.list_user_pool_client_secrets(**named(realm))
    return list(answer["ClientSecrets"])


def delete(realm: Realm, secret_id: str) -> None:
    realm.server.admin.delete_user_pool_client_secret(**named(realm), ClientSecretId=secret_id)


def twin(realm: Realm, secret: str) -> Realm:
    """The same client, known by another secret."""
    return Realm(realm.server, realm.pool_id, realm.client_id, secret)


def sign_in(realm: Realm, name: str) -> Any:
    return realm.initiate("USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)


def test_either_of_two_secrets_is_good(confidential: Realm) -> None:
    person = confidential.person()
    made = add(confidential)
    assert made["ClientSecretId"].startswith(f"{confidential.client_id}--")
    second = twin(confidential, made["ClientSecretValue"])
    assert second.secret != confidential.secret
    for realm in (confidential, second):
        result = sign_in(realm, person.username)["AuthenticationResult"]
        assert realm.initiate(
            "REFRESH_TOKEN_AUTH",
            REFRESH_TOKEN=result["RefreshToken"],
            SECRET_HASH=secret_hash(realm, person.username),
        )["AuthenticationResult"]
        clear = {"ClientId": realm.client_id, "ClientSecret": realm.secret}
        token = result["RefreshToken"]
        assert realm.server.user.get_tokens_from_refresh_token(RefreshToken=token, **clear)
        realm.server.user.revoke_token(Token=token, **clear)
    with refused(
        "NotAuthorizedException",
        f"Unable to verify secret hash for client {confidential.client_id}",
    ):
        sign_in(twin(confidential, "x" * 51), person.username)


def test_secret_of_ones_own_is_never_shown(confidential: Realm) -> None:
    assert "ClientSecretValue" not in add(confidential, ClientSecret=OWN)
    assert sign_in(twin(confidential, OWN), confidential.person().username)
    secrets = listed(confidential)
    assert len(secrets) == 2
    assert all(set(each) == {"ClientSecretId", "ClientSecretCreateDate"} for each in secrets)
    assert len({each["ClientSecretId"] for each in secrets}) == 2


def test_two_are_the_most(confidential: Realm) -> None:
    add(confidential)
    with refused("LimitExceededException"):
        add(confidential)


def test_deleted_secret_is_no_longer_good(confidential: Realm) -> None:
    person = confidential.person()
    second = twin(confidential, add(confidential)["ClientSecretValue"])
    first = listed(confidential)[0]["ClientSecretId"]
    delete(confidential, first)
    with refused("NotAuthorizedException"):
        sign_in(confidential, person.username)
    assert sign_in(second, person.username)
    described = confidential.server.admin.describe_user_pool_client(**named(confidential))
    assert described["UserPoolClient"]["ClientSecret"] == second.secret
    with refused("ResourceNotFoundException"):
        delete(confidential, first)
    with refused("InvalidParameterException"):
        delete(confidential, listed(confidential)[0]["ClientSecretId"])
    assert sign_in(second, person.username)


def test_an_update_keeps_both(confidential: Realm) -> None:
    add(confidential)
    before = listed(confidential)
    confidential.server.admin.update_user_pool_client(**named(confidential), ClientName="new")
    assert listed(confidential) == before


def test_public_client_gets_no_secret(off: Realm) -> None:
    assert listed(off) == []
    with refused("InvalidParameterException"):
        add(off)


def arn_of(realm: Realm) -> str:
    described = realm.server.admin.describe_user_pool(UserPoolId=realm.pool_id)
    return str(described["UserPool"]["Arn"])


def tags_of(realm: Realm) -> Any:
    return realm.server.admin.list_tags_for_resource(ResourceArn=arn_of(realm))["Tags"]


def test_tags(make_realm: MakeRealm) -> None:
    realm = make_realm(UserPoolTags={"team": "a", "stage": "test"})
    admin, arn = realm.server.admin, arn_of(realm)
    assert tags_of(realm) == {"team": "a", "stage": "test"}
    admin.tag_resource(ResourceArn=arn, Tags={"team": "b", "cost": ""})
    assert tags_of(realm) == {"team": "b", "stage": "test", "cost": ""}
    admin.untag_resource(ResourceArn=arn, TagKeys=["stage", "never there"])
    assert tags_of(realm) == {"team": "b", "cost": ""}
    described = admin.describe_user_pool(UserPoolId=realm.pool_id)["UserPool"]
    assert described["UserPoolTags"] == {"team": "b", "cost": ""}


def test_tags_that_are_refused(make_realm: MakeRealm) -> None:
    realm = make_realm()
    admin, arn = realm.server.admin, arn_of(realm)
    with refused("InvalidParameterException"):
        admin.tag_resource(ResourceArn=arn, Tags={"aws:x": "y"})
    with refused("InvalidParameterException"):
        admin.tag_resource(ResourceArn=arn, Tags={f"k{number}": "" for number in range(51)})
    with refused("ResourceNotFoundException"):
        admin.list_tags_for_resource(ResourceArn=f"{arn.rpartition('/')[0]}/eu-central-1_Nobody")
    with refused("InvalidParameterException"):
        admin.list_tags_for_resource(ResourceArn="arn:aws:s3:eu-central-1:1:userpool/x")
    assert tags_of(realm) == {}


def text(name: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "AttributeDataType": "String", "Mutable": True, **more}


def test_attributes_are_added(make_realm: MakeRealm) -> None:
    realm = make_realm(Schema=[text("team")])
    admin, person = realm.server.admin, realm.person()
    value = [{"Name": "custom:floor", "Value": "4"}]
    with refused("InvalidParameterException"):
        admin.admin_update_user_attributes(**person.admin_name, UserAttributes=value)
    floor = text("floor", StringAttributeConstraints={"MinLength": "1", "MaxLength": "2"})
    admin.add_custom_attributes(UserPoolId=realm.pool_id, CustomAttributes=[floor])
    admin.admin_update_user_attributes(**person.admin_name, UserAttributes=value)
    assert person.attributes()["custom:floor"] == "4"
    with refused("InvalidParameterException"):
        value[0]["Value"] = "444"
        admin.admin_update_user_attributes(**person.admin_name, UserAttributes=value)
    described = admin.describe_user_pool(UserPoolId=realm.pool_id)["UserPool"]
    names = {each["Name"] for each in described["SchemaAttributes"]}
    assert names >= {"custom:team", "custom:floor"}


REFUSED: dict[str, tuple[list[dict[str, Any]], str | None]] = {
    "taken": ([text("team")], "custom:team: Existing attribute already has name custom:team."),
    "twice": ([text("a"), text("a")], "custom:a: Existing attribute already has name custom:a."),
    "required": (
        [text("b", Required=True)],
        "Required custom attributes are not supported currently.",
    ),
    "nameless": ([{"AttributeDataType": "String"}], "Missing required parameter Name"),
}


@pytest.mark.parametrize(("schema", "words"), REFUSED.values(), ids=REFUSED)
def test_attributes_that_are_refused(
    make_realm: MakeRealm, schema: list[dict[str, Any]], words: str
) -> None:
    realm = make_realm(Schema=[text("team")])
    with refused("InvalidParameterException", words):
        realm.server.admin.add_custom_attributes(UserPoolId=realm.pool_id, CustomAttributes=schema)


def test_fifty_attributes_are_the_most(make_realm: MakeRealm) -> None:
    realm = make_realm()
    for start in (0, 25):
        more = [text(f"a{number}") for number in range(start, start + 25)]
        realm.server.admin.add_custom_attributes(UserPoolId=realm.pool_id, CustomAttributes=more)
    with refused("InvalidParameterException"):
        realm.server.admin.add_custom_attributes(
            UserPoolId=realm.pool_id, CustomAttributes=[text("more")]
        )
