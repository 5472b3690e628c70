"""Domains, resource servers, and the OAuth settings of clients: contract 10 and 13.1."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.hosted import CALLBACK, OAUTH
from tests.sandbox.kit import Realm, Server, fetch, refused, start, stop

CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1"}


def fresh() -> str:
    return f"d{secrets.token_hex(6)}"


def make(realm: Realm, name: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = realm.server.admin.create_user_pool_domain(
        Domain=name, UserPoolId=realm.pool_id, **more
    )
    return answer


def describe(server: Server, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = server.admin.describe_user_pool_domain(Domain=name)
    return answer["DomainDescription"]  # type: ignore[no-any-return]


def test_a_prefix_domain(make_realm: MakeRealm) -> None:
    realm, name = make_realm(), fresh()
    assert make(realm, name)["ManagedLoginVersion"] == 1
    known = describe(realm.server, name)
    assert (known["Domain"], known["UserPoolId"]) == (name, realm.pool_id)
    assert (known["Status"], known["ManagedLoginVersion"]) == ("ACTIVE", 1)
    assert "CustomDomainConfig" not in known
    pool = realm.server.admin.describe_user_pool(UserPoolId=realm.pool_id)["UserPool"]
    assert pool["Domain"] == name
    assert "CustomDomain" not in pool


def test_a_pool_has_one_domain_of_each_kind(make_realm: MakeRealm) -> None:
    realm, name, custom = make_realm(), fresh(), f"{fresh()}.example.com"
    make(realm, name)
    with refused("InvalidParameterException"):
        make(realm, fresh())
    made = make(realm, custom, CustomDomainConfig=CERTIFICATE, ManagedLoginVersion=2)
    assert made["CloudFrontDomain"].endswith(".cloudfront.net")
    assert describe(realm.server, custom)["CustomDomainConfig"] == CERTIFICATE
    with refused("InvalidParameterException"):
        make(realm, f"{fresh()}.example.com", CustomDomainConfig=CERTIFICATE)
    pool = realm.server.admin.describe_user_pool(UserPoolId=realm.pool_id)["UserPool"]
    assert (pool["Domain"], pool["CustomDomain"]) == (name, custom)


def test_a_domain_belongs_to_one_pool(make_realm: MakeRealm) -> None:
    one, other, name = make_realm(), make_realm(), fresh()
    make(one, name)
    with refused("InvalidParameterException", "Domain already associated with another user pool."):
        make(other, name)
    for change in ("update_user_pool_domain", "delete_user_pool_domain"):
        with refused("InvalidParameterException", "No such domain or user pool exists."):
            getattr(other.server.admin, change)(Domain=name, UserPoolId=other.pool_id)


@pytest.mark.parametrize("name", ["Big", "a_b", "-a", "a-", "a.b"])
def test_a_prefix_has_a_form(off: Realm, name: str) -> None:
    with refused(
        "InvalidParameterException",
        "The domain name contains an invalid character. Domain names can only contain lower-case "
        "letters, numbers, and hyphens. Please enter a different name that follows this format: "
        "^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
    ):
        make(off, name)


@pytest.mark.parametrize("word", ["aws", "amazon", "cognito"])
def test_a_prefix_may_not_pretend(off: Realm, word: str) -> None:
    with refused("InvalidParameterException", f"Domain cannot contain reserved word: {word}"):
        make(off, f"my-{word}-login")


def test_a_custom_domain_is_a_whole_name(off: Realm) -> None:
    with refused("InvalidParameterException"):
        make(off, "noname", CustomDomainConfig=CERTIFICATE)


def test_update_changes_the_version_and_the_certificate(make_realm: MakeRealm) -> None:
    realm, name, custom = make_realm(), fresh(), f"{fresh()}.example.com"
    admin = realm.server.admin
    make(realm, name)
    admin.update_user_pool_domain(Domain=name, UserPoolId=realm.pool_id, ManagedLoginVersion=2)
    assert describe(realm.server, name)["ManagedLoginVersion"] == 2
    with refused("InvalidParameterException"):
        admin.update_user_pool_domain(
            Domain=name, UserPoolId=realm.pool_id, CustomDomainConfig=CERTIFICATE
        )
    make(realm, custom, CustomDomainConfig=CERTIFICATE)
    newer = {"CertificateArn": CERTIFICATE["CertificateArn"] + "2"}
    admin.update_user_pool_domain(Domain=custom, UserPoolId=realm.pool_id, CustomDomainConfig=newer)
    known = describe(realm.server, custom)
    assert (known["CustomDomainConfig"], known["ManagedLoginVersion"]) == (newer, 1)
    with refused("InvalidParameterException"):
        admin.update_user_pool_domain(Domain=name, UserPoolId=realm.pool_id, ManagedLoginVersion=3)


def test_managed_login_needs_a_plan_above_lite(make_realm: MakeRealm) -> None:
    realm = make_realm(UserPoolTier="LITE")
    with refused("FeatureUnavailableInTierException"):
        make(realm, fresh(), ManagedLoginVersion=2)
    make(realm, fresh(), ManagedLoginVersion=1)


def test_an_unknown_domain_has_an_empty_description(server: Server) -> None:
    assert describe(server, fresh()) == {}


def test_a_pool_with_a_domain_stays(make_realm: MakeRealm) -> None:
    realm, name = make_realm(), fresh()
    make(realm, name)
    with refused(
        "InvalidParameterException",
        "User pool cannot be deleted. It has a domain configured that should be deleted first.",
    ):
        realm.server.admin.delete_user_pool(UserPoolId=realm.pool_id)
    realm.server.admin.delete_user_pool_domain(Domain=name, UserPoolId=realm.pool_id)
    assert describe(realm.server, name) == {}
    assert fetch("GET", f"{realm.server.api}/domains/{name}/login", None, {}).status == 404
    realm.server.admin.delete_user_pool(UserPoolId=realm.pool_id)


def test_discovery_of_a_pool_with_a_domain_tells_the_endpoints(make_realm: MakeRealm) -> None:
    realm, name = make_realm(), fresh()
    url = f"{realm.server.api}/{realm.pool_id}/.well-known/openid-configuration"
    without = fetch("GET", url, None, {}).json
    assert not [member for member in without if member.endswith("_endpoint")]
    make(realm, name)
    base, known = f"{realm.server.api}/domains/{name}", fetch("GET", url, None, {}).json
    assert known == without | {
        "authorization_endpoint": f"{base}/oauth2/authorize",
        "token_endpoint": f"{base}/oauth2/token",
        "userinfo_endpoint": f"{base}/oauth2/userInfo",
        "revocation_endpoint": f"{base}/oauth2/revoke",
        "end_session_endpoint": f"{base}/logout",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


def test_a_domain_can_be_reached_under_another_base() -> None:
    server = start("--domain-base", "http://{domain}.auth.localhost:9229/")
    try:
        url = f"{server.api}/eu-central-1_Optional1/.well-known/openid-configuration"
        known = fetch("GET", url, None, {}).json
        assert known["token_endpoint"] == "http://demo-optional.auth.localhost:9229/oauth2/token"
    finally:
        stop(server)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("{prefix}.auth.localhost:9229", 400),
        ("{prefix}.auth.localhost", 400),
        ("{prefix}.auth.eu-central-1.amazoncognito.com", 400),
        ("{custom}", 400),
        ("{custom}:9229", 400),
        ("{prefix}.auth.us-east-1.amazoncognito.com", 404),
        ("{prefix}.example.com", 404),
        ("other.auth.localhost", 404),
        ("[::1]:9229", 404),
    ],
)
def test_a_domain_is_found_by_its_host(make_realm: MakeRealm, host: str, status: int) -> None:
    """`/error` is a page of every domain, and of nothing else."""
    realm, prefix, custom = make_realm(), fresh(), f"{fresh()}.example.com"
    make(realm, prefix)
    make(realm, custom, CustomDomainConfig=CERTIFICATE)
    named = host.format(prefix=prefix, custom=custom)
    answer = fetch("GET", f"{realm.server.api}/error?error=x", None, {"Host": named})
    assert answer.status == status


class TestClientSettings:
    """CreateUserPoolClient and UpdateUserPoolClient refuse what contradicts itself."""

    @pytest.mark.parametrize(
        ("changed", "code", "words"),
        [
            (
                {"AllowedOAuthFlows": []},
                "InvalidParameterException",
                "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is "
                "allowed to use OAuth flows.",
            ),
            (
                {"CallbackURLs": []},
                "InvalidOAuthFlowException",
                "CallbackUrls can not be empty when code flow or implicit flow is selected",
            ),
            (
                {"AllowedOAuthScopes": ["openid", "Cognito"]},
                "ScopeDoesNotExistException",
                "Invalid scope requested: Cognito",
            ),
            (
                {"CallbackURLs": ["http://example.com/"]},
                "InvalidParameterException",
                "http://example.com/ cannot use the HTTP protocol.",
            ),
            ({"LogoutURLs": ["https://example.com/#a"]}, "InvalidParameterException", None),
            ({"CallbackURLs": ["no-address"]}, "InvalidParameterException", None),
            ({"CallbackURLs": ["https://[x"]}, "InvalidParameterException", None),
            (
                {"DefaultRedirectURI": "https://example.com/"},
                "InvalidParameterException",
                None,
            ),
            (
                {"SupportedIdentityProviders": ["Google"]},
                "InvalidParameterException",
                "The provider Google does not exist for User Pool.",
            ),
            (
                {"AllowedOAuthFlows": ["code", "client_credentials"]},
                "InvalidOAuthFlowException",
                "client_credentials flow can not be selected along with code flow or implicit "
                "flow.",
            ),
            (
                {"AllowedOAuthFlows": ["client_credentials"]},
                "InvalidOAuthFlowException",
                "client_credentials flow can not be selected if client does not have a client "
                "secret.",
            ),
            (
                {"AllowedOAuthFlows": ["client_credentials"], "GenerateSecret": True},
                "InvalidOAuthFlowException",
                "openid is not supported with client_credentials flow",
            ),
        ],
    )
    def test_refused(
        self, off: Realm, changed: dict[str, Any], code: str, words: str | None
    ) -> None:
        with refused(code, words):
            off.client(**{**OAUTH, **changed})

    @pytest.mark.parametrize(
        "url", ["https://a.example/b", "http://127.0.0.1:1/", "http://[::1]/", "myapp://back"]
    )
    def test_addresses_that_may_be_called_back(self, off: Realm, url: str) -> None:
        realm = off.client(**{**OAUTH, "CallbackURLs": [url], "DefaultRedirectURI": url})
        known = realm.server.admin.describe_user_pool_client(
            UserPoolId=realm.pool_id, ClientId=realm.client_id
        )["UserPoolClient"]
        assert known["CallbackURLs"] == [url]

    def test_an_update_is_judged_too(self, off: Realm) -> None:
        realm = off.client(**OAUTH)
        given = {"UserPoolId": realm.pool_id, "ClientId": realm.client_id}
        with refused("InvalidOAuthFlowException"):
            realm.server.admin.update_user_pool_client(**given, AllowedOAuthFlows=["code"])
        realm.server.admin.update_user_pool_client(
            **given, AllowedOAuthFlows=["code"], CallbackURLs=[CALLBACK]
        )


def test_resource_servers(make_realm: MakeRealm) -> None:
    realm = make_realm()
    admin, pool = realm.server.admin, {"UserPoolId": realm.pool_id}
    scope = {"ScopeName": "read", "ScopeDescription": "Read"}
    made = admin.create_resource_server(**pool, Identifier="api", Name="An API", Scopes=[scope])
    assert made["ResourceServer"] == {
        **pool,
        "Identifier": "api",
        "Name": "An API",
        "Scopes": [scope],
    }
    with refused("InvalidParameterException"):
        admin.create_resource_server(**pool, Identifier="api", Name="Again")
    admin.create_resource_server(**pool, Identifier="https://b.example", Name="B")
    first = admin.list_resource_servers(**pool, MaxResults=1)
    assert [each["Identifier"] for each in first["ResourceServers"]] == ["api"]
    rest = admin.list_resource_servers(**pool, MaxResults=1, NextToken=first["NextToken"])
    assert [each["Identifier"] for each in rest["ResourceServers"]] == ["https://b.example"]
    realm.client(**{**OAUTH, "AllowedOAuthScopes": ["openid", "api/read"]})
    admin.update_resource_server(**pool, Identifier="api", Name="Renamed")
    known = admin.describe_resource_server(**pool, Identifier="api")["ResourceServer"]
    assert (known["Name"], known["Scopes"]) == ("Renamed", [])
    with refused("ScopeDoesNotExistException", "Invalid scope requested: api/read"):
        realm.client(**{**OAUTH, "AllowedOAuthScopes": ["openid", "api/read"]})
    admin.delete_resource_server(**pool, Identifier="api")
    with refused("ResourceNotFoundException"):
        admin.describe_resource_server(**pool, Identifier="api")


def test_the_scene_tells_its_domains(server: Server) -> None:
    told = {each["name"]: each for each in server.ask("GET", "/scene.json")["domains"]}
    assert set(told) == {"demo-optional", "demo-required"}
    for name, each in told.items():
        assert describe(server, name)["UserPoolId"] == each["pool"]
        client = server.admin.describe_user_pool_client(
            UserPoolId=each["pool"], ClientId=each["client"]
        )["UserPoolClient"]
        assert client["CallbackURLs"] == [CALLBACK]
