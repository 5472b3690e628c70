"""Whether each identity of its own has its rights, and no others: for `manage.py doctor` alone.

Every operation is tried on somebody who is nobody. IAM answers first, so a right shows by what
comes instead of its refusal, and nothing changes.
"""

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from django.conf import settings

from accounts.cognito import client
from accounts.cognito.errors import CognitoError, cognito_errors
from accounts.cognito.rights import RIGHT_OF, SETTING, Right, profile_of

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

DENIALS = frozenset({"AccessDenied", "AccessDeniedException"})
NO_SUCH_PROFILE = "ProfileNotFound"
# What tells a right to change apart from none, by one call.
TELLING = {Right.RECOVER: "AdminDeleteSoftwareToken", Right.SENIOR: "AdminDisableUser"}


@dataclass(frozen=True)
class Identity:
    """One identity as it was found. name: the setting of its profile; empty: the portal's own.

    trouble: why it signs nothing. missing: operations it is there for, and refused.
    beyond: operations of another identity's right to change that it may do, too.
    """

    name: str
    profile: str
    trouble: str = ""
    missing: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()


def look() -> tuple[Identity, ...]:
    """Try the identities that are set, and the portal's own for what it should have lost by them.

    Nothing is asked where none is set; with all three about twenty-five calls.
    """
    if not any(map(profile_of, Right)):
        return ()
    own = Identity("", "", beyond=_beyond(client.administration_once(), ""))
    return (own, *(_look_at(right) for right in Right if profile_of(right)))


def _look_at(right: Right) -> Identity:
    name, profile = SETTING[right], profile_of(right)
    trouble = _trouble(profile)
    if trouble:
        return Identity(name, profile, trouble)
    cognito = client.identity(right)
    its_own = (operation for operation, needed in RIGHT_OF.items() if needed is right)
    missing = tuple(each for each in its_own if _refusal(cognito, each) in DENIALS)
    return Identity(name, profile, missing=missing, beyond=_beyond(cognito, profile))


def _trouble(profile: str) -> str:
    """Why it has nothing to sign with: no such profile, or nobody lends it the role."""
    try:
        with cognito_errors("GetCredentials"):
            found = client.session(profile).get_credentials()
            if found is None:
                return "NoCredentials"
            found.get_frozen_credentials()
    except CognitoError as refusal:
        return refusal.code
    return ""


def _beyond(cognito: "CognitoIdentityProviderClient", profile: str) -> tuple[str, ...]:
    others = [right for right in TELLING if profile_of(right) not in {"", profile}]
    tried = ((TELLING[right], _refusal(cognito, TELLING[right])) for right in others)
    return tuple(operation for operation, refused in tried if refused == "UserNotFoundException")


def _refusal(cognito: "CognitoIdentityProviderClient", operation: str) -> str:
    """What came of trying it on nobody; empty where it went well, as a search may."""
    try:
        with cognito_errors(operation):
            getattr(cognito, xform_name(operation))(**_about_nobody(operation))
    except CognitoError as refusal:
        return refusal.code
    return ""


def _about_nobody(operation: str) -> dict[str, Any]:
    nobody = f"doctor-{uuid.uuid4().hex}"
    pool = {"UserPoolId": settings.COGNITO_USER_POOL_ID}
    if operation == "ListUsers":
        return {**pool, "Filter": f'username = "{nobody}"', "Limit": 1}
    if operation == "ListUsersInGroup":
        return {**pool, "GroupName": nobody, "Limit": 1}
    return {**pool, "Username": nobody, **_more(operation)}


def _more(operation: str) -> dict[str, Any]:
    """What an operation needs beside a name; each of it is nobody's."""
    some_id = str(uuid.uuid4())
    off = {"Enabled": False, "PreferredMfa": False}
    needed: dict[str, dict[str, Any]] = {
        "AdminForgetDevice": {"DeviceKey": f"{settings.COGNITO_REGION}_{some_id}"},
        "AdminRevokeUserSession": {"SessionId": f"tkn{uuid.uuid4().hex[:25]}"},
        "AdminSetUserMFAPreference": {"SMSMfaSettings": off},
        "AdminUpdateAuthEventFeedback": {"EventId": some_id, "FeedbackValue": "Valid"},
        "AdminUpdateUserAttributes": {
            "UserAttributes": [{"Name": "email", "Value": "nobody@example.invalid"}]
        },
    }
    return needed.get(operation, {})
