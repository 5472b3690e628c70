"""Cognito's request rates by category: which operation spends from which. Source: contract 12."""

from __future__ import annotations

from typing import NamedTuple

PER_POOL_AND_OPERATION = 5.0
PER_PERSON = 10.0
# Answers to challenges have a bucket of three times their category's before they spend from it.
ANSWERS = ("RespondToAuthChallenge", "AdminRespondToAuthChallenge")
ANSWERS_SHARE = 3.0


class Category(NamedTuple):
    """One category; rate: requests a second for the whole account and region.

    adjustable: UpdateProvisionedLimit may raise it. per_pool: each of its operations may be
    called five times a second for one pool. of_person: read or write, counted for one person.
    """

    rate: float
    operations: tuple[str, ...] = ()
    adjustable: bool = False
    per_pool: bool = False
    of_person: str | None = None


CATEGORIES: dict[str, Category] = {
    "UserAuthentication": Category(
        120, ("InitiateAuth", "AdminInitiateAuth", "GetTokensFromRefreshToken", *ANSWERS), True
    ),
    "UserCreation": Category(
        50, ("SignUp", "ConfirmSignUp", "AdminCreateUser", "AdminConfirmSignUp"), True
    ),
    "UserFederation": Category(25, (), True),
    "UserAccountRecovery": Category(
        30,
        (
            "ForgotPassword",
            "ConfirmForgotPassword",
            "ChangePassword",
            "AdminResetUserPassword",
            "AdminSetUserPassword",
        ),
    ),
    "UserRead": Category(
        120,
        ("GetUser", "AdminGetUser", "AdminGetUserAuthFactors", "GetUserAuthFactors"),
        True,
        of_person="read",
    ),
    "UserUpdate": Category(
        25,
        (
            "UpdateUserAttributes",
            "VerifyUserAttribute",
            "DeleteUserAttributes",
            "DeleteUser",
            "AdminUpdateUserAttributes",
            "AdminDeleteUserAttributes",
            "AdminDisableUser",
            "AdminEnableUser",
            "AdminDeleteUser",
            "GlobalSignOut",
            "AdminUserGlobalSignOut",
            "AdminAddUserToGroup",
            "AdminRemoveUserFromGroup",
            "AdminLinkProviderForUser",
            "AdminDisableProviderForUser",
        ),
        of_person="write",
    ),
    "UserToken": Category(120, ("RevokeToken",), True),
    "UserResourceRead": Category(
        50,
        (
            "ListDevices",
            "GetDevice",
            "AdminListDevices",
            "AdminGetDevice",
            "AdminListGroupsForUser",
            "GetUserAttributeVerificationCode",
            "ResendConfirmationCode",
            "AdminListUserAuthEvents",
            "ListWebAuthnCredentials",
            "ListUserSessions",
            "AdminListUserSessions",
        ),
        True,
        of_person="read",
    ),
    "UserResourceUpdate": Category(
        25,
        (
            "SetUserMFAPreference",
            "AdminSetUserMFAPreference",
            "AssociateSoftwareToken",
            "VerifySoftwareToken",
            "AdminDeleteSoftwareToken",
            "SetUserSettings",
            "AdminSetUserSettings",
            "ConfirmDevice",
            "ForgetDevice",
            "UpdateDeviceStatus",
            "AdminForgetDevice",
            "AdminUpdateDeviceStatus",
            "UpdateAuthEventFeedback",
            "AdminUpdateAuthEventFeedback",
            "StartWebAuthnRegistration",
            "CompleteWebAuthnRegistration",
            "DeleteWebAuthnCredential",
            "RevokeUserSession",
            "AdminRevokeUserSession",
        ),
        of_person="write",
    ),
    "UserList": Category(30, ("ListUsers", "ListUsersInGroup")),
    "UserPoolRead": Category(15, ("DescribeUserPool", "ListUserPools")),
    "UserPoolUpdate": Category(15, ("CreateUserPool", "UpdateUserPool", "DeleteUserPool")),
    "UserPoolResourceRead": Category(
        20,
        (
            "GetUserPoolMfaConfig",
            "GetUserPoolSessionConfiguration",
            "ListGroups",
            "GetGroup",
            "DescribeRiskConfiguration",
            "DescribeUserPoolDomain",
            "DescribeResourceServer",
            "ListResourceServers",
            "ListIdentityProviders",
            "DescribeIdentityProvider",
            "ListTagsForResource",
            "DescribeManagedLoginBranding",
            "DescribeManagedLoginBrandingByClient",
            "DescribeTerms",
            "DescribeTermsByClient",
            "ListTerms",
            "GetIdentityProviderByIdentifier",
            "GetSigningCertificate",
            "GetUICustomization",
            "GetLogDeliveryConfiguration",
            "GetCSVHeader",
            "DescribeUserImportJob",
            "ListUserImportJobs",
            "ListUserPoolReplicas",
        ),
        per_pool=True,
    ),
    "UserPoolResourceUpdate": Category(
        15,
        (
            "SetUserPoolMfaConfig",
            "SetUserPoolSessionConfiguration",
            "CreateGroup",
            "UpdateGroup",
            "DeleteGroup",
            "AddCustomAttributes",
            "SetRiskConfiguration",
            "CreateUserPoolDomain",
            "UpdateUserPoolDomain",
            "DeleteUserPoolDomain",
            "CreateResourceServer",
            "UpdateResourceServer",
            "DeleteResourceServer",
            "TagResource",
            "UntagResource",
            "CreateIdentityProvider",
            "UpdateIdentityProvider",
            "DeleteIdentityProvider",
            "CreateManagedLoginBranding",
            "UpdateManagedLoginBranding",
            "DeleteManagedLoginBranding",
            "CreateTerms",
            "UpdateTerms",
            "DeleteTerms",
            "SetUICustomization",
            "SetLogDeliveryConfiguration",
            "CreateUserImportJob",
            "StartUserImportJob",
            "StopUserImportJob",
            "CreateUserPoolReplica",
            "UpdateUserPoolReplica",
            "DeleteUserPoolReplica",
        ),
        per_pool=True,
    ),
    "UserPoolClientRead": Category(
        15,
        (
            "DescribeUserPoolClient",
            "ListUserPoolClients",
            "ListUserPoolClientSecrets",
            "GetUserPoolClientSessionConfiguration",
        ),
        per_pool=True,
    ),
    "UserPoolClientUpdate": Category(
        15,
        (
            "CreateUserPoolClient",
            "UpdateUserPoolClient",
            "DeleteUserPoolClient",
            "AddUserPoolClientSecret",
            "DeleteUserPoolClientSecret",
            "SetUserPoolClientSessionConfiguration",
        ),
        per_pool=True,
    ),
    "ClientAuthentication": Category(150, ("GetClientToken", "GetDerivedToken")),
    "LimitManagement": Category(1, ("GetProvisionedLimit", "UpdateProvisionedLimit")),
}
CATEGORY_OF = {
    operation: name for name, each in CATEGORIES.items() for operation in each.operations
}


def category_of(operation: str, challenge: str | None = None) -> str | None:
    """The category an operation spends from; None for one without a quota.

    challenge: the ChallengeName that is answered, if one is.
    """
    if operation in ANSWERS and challenge == "NEW_PASSWORD_REQUIRED":
        return "UserAccountRecovery"
    return CATEGORY_OF.get(operation)
