"""User pools and their clients: what is configured, parsed once and kept."""

from __future__ import annotations

import json
import secrets
import string
from functools import cached_property
from typing import Any

from sandbox.database import Database, packed
from sandbox.factors import EMAIL, ORDER, PASSKEY_AS_FACTOR, SMS, TOTP
from sandbox.protocol import refusal
from sandbox.schema import standard_attributes

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
DEFAULT_PASSWORD_POLICY = {
    "MinimumLength": 8,
    "RequireUppercase": True,
    "RequireLowercase": True,
    "RequireNumbers": True,
    "RequireSymbols": True,
    "TemporaryPasswordValidityDays": 7,
}
DEFAULT_SESSIONS = {"UserSessionTracking": "DISABLED", "TokenSession": {"MaxPerUser": 20}}
DEFAULT_FLOWS = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]
TABLES_OF_POOL = (
    "clients",
    "people",
    "pool_groups",
    "memberships",
    "sign_ins",
    "devices",
    "passkeys",
    "spent_totp_codes",
    "signing_keys",
    "resource_servers",
)

Document = dict[str, Any]


class Pool:
    """A user pool. `settings` are members of UserPoolType, `mfa_settings` of its MFA config."""

    def __init__(self, pool_id: str, document: Document) -> None:
        self.id = pool_id
        self.document = document
        self.settings: Document = document["settings"]
        self.mfa_settings: Document = document["mfa"]

    @cached_property
    def srp_name(self) -> str:
        """The pool's name in SRP: its id after the underscore."""
        return self.id.split("_", 1)[1]

    @cached_property
    def mfa(self) -> str:
        """OFF, OPTIONAL or ON."""
        return str(self.mfa_settings.get("MfaConfiguration", "OFF"))

    @cached_property
    def factors(self) -> tuple[str, ...]:
        """The second factors that are switched on, in the order Cognito lists them."""
        on = {
            SMS: "SmsMfaConfiguration" in self.mfa_settings,
            TOTP: self.mfa_settings.get("SoftwareTokenMfaConfiguration", {}).get("Enabled", False),
            EMAIL: "EmailMfaConfiguration" in self.mfa_settings,
        }
        return tuple(factor for factor in ORDER if on[factor])

    @cached_property
    def recovery(self) -> tuple[str, ...] | None:
        """Names of the recovery mechanisms by priority; None when nothing was configured."""
        setting = self.settings.get("AccountRecoverySetting")
        if setting is None:
            return None
        mechanisms = setting.get("RecoveryMechanisms", [])
        return tuple(each["Name"] for each in sorted(mechanisms, key=lambda m: m["Priority"]))

    @cached_property
    def alias_attributes(self) -> tuple[str, ...]:
        """Attributes that work as further names once verified."""
        return tuple(self.settings.get("AliasAttributes", ()))

    @cached_property
    def username_attributes(self) -> tuple[str, ...]:
        """Attributes people sign in with instead of a username."""
        return tuple(self.settings.get("UsernameAttributes", ()))

    @cached_property
    def sign_in_attributes(self) -> tuple[str, ...]:
        """Every attribute that may stand in for the username."""
        return self.alias_attributes + self.username_attributes

    @cached_property
    def auto_verified(self) -> frozenset[str]:
        """Attributes Cognito sends a code to by itself."""
        return frozenset(self.settings.get("AutoVerifiedAttributes", ()))

    @cached_property
    def verified_before_update(self) -> frozenset[str]:
        """Attributes that keep their old value until the new one is proved."""
        update = self.settings.get("UserAttributeUpdateSettings", {})
        return frozenset(update.get("AttributesRequireVerificationBeforeUpdate", ()))

    @cached_property
    def password_policy(self) -> Document:
        """The policy for passwords, Cognito's default where nothing is said."""
        given = self.settings.get("Policies", {}).get("PasswordPolicy")
        return dict(given) if given else DEFAULT_PASSWORD_POLICY

    @cached_property
    def first_factors(self) -> frozenset[str]:
        """What choice-based sign-in may begin with."""
        policy = self.settings.get("Policies", {}).get("SignInPolicy", {})
        return frozenset(policy.get("AllowedFirstAuthFactors", ("PASSWORD",)))

    @cached_property
    def triggers(self) -> Document:
        """A LambdaConfigType: functions that this sandbox knows of and never calls."""
        return dict(self.settings.get("LambdaConfig", {}))

    @cached_property
    def passkey_settings(self) -> Document:
        """A WebAuthnConfigurationType."""
        return dict(self.mfa_settings.get("WebAuthnConfiguration", {}))

    @cached_property
    def passkeys_are_mfa(self) -> bool:
        """Whether a passkey that verifies its user counts as two factors."""
        return bool(self.passkey_settings.get("FactorConfiguration") == PASSKEY_AS_FACTOR)

    @cached_property
    def schema(self) -> dict[str, Document]:
        """Definitions of all attributes by name."""
        return {**standard_attributes(), **self.document.get("schema", {})}

    @cached_property
    def tier(self) -> str:
        """LITE, ESSENTIALS or PLUS."""
        return str(self.settings.get("UserPoolTier", "ESSENTIALS"))

    @cached_property
    def case_sensitive(self) -> bool:
        """Whether `Ann` and `ann` are two people."""
        return bool(self.settings.get("UsernameConfiguration", {}).get("CaseSensitive", True))

    @cached_property
    def tracks_devices(self) -> bool:
        """Whether sign-ins are bound to devices; any member of the setting switches it on."""
        return bool(self.settings.get("DeviceConfiguration"))

    @cached_property
    def device_replaces_mfa(self) -> bool:
        """Whether a remembered device stands in for the second factor."""
        setting = self.settings.get("DeviceConfiguration", {})
        return bool(setting.get("ChallengeRequiredOnNewDevice"))

    @cached_property
    def asks_to_remember_devices(self) -> bool:
        """Whether a confirmed device is remembered only when its owner says so."""
        setting = self.settings.get("DeviceConfiguration", {})
        return bool(setting.get("DeviceOnlyRememberedOnUserPrompt"))

    @cached_property
    def session_settings(self) -> Document:
        """UserSessionTracking and TokenSession."""
        return {**DEFAULT_SESSIONS, **self.document.get("sessions", {})}

    @cached_property
    def tracks_sessions(self) -> bool:
        """Whether sessions are listed, ended one by one, and limited in number."""
        return bool(self.session_settings["UserSessionTracking"] == "ENABLED")

    @cached_property
    def most_sessions(self) -> int:
        """How many sessions somebody may have where they are tracked."""
        return int(self.session_settings["TokenSession"]["MaxPerUser"])

    def folded(self, name: str) -> str:
        """A name as it is compared."""
        return name if self.case_sensitive else name.lower()


