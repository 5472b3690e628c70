"""Access tokens: a table of forged ones against a real key and a real JWKS on this machine."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.cognito import tokens
from accounts.cognito.errors import (
    CognitoUnreachable,
    Misconfigured,
    NotTheSameSignIn,
    SignInExpired,
)
from tests.unit.mint import ACCESS_KEY_ID, ID_KEY_ID, NONCE, Mint, as_jwk, new_key, running_mint

Forge = Callable[[Mint], str]
FOREIGN_KEY = new_key()


def test_a_good_token_says_who_when_and_until_when(mint: Mint):
    """TOK-01, TOK-03, REA-05; contract 8.1."""
    claims = mint.claims(auth_time=1_700_000_000, **{"cognito:groups": ["helpdesk"]})
    token = tokens.verified(mint.sign(claims))
    assert (token.sub, token.username) == (claims["sub"], "nora")
    assert token.authenticated_at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert token.issued_at == datetime.fromtimestamp(claims["iat"], UTC)
    assert token.expires_at == datetime.fromtimestamp(claims["exp"], UTC)
    assert token.groups == ("helpdesk",)
    assert token.value not in repr(token)


def encoded(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def unsigned(mint: Mint, algorithm: str) -> str:
    header = {"alg": algorithm, "kid": ACCESS_KEY_ID, "typ": "JWT"}
    return f"{encoded(header)}.{encoded(mint.claims())}."


def hs256(secret: Callable[[Mint], bytes]) -> Forge:
    """Sign with what everybody can know, as if it were a shared secret."""

    def forge(mint: Mint) -> str:
        header = encoded({"alg": "HS256", "kid": ACCESS_KEY_ID})
        signed = f"{header}.{encoded(mint.claims())}"
        signature = hmac.new(secret(mint), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{encoded(signature)}"

    return forge


def public_pem(mint: Mint) -> bytes:
    public = mint.keys[ACCESS_KEY_ID].public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def by_stranger(**header: Any) -> Forge:
    """Everything right but the key."""

    def forge(mint: Mint) -> str:
        headers = {"kid": ACCESS_KEY_ID, **header}
        return jwt.encode(mint.claims(), FOREIGN_KEY, "RS256", headers=headers)

    return forge


def another_algorithm(name: str) -> Forge:
    return lambda mint: jwt.encode(
        mint.claims(), mint.keys[ACCESS_KEY_ID], name, headers={"kid": ACCESS_KEY_ID}
    )


def changed(**claims: Any) -> Forge:
    """Signed by the pool, but with other claims: another pool, client or kind of token."""
    return lambda mint: mint.access_token(**claims)


def tampered(mint: Mint) -> str:
    """A good token whose claims were changed after it was signed."""
    header, _, signature = mint.access_token().split(".")
    return f"{header}.{encoded(mint.claims(sub='somebody-else'))}.{signature}"


def without_kid(mint: Mint) -> str:
    return jwt.encode(mint.claims(), mint.keys[ACCESS_KEY_ID], "RS256")


FORGED: dict[str, Forge] = {
    "alg none": lambda mint: unsigned(mint, "none"),
    "alg None": lambda mint: unsigned(mint, "None"),
    "alg empty": lambda mint: unsigned(mint, ""),
    "RS256 without signature": lambda mint: unsigned(mint, "RS256"),
    "HS256 with the public key as PEM": hs256(public_pem),
    "HS256 with the JWKS": hs256(lambda mint: mint.jwks()),
    "HS256 with nothing": hs256(lambda _: b""),
    "RS512 with the right key": another_algorithm("RS512"),
    "PS256 with the right key": another_algorithm("PS256"),
    "foreign key, our kid": by_stranger(),
    "foreign key, foreign kid": by_stranger(kid="key-of-a-stranger"),
    "foreign key in the header": by_stranger(jwk=as_jwk(FOREIGN_KEY, ACCESS_KEY_ID)),
    "no kid": without_kid,
    "claims changed after signing": tampered,
    "an ID token": lambda mint: mint.id_token(),
    "an ID token's claims by the other key": lambda mint: mint.sign(
        mint.claims(token_use="id"), kid=ID_KEY_ID
    ),
    "token_use of a refresh token": changed(token_use="refresh"),
    "token_use in capitals": changed(token_use="ACCESS"),
    "another client": changed(client_id="anotherclient00000000000001"),
    "another client beside ours": changed(client_id=["unitportal0000000000000001"]),
    "another pool": changed(iss="https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_X"),
    "issuer with a slash": lambda mint: mint.access_token(iss=f"{mint.issuer}/"),
    "issuer continued": lambda mint: mint.access_token(iss=f"{mint.issuer}.example.com"),
    "issuers in a list": lambda mint: mint.access_token(iss=[mint.issuer]),
    "expired": changed(exp=int(time.time()) - 60),
    "expired in text": changed(exp="never"),
    "sub is a number": changed(sub=7),
    "auth_time is no time": changed(auth_time="lately"),
    **{
        f"no {claim}": changed(**{claim: None})
        for claim in ("sub", "iss", "client_id", "token_use", "username", "auth_time", "iat", "exp")
    },
    "no token at all": lambda _: "",
    "garbage": lambda _: "a.b.c",
    "two parts": lambda mint: mint.access_token().rpartition(".")[0],
    "not ASCII": lambda mint: mint.access_token() + "é",
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_token_opens_nothing(forged: str, mint: Mint):
    """TOK-01, TOK-02: RS256 by the pool's key, exact issuer, client and kind, in time."""
    with pytest.raises(SignInExpired) as refused:
        tokens.verified(FORGED[forged](mint))
    assert str(refused.value).startswith("AccessToken: ")


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_of_tomorrow_opens_nothing_and_ends_nothing(claim: str, mint: Mint):
    """TOK-01, RES-02: our clock is behind the pool's, which no signing in again would mend."""
    with pytest.raises(Misconfigured) as refused:
        tokens.verified(changed(**{claim: int(time.time()) + 86_400})(mint))
    assert str(refused.value) == "AccessToken: ClockBehind"


