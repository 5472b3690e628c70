"""Requests near what Cognito takes, and far from it: what the wire is fuzzed with.

Drawn values never depend on the state of a run: where a token, a Session or a name that exists is
wanted, a `Known` is drawn, and `Scene` puts in a real one when the request is sent.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pyotp
from botocore.session import Session as BotocoreSession
from hypothesis import strategies as st

from sandbox.operations import OPERATIONS as SANDBOX_OPERATIONS
from tests.sandbox.kit import EMAIL_CONFIGURATION, FLOWS, PASSWORD, SMS_CONFIGURATION, Server

MODEL = BotocoreSession().get_service_model("cognito-idp")
SIGNED = "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c"
JSON_1_1 = "application/x-amz-json-1.1"
TARGET = "AWSCognitoIdentityProviderService."
DEEPEST = 4

Strategy = st.SearchStrategy[Any]


@dataclass(frozen=True)
class Known:
    """One of the values of a kind that the sandbox gave out."""

    kind: str
    which: int


def known(kind: str) -> Strategy:
    return st.integers(0, 9).map(lambda which: Known(kind, which))


# What a member of an answer is kept as, and what a shape of the model is filled with.
KIND_OF_MEMBER = {
    "AccessToken": "token",
    "IdToken": "id_token",
    "RefreshToken": "refresh",
    "Session": "session",
    "SecretCode": "secret",
    "SECRET_BLOCK": "session",
    "DeviceKey": "device",
    "SessionId": "session_id",
    "PaginationToken": "page",
    "NextToken": "page",
    "GroupName": "group",
    "ClientSecret": "client_secret",
}
KIND_OF_SHAPE = {
    "TokenModelType": "token",
    "SessionType": "session",
    "UserPoolIdType": "pool",
    "ClientIdType": "client",
    "UsernameType": "username",
    "DeviceKeyType": "device",
    "SessionIdType": "session_id",
    "PaginationKey": "page",
    "PaginationKeyType": "page",
    "SearchPaginationTokenType": "page",
    "GroupNameType": "group",
    "SoftwareTokenMFAUserCodeType": "totp",
    "ConfirmationCodeType": "code",
    "PasswordType": "password",
    "ClientSecretType": "client_secret",
}
MAPS_OF_SIGN_IN = ("AuthParameters", "ChallengeResponses")
KIND_OF_MEMBER_SENT = {"RefreshToken": "refresh", "Token": "refresh"}

ODD_TEXT = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\ud800",
        "a\udfffb",
        "é😀\U0010ffff",
        "\u202e\n\t",
        "a" * 2049,
        "9" * 70_000,
        "NaN",
        "null",
        "-1",
        "1e999",
        "'; DROP TABLE people; --",
        "{####}",
        "{0}{name}%s",
        "../../etc/passwd",
        'name = "',
        "true",
        "user@example.com",
        "+61491570156",
        "2026-02-30",
        "AAAA====",
        "=",
        ".....",
        "eyJhbGciOiJub25lIn0.e30.",
    ]
)
ODD_NUMBER = st.sampled_from(
    [
        *(0, -1, 1, 60, 61, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308),
        *(float("inf"), float("-inf"), float("nan")),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | ODD_NUMBER | ODD_TEXT | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)

# Parameters of sign-in travel in maps; these are the names and what a client would put there.
PARAMETERS: dict[str, Strategy] = {
    "USERNAME": known("username"),
    "PASSWORD": known("password"),
    "NEW_PASSWORD": known("password"),
    "SRP_A": st.sampled_from(["0", "ff", "zz", "", "1" * 768, "f" * 769, "-5", "0x1f"]),
    "SECRET_HASH": st.sampled_from(["AAAA", "=", ""]),
    "REFRESH_TOKEN": known("refresh"),
    "DEVICE_KEY": known("device"),
    "PREFERRED_CHALLENGE": st.sampled_from(
        ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", "NONE"]
    ),
    "TARGET_ACR_VALUES": st.just("urn:cognito:loa:2"),
    "MAX_AGE": st.sampled_from(["60", "-1", "x"]),
    "ACCESS_TOKEN": known("token"),
    "ANSWER": st.sampled_from(
        ["SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "PASSWORD", "PASSWORD_SRP", "WEB_AUTHN"]
    ),
    "SMS_MFA_CODE": known("code"),
    "EMAIL_OTP_CODE": known("code"),
    "SMS_OTP_CODE": known("code"),
    "SOFTWARE_TOKEN_MFA_CODE": known("totp"),
    "PASSWORD_CLAIM_SIGNATURE": st.sampled_from(["AAAA", "=", "é", ""]),
    "PASSWORD_CLAIM_SECRET_BLOCK": known("session"),
    "TIMESTAMP": st.sampled_from(
        ["Tue Nov 3 07:05:09 UTC 2026", "Tue Feb 31 07:05:09 UTC 2026", "now", ""]
    ),
    "EMAIL": st.sampled_from(["new@example.com", "é@", "@"]),
    "CREDENTIAL": st.sampled_from(["{}", "[]", "{", '{"id": 5}', "null"]),
    "userAttributes.email": st.sampled_from(["new@example.com", ""]),
}
DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "id": ODD_TEXT,
        "rawId": ODD_TEXT,
        "type": st.just("public-key") | ANYTHING,
        "response": st.dictionaries(
            st.sampled_from(["clientDataJSON", "attestationObject", "transports"]), ANYTHING
        ),
        "clientExtensionResults": ANYTHING,
    },
)
SENSIBLE = {
    "AuthFlowType": [
        *("USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_AUTH", "ADMIN_USER_PASSWORD_AUTH"),
        *("REFRESH_TOKEN_AUTH", "CUSTOM_AUTH"),
    ],
    "AttributeNameType": ["name", "nickname", "email", "phone_number", "sub", "email_verified"],
    "UserFilterType": ['email ^= "u"', 'username = "u0"', "status =", 'cognito:user_status = "x"'],
}


ATTRIBUTES = st.lists(
    st.fixed_dictionaries(
        {
            "Name": st.sampled_from(SENSIBLE["AttributeNameType"]),
            "Value": st.sampled_from(["x", "true", "new@example.com", "+61491570110"]),
        }
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda attribute: str(attribute["Name"]),
)


def mostly(calm: bool, right: Strategy, *odd: Strategy) -> Strategy:
    """What is right; where a request is not to be calm, now and then something else."""
    return right if calm else st.one_of(right, right, right, *odd)


@cache
def near(shape_name: str, calm: bool, depth: int = 0) -> Strategy:
    """Values that look like a shape of the model; unless calm, some that do not."""
    shape = MODEL.shape_for(shape_name)
    if getattr(shape, "is_document_type", False):
        return DOCUMENT | ANYTHING
    if shape_name in KIND_OF_SHAPE:
        return mostly(calm, known(KIND_OF_SHAPE[shape_name]), ODD_TEXT, known("id_token"), ANYTHING)
    if shape_name == "AttributeListType" and calm:
        return ATTRIBUTES
    return _MAKERS[shape.type_name](shape, calm, depth)


def _string(shape: Any, calm: bool, _depth: int) -> Strategy:
    least = shape.metadata.get("min", 0)
    if choices := SENSIBLE.get(shape.name) or getattr(shape, "enum", None):
        right: Strategy = st.sampled_from(choices)
    elif shape.name.endswith("ArnType"):
        right = st.just("arn:aws:iam::123456789012:role/any")
    else:
        right = st.text("aZ09_-", min_size=least, max_size=least + 6)
    return mostly(calm, right, ODD_TEXT, ANYTHING)


def _number(shape: Any, calm: bool, _depth: int) -> Strategy:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1000)
    beyond = st.sampled_from([least - 1, most + 1])
    return mostly(calm, st.integers(least, most), beyond, ODD_NUMBER, ANYTHING)


def _boolean(_shape: Any, calm: bool, _depth: int) -> Strategy:
    return mostly(calm, st.booleans(), ANYTHING)


def _timestamp(_shape: Any, calm: bool, _depth: int) -> Strategy:
    return mostly(calm, st.just(1_700_000_000.5), ODD_NUMBER, ANYTHING)


def _structure(shape: Any, calm: bool, depth: int) -> Strategy:
    if depth >= DEEPEST:
        return st.just({})
    members = {name: _member(name, each.name, calm, depth) for name, each in shape.members.items()}
    needed = [*shape.required_members, *(name for name in MAPS_OF_SIGN_IN if name in members)]
    required = {name: members[name] for name in needed}
    optional = {name: each for name, each in members.items() if name not in required}
    bare, full = st.fixed_dictionaries(required), st.fixed_dictionaries(required, optional=optional)
    lacking = st.fixed_dictionaries({}, optional=members)
    return st.one_of(bare, full) if calm else st.one_of(bare, full, full, full, lacking)


def _member(name: str, shape_name: str, calm: bool, depth: int) -> Strategy:
    if name in KIND_OF_MEMBER_SENT:
        return known(KIND_OF_MEMBER_SENT[name])
    return near(shape_name, calm, depth + 1)


def _list(shape: Any, calm: bool, depth: int) -> Strategy:
    right = st.lists(near(shape.member.name, calm, depth + 1), max_size=3)
    return mostly(calm, right, ANYTHING)


def _map(_shape: Any, calm: bool, _depth: int) -> Strategy:
    """Names and proofs of a sign-in: only these two, or with others beside them."""
    given = {name: PARAMETERS[name] for name in ("USERNAME", "PASSWORD", "REFRESH_TOKEN", "SRP_A")}
    more = {name: mostly(calm, each, ODD_TEXT) for name, each in PARAMETERS.items()}
    beside = {name: each for name, each in more.items() if name not in given}
    right = st.fixed_dictionaries(given) | st.fixed_dictionaries(given, optional=beside)
    free = st.dictionaries(st.text(max_size=5), ODD_TEXT, max_size=3)
    return mostly(calm, right, st.fixed_dictionaries({}, optional=more), free, ANYTHING)


_MAKERS = {
    "string": _string,
    "blob": _string,
    "structure": _structure,
    "list": _list,
    "map": _map,
    "integer": _number,
    "long": _number,
    "boolean": _boolean,
    "timestamp": _timestamp,
}


@dataclass(frozen=True)
class Request:
    """One request: what is said in the line, the headers, and a body not yet filled in."""

    operation: str
    body: Any
    spoilt: str = ""
    method: str = "POST"
    path: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    signed: str = SIGNED
    about: int | None = None  # a number of a person: what is known is put in as it belongs together


SIGN_IN = ["InitiateAuth", "RespondToAuthChallenge", "AdminInitiateAuth"]
USUALLY = 9  # in ten requests this many have nothing odd about one of their parts


def usually(right: Any, odd: list[Any]) -> Strategy:
    return st.sampled_from([right] * USUALLY * len(odd) + odd)


SPOILT = [
    "cut",
    "twice",
    "tail",
    "bom",
    "utf16",
    "latin1",
    "empty",
    "list",
    "deep",
    "wide",
    "nan",
    "spaces",
    "binary",
]
ODD_METHODS = ["GET", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "TRACE"]
ODD_PATHS = [
    "//",
    "/x",
    "/?a=b",
    "/%ff%00",
    "/../../etc/passwd",
    "/" + "a" * 5000,
    "/eu-central-1_x/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/x/.well-known/../x",
]
ODD_HEADERS: list[dict[str, str]] = [
    {"Content-Type": "application/json"},
    {"Content-Type": ""},
    {"Content-Type": "text/html; charset=utf-16"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"X-Amz-Target": ""},
    {"X-Amz-Target": "GetUser"},
    {"X-Amz-Target": TARGET},
    {"X-Amz-Target": TARGET + "getuser"},
    {"X-Amz-Target": TARGET + "GetUser.GetUser"},
    {"X-Amz-Target": "AWSCognitoIdentityService.GetId"},
    {"X-Amz-Target": TARGET + "A" * 4000},
    {"X-Amz-Target": "\xff\xfe"},
    {"Content-Encoding": "gzip"},
    {"User-Agent": ""},
    {"User-Agent": "\xff" * 300},
    {"Origin": "null"},
    {"Accept": "text/html"},
    {"Expect": "100-continue"},
]
ODD_SIGNATURES = [
    "",
    "Bearer x",
    "AWS4-HMAC-SHA256",
    "AWS4-HMAC-SHA256 Credential=a",
    "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=",
    "AWS4-ECDSA-P256-SHA256 Credential=a/b, SignedHeaders=host, Signature=c",
    "Basic AAAA",
    "\xff" * 50,
    "AWS4-HMAC-SHA256 " + "Credential=" * 500,
]
# Seldom, lest nothing be left to ask for: what the sandbox lacks, and what takes much away.
FINAL = {
    *("DeleteUserPool", "DeleteUserPoolClient", "SetUserPoolMfaConfig", "UpdateUserPool"),
    *("AdminDeleteUser", "DeleteUser", "AdminDisableUser", "DeleteGroup"),
}
EVERY = sorted(MODEL.operation_names)
OPERATIONS = EVERY + 6 * sorted(set(SANDBOX_OPERATIONS) - FINAL) + 12 * SIGN_IN


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """A request for one of all the operations: right, right but for one value, or odd all over."""
    operation = draw(st.sampled_from(OPERATIONS))
    shape = MODEL.operation_model(operation).input_shape
    how = draw(st.sampled_from(["right", "right", "one odd", "one odd", "wild"]))
    body = draw(near(shape.name, how != "wild") if shape else ANYTHING)
    about = draw(st.none() | st.integers(0, 8))
    if how == "right":
        return Request(operation, body, about=about)
    if how == "one odd":
        places = list(leaves(body)) or [()]
        place = places[draw(st.integers(0, len(places) - 1))]
        odd = draw(st.one_of(ODD_TEXT, ODD_TEXT, ODD_NUMBER, ANYTHING))
        return Request(operation, replaced(body, place, odd), about=about)
    return Request(
        operation,
        body,
        draw(usually("", SPOILT)),
        draw(usually("POST", ODD_METHODS)),
        draw(usually("/", ODD_PATHS)),
        draw(usually({}, ODD_HEADERS)),
        draw(usually(SIGNED, ODD_SIGNATURES)),
    )


Place = tuple[str | int, ...]


def leaves(value: Any, place: Place = ()) -> Iterator[Place]:
    """Where in a body the values are that hold no others."""
    if not isinstance(value, dict | list):
        return
    for name, each in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(each, dict | list) and each:
            yield from leaves(each, (*place, name))
        else:
            yield (*place, name)


def replaced(value: Any, place: Place, odd: Any) -> Any:
    """The same body with another value in one place."""
    if not place:
        return odd
    first, *rest = place
    copy = value.copy()
    copy[first] = replaced(value[first], tuple(rest), odd)
    return copy


def spoil(how: str, body: bytes) -> bytes:
    """A body with one thing wrong that no value could express."""
    spoilt = {
        "": body,
        "cut": body[: len(body) // 2],
        "twice": body[:-1] + b',"Username":"a","Username":5}',
        "tail": body + b"x",
        "bom": b"\xef\xbb\xbf" + body,
        "utf16": body.decode().encode("utf-16"),
        "latin1": body[:-1] + b',"Username":"\xe9"}',
        "empty": b"",
        "list": b"[" + body + b"]",
        "deep": b'{"Username":' * 3000 + b"1" + b"}" * 3000,
        "wide": b"[" + b"0," * 50_000 + b"0]",
        "nan": body[:-1] + b',"Username":NaN,"Limit":-Infinity}',
        "spaces": b" " * 5000 + body + b"\n" * 5000,
        "binary": bytes(range(256)),
    }
    return spoilt[how]


class Scene:
    """Pools and people to fuzz, and what the sandbox has given out about them so far."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.known: dict[str, deque[str]] = {}
        self.challenges: dict[str, str] = {}
        self.begin()

    def begin(self) -> None:
        """Everything anew: three pools, their clients, their people, who are signed in."""
        self.known.clear()
        self.challenges.clear()
        self.server.ask("POST", "/reset", {"scene": "empty"})
        self.keep("password", PASSWORD)
        for mode in ("OFF", "OPTIONAL", "ON"):
            self._make_pool(mode)

    def keep(self, kind: str, value: str) -> None:
        self.known.setdefault(kind, deque(maxlen=9)).append(value)

    def learn(self, answer: Any) -> None:
        """Keep what an answer tells that later requests may use."""
        if isinstance(answer, dict) and {"ChallengeName", "Session"} <= answer.keys():
            self.challenges[answer["Session"]] = answer["ChallengeName"]
        for name, value in _members(answer):
            if name in KIND_OF_MEMBER and isinstance(value, str):
                self.keep(KIND_OF_MEMBER[name], value)

    def filled(self, value: Any, about: int | None = None) -> Any:
        """A drawn value with real ones put in; about: all of one person, if they still go by it."""
        if isinstance(value, Known):
            return self._value(value if about is None else Known(value.kind, about))
        if isinstance(value, dict):
            return {name: self.filled(each, about) for name, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each, about) for each in value]
        return value

    def _value(self, wanted: Known) -> str:
        if wanted.kind == "totp":
            secrets = self.known.get("secret") or ["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"]
            return pyotp.TOTP(secrets[wanted.which % len(secrets)]).at(int(self.server.now()))
        if wanted.kind == "code":
            codes = [each["code"] for each in self.server.ask("GET", "/inbox.json")[:3]]
            codes = [code for code in codes if code] or ["123456"]
            return str(codes[wanted.which % len(codes)])
        values = self.known.get(wanted.kind) or [f"no-{wanted.kind}-yet"]
        return values[wanted.which % len(values)]

    def _make_pool(self, mode: str) -> None:
        admin = self.server.admin
        pool = {"UserPoolId": admin.create_user_pool(**_settings(mode))["UserPool"]["Id"]}
        if mode != "OFF":
            admin.set_user_pool_mfa_config(
                **pool,
                MfaConfiguration=mode,
                SmsMfaConfiguration={"SmsConfiguration": SMS_CONFIGURATION},
                SoftwareTokenMfaConfiguration={"Enabled": True},
                EmailMfaConfiguration={},
            )
        admin.set_user_pool_session_configuration(
            **pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
        )
        flows = [*FLOWS, "ALLOW_USER_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        client = admin.create_user_pool_client(
            **pool, ClientName="any", ExplicitAuthFlows=flows, GenerateSecret=mode == "ON"
        )["UserPoolClient"]
        self.learn(client)
        for number in range(3):
            self.keep("pool", pool["UserPoolId"])
            self.keep("client", client["ClientId"])
            self._make_person(pool, client["ClientId"], f"u{number}")

    def _make_person(self, pool: dict[str, str], client: str, name: str) -> None:
        who = {**pool, "Username": name}
        values = {"email": f"{name}@example.com", "email_verified": "true"}
        self.server.admin.admin_create_user(
            **who, UserAttributes=[{"Name": n, "Value": v} for n, v in values.items()]
        )
        self.server.admin.admin_set_user_password(**who, Password=PASSWORD, Permanent=True)
        self.keep("username", name)
        given = {"client": client, "username": name}
        self.learn(self.server.ask("POST", "/tokens", given))


def _settings(mode: str) -> dict[str, Any]:
    """The pool without MFA has everything that MFA forbids: codes as a first factor."""
    choice = ["PASSWORD"] + (["EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"] if mode == "OFF" else [])
    return {
        "PoolName": mode,
        "EmailConfiguration": EMAIL_CONFIGURATION,
        "SmsConfiguration": SMS_CONFIGURATION,
        "AutoVerifiedAttributes": ["email"],
        "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True},
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": choice}},
    }


def _members(answer: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(answer, dict):
        for name, value in answer.items():
            yield name, value
            yield from _members(value)
    elif isinstance(answer, list):
        for each in answer:
            yield from _members(each)


def encoded(scene: Scene, request: Request) -> bytes:
    """The body of a request as it is sent; NaN and half surrogates as JSON writers write them.

    A Session that is known mostly comes with the challenge it belongs to.
    """
    body = scene.filled(request.body, request.about)
    drawn = request.body.get("Session") if isinstance(request.body, dict) else None
    if isinstance(drawn, Known) and drawn.which < 8 and body.get("ChallengeName"):
        name = scene.challenges.get(body["Session"], body["ChallengeName"])
        body = {**body, "ChallengeName": name}
    return spoil(request.spoilt, json.dumps(body).encode())
