"""A running sandbox seen from outside, and the pools and people that tests make in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pyotp
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox import running
from sandbox.running import RunningSandbox

stop = running.stop

REGION = "eu-central-1"
PASSWORD = "Correct-Horse-7"
FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
SMS_CONFIGURATION = {
    "SnsCallerArn": "arn:aws:iam::123456789012:role/sms",
    "ExternalId": "sandbox",
}
EMAIL_CONFIGURATION = {
    "EmailSendingAccount": "DEVELOPER",
    "SourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/a@example.com",
}
SMS, TOTP, EMAIL = "SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"
FACTOR_BLOCKS: dict[str, dict[str, Any]] = {
    SMS: {"SmsMfaConfiguration": {"SmsConfiguration": SMS_CONFIGURATION}},
    TOTP: {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
    EMAIL: {"EmailMfaConfiguration": {}},
}
PREFERENCE = {
    SMS: "SMSMfaSettings",
    TOTP: "SoftwareTokenMfaSettings",
    EMAIL: "EmailMfaSettings",
}
CODE_NAME = {
    SMS: "SMS_MFA_CODE",
    EMAIL: "EMAIL_OTP_CODE",
    TOTP: "SOFTWARE_TOKEN_MFA_CODE",
}
ALL = (SMS, TOTP, EMAIL)


@dataclass
class Answer:
    """A raw HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server(RunningSandbox):
    """A running sandbox process."""

    offset: float = field(default=0.0)
    stands_still: bool = False

    @cached_property
    def user(self) -> Any:
        """A boto3 client without credentials and without retries."""
        config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
        return boto3.client("cognito-idp", REGION, endpoint_url=self.api, config=config)

    @cached_property
    def admin(self) -> Any:
        """A boto3 client that signs."""
        config = Config(retries={"total_max_attempts": 1})
        return boto3.client(
            "cognito-idp",
            REGION,
            endpoint_url=self.api,
            config=config,
            aws_access_key_id="any",
            aws_secret_access_key="any",
        )

    def raw(self, operation: str, body: Any = None, **headers: str) -> Answer:
        """An operation over plain HTTP; body: anything JSON can hold, or bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        sent = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
            **headers,
        }
        return fetch("POST", self.api + "/", data, sent)

    def code_sent_to(self, destination: str) -> str:
        """The newest code sent there."""
        return self.newest_code(destination)

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        self.offset = self.ask("POST", "/clock", {"advance": seconds})["offset"]

    def stand_still(self) -> None:
        """Stop the sandbox's clock until the test ends; `advance` still moves it."""
        self.ask("POST", "/clock", {"runs": False})
        self.stands_still = True

    def now(self) -> float:
        """The sandbox's time."""
        return self.clock.now()

    def settle_in_step(self) -> None:
        """Move the clock to the middle of a 30-second step, far from its edges."""
        self.advance(30 + 15 - self.now() % 30)

    def totp(self, secret: str, steps: int = 0) -> str:
        """The code an app shows now, or some steps from now; never at the edge of a step."""
        if self.now() % 30 > 28:
            self.advance(3)
        return pyotp.TOTP(secret).at(int(self.now()) + 30 * steps)


def fetch(method: str, url: str, data: bytes | None, headers: dict[str, str]) -> Answer:
    """One HTTP exchange; an error status is an answer like any other."""
    request = Request(url, data=data, method=method, headers=headers)  # noqa: S310
    try:
        with urlopen(request, timeout=30) as reply:  # noqa: S310
            return Answer(reply.status, _lower(reply.headers), reply.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, _lower(error.headers), error.read())


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def start(*options: str, stderr: IO[str] | None = None) -> Server:
    """Start a sandbox on free ports, its answers checked, and wait until it is ready."""
    return Server(**vars(running.start("--check-output", *options, stderr=stderr)))


