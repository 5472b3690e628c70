"""The connections to Cognito, one per purpose and process.

`self_service` checks and sends codes, so it never repeats a call: a proof is never sent twice,
and botocore would count LimitExceededException as a throttle (contract 1.7). `reads` may repeat
once. `administration` reads signed with IAM, and `administration_once` changes so, without
repeating: a reset may send a code. The unsigned ones never look for credentials. What is asked
about people goes by `for_operation`, under the identity that has the right (rights.py).
"""

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import boto3
import botocore.session
import structlog
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    InvalidConfigError,
    PartialCredentialsError,
    ProfileNotFound,
    UnknownServiceError,
)
from botocore.loaders import JSONFileLoader, Loader
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.cognito import calls
from accounts.cognito.rights import RIGHT_OF, SETTING, Right, profile_of

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

log = structlog.get_logger(__name__)
COGNITO: Final = "cognito-idp"
# As botocore's endpoints.json calls them: Cognito, and who lends what signs a call.
CALLED = frozenset({COGNITO, "sts", "oidc", "portal.sso"})
# By which botocore works the address of a service out anew for each call.
RULES = "endpoint-rule-set-1"
_building = Lock()
_built: list["CognitoIdentityProviderClient"] = []


def _config(*, attempts: int, signed: bool = False, checked: bool = True) -> Config:
    config = Config(
        connect_timeout=settings.COGNITO_CONNECT_TIMEOUT.total_seconds(),
        read_timeout=settings.COGNITO_READ_TIMEOUT.total_seconds(),
        retries={"total_max_attempts": attempts, "mode": "standard"},
        max_pool_connections=settings.COGNITO_CONNECTIONS,
        # botocore otherwise composes its own for every single call.
        user_agent="cognito-mfa-portal",
        # The portal validates at its own edge; Cognito does at its.
        parameter_validation=checked,
    )
    return config if signed else config.merge(Config(signature_version=UNSIGNED))


class _Plain(JSONFileLoader):
    """As the library reads its files, but for the texts that explain a service to people."""

    def load_file(self, file_path: str) -> Any:
        return _plain(super().load_file(file_path))


def _plain(part: Any) -> Any:
    """In dictionaries, which keep their order: botocore has OrderedDict, twice as large."""
    if isinstance(part, dict):
        return {name: _plain(each) for name, each in part.items() if not _is_text(name, each)}
    return [_plain(each) for each in part] if isinstance(part, list) else part


def _is_text(name: str, part: Any) -> bool:
    # A member of a shape may be called so, too: that is a dictionary.
    return name == "documentation" and isinstance(part, str)


class _Models(Loader):
    """What AWS's services look like: megabytes, read once for all identities.

    The addresses of hundreds of services are let go of as soon as they are read: they would be a
    twelfth of what a process holds. Of Cognito there are no rules for its address: a client has
    one, worked out when it is built, which each of its calls then takes as it is.
    """

    FILE_LOADER_CLASS = _Plain

    def __init__(self, *, has_rules: bool) -> None:
        super().__init__()
        self._has_rules = has_rules

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Any:
        if type_name == RULES and service_name == COGNITO and not self._has_rules:
            raise UnknownServiceError(service_name=service_name, known_service_names="")
        return super().load_service_model(service_name, type_name, api_version)

    def load_data_with_path(self, name: str) -> tuple[dict[str, Any], str]:
        data, path = super().load_data_with_path(name)
        for partition in data["partitions"] if name == "endpoints" else ():
            services = partition["services"]
            partition["services"] = {each: services[each] for each in CALLED & services.keys()}
        return data, path


@cache
def _models(*, has_rules: bool) -> Loader:
    return _Models(has_rules=has_rules)


@cache
def session(profile: str = "") -> boto3.session.Session:
    """One for all clients of an identity: what it knows of AWS is read and kept once.

    profile: of the AWS config; empty is the portal's own identity. Errors: ProfileNotFound.
    """
    known = botocore.session.get_session()
    if profile:
        known.set_config_variable("profile", profile)
    # Addresses for IPv6 are not everywhere what is known of them without rules.
    wants_both = bool(known.get_config_variable("use_dualstack_endpoint"))
    known.register_component("data_loader", _models(has_rules=wants_both))
    # AWS STS, which lends a role, is waited for no longer than Cognito.
    known.set_default_client_config(_config(attempts=2, signed=True))
    calls.hurry(known.get_component("event_emitter"))
    return boto3.session.Session(
        region_name=settings.COGNITO_REGION, botocore_session=known, profile_name=profile or None
    )


def _build(config: Config, profile: str = "") -> "CognitoIdentityProviderClient":
    # boto3's sessions are not safe to share while they build a client.
    with _building:
        client = session(profile).client(COGNITO, config=config)
    calls.watch(client.meta.events)
    _built.append(client)
    return client


@cache
def self_service() -> "CognitoIdentityProviderClient":
    return _build(_config(attempts=1))


@cache
def reads() -> "CognitoIdentityProviderClient":
    # They take nothing but a token of Cognito's own and numbers of ours.
    return _build(_config(attempts=2, checked=False))


@cache
def administration() -> "CognitoIdentityProviderClient":
    return _build(_config(attempts=2, signed=True))


@cache
def administration_once() -> "CognitoIdentityProviderClient":
    return _build(_config(attempts=1, signed=True))


@cache
def _of_profile(profile: str, attempts: int) -> "CognitoIdentityProviderClient":
    return _build(_config(attempts=attempts, signed=True), profile)


def identity(right: Right) -> "CognitoIdentityProviderClient":
    """Who has this right: a profile, or the portal itself by the clients that it has anyway."""
    profile, reads = profile_of(right), right is Right.READ
    if not profile:
        return administration() if reads else administration_once()
    return _of_profile(profile, 2 if reads else 1)


def for_operation(operation: str) -> "CognitoIdentityProviderClient":
    """Who may ask this operation on people."""
    return identity(RIGHT_OF[operation])


PURPOSES: tuple[Callable[[], "CognitoIdentityProviderClient"], ...] = (
    self_service,
    reads,
    administration,
    administration_once,
)


def build_all() -> None:
    """Build every client now: called once where a server starts.

    Errors: ImproperlyConfigured, naming the setting of a profile that cannot be read.
    """
    for purpose in PURPOSES:
        purpose()
    for right in Right:
        try:
            identity(right)
        except (ProfileNotFound, InvalidConfigError, PartialCredentialsError) as wrong:
            raise ImproperlyConfigured(f"{SETTING[right]}: {wrong}") from wrong
        except BotoCoreError:
            # Who lends the role does not answer now, and may when somebody is there.
            log.warning("identity_silent", setting=SETTING[right])


def close_all() -> None:
    """Let go of all connections; each client makes one anew when it is called."""
    for built in _built:
        built.close()
