"""Pools with passkeys, and what tests do with them."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox.authenticator import Authenticator, Json
from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import FLOWS, Realm, Someone

PASSKEY_FIRST = {
    "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
}
MULTI = {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}


def with_passkeys(make_realm: MakeRealm, mode: str = "OFF", *factors: str, **web: str) -> Realm:
    """A pool that allows passkeys; web: members of its WebAuthnConfiguration."""
    realm = make_realm(**PASSKEY_FIRST).client(ExplicitAuthFlows=[*FLOWS, "ALLOW_USER_AUTH"])
    realm.set_mfa(mode, *factors, WebAuthnConfiguration={"RelyingPartyId": "localhost", **web})
    return realm


def start(person: Someone) -> Json:
    """CredentialCreationOptions."""
    answer = person.realm.server.user.start_web_authn_registration(AccessToken=person.token)
    options: Json = answer["CredentialCreationOptions"]
    return options


def complete(person: Someone, credential: Any) -> None:
    person.realm.server.user.complete_web_authn_registration(
        AccessToken=person.token, Credential=credential
    )


def register(person: Someone, device: Authenticator | None = None) -> Authenticator:
    """Register one more passkey of a device."""
    device = device or Authenticator()
    complete(person, device.create(start(person)))
    return device


def listed(person: Someone, **page: Any) -> list[Json]:
    """Credentials of ListWebAuthnCredentials."""
    user = person.realm.server.user
    found: list[Json] = user.list_web_authn_credentials(AccessToken=person.token, **page)[
        "Credentials"
    ]
    return found


def delete(person: Someone, credential_id: str) -> None:
    person.realm.server.user.delete_web_authn_credential(
        AccessToken=person.token, CredentialId=credential_id
    )


def factors(person: Someone) -> list[str]:
    """ConfiguredUserAuthFactors as administrators see them."""
    read = person.realm.server.admin.admin_get_user_auth_factors
    found: list[str] = read(**person.admin_name)["ConfiguredUserAuthFactors"]
    return found


def begin(person: Someone, preferred: str = "WEB_AUTHN") -> Json:
    """USER_AUTH with that preferred challenge."""
    wanted = {"PREFERRED_CHALLENGE": preferred} if preferred else {}
    return person.realm.initiate("USER_AUTH", USERNAME=person.username, **wanted)


def asked(challenge: Json) -> Json:
    """The options of a WEB_AUTHN challenge."""
    options: Json = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    return options


def answer(person: Someone, challenge: Json, credential: Any, **more: str) -> Json:
    """The answer to a WEB_AUTHN challenge."""
    return person.respond(challenge, CREDENTIAL=json.dumps(credential), **more)


def sign_in(person: Someone, device: Authenticator) -> Json:
    """From name and passkey to what follows."""
    challenge = begin(person)
    return answer(person, challenge, device.get(asked(challenge)))