@dataclass
class Someone:
    """A person of a test."""

    realm: Realm
    username: str
    sub: str
    password: str = PASSWORD
    secret: str = ""

    @property
    def email(self) -> str:
        return f"{self.username}@example.com"

    @property
    def phone(self) -> str:
        return "+61491" + str(int(hashlib.sha256(self.username.encode()).hexdigest(), 16))[:6]

    def sign_in(self, username: str = "", **parameters: str) -> dict[str, Any]:
        """The answer to name and password."""
        return self.realm.initiate(
            "USER_PASSWORD_AUTH",
            USERNAME=username or self.username,
            PASSWORD=self.password,
            **parameters,
        )

    def respond(self, challenge: dict[str, Any], **responses: str) -> dict[str, Any]:
        """The answer to an answer."""
        return self.realm.respond(
            challenge["ChallengeName"],
            challenge.get("Session"),
            USERNAME=self.username,
            **responses,
        )

    def answer_code(self, challenge: dict[str, Any], code: str) -> dict[str, Any]:
        """Answer a challenge that wants a code."""
        return self.respond(challenge, **{CODE_NAME[challenge["ChallengeName"]]: code})

    def tokens(self) -> dict[str, Any]:
        """Tokens of a fresh sign-in without any challenge, by the control port."""
        client = self.realm.client_id
        given = {"client": client, "username": self.username}
        tokens: dict[str, Any] = self.realm.server.ask("POST", "/tokens", given)
        return tokens

    @cached_property
    def token(self) -> str:
        """An access token."""
        return str(self.tokens()["AccessToken"])

    def get(self) -> dict[str, Any]:
        """GetUser."""
        answer: dict[str, Any] = self.realm.server.user.get_user(AccessToken=self.token)
        return answer

    def attributes(self) -> dict[str, str]:
        """Attributes as a mapping."""
        return {each["Name"]: each["Value"] for each in self.get()["UserAttributes"]}

    def listed(self) -> set[str] | None:
        """UserMFASettingList, None when absent."""
        answer = self.get()
        return set(answer["UserMFASettingList"]) if "UserMFASettingList" in answer else None

    def preferred(self) -> str | None:
        """PreferredMfaSetting, None when absent."""
        return self.get().get("PreferredMfaSetting")

    def bind_app(self, name: str = "") -> str:
        """Bind an authenticator app; its secret. The code of the current step is spent."""
        user = self.realm.server.user
        secret = user.associate_software_token(AccessToken=self.token)["SecretCode"]
        code = self.realm.server.totp(secret, -1)
        more = {"FriendlyDeviceName": name} if name else {}
        user.verify_software_token(AccessToken=self.token, UserCode=code, **more)
        self.secret = secret
        return str(secret)

    def prefer(self, **blocks: tuple[bool, bool | None]) -> None:
        """SetUserMFAPreference; TOTP=(True, False) is {Enabled: true, PreferredMfa: false}."""
        names = {"SMS": SMS, "TOTP": TOTP, "EMAIL": EMAIL}
        settings: dict[str, dict[str, bool]] = {}
        for short, (enabled, preferred) in blocks.items():
            block = {"Enabled": enabled}
            settings[PREFERENCE[names[short]]] = (
                block if preferred is None else block | {"PreferredMfa": preferred}
            )
        self.realm.server.user.set_user_mfa_preference(AccessToken=self.token, **settings)

    @property
    def admin_name(self) -> dict[str, str]:
        """How administrators name this person."""
        return {"UserPoolId": self.realm.pool_id, "Username": self.username}


