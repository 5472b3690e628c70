"""People of a test: fresh in the pool, each with a phone, a mailbox and an app of their own."""

import itertools
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pyotp

from tests.sandbox_process import Sandbox, seconds_left_in_step

PASSWORD = "Walnut-Ferry-31"
_numbers = itertools.count(int(time.time() * 10) % 900_000 + 100_000)


@dataclass
class App:
    """An authenticator app: gives each code once, as its owner would wait for the next one."""

    secret: str
    used: set[str] = field(default_factory=set)

    def code(self) -> str:
        """A code that the pool accepts now and that nobody has used (current step and beside)."""
        if seconds_left_in_step() < 2:
            time.sleep(seconds_left_in_step())
        totp = pyotp.TOTP(self.secret)
        for step in (0, 1, -1):
            code = totp.at(int(time.time()), counter_offset=step)
            if code not in self.used:
                self.used.add(code)
                return code
        time.sleep(seconds_left_in_step() + 0.1)
        return self.code()

    def wrong_code(self) -> str:
        """Six digits that are right at no step near now."""
        totp = pyotp.TOTP(self.secret)
        near = {totp.at(int(time.time()), counter_offset=step) for step in range(-3, 4)}
        return next(code for code in map("{:06d}".format, range(10)) if code not in near)


@dataclass
class Somebody:
    """A person who exists in the pool."""

    username: str
    email: str
    phone: str
    password: str = PASSWORD
    app: App | None = None


