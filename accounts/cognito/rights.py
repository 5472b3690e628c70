"""Which kind of right each operation on people needs, and under which identity it is asked.

The kinds are the files deploy/iam/helpdesk-*.json (contract 11.3). Each may have an identity of its
own, a profile of the AWS config, so that the connection that reads cannot change; without one the
portal's own identity asks, which then needs the rights of that file.
"""

from enum import StrEnum

from django.conf import settings


class Right(StrEnum):
    """read: find and look at people. recover: take away what is lost. senior: disable, correct."""

    READ = "read"
    RECOVER = "recover"
    SENIOR = "senior"


RIGHT_OF = {
    "AdminGetUser": Right.READ,
    "AdminGetUserAuthFactors": Right.READ,
    "AdminListDevices": Right.READ,
    "AdminListGroupsForUser": Right.READ,
    "AdminListUserAuthEvents": Right.READ,
    "AdminListUserSessions": Right.READ,
    "ListUsers": Right.READ,
    "ListUsersInGroup": Right.READ,
    "AdminDeleteSoftwareToken": Right.RECOVER,
    "AdminForgetDevice": Right.RECOVER,
    "AdminResetUserPassword": Right.RECOVER,
    "AdminRevokeUserSession": Right.RECOVER,
    "AdminSetUserMFAPreference": Right.RECOVER,
    "AdminUpdateAuthEventFeedback": Right.RECOVER,
    "AdminUserGlobalSignOut": Right.RECOVER,
    "AdminDisableUser": Right.SENIOR,
    "AdminEnableUser": Right.SENIOR,
    "AdminUpdateUserAttributes": Right.SENIOR,
}
SETTING = {right: f"COGNITO_{right.name}_PROFILE" for right in Right}


def profile_of(right: Right) -> str:
    """The profile of the AWS config that has this right; empty: the portal's own identity."""
    profile: str = getattr(settings, SETTING[right])
    return profile