@dataclass
class Realm:
    """A pool, a client and the server they live on."""

    server: Server
    pool_id: str
    client_id: str
    secret: str | None = None

    def initiate(self, flow: str, **parameters: str) -> dict[str, Any]:
        """InitiateAuth, with SECRET_HASH where the client has a secret."""
        answer: dict[str, Any] = self.server.user.initiate_auth(
            ClientId=self.client_id, AuthFlow=flow, AuthParameters=self._signed(parameters)
        )
        return answer

    def respond(self, challenge: str, session: str | None, **responses: str) -> dict[str, Any]:
        """RespondToAuthChallenge."""
        more = {"Session": session} if session else {}
        answer: dict[str, Any] = self.server.user.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName=challenge,
            ChallengeResponses=self._signed(responses),
            **more,
        )
        return answer

    def client(self, **settings: Any) -> Realm:
        """Another client of the same pool."""
        made = self.server.admin.create_user_pool_client(
            UserPoolId=self.pool_id,
            ClientName="test",
            **{"ExplicitAuthFlows": FLOWS, "PreventUserExistenceErrors": "ENABLED", **settings},
        )["UserPoolClient"]
        return Realm(self.server, self.pool_id, made["ClientId"], made.get("ClientSecret"))

    def person(
        self,
        given: dict[str, str] | None = None,
        *,
        email: bool | None = None,
        phone: bool | None = None,
    ) -> Someone:
        """Somebody new with these attributes; email, phone: None, or whether it is verified."""
        someone = Someone(self, f"u{secrets.token_hex(6)}", "")
        attributes = dict(given or {})
        if email is not None:
            attributes |= {"email": someone.email, "email_verified": str(email).lower()}
        if phone is not None:
            attributes |= {
                "phone_number": someone.phone,
                "phone_number_verified": str(phone).lower(),
            }
        made = self.server.admin.admin_create_user(
            **someone.admin_name,
            TemporaryPassword=PASSWORD,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": n, "Value": v} for n, v in attributes.items()],
        )["User"]
        someone.sub = next(a["Value"] for a in made["Attributes"] if a["Name"] == "sub")
        self.server.admin.admin_set_user_password(
            **someone.admin_name, Password=PASSWORD, Permanent=True
        )
        return someone

    def set_mfa(self, mode: str, *factors: str, **more: Any) -> None:
        """SetUserPoolMfaConfig with these factors on."""
        blocks: dict[str, Any] = {}
        for factor in factors:
            blocks |= FACTOR_BLOCKS[factor]
        self.server.admin.set_user_pool_mfa_config(
            UserPoolId=self.pool_id, MfaConfiguration=mode, **blocks, **more
        )

    def _signed(self, parameters: dict[str, str]) -> dict[str, str]:
        name = parameters.get("USERNAME")
        if self.secret is None or name is None or "SECRET_HASH" in parameters:
            return parameters
        return parameters | {"SECRET_HASH": secret_hash(self, name)}


def new_realm(
    server: Server, mode: str = "OFF", factors: tuple[str, ...] = (), **settings: Any
) -> Realm:
    """A pool with a client: mode, factors, then settings of CreateUserPool."""
    senders = {"EmailConfiguration": EMAIL_CONFIGURATION, "SmsConfiguration": SMS_CONFIGURATION}
    made = server.admin.create_user_pool(PoolName="test", **{**senders, **settings})["UserPool"]
    realm = Realm(server, made["Id"], "").client()
    if mode != "OFF":
        realm.set_mfa(mode, *factors)
    return realm


def secret_hash(realm: Realm, username: str) -> str:
    """SECRET_HASH of a client for a username."""
    key, text = str(realm.secret).encode(), (username + realm.client_id).encode()
    return base64.b64encode(hmac.digest(key, text, "sha256")).decode()


class refused:  # noqa: N801 - reads as a word: `with refused("Code", "words"):`
    """Expects an operation to be refused with that code, and those exact words if given."""

    def __init__(self, code: str, words: str | None = None) -> None:
        self.code, self.words = code, words
        self._raises = pytest.raises(ClientError)

    def __enter__(self) -> refused:
        self._caught = self._raises.__enter__()
        return self

    def __exit__(self, *problem: Any) -> bool:
        caught = bool(self._raises.__exit__(*problem))
        if caught:
            error = self._caught.value.response["Error"]
            assert error["Code"] == self.code, error
            assert self.words in (None, error["Message"]), error
        return caught


def claims(token: str) -> dict[str, Any]:
    """Claims of a signed token, unchecked."""
    return _decoded(token.split(".")[1])


def header(token: str) -> dict[str, Any]:
    """Header of a signed token."""
    return _decoded(token.split(".", maxsplit=1)[0])


def _decoded(part: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
