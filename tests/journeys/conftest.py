"""What only journeys ask for."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.core.cache import caches
from django.template.autoreload import reset_loaders

from accounts.cognito import client
from accounts.cognito.rights import SETTING, Right
from tests.conftest import serve
from tests.people import People
from tests.sandbox_process import Sandbox

MakePool = Callable[..., People]
# The portal's own identity, where it has others for the helpdesk.
PORTAL_KEY = "AKIAPORTAL"
SMS_SENDER = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "journeys"}


@pytest.fixture
def make_pool(sandbox: Sandbox, settings: Any, db: None) -> Iterator[MakePool]:
    """Make a pool of its own for one test, as an operator would, and let the portal serve it."""

    def make(
        *,
        mfa: str = "OPTIONAL",
        offered: tuple[str, ...] = ("totp", "sms", "email"),
        recovery: tuple[str, ...] = ("admin_only",),
        secret: bool = False,
        auto_verified: tuple[str, ...] = ("email", "phone_number"),
        first: tuple[str, ...] = ("PASSWORD",),
        passkeys: dict[str, str] | None = None,
        **described: Any,
    ) -> People:
        admin = sandbox.admin()
        pool = admin.create_user_pool(
            PoolName="Journey",
            AccountRecoverySetting={
                "RecoveryMechanisms": [
                    {"Priority": number, "Name": name} for number, name in enumerate(recovery, 1)
                ]
            },
            AutoVerifiedAttributes=list(auto_verified),
            EmailConfiguration={
                "EmailSendingAccount": "DEVELOPER",
                "SourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/a@example.com",
            },
            SmsConfiguration=SMS_SENDER,
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": list(first)}},
            **described,
        )["UserPool"]["Id"]
        blocks: dict[str, Any] = {
            "totp": {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
            "sms": {"SmsMfaConfiguration": {"SmsConfiguration": SMS_SENDER}},
            "email": {"EmailMfaConfiguration": {}},
        }
        factors = {name: value for each in offered for name, value in blocks[each].items()}
        if passkeys is not None:
            factors["WebAuthnConfiguration"] = passkeys
        admin.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration=mfa, **factors)
        made = admin.create_user_pool_client(
            UserPoolId=pool,
            ClientName="Portal",
            GenerateSecret=secret,
            ExplicitAuthFlows=[
                "ALLOW_USER_SRP_AUTH",
                "ALLOW_USER_PASSWORD_AUTH",
                "ALLOW_USER_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH",
            ],
            PreventUserExistenceErrors="ENABLED",
        )["UserPoolClient"]
        settings.COGNITO_CLIENT_SECRET = made.get("ClientSecret", "")
        return serve(sandbox, settings, pool, made["ClientId"])

    yield make
    caches["process"].clear()


ROLE_GROUPS = {
    "viewer": "helpdesk-viewers",
    "agent": "helpdesk",
    "senior": "helpdesk-seniors",
    "auditor": "auditors",
    "administrator": "helpdesk-administrators",
}


@pytest.fixture
def by_srp(settings: Any) -> None:
    """Passwords are proved and never sent, as portals do where nothing else is set."""
    settings.COGNITO_SIGN_IN_FLOW = "USER_SRP_AUTH"


@pytest.fixture
def by_choice(settings: Any) -> None:
    """Sign-in takes passkeys: a name comes first, then what the pool offers that person."""
    settings.COGNITO_SIGN_IN_FLOW = "USER_AUTH"


@pytest.fixture
def helpdesk(settings: Any) -> None:
    """The helpdesk's pages are on, and each role has its group."""
    settings.HELPDESK = True
    settings.ROLE_GROUPS = ROLE_GROUPS
    settings.PRIVILEGED_GROUPS = ["directors"]


@pytest.fixture
def profiles(
    sandbox: Sandbox, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[Right], str]], None]]:
    """Write a config of AWS with a profile for each kind of right, and let the portal use it."""

    def write(says: Callable[[Right], str]) -> None:
        sandbox.admin()  # built with the keys of all tests, before the portal's own are others
        config = tmp_path / "config"
        config.write_text("".join(f"[profile {right}]\n{says(right)}\n" for right in Right))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", PORTAL_KEY)
        for right in Right:
            setattr(settings, SETTING[right], right.value)
        forget_clients()

    yield write
    forget_clients()


def forget_clients() -> None:
    """Let the next call build its client, and take its role, anew."""
    for each in (*client.PURPOSES, client.session, client._of_profile):
        each.cache_clear()  # type: ignore[attr-defined]


@pytest.fixture
def spoken(tmp_path: Path, settings: Any) -> Iterator[Callable[..., None]]:
    """Let the portal speak a few sentences of some languages: `spoken(de={english: german})`."""

    def speak(**languages: Mapping[str, str]) -> None:
        for language, said in languages.items():
            _write_catalogue(tmp_path, language, said)
        settings.LOCALE_PATHS = [tmp_path]
        # Templates are kept with the words of their language in them.
        reset_loaders()

    yield speak
    reset_loaders()


def _write_catalogue(folder: Path, language: str, said: Mapping[str, str]) -> None:
    catalog = Catalog(language)
    for english, translated in said.items():
        # As a compiled catalogue has it: the context, and what follows it.
        context, _, words = english.rpartition("\x04")
        catalog.add(words, translated, context=context or None)
    made = folder / language / "LC_MESSAGES" / "django.mo"
    made.parent.mkdir(parents=True)
    with made.open("wb") as file:
        write_mo(file, catalog)


@pytest.fixture
def impatient(sandbox: Sandbox, settings: Any) -> Iterator[None]:
    """Wait for Cognito only a moment, so that a slow answer counts as none."""
    settings.COGNITO_READ_TIMEOUT = timedelta(milliseconds=400)
    settings.COGNITO_CALL_TIMEOUT = timedelta(milliseconds=640)
    _build_anew()
    yield
    _build_anew()


def _build_anew() -> None:
    for purpose in client.PURPOSES:
        purpose.cache_clear()  # type: ignore[attr-defined]