class Client:
    """An app client. `settings` are members of UserPoolClientType."""

    def __init__(self, client_id: str, pool_id: str, settings: Document) -> None:
        self.id = client_id
        self.pool_id = pool_id
        self.settings = settings

    @cached_property
    def flows(self) -> frozenset[str]:
        """Enabled flows, without the ALLOW_ of newer configurations."""
        given = self.settings.get("ExplicitAuthFlows") or DEFAULT_FLOWS
        return frozenset(flow.removeprefix("ALLOW_") for flow in given)

    @cached_property
    def secret(self) -> str | None:
        """The client secret, if it has one."""
        return self.settings.get("ClientSecret")

    @cached_property
    def oauth_flows(self) -> frozenset[str]:
        """The OAuth flows it may use: none unless it was enabled for OAuth."""
        enabled = self.settings.get("AllowedOAuthFlowsUserPoolClient")
        return frozenset(self.settings.get("AllowedOAuthFlows", ()) if enabled else ())

    @cached_property
    def oauth_scopes(self) -> tuple[str, ...]:
        """The scopes its tokens may carry."""
        return tuple(self.settings.get("AllowedOAuthScopes", ()))

    @cached_property
    def hides_people(self) -> bool:
        """Whether an unknown name looks like a wrong password."""
        return self.settings.get("PreventUserExistenceErrors") == "ENABLED"

    @cached_property
    def revocation(self) -> bool:
        """Whether its tokens can be revoked."""
        return bool(self.settings.get("EnableTokenRevocation", True))

    @cached_property
    def session_seconds(self) -> int:
        """How long one challenge may wait."""
        return int(self.settings.get("AuthSessionValidity", 3)) * 60

    @cached_property
    def rotation_grace_seconds(self) -> int | None:
        """How long a rotated refresh token still works; None when rotation is off."""
        rotation = self.settings.get("RefreshTokenRotation", {})
        if rotation.get("Feature") != "ENABLED":
            return None
        return int(rotation.get("RetryGracePeriodSeconds", 0))

    @cached_property
    def access_seconds(self) -> int:
        """Lifetime of an access token."""
        return self._seconds("AccessToken", 1, "hours")

    @cached_property
    def id_seconds(self) -> int:
        """Lifetime of an ID token."""
        return self._seconds("IdToken", 1, "hours")

    @cached_property
    def refresh_seconds(self) -> int:
        """Lifetime of a refresh token."""
        return self._seconds("RefreshToken", 30, "days")

    def writes(self, attribute: str) -> bool:
        """Whether somebody signed in through it may change that attribute."""
        allowed = self.settings.get("WriteAttributes")
        return allowed is None or attribute in allowed

    def reads(self, attribute: str) -> bool:
        """Whether that attribute appears in ID tokens and GetUser."""
        allowed = self.settings.get("ReadAttributes")
        return not allowed or attribute in allowed or attribute == "sub"

    def _seconds(self, token: str, default: int, default_unit: str) -> int:
        unit = self.settings.get("TokenValidityUnits", {}).get(token, default_unit)
        value = self.settings.get(f"{token}Validity") or default
        return int(value) * SECONDS[unit]