@pytest.mark.parametrize("header", ["jku", "x5u"])
def test_a_token_cannot_say_where_its_key_lies(header: str, mint: Mint):
    """TOK-01: the address in the token is not even asked."""
    with running_mint() as stranger:
        kid = "key-at-the-stranger's"
        stranger.keys[kid] = FOREIGN_KEY
        address = f"{stranger.address}/.well-known/jwks.json"
        with pytest.raises(SignInExpired):
            tokens.verified(by_stranger(kid=kid, **{header: address})(mint))
        assert stranger.paths == []


def test_the_token_of_another_pool_is_refused_although_its_own_pool_signed_it(mint: Mint):
    """TOK-01, TOK-03, AUZ-03."""
    with running_mint() as other, pytest.raises(SignInExpired):
        tokens.verified(other.access_token())


@pytest.mark.parametrize(("late", "accepted"), [(5, True), (15, False)])
def test_exp_is_stretched_by_no_more_than_the_skew_of_clocks(late: int, accepted: bool, mint: Mint):
    """TOK-01: ten seconds, and not one more."""
    token = mint.access_token(exp=int(time.time()) - late)
    if accepted:
        assert tokens.verified(token).sub
    else:
        with pytest.raises(SignInExpired):
            tokens.verified(token)


def test_the_keys_are_fetched_once_for_many_tokens(settings: Any):
    """TOK-01: from the pool's own address, and kept."""
    with running_mint() as fresh:
        settings.COGNITO_ISSUER, settings.COGNITO_CLIENT_ID = fresh.issuer, fresh.client_id
        for _ in range(3):
            tokens.verified(fresh.access_token())
        assert fresh.paths == ["/eu-central-1_Unit00001/.well-known/jwks.json"]


def test_a_pool_whose_keys_cannot_be_read_is_silent_and_nobody_is_signed_out(
    settings: Any, db: None
):
    """RES-02, RES-04: neither accepted nor taken for a bad token."""
    with running_mint() as gone:
        token = gone.access_token()
    settings.COGNITO_ISSUER = gone.issuer
    with pytest.raises(CognitoUnreachable):
        tokens.verified(token)


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"", b'{"keys": []}'])
def test_a_key_list_nobody_can_read_counts_as_silence(body: bytes, settings: Any):
    """RES-02, RES-04: a broken proxy must not end every session."""
    with running_mint() as broken:
        broken.jwks = lambda: body  # type: ignore[method-assign]
        settings.COGNITO_ISSUER = broken.issuer
        with pytest.raises(CognitoUnreachable):
            tokens.verified(broken.access_token())


# --- ID tokens of the redirect door -----------------------------------------------------------


