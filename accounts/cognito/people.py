"""Operations on somebody else's account, authorised by IAM: recovery and the helpdesk.

There is no right per person in IAM (contract 11.3): whom one may touch is decided before these
are called. `username` takes what AdminGetUser takes: a name, an alias, or the `sub`.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings

from accounts.cognito import client
from accounts.cognito.errors import (
    CognitoError,
    DestinationRefused,
    DeviceForgotten,
    DevicesNotTracked,
    EventsNotRecorded,
    FactorNotReady,
    GroupUnknown,
    Misconfigured,
    PersonUnknown,
    ResetNotPossible,
    SessionGone,
    SessionsNotListed,
    cognito_errors,
)
from accounts.cognito.self_service import MOST_PAGES, Account, Device, PoolSession

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

# The most that the pool gives at once, and what is looked through at all (contract 9).
EVENTS_A_PAGE = 60
MOST_EVENTS = MOST_PAGES * EVENTS_A_PAGE


@contextmanager
def _asking(
    operation: str, **meaning: type[CognitoError]
) -> Iterator["CognitoIdentityProviderClient"]:
    """Who may ask this operation, its refusals named.

    NotAuthorizedException here is about our own rights or the person, never about a token.
    """
    known: dict[str, type[CognitoError]] = {
        "UserNotFoundException": PersonUnknown,
        "NotAuthorizedException": Misconfigured,
    }
    with cognito_errors(operation, **(known | meaning)):
        yield client.for_operation(operation)


def _who(username: str) -> Any:
    return {"UserPoolId": settings.COGNITO_USER_POOL_ID, "Username": username}


@dataclass(frozen=True)
class Someone:
    """One person as IAM reads them. status: CONFIRMED, FORCE_CHANGE_PASSWORD, … (contract 5.10)."""

    account: Account
    sub: str
    status: str
    is_enabled: bool
    created_at: datetime
    modified_at: datetime
    name: str = field(repr=False, default="")

    @classmethod
    def from_reply(cls, reply: Mapping[str, Any], read_at: datetime | None = None) -> "Someone":
        """Read an AdminGetUser reply, or one row of ListUsers, which tells of no factors."""
        given = reply.get("UserAttributes", reply.get("Attributes", ()))
        attributes = {a["Name"]: a.get("Value", "") for a in given}
        return cls(
            account=Account.from_reply({**reply, "UserAttributes": given}, read_at),
            sub=attributes["sub"],
            status=reply.get("UserStatus", ""),
            is_enabled=reply.get("Enabled", True),
            created_at=reply["UserCreateDate"],
            modified_at=reply["UserLastModifiedDate"],
            name=attributes.get("name", ""),
        )


def get(username: str) -> Someone:
    """Read one person, strongly consistent; makes them a billable user of this month.

    Errors: PersonUnknown, Misconfigured, TryLater, CognitoUnreachable. Source: contract 11.2.
    """
    began = datetime.now(UTC)
    with _asking("AdminGetUser") as cognito:
        reply = cognito.admin_get_user(**_who(username))
        return Someone.from_reply(reply, began)


def configured_factors(username: str) -> frozenset[str]:
    """Read what is enrolled, switched on or not: SOFTWARE_TOKEN, EMAIL_OTP, WEB_AUTHN, …."""
    with _asking("AdminGetUserAuthFactors") as cognito:
        reply = cast(Any, cognito).admin_get_user_auth_factors(**_who(username))
        return frozenset(reply.get("ConfiguredUserAuthFactors", ()))


def find(*, attribute: str, value: str, prefix: bool = False, limit: int = 20) -> list[Someone]:
    """Read people by one attribute; eventually consistent, and nobody becomes billable.

    attribute: username, email, phone_number, name, preferred_username or sub. prefix: whether
    the value is only how it begins. Errors: Misconfigured, TryLater, CognitoUnreachable.
    Source: contract 11.1.
    """
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    filtered = f'{attribute} {"^=" if prefix else "="} "{escaped}"'
    with _asking("ListUsers") as cognito:
        reply = cognito.list_users(
            UserPoolId=settings.COGNITO_USER_POOL_ID, Filter=filtered, Limit=min(limit, 60)
        )
        return [Someone.from_reply(each) for each in reply.get("Users", ())]


def groups(username: str) -> frozenset[str]:
    """Read the groups of one person."""
    with _asking("AdminListGroupsForUser") as cognito:
        reply = cognito.admin_list_groups_for_user(**_who(username), Limit=60)
        return frozenset(each["GroupName"] for each in reply.get("Groups", ()))


def in_group(group: str, page: str = "", *, at_most: int = 60) -> tuple[list[Someone], str]:
    """Read one page of a group's people, and where the next one begins; nobody becomes billable.

    page: what the call before gave back; empty for the first one, and after the last one.
    Errors: GroupUnknown, Misconfigured, TryLater, CognitoUnreachable. Source: contract 11.2.
    """
    more: Any = {"NextToken": page} if page else {}
    with _asking("ListUsersInGroup", ResourceNotFoundException=GroupUnknown) as cognito:
        reply = cognito.list_users_in_group(
            UserPoolId=settings.COGNITO_USER_POOL_ID, GroupName=group, Limit=at_most, **more
        )
        found = [Someone.from_reply(each) for each in reply.get("Users", ())]
        return found, reply.get("NextToken", "")


def set_preference(username: str, blocks: Mapping[str, Mapping[str, bool]]) -> None:
    """Send one AdminSetUserMFAPreference with exactly these blocks.

    It cannot create a factor, and neutralises no authenticator app in a pool that asks everybody
    (contract 2.6). Errors: FactorNotReady, PersonUnknown, Misconfigured, TryLater,
    CognitoUnreachable.
    """
    with _asking("AdminSetUserMFAPreference", InvalidParameterException=FactorNotReady) as cognito:
        cognito.admin_set_user_mfa_preference(
            **_who(username),
            **blocks,  # type: ignore[arg-type]
        )


def delete_app(username: str) -> None:
    """Delete the authenticator app; harmless where there is none (contract 3.4).

    Signs nobody out and forgets no device. Errors: PersonUnknown, Misconfigured, TryLater,
    CognitoUnreachable. Source: AdminDeleteSoftwareToken.
    """
    with _asking("AdminDeleteSoftwareToken") as cognito:
        cast(Any, cognito).admin_delete_software_token(**_who(username))


def devices(username: str) -> list[Device]:
    """Read every device the pool knows of this person. Errors: DevicesNotTracked, …."""
    found: list[Device] = []
    page: dict[str, str] = {}
    with _asking(
        "AdminListDevices", InvalidUserPoolConfigurationException=DevicesNotTracked
    ) as cognito:
        for _ in range(MOST_PAGES):
            reply = cognito.admin_list_devices(**_who(username), Limit=60, **page)
            found += map(Device.from_reply, reply.get("Devices", ()))
            if "PaginationToken" not in reply:
                break
            page = {"PaginationToken": reply["PaginationToken"]}
    return found


def forget_device(username: str, key: str) -> None:
    """Forget one device. Errors: DeviceForgotten, DevicesNotTracked, PersonUnknown, …."""
    with _asking(
        "AdminForgetDevice",
        ResourceNotFoundException=DeviceForgotten,
        InvalidParameterException=DeviceForgotten,
        InvalidUserPoolConfigurationException=DevicesNotTracked,
    ) as cognito:
        cognito.admin_forget_device(**_who(username), DeviceKey=key)


def sessions(username: str) -> list[PoolSession]:
    """Read every active session. Errors: SessionsNotListed, PersonUnknown, …. Contract 8.7."""
    found: list[PoolSession] = []
    page: dict[str, str] = {}
    with _asking(
        "AdminListUserSessions",
        InvalidParameterException=SessionsNotListed,
        OperationNotEnabledException=SessionsNotListed,
        FeatureUnavailableInTierException=SessionsNotListed,
    ) as cognito:
        for _ in range(MOST_PAGES):
            reply = cast(Any, cognito).admin_list_user_sessions(**_who(username), **page)
            found += map(PoolSession.from_reply, reply.get("Sessions", ()))
            if "NextToken" not in reply:
                break
            page = {"NextToken": reply["NextToken"]}
    return found


def end_session(username: str, session_id: str) -> None:
    """End one session and what hangs on it. Errors: SessionGone, SessionsNotListed, …."""
    with _asking(
        "AdminRevokeUserSession",
        ResourceNotFoundException=SessionGone,
        InvalidParameterException=SessionsNotListed,
    ) as cognito:
        cast(Any, cognito).admin_revoke_user_session(
            **_who(username), SessionId=session_id, RevokeAssociatedSessions="LINKED"
        )


def sign_out_everywhere(username: str) -> None:
    """Revoke every token of the person; hosted cookies live on up to an hour (contract 8.5)."""
    with _asking("AdminUserGlobalSignOut") as cognito:
        cognito.admin_user_global_sign_out(**_who(username))


def order_new_password(username: str) -> None:
    """Let nobody in by the old password, and send a code for a new one to a proved channel.

    Errors: ResetNotPossible (no such channel, disabled, or a state without a password),
    PersonUnknown, Misconfigured, TryLater, CognitoUnreachable. Source: contract 11.2.
    """
    with _asking(
        "AdminResetUserPassword",
        NotAuthorizedException=ResetNotPossible,
        InvalidParameterException=ResetNotPossible,
    ) as cognito:
        cognito.admin_reset_user_password(**_who(username))


def disable(username: str) -> None:
    """Let nobody in with this account and end all its tokens (contract 11.2)."""
    with _asking("AdminDisableUser") as cognito:
        cognito.admin_disable_user(**_who(username))


def enable(username: str) -> None:
    """Let a disabled person in again; nothing else comes back (contract 11.2)."""
    with _asking("AdminEnableUser") as cognito:
        cognito.admin_enable_user(**_who(username))


def update_contact(username: str, name: str, value: str, *, verified: bool) -> None:
    """Set `email` or `phone_number` and whether it counts as proved (contract 11.2).

    Errors: DestinationRefused, DestinationTaken, PersonUnknown, Misconfigured, TryLater,
    CognitoUnreachable.
    """
    with _asking(
        "AdminUpdateUserAttributes", InvalidParameterException=DestinationRefused
    ) as cognito:
        cognito.admin_update_user_attributes(
            **_who(username),
            UserAttributes=[
                {"Name": name, "Value": value},
                {"Name": f"{name}_verified", "Value": "true" if verified else "false"},
            ],
        )


@dataclass(frozen=True)
class AuthEvent:
    """One sign-in as a Plus pool recorded it (contract 9).

    kind: SignIn, SignUp, ForgotPassword, PasswordChange, ResendCode. response: Pass, Fail or
    InProgress. challenges: `Password:Success`, `Mfa:Failure`, ….
    """

    id: str
    kind: str
    created_at: datetime
    response: str
    challenges: tuple[str, ...] = ()
    risk: str = ""
    place: str = ""
    address: str = field(repr=False, default="")
    device: str = ""
    feedback: str = ""

    @classmethod
    def from_reply(cls, given: Mapping[str, Any]) -> "AuthEvent":
        context = given.get("EventContextData", {})
        place = ", ".join(part for part in (context.get("City"), context.get("Country")) if part)
        return cls(
            id=given["EventId"],
            kind=given.get("EventType", ""),
            created_at=given["CreationDate"],
            response=given.get("EventResponse", ""),
            challenges=tuple(
                f"{each.get('ChallengeName', '')}:{each.get('ChallengeResponse', '')}"
                for each in given.get("ChallengeResponses", ())
            ),
            risk=given.get("EventRisk", {}).get("RiskLevel", ""),
            place=place,
            address=context.get("IpAddress", ""),
            device=context.get("DeviceName", ""),
            feedback=given.get("EventFeedback", {}).get("FeedbackValue", ""),
        )


def each_auth_event(username: str) -> Iterator[AuthEvent]:
    """Read what the pool recorded of one person, newest first, a page when it is needed.

    Only Plus pools record (contract 9). Errors: EventsNotRecorded, PersonUnknown, Misconfigured,
    TryLater, CognitoUnreachable, each when its page is read.
    """
    page: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        with _asking(
            "AdminListUserAuthEvents", InvalidParameterException=EventsNotRecorded
        ) as cognito:
            reply = cognito.admin_list_user_auth_events(
                **_who(username), MaxResults=EVENTS_A_PAGE, **page
            )
            found = [AuthEvent.from_reply(each) for each in reply.get("AuthEvents", ())]
        yield from found
        if "NextToken" not in reply:
            return
        page = {"NextToken": reply["NextToken"]}


def auth_events(username: str, *, at_most: int = EVENTS_A_PAGE) -> list[AuthEvent]:
    """The newest of them. Errors: those of `each_auth_event`."""
    return list(islice(each_auth_event(username), at_most))


def tell_of_event(username: str, event_id: str, *, was_me: bool) -> None:
    """Tell threat protection whether a sign-in was the person's own (contract 9)."""
    with _asking("AdminUpdateAuthEventFeedback") as cognito:
        cognito.admin_update_auth_event_feedback(
            **_who(username), EventId=event_id, FeedbackValue="Valid" if was_me else "Invalid"
        )


def rights_missing() -> tuple[str, ...]:
    """Which operations of the way back in IAM refuses, each tried on somebody who is nobody.

    The pool answers that there is no such person where the right is there: nothing changes.
    """
    nobody = f"doctor-{uuid.uuid4().hex}"
    off = {"SMSMfaSettings": {"Enabled": False, "PreferredMfa": False}}
    tries: tuple[Callable[[], object], ...] = (
        lambda: get(nobody),
        lambda: devices(nobody),
        lambda: forget_device(nobody, f"{settings.COGNITO_REGION}_{uuid.uuid4()}"),
        lambda: sign_out_everywhere(nobody),
        lambda: set_preference(nobody, off),
        lambda: delete_app(nobody),
        lambda: order_new_password(nobody),
    )
    return tuple(name for name in map(_refused, tries) if name)


def _refused(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except Misconfigured as refusal:
        return refusal.operation
    except CognitoError:
        return ""
    return ""
