"""C014: the AWS CLI on what surrounds a sign-in: domains, risk, tags, secrets, passkeys."""

from __future__ import annotations

import json

import pytest

from tests.clients.aws_cli import Cli, CliRefused
from tests.clients.conftest import MakeRealm
from tests.clients.test_aws_cli import aws, sign_in, token_of
from tests.sandbox.authenticator import Authenticator
from tests.sandbox.kit import FLOWS, Realm, fetch

__all__ = ["aws"]


def test_a_domain_and_a_resource_server(aws: Cli, make_realm: MakeRealm) -> None:
    pool = {"pool": make_realm().pool_id}
    aws("create-user-pool-domain --domain cli-domain --user-pool-id {pool}", **pool)
    described = aws("describe-user-pool-domain --domain cli-domain")["DomainDescription"]
    assert described["UserPoolId"] == pool["pool"]
    assert described["Status"] == "ACTIVE"
    aws(
        "update-user-pool-domain --domain cli-domain --user-pool-id {pool}"
        " --managed-login-version 2",
        **pool,
    )
    described = aws("describe-user-pool-domain --domain cli-domain")["DomainDescription"]
    assert described["ManagedLoginVersion"] == 2
    machine(aws, pool["pool"])
    aws("delete-user-pool-domain --domain cli-domain --user-pool-id {pool}", **pool)
    assert aws("describe-user-pool-domain --domain cli-domain")["DomainDescription"] == {}