class People:
    """Makes people in a pool, and asks the pool, not our own code, what became true."""

    def __init__(self, sandbox: Sandbox, pool_id: str) -> None:
        self.sandbox = sandbox
        self.pool_id = pool_id
        self.admin = sandbox.admin()
        self.joined: list[tuple[Somebody, str]] = []

    def make(
        self,
        *,
        phone: bool = False,
        phone_verified: bool = True,
        email: bool = True,
        email_verified: bool = True,
        app: bool = False,
        on: tuple[str, ...] = (),
        preferred: str | None = None,
        temporary: bool = False,
    ) -> Somebody:
        """Make a person; `on` and `preferred` use Cognito's names of the factors."""
        name = f"person-{uuid.uuid4().hex[:12]}"
        somebody = Somebody(name, f"{name}@example.com", fresh_number())
        attributes = []
        if email:
            attributes += _contact("email", somebody.email, verified=email_verified)
        # Where everybody is asked, a phone would stand between a new person and their app.
        late_phone = app and phone and phone_verified
        if phone and not late_phone:
            attributes += _contact("phone_number", somebody.phone, verified=phone_verified)
        self.admin.admin_create_user(
            UserPoolId=self.pool_id,
            Username=name,
            TemporaryPassword=PASSWORD,
            MessageAction="SUPPRESS",
            UserAttributes=attributes,
        )
        if not temporary:
            self.admin.admin_set_user_password(
                UserPoolId=self.pool_id, Username=name, Password=PASSWORD, Permanent=True
            )
        if app:
            somebody.app = self.give_app(somebody)
        if late_phone:
            self.admin.admin_update_user_attributes(
                UserPoolId=self.pool_id,
                Username=name,
                UserAttributes=_contact("phone_number", somebody.phone, verified=True),
            )
        if on:
            self.prefer(somebody, on, preferred)
        return somebody

    def make_by_email(self) -> Somebody:
        """Make a person of a pool whose people sign in by their address and have no name."""
        email = f"person-{uuid.uuid4().hex[:12]}@example.com"
        somebody = Somebody(email, email, fresh_number())
        self.admin.admin_create_user(
            UserPoolId=self.pool_id,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=_contact("email", email, verified=True),
        )
        self.admin.admin_set_user_password(
            UserPoolId=self.pool_id, Username=email, Password=PASSWORD, Permanent=True
        )
        return somebody

    def make_without_password(self, *, phone: bool = False) -> Somebody:
        """Make a person whose codes stand in for a password, in a pool that has such people."""
        name = f"person-{uuid.uuid4().hex[:12]}"
        somebody = Somebody(name, f"{name}@example.com", fresh_number())
        attributes = _contact("email", somebody.email, verified=True)
        if phone:
            attributes += _contact("phone_number", somebody.phone, verified=True)
        self.admin.admin_create_user(
            UserPoolId=self.pool_id, Username=name, UserAttributes=attributes
        )
        return somebody

    def join(self, somebody: Somebody, group: str) -> None:
        """Put a person into a group of the pool, made where it is not there yet."""
        with suppress(self.admin.exceptions.GroupExistsException):
            self.admin.create_group(UserPoolId=self.pool_id, GroupName=group)
        self.admin.admin_add_user_to_group(
            UserPoolId=self.pool_id, Username=somebody.username, GroupName=group
        )
        self.joined.append((somebody, group))

    def leave_groups(self) -> None:
        """Let the next test's helpdesk have its own operators alone: an act may write to all."""
        for somebody, group in self.joined:
            with suppress(self.admin.exceptions.UserNotFoundException):
                self.admin.admin_remove_user_from_group(
                    UserPoolId=self.pool_id, Username=somebody.username, GroupName=group
                )

    def sign_up(self) -> Somebody:
        """Let somebody make an account of their own, and not confirm it yet."""
        name = f"person-{uuid.uuid4().hex[:12]}"
        somebody = Somebody(name, f"{name}@example.com", fresh_number())
        self.admin.sign_up(
            ClientId=self.client_id(),
            Username=name,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": somebody.email}],
        )
        return somebody

    def give_app(self, somebody: Somebody) -> App:
        """Bind an authenticator app as any client would: sign in, associate, verify."""
        reply = self.admin.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self.client_id(),
            AuthParameters={"USERNAME": somebody.username, "PASSWORD": somebody.password},
        )
        proof = (
            {"AccessToken": reply["AuthenticationResult"]["AccessToken"]}
            if "AuthenticationResult" in reply
            else {"Session": reply["Session"]}
        )
        answer = self.admin.associate_software_token(**proof)
        if "Session" in answer:
            proof = {"Session": answer["Session"]}
        app = App(answer["SecretCode"])
        self.admin.verify_software_token(UserCode=app.code(), **proof)
        return app

    def access_token(self, somebody: Somebody) -> str:
        """An access token of another client's sign-in: password, and the app where it is on."""
        reply = self.admin.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self.client_id(),
            AuthParameters={"USERNAME": somebody.username, "PASSWORD": somebody.password},
        )
        if "AuthenticationResult" not in reply:
            assert somebody.app is not None
            reply = self.admin.respond_to_auth_challenge(
                ClientId=self.client_id(),
                ChallengeName=reply["ChallengeName"],
                Session=reply["Session"],
                ChallengeResponses={
                    "USERNAME": somebody.username,
                    "SOFTWARE_TOKEN_MFA_CODE": somebody.app.code(),
                },
            )
        return str(reply["AuthenticationResult"]["AccessToken"])

    def prefer(self, somebody: Somebody, on: tuple[str, ...], preferred: str | None) -> None:
        keys = {
            "SOFTWARE_TOKEN_MFA": "SoftwareTokenMfaSettings",
            "SMS_MFA": "SMSMfaSettings",
            "EMAIL_OTP": "EmailMfaSettings",
        }
        self.admin.admin_set_user_mfa_preference(
            UserPoolId=self.pool_id,
            Username=somebody.username,
            **{
                key: {"Enabled": factor in on, "PreferredMfa": factor == preferred}
                for factor, key in keys.items()
                if factor in on
            },
        )

    def client_id(self) -> str:
        clients = self.admin.list_user_pool_clients(UserPoolId=self.pool_id, MaxResults=1)
        return str(clients["UserPoolClients"][0]["ClientId"])

    def look(self, somebody: Somebody) -> dict[str, Any]:
        """What the pool says: AdminGetUser, with the attributes as a mapping."""
        reply: dict[str, Any] = self.admin.admin_get_user(
            UserPoolId=self.pool_id, Username=somebody.username
        )
        attributes = {a["Name"]: a["Value"] for a in reply["UserAttributes"]}
        del reply["ResponseMetadata"]
        return {**reply, "attributes": attributes}

    def on(self, somebody: Somebody) -> set[str]:
        return set(self.look(somebody).get("UserMFASettingList", ()))

    def preferred(self, somebody: Somebody) -> str | None:
        chosen: str | None = self.look(somebody).get("PreferredMfaSetting")
        return chosen


def fresh_number() -> str:
    """A British mobile number that nobody else in this run has; 07400 numbers are valid."""
    return f"+447400{next(_numbers):06d}"


def _contact(name: str, value: str, *, verified: bool) -> list[dict[str, str]]:
    return [
        {"Name": name, "Value": value},
        {"Name": f"{name}_verified", "Value": "true" if verified else "false"},
    ]