class Pools:
    """Finds, stores and caches pools and clients."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pools: dict[str, Pool] = {}
        self._clients: dict[str, Client] = {}
        database.after_rollback.append(self.forget)

    def forget(self) -> None:
        """Drop what is cached."""
        self._pools.clear()
        self._clients.clear()

    def get(self, pool_id: str) -> Pool:
        """The pool of that id; refuses an unknown one."""
        pool = self._pools.get(pool_id) or self._load(pool_id)
        if pool is None:
            raise refusal("unknown_pool", pool=pool_id)
        return pool

    def client(self, client_id: str, pool_id: str | None = None) -> Client:
        """The client of that id (in that pool, if given); refuses an unknown one."""
        client = self._clients.get(client_id) or self._load_client(client_id)
        if client is None or pool_id not in (None, client.pool_id):
            raise refusal("unknown_client", client=client_id)
        return client

    def all(self) -> list[Pool]:
        """Every pool, oldest first."""
        return [
            self.get(row[0]) for row in self._database.rows("SELECT id FROM pools ORDER BY rowid")
        ]

    def clients_of(self, pool_id: str) -> list[Client]:
        """Every client of a pool, oldest first."""
        query = "SELECT id FROM clients WHERE pool = ? ORDER BY rowid"
        return [self.client(row[0]) for row in self._database.rows(query, pool_id)]

    def save(self, pool_id: str, document: Document) -> Pool:
        """Store a new or changed pool."""
        self._database.write(
            "INSERT INTO pools (id, document) VALUES (?, ?)"
            " ON CONFLICT (id) DO UPDATE SET document = excluded.document",
            pool_id,
            packed(document),
        )
        self._pools.pop(pool_id, None)
        return self.get(pool_id)

    def save_client(self, client_id: str, pool_id: str, settings: Document) -> Client:
        """Store a new or changed client."""
        self._database.write(
            "INSERT INTO clients (id, pool, document) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET document = excluded.document",
            client_id,
            pool_id,
            packed(settings),
        )
        self._clients.pop(client_id, None)
        return self.client(client_id)

    def remove(self, pool: Pool) -> None:
        """Delete a pool and everything in it."""
        for table in TABLES_OF_POOL:
            self._database.write(f"DELETE FROM {table} WHERE pool = ?", pool.id)  # noqa: S608
        self._database.write("DELETE FROM pools WHERE id = ?", pool.id)
        self.forget()

    def remove_client(self, client: Client) -> None:
        """Delete a client; its tokens stop working with it."""
        self._database.write("DELETE FROM clients WHERE id = ?", client.id)
        self._database.write("UPDATE sign_ins SET revoked = 1 WHERE client = ?", client.id)
        self._clients.pop(client.id, None)

    def _load(self, pool_id: str) -> Pool | None:
        row = self._database.row("SELECT document FROM pools WHERE id = ?", pool_id)
        if row is None:
            return None
        return self._pools.setdefault(pool_id, Pool(pool_id, json.loads(row[0])))

    def _load_client(self, client_id: str) -> Client | None:
        row = self._database.row("SELECT pool, document FROM clients WHERE id = ?", client_id)
        if row is None:
            return None
        client = Client(client_id, row[0], json.loads(row[1]))
        return self._clients.setdefault(client_id, client)


def new_pool_id(region: str) -> str:
    """An id as Cognito makes them: the region and nine letters or digits."""
    return f"{region}_{_random(9, string.ascii_letters + string.digits)}"


def new_client_id() -> str:
    """An id as Cognito makes them: 26 small letters or digits."""
    return _random(26, string.ascii_lowercase + string.digits)


def new_client_secret() -> str:
    """A secret as Cognito makes them."""
    return _random(51, string.ascii_lowercase + string.digits)


def _random(length: int, alphabet: str) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