def machine(aws: Cli, pool: str) -> None:
    """A scope of one's own, and a client that gets a token for it."""
    names = {"pool": pool, "api": "machines"}
    aws(
        "create-resource-server --user-pool-id {pool} --identifier {api} --name API"
        " --scopes ScopeName=read,ScopeDescription=reads",
        **names,
    )
    aws(
        "update-resource-server --user-pool-id {pool} --identifier {api} --name Interface"
        " --scopes ScopeName=read,ScopeDescription=reads",
        **names,
    )
    server = aws("describe-resource-server --user-pool-id {pool} --identifier {api}", **names)
    assert server["ResourceServer"]["Name"] == "Interface"
    listed = aws("list-resource-servers --user-pool-id {pool} --max-results 10", **names)
    assert [each["Identifier"] for each in listed["ResourceServers"]] == [names["api"]]
    client = aws(
        "create-user-pool-client --user-pool-id {pool} --client-name machine --generate-secret"
        " --allowed-o-auth-flows-user-pool-client --allowed-o-auth-flows client_credentials"
        " --allowed-o-auth-scopes {scope}",
        pool=pool,
        scope=f"{names['api']}/read",
    )["UserPoolClient"]
    form = (
        f"grant_type=client_credentials&client_id={client['ClientId']}"
        f"&client_secret={client['ClientSecret']}"
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    token = fetch("POST", f"{aws.endpoint}/domains/cli-domain/oauth2/token", form.encode(), headers)
    assert token.status == 200
    assert token.json["token_type"] == "Bearer"
    aws("delete-resource-server --user-pool-id {pool} --identifier {api}", **names)


def test_a_second_secret(aws: Cli, off: Realm) -> None:
    client = aws(
        "create-user-pool-client --user-pool-id {pool} --client-name two --generate-secret",
        pool=off.pool_id,
    )["UserPoolClient"]
    names = {"pool": off.pool_id, "client": client["ClientId"]}
    second = aws("add-user-pool-client-secret --user-pool-id {pool} --client-id {client}", **names)[
        "ClientSecretDescriptor"
    ]
    assert second["ClientSecretValue"] != client["ClientSecret"]
    which = "--user-pool-id {pool} --client-id {client}"
    assert len(aws(f"list-user-pool-client-secrets {which}", **names)["ClientSecrets"]) == 2
    aws(
        f"delete-user-pool-client-secret {which} --client-secret-id {{secret}}",
        **names,
        secret=second["ClientSecretId"],
    )
    assert len(aws(f"list-user-pool-client-secrets {which}", **names)["ClientSecrets"]) == 1


def test_tags_and_further_attributes(aws: Cli, make_realm: MakeRealm) -> None:
    pool = make_realm().pool_id
    described = aws("describe-user-pool --user-pool-id {pool}", pool=pool)["UserPool"]
    arn = {"arn": described["Arn"]}
    aws("tag-resource --resource-arn {arn} --tags team=doors,cost=1", **arn)
    aws("untag-resource --resource-arn {arn} --tag-keys cost", **arn)
    assert aws("list-tags-for-resource --resource-arn {arn}", **arn)["Tags"] == {"team": "doors"}
    aws(
        "add-custom-attributes --user-pool-id {pool} --custom-attributes {attributes}",
        pool=pool,
        attributes=[{"Name": "floor", "AttributeDataType": "String", "Mutable": True}],
    )
    described = aws("describe-user-pool --user-pool-id {pool}", pool=pool)["UserPool"]
    assert "custom:floor" in [each["Name"] for each in described["SchemaAttributes"]]


def test_risk_and_the_events_of_sign_ins(aws: Cli, make_realm: MakeRealm) -> None:
    realm = make_realm(UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"})
    pool = {"pool": realm.pool_id}
    actions = {"Actions": {"HighAction": {"Notify": False, "EventAction": "BLOCK"}}}
    aws(
        "set-risk-configuration --user-pool-id {pool}"
        " --account-takeover-risk-configuration {actions}",
        **pool,
        actions=actions,
    )
    risk = aws("describe-risk-configuration --user-pool-id {pool}", **pool)["RiskConfiguration"]
    assert risk["AccountTakeoverRiskConfiguration"]["Actions"] == actions["Actions"]
    someone = realm.person()
    sign_in(aws, someone)
    who = {**pool, "name": someone.username}
    events = aws("admin-list-user-auth-events --user-pool-id {pool} --username {name}", **who)
    (event,) = events["AuthEvents"]
    assert (event["EventType"], event["EventResponse"]) == ("SignIn", "Pass")
    aws(
        "admin-update-auth-event-feedback --user-pool-id {pool} --username {name}"
        " --event-id {event} --feedback-value Valid",
        **who,
        event=event["EventId"],
    )
    events = aws("admin-list-user-auth-events --user-pool-id {pool} --username {name}", **who)
    assert events["AuthEvents"][0]["EventFeedback"]["FeedbackValue"] == "Valid"
    with pytest.raises(CliRefused, match="An error occurred"):
        aws(
            "update-auth-event-feedback --user-pool-id {pool} --username {name}"
            " --event-id {event} --feedback-token made-up --feedback-value Invalid",
            **who,
            event=event["EventId"],
        )


def test_c123_to_c130_a_passkey_is_registered_and_signs_in(aws: Cli, make_realm: MakeRealm) -> None:
    factors = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    realm = make_realm(Policies=factors).client(ExplicitAuthFlows=[*FLOWS, "ALLOW_USER_AUTH"])
    aws(
        "set-user-pool-mfa-config --user-pool-id {pool} --mfa-configuration OFF"
        " --web-authn-configuration RelyingPartyId=localhost,UserVerification=preferred",
        pool=realm.pool_id,
    )
    someone, device = realm.person(), Authenticator()
    token = {"token": token_of(aws, someone)}
    asked = aws("start-web-authn-registration --access-token {token}", **token)
    aws(
        "complete-web-authn-registration --access-token {token} --credential {credential}",
        **token,
        credential=device.create(asked["CredentialCreationOptions"]),
    )
    (listed,) = aws("list-web-authn-credentials --access-token {token}", **token)["Credentials"]
    assert listed["RelyingPartyId"] == "localhost"
    by_passkey(aws, realm, someone.username, device)
    aws(
        "delete-web-authn-credential --access-token {token} --credential-id {id}",
        **token,
        id=listed["CredentialId"],
    )
    found = aws("list-web-authn-credentials --access-token {token}", **token)
    assert found["Credentials"] == []


def by_passkey(aws: Cli, realm: Realm, username: str, device: Authenticator) -> None:
    asked = aws(
        "initiate-auth --client-id {client} --auth-flow USER_AUTH --auth-parameters {parameters}",
        client=realm.client_id,
        parameters={"USERNAME": username, "PREFERRED_CHALLENGE": "WEB_AUTHN"},
    )
    assert asked["ChallengeName"] == "WEB_AUTHN"
    options = json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    done = aws(
        "respond-to-auth-challenge --client-id {client} --challenge-name WEB_AUTHN"
        " --session {session} --challenge-responses {responses}",
        client=realm.client_id,
        session=asked["Session"],
        responses={"USERNAME": username, "CREDENTIAL": json.dumps(device.get(options))},
    )
    assert done["AuthenticationResult"]["AccessToken"]


def test_rates_that_were_bought(aws: Cli) -> None:
    which = "--limit-definition LimitClass=API_CATEGORY,Attributes={{Category=UserAuthentication}}"
    limit = aws(f"get-provisioned-limit {which}")["Limit"]
    wanted = limit["FreeLimitValue"] * 2
    aws(f"update-provisioned-limit {which} --requested-limit-value {wanted}")
    assert aws(f"get-provisioned-limit {which}")["Limit"]["ProvisionedLimitValue"] == wanted