def test_the_id_token_of_our_sign_in_is_accepted(mint: Mint):
    """TOK-05: our nonce, our client, the person and the hash of the access token."""
    access = mint.access_token()
    tokens.check_id_token(mint.hosted_id_token(access), tokens.verified(access), nonce=NONCE)


def test_an_id_token_without_at_hash_is_accepted(mint: Mint):
    """The hash is optional in the code flow (OpenID Connect Core 3.1.3.6)."""
    access = mint.access_token()
    given = mint.hosted_id_token(access, at_hash=None)
    tokens.check_id_token(given, tokens.verified(access), nonce=NONCE)


FOREIGN_ID_TOKENS: dict[str, Callable[[Mint, str], str]] = {
    "an access token": lambda mint, _: mint.access_token(nonce=NONCE, aud=mint.client_id),
    "by a stranger's key": lambda mint, _: jwt.encode(
        mint.claims(nonce=NONCE, aud=mint.client_id, token_use="id"),
        FOREIGN_KEY,
        "RS256",
        headers={"kid": ID_KEY_ID},
    ),
    "alg none": lambda mint, _: unsigned(mint, "none"),
    **{
        name: lambda mint, access, claims=claims: mint.hosted_id_token(access, **claims)
        for name, claims in {
            "another nonce": {"nonce": "of-another-round"},
            "no nonce": {"nonce": None},
            "a nonce that is no text": {"nonce": [NONCE]},
            "another client": {"aud": "anotherclient00000000000001"},
            "our client among others": {"aud": ["unitportal0000000000000001", "another"]},
            "no audience": {"aud": None},
            "another pool": {
                "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_X"
            },
            "another person": {"sub": "somebody-else"},
            "hash of another token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
            "hash that is no text": {"at_hash": 7},
            "token_use of another kind": {"token_use": "access"},
            "expired": {"exp": int(time.time()) - 60},
        }.items()
    },
    "nothing": lambda *_: "",
}


@pytest.mark.parametrize("foreign", FOREIGN_ID_TOKENS)
def test_the_id_token_of_another_sign_in_is_refused(foreign: str, mint: Mint):
    """TOK-01, TOK-02, TOK-05."""
    access = mint.access_token()
    given = FOREIGN_ID_TOKENS[foreign](mint, access)
    with pytest.raises(NotTheSameSignIn):
        tokens.check_id_token(given, tokens.verified(access), nonce=NONCE)


def test_what_was_found_right_before_counts_for_that_very_text_alone(mint: Mint, settings: Any):
    """TOK-01: another text is checked anew, and whose token it may be is asked each time."""
    text = mint.sign(mint.claims())
    assert tokens.verified(text) == tokens.verified(text)
    body, _, signature = text.rpartition(".")
    for other in (f"{body}.{signature[::-1]}", f"{text}=", unsigned(mint, "none")):
        with pytest.raises(SignInExpired):
            tokens.verified(other)
    settings.COGNITO_CLIENT_ID = "somebodyelse"
    with pytest.raises(SignInExpired, match="ForeignToken"):
        tokens.verified(text)


@pytest.mark.parametrize("changed", [{"exp": -1}, {"iat": 30}, {"nbf": 30}])
def test_what_was_found_right_before_counts_only_in_its_time(changed: dict[str, int]):
    """TOK-01: over is over, however often it was right before."""
    found, now = tokens.FoundRight(), int(time.time())
    found.keep("right", {"iat": now - 5, "exp": now + 60})
    found.keep(
        "not now", {"iat": now - 5, "exp": now + 60} | {k: now + v for k, v in changed.items()}
    )
    assert found.find("right") is not None
    assert found.find("not now") is None


def test_what_was_found_right_is_forgotten_and_has_bounds(monkeypatch: pytest.MonkeyPatch):
    """TOK-01."""
    monkeypatch.setattr(tokens, "MOST_FOUND_RIGHT", 2)
    found, now = tokens.FoundRight(), int(time.time())
    for name in ("first", "second", "third"):
        found.keep(name, {"iat": now - 5, "exp": now + 60})
    assert [name for name in ("first", "second", "third") if found.find(name)] == [
        "second",
        "third",
    ]
    monkeypatch.setattr(tokens, "FOUND_RIGHT_FOR", -tokens.FOUND_RIGHT_FOR)
    found.keep("third", {"iat": now - 5, "exp": now + 60})
    assert found.find("third") is None
