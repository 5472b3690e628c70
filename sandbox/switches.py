"""Everything the sandbox believes about Cognito that a later measurement could change.

Two tables: SAYINGS, the refusals with their exact words, and `Switches`, the behaviours that
can be chosen at start with `--switch NAME=VALUE`. Each entry carries how sure we are.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, NamedTuple

Confidence = Literal["documented", "observed", "guess"]


class Saying(NamedTuple):
    """One refusal: the code and words Cognito uses, and how sure we are of them."""

    code: str
    words: str
    confidence: Confidence
    status: int = 400


D: Confidence = "documented"
O: Confidence = "observed"  # noqa: E741 - the letter the contract uses
G: Confidence = "guess"

NOT_AUTHORIZED = "NotAuthorizedException"
INVALID_PARAMETER = "InvalidParameterException"
RESOURCE_NOT_FOUND = "ResourceNotFoundException"
USER_NOT_FOUND = "UserNotFoundException"
NO_SOFTWARE_TOKEN = "SoftwareTokenMFANotFoundException"  # noqa: S105 - an error code

SAYINGS: dict[str, Saying] = {
    # The wire
    "unknown_operation": Saying("UnknownOperationException", "", D, 404),
    "not_in_sandbox": Saying(
        "NotImplementedInSandboxException",
        "{operation} is an operation of Amazon Cognito that this sandbox does not have yet.",
        G,
        501,
    ),
    "unsigned": Saying(
        "MissingAuthenticationTokenException", "Missing Authentication Token", G, 403
    ),
    "bad_signature_form": Saying(
        "IncompleteSignatureException",
        "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
        G,
        403,
    ),
    # What IAM says, on the wire of this service (observed: aws-samples, AWS SDK for Java 1912).
    "not_allowed": Saying(
        "AccessDeniedException",
        "User: arn:aws:iam::123456789012:user/{key} is not authorized to perform: "
        "cognito-idp:{operation} on resource: {resource} because no identity-based policy allows "
        "the cognito-idp:{operation} action",
        O,
    ),
    "unreadable_body": Saying(
        "SerializationException", "The request body is not a JSON object.", G
    ),
    "wrong_type": Saying("SerializationException", "{found} can not be converted to {wanted}.", G),
    "structure_misplaced": Saying(
        "SerializationException", "Start of structure or map found where not expected.", O
    ),
    "list_misplaced": Saying(
        "SerializationException", "Start of list found where not expected.", G
    ),
    "too_large": Saying("RequestEntityTooLargeException", "Request entity too large.", D, 413),
    "internal": Saying("InternalErrorException", "Internal error.", D, 500),
    "throttled": Saying("TooManyRequestsException", "Rate exceeded", O),
    # Pools and clients
    "unknown_pool": Saying(RESOURCE_NOT_FOUND, "User pool {pool} does not exist.", O),
    "unknown_client": Saying(RESOURCE_NOT_FOUND, "User pool client {client} does not exist.", O),
    "pool_protected": Saying(
        INVALID_PARAMETER,
        "The user pool cannot be deleted because deletion protection is activated. "
        "Deletion protection must be inactivated first.",
        O,
    ),
    "pool_with_domain": Saying(
        INVALID_PARAMETER,
        "User pool cannot be deleted. It has a domain configured that should be deleted first.",
        O,
    ),
    "two_sms_senders": Saying(
        INVALID_PARAMETER,
        "Specify either SnsCallerArn or EumsSms in SmsConfiguration, not both.",
        G,
    ),
    "alias_and_username": Saying(
        INVALID_PARAMETER,
        "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        O,
    ),
    "require_without_verify": Saying(
        INVALID_PARAMETER,
        "Invalid user attribute update settings: {attribute} must be auto verified.",
        G,
    ),
    "no_sms_for_mfa": Saying(
        INVALID_PARAMETER,
        "SMS configuration and Auto verification for phone_number are required when MFA is "
        "required/optional",
        O,
    ),
    "off_with_factor": Saying(
        INVALID_PARAMETER,
        "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
        O,
    ),
    "mfa_without_factor": Saying(
        INVALID_PARAMETER,
        "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be "
        "enabled.",
        O,
    ),
    "mfa_with_otp_first": Saying(
        INVALID_PARAMETER,
        "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is "
        "enabled",
        O,
    ),
    "mfa_with_single_passkey": Saying(
        INVALID_PARAMETER,
        "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn "
        "is an allowed first auth factor",
        O,
    ),
    "passkey_first_with_mfa": Saying(
        INVALID_PARAMETER,
        "WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA.",
        O,
    ),
    "public_suffix": Saying(
        INVALID_PARAMETER, "The relying party id {domain} is a public suffix.", G
    ),
    "email_mfa_default_sender": Saying(
        INVALID_PARAMETER,
        "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an "
        "EmailSendingAccount of COGNITO_DEFAULT",
        O,
    ),
    "sms_otp_without_sms": Saying(
        INVALID_PARAMETER,
        "SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS "
        "configuration",
        O,
    ),
    "sms_mfa_without_sms": Saying(
        INVALID_PARAMETER, "SMS configuration is required when SMS MFA is enabled.", G
    ),
    "recovery_is_factor": Saying(
        INVALID_PARAMETER,
        "Invalid account recovery setting parameter. Account Recovery Setting cannot use "
        "{mechanism} as a recovery mechanism when {factor} MFA is configured.",
        O,
    ),
    "admin_only_alone": Saying(
        INVALID_PARAMETER,
        "Invalid account recovery setting parameter. admin_only cannot be combined with other "
        "recovery mechanisms.",
        G,
    ),
    "password_not_first_factor": Saying(
        INVALID_PARAMETER, "PASSWORD must be an allowed first auth factor.", G
    ),
    "tier_too_low": Saying(
        "FeatureUnavailableInTierException",
        "{feature} is not available in the {tier} feature plan.",
        G,
    ),
    "tier_conflict": Saying(
        "FeatureUnavailableInTierException",
        "The following features need to be disabled for the {tier} pricing tier configured: "
        "{features}",
        O,
    ),
    "add_on_off": Saying(
        "UserPoolAddOnNotEnabledException", "User pool add-ons are not enabled.", G
    ),
    "unknown_event": Saying(RESOURCE_NOT_FOUND, "Auth event does not exist.", G),
    "bad_feedback_token": Saying(NOT_AUTHORIZED, "Invalid feedback token.", G),
    "bad_address_range": Saying(INVALID_PARAMETER, "Invalid IP address range: {span}", G),
    "risk_blocked": Saying(NOT_AUTHORIZED, "Unable to login because of security reasons.", O),
    "schema_of_standard": Saying(
        INVALID_PARAMETER, "Invalid schema attribute: {attribute} cannot be changed this way.", G
    ),
    "bad_validity": Saying(INVALID_PARAMETER, "Invalid range for token validity.", O),
    "mixed_flows": Saying(
        INVALID_PARAMETER,
        "Must not specify both ExplicitAuthFlows with and without the ALLOW_ prefix.",
        G,
    ),
    "client_without_secret": Saying(
        INVALID_PARAMETER, "User pool client {client} has no client secret.", G
    ),
    "too_many_secrets": Saying(
        "LimitExceededException", "A user pool client can have no more than 2 secrets.", G
    ),
    "unknown_secret": Saying(RESOURCE_NOT_FOUND, "Client secret does not exist.", G),
    "last_secret": Saying(
        INVALID_PARAMETER, "The last secret of a user pool client cannot be deleted.", G
    ),
    "bad_arn": Saying(INVALID_PARAMETER, "Invalid resource ARN: {arn}", G),
    "reserved_tag": Saying(INVALID_PARAMETER, "Tag keys cannot start with aws:", G),
    "too_many_tags": Saying(INVALID_PARAMETER, "A user pool can have no more than 50 tags.", G),
    "attribute_exists": Saying(
        INVALID_PARAMETER, "{attribute}: Existing attribute already has name {attribute}.", O
    ),
    "too_many_attributes": Saying(
        INVALID_PARAMETER, "A user pool can have no more than 50 custom attributes.", G
    ),
    "required_own_attribute": Saying(
        INVALID_PARAMETER, "Required custom attributes are not supported currently.", O
    ),
    "secret_conflict": Saying(
        INVALID_PARAMETER, "ClientSecret and GenerateSecret cannot be used together.", G
    ),
    "unknown_limit": Saying(INVALID_PARAMETER, "Invalid limit category: {category}", G),
    "limit_not_adjustable": Saying(
        INVALID_PARAMETER, "The limit of {category} is not adjustable.", G
    ),
    "limit_below_default": Saying(
        INVALID_PARAMETER, "The limit of {category} cannot be below {default}.", G
    ),
    "limit_above_ceiling": Saying(
        "ServiceQuotaExceededException",
        "The limit of {category} is above the quota of this account.",
        G,
    ),
    "bad_next_token": Saying(INVALID_PARAMETER, "Invalid pagination token given.", G),
    # Domains and OAuth settings
    "domain_taken": Saying(
        INVALID_PARAMETER, "Domain already associated with another user pool.", O
    ),
    "second_domain": Saying(
        INVALID_PARAMETER, "User pool already has a domain of this kind configured.", G
    ),
    "domain_form": Saying(
        INVALID_PARAMETER,
        "The domain name contains an invalid character. Domain names can only contain lower-case "
        "letters, numbers, and hyphens. Please enter a different name that follows this format: "
        "^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
        O,
    ),
    "custom_domain_form": Saying(INVALID_PARAMETER, "Custom domain is not a valid subdomain.", G),
    "domain_reserved": Saying(INVALID_PARAMETER, "Domain cannot contain reserved word: {word}", O),
    "prefix_with_certificate": Saying(
        INVALID_PARAMETER, "CustomDomainConfig cannot be given for a prefix domain.", G
    ),
    "managed_login_version": Saying(
        INVALID_PARAMETER, "ManagedLoginVersion must be either 1 or 2.", G
    ),
    "unknown_domain": Saying(INVALID_PARAMETER, "No such domain or user pool exists.", O),
    "oauth_incomplete": Saying(
        INVALID_PARAMETER,
        "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to "
        "use OAuth flows.",
        O,
    ),
    "no_callback": Saying(
        "InvalidOAuthFlowException",
        "CallbackUrls can not be empty when code flow or implicit flow is selected",
        O,
    ),
    "machine_with_people": Saying(
        "InvalidOAuthFlowException",
        "client_credentials flow can not be selected along with code flow or implicit flow.",
        O,
    ),
    "machine_without_secret": Saying(
        "InvalidOAuthFlowException",
        "client_credentials flow can not be selected if client does not have a client secret.",
        O,
    ),
    "machine_scope": Saying(
        "InvalidOAuthFlowException", "{scope} is not supported with client_credentials flow", O
    ),
    "unknown_scope": Saying("ScopeDoesNotExistException", "Invalid scope requested: {scope}", O),
    "unknown_provider": Saying(
        INVALID_PARAMETER, "The provider {provider} does not exist for User Pool.", O
    ),
    "url_http": Saying(INVALID_PARAMETER, "{url} cannot use the HTTP protocol.", O),
    "url_fragment": Saying(INVALID_PARAMETER, "{url} cannot contain a fragment.", G),
    "url_form": Saying(INVALID_PARAMETER, "{url} is not an absolute URI.", G),
    "default_redirect": Saying(
        INVALID_PARAMETER, "DefaultRedirectURI {url} is not one of the CallbackURLs.", G
    ),
    "unknown_resource_server": Saying(
        RESOURCE_NOT_FOUND, "Resource server {identifier} does not exist.", G
    ),
    "resource_server_exists": Saying(
        INVALID_PARAMETER,
        "A resource server with this identifier already exists: {identifier}.",
        G,
    ),
    # Sign-in
    "flow_by_admin_only": Saying(INVALID_PARAMETER, "Initiate Auth method not supported", G),
    "flow_not_in_sandbox": Saying(
        "NotImplementedInSandboxException",
        "The {flow} flow is one of Amazon Cognito that this sandbox does not have yet.",
        G,
        501,
    ),
    "flow_not_enabled": Saying(INVALID_PARAMETER, "{flow} flow not enabled for this client", O),
    "missing_parameter": Saying(INVALID_PARAMETER, "Missing required parameter {name}", O),
    "no_custom_auth_trigger": Saying(
        INVALID_PARAMETER, "Custom auth lambda trigger is not configured for the user pool.", O
    ),
    "incorrect_password": Saying(NOT_AUTHORIZED, "Incorrect username or password.", O),
    "unknown_person": Saying(USER_NOT_FOUND, "User does not exist.", D),
    "locked": Saying(NOT_AUTHORIZED, "Password attempts exceeded", O),
    "disabled": Saying(NOT_AUTHORIZED, "User is disabled.", D),
    "unconfirmed": Saying("UserNotConfirmedException", "User is not confirmed.", O),
    "reset_required": Saying(
        "PasswordResetRequiredException", "Password reset required for the user", O
    ),
    "temporary_password_expired": Saying(
        NOT_AUTHORIZED,
        "Temporary password has expired and must be reset by an administrator.",
        O,
    ),
    "secret_missing": Saying(
        NOT_AUTHORIZED,
        "Client {client} is configured with secret but SECRET_HASH was not received",
        O,
    ),
    "secret_wrong": Saying(NOT_AUTHORIZED, "Unable to verify secret hash for client {client}", O),
    "secret_wrong_at_refresh": Saying(
        NOT_AUTHORIZED, "SecretHash does not match for the client: {client}", O
    ),
    "srp_a_invalid": Saying(INVALID_PARAMETER, "SRP_A is not a valid value.", G),
    "session_expired": Saying(
        NOT_AUTHORIZED, "Invalid session for the user, session is expired.", O
    ),
    "session_used": Saying(
        NOT_AUTHORIZED, "Invalid session for the user, session can only be used once.", O
    ),
    "session_invalid": Saying(NOT_AUTHORIZED, "Invalid session for the user.", O),
    "wrong_totp": Saying("CodeMismatchException", "Invalid code received for user", O),
    "used_totp": Saying(
        "ExpiredCodeException", "Your software token has already been used once.", O
    ),
    "wrong_mfa_code": Saying(
        "CodeMismatchException", "Invalid code or auth state for the user.", O
    ),
    "bad_selection": Saying(INVALID_PARAMETER, "Selected challenge is not available: {answer}", G),
    "nothing_to_set_up": Saying(
        NOT_AUTHORIZED, "MFA is required and no factor can be set up for the user.", G
    ),
    "setup_unfinished": Saying(
        INVALID_PARAMETER, "The session does not belong to a verified software token.", G
    ),
    "timestamp_format": Saying(
        INVALID_PARAMETER, "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.", O
    ),
    "attribute_required": Saying(
        INVALID_PARAMETER, "Invalid user attributes: {attributes}: required and missing.", G
    ),
    # Passwords
    "password_policy": Saying(
        "InvalidPasswordException", "Password did not conform with policy: {reason}", O
    ),
    "password_reused": Saying(
        "PasswordHistoryPolicyViolationException",
        "Password has previously been used and cannot be used again.",
        G,
    ),
    # Sign-up
    "sign_up_closed": Saying(NOT_AUTHORIZED, "SignUp is not permitted for this user pool", O),
    "user_exists": Saying("UsernameExistsException", "User already exists", O),
    "required_attribute": Saying(
        INVALID_PARAMETER,
        "Attributes did not conform to the schema: {attribute}: The attribute is required\n",
        O,
    ),
    "unknown_client_at_recovery": Saying(
        RESOURCE_NOT_FOUND, "Username/client id combination not found.", G
    ),
    "unknown_combination": Saying(USER_NOT_FOUND, "Username/client id combination not found.", O),
    "cannot_confirm": Saying(
        NOT_AUTHORIZED, "User cannot be confirmed. Current status is {status}", O
    ),
    "already_confirmed": Saying(INVALID_PARAMETER, "User is already confirmed.", O),
    "no_auto_verification": Saying(
        NOT_AUTHORIZED, "Cannot resend codes. Auto verification not turned on.", O
    ),
    # Recovery
    "no_recovery_channel": Saying(
        INVALID_PARAMETER,
        "Cannot reset password for the user as there is no registered/verified email or "
        "phone_number",
        O,
    ),
    "recovery_by_admin_only": Saying(NOT_AUTHORIZED, "Contact administrator to reset password.", G),
    "reset_state": Saying(NOT_AUTHORIZED, "User password cannot be reset in the current state.", O),
    # Tokens
    "token_expired": Saying(NOT_AUTHORIZED, "Access Token has expired", O),
    "token_revoked": Saying(NOT_AUTHORIZED, "Access Token has been revoked", D),
    "token_invalid": Saying(NOT_AUTHORIZED, "Invalid Access Token", D),
    "token_signature": Saying(NOT_AUTHORIZED, "Could not verify signature for Access Token", O),
    "token_scope": Saying(NOT_AUTHORIZED, "Access Token does not have required scopes", O),
    "refresh_expired": Saying(NOT_AUTHORIZED, "Refresh Token has expired", O),
    "refresh_revoked": Saying(NOT_AUTHORIZED, "Refresh Token has been revoked", O),
    "refresh_invalid": Saying(NOT_AUTHORIZED, "Invalid Refresh Token.", O),
    "refresh_reused": Saying(
        "RefreshTokenReuseException", "The refresh token has been rotated and used again.", G
    ),
    "refresh_flow_with_rotation": Saying(
        INVALID_PARAMETER,
        "REFRESH_TOKEN_AUTH is not supported when refresh token rotation is enabled.",
        G,
    ),
    "revoke_unauthorized": Saying("UnauthorizedException", "Invalid client or client secret.", G),
    "revoke_wrong_kind": Saying("UnsupportedTokenTypeException", "Unsupported token type.", G),
    "revoke_off": Saying(
        "UnsupportedOperationException", "Token revocation is not enabled for this client.", G
    ),
    # Devices
    "devices_off": Saying(
        "InvalidUserPoolConfigurationException",
        "Device tracking is not enabled for the user pool.",
        G,
    ),
    "unknown_device": Saying(RESOURCE_NOT_FOUND, "Device does not exist.", O),
    "bad_device_key": Saying(NOT_AUTHORIZED, "Invalid device key given.", O),
    "device_exists": Saying("DeviceKeyExistsException", "Device already exists.", G),
    "bad_device_verifier": Saying(
        INVALID_PARAMETER, "Invalid device secret verifier config given.", G
    ),
    # Sessions
    "sessions_off": Saying(
        INVALID_PARAMETER, "User session tracking is not enabled for the user pool.", G
    ),
    "own_session": Saying(INVALID_PARAMETER, "The current session cannot be revoked.", G),
    "unknown_session": Saying(RESOURCE_NOT_FOUND, "Session does not exist.", G),
    # Passkeys
    "passkeys_off": Saying(
        "WebAuthnNotEnabledException", "WebAuthn is not enabled for the user pool.", G
    ),
    "passkey_domain_missing": Saying(
        "WebAuthnConfigurationMissingException",
        "The user pool has neither a relying party id nor a domain.",
        G,
    ),
    "passkey_challenge_gone": Saying(
        "WebAuthnChallengeNotFoundException", "Challenge not found or expired.", G
    ),
    "passkey_other_client": Saying(
        "WebAuthnClientMismatchException",
        "The access token is of another client than the one that started the registration.",
        G,
    ),
    "passkey_origin": Saying(
        "WebAuthnOriginNotAllowedException",
        "The origin of the credential is not allowed for the relying party id.",
        G,
    ),
    "passkey_other_domain": Saying(
        "WebAuthnRelyingPartyMismatchException",
        "The credential belongs to another relying party id than that of the user pool.",
        G,
    ),
    "passkey_unsupported": Saying(
        "WebAuthnCredentialNotSupportedException", "The credential is not supported.", G
    ),
    "passkey_unreadable": Saying(INVALID_PARAMETER, "Credential data is not valid", O),
    "too_many_passkeys": Saying(
        "LimitExceededException", "A user can have no more than 20 passkeys.", G
    ),
    "unknown_passkey": Saying(RESOURCE_NOT_FOUND, "WebAuthn credential does not exist.", G),
    "wrong_passkey": Saying(NOT_AUTHORIZED, "Incorrect username or password.", G),
    # TOTP
    "totp_off": Saying(
        NO_SOFTWARE_TOKEN, "Software Token MFA has not been enabled by the userPool", D
    ),
    "totp_absent": Saying(NO_SOFTWARE_TOKEN, "Software Token MFA does not exist for the user.", O),
    "totp_mismatch": Saying(
        "EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA", O
    ),
    "one_proof": Saying(
        INVALID_PARAMETER, "Exactly one of AccessToken and Session must be supplied.", G
    ),
    # Preference
    "no_delivery": Saying(
        INVALID_PARAMETER, "User does not have delivery config set to turn on {factor}", O
    ),
    "email_factor_needs_plan": Saying(
        INVALID_PARAMETER, "Email MFA is not available in the LITE feature plan.", G
    ),
    "two_preferred": Saying(INVALID_PARAMETER, "Only one MFA factor can be preferred.", G),
    "preferred_not_enabled": Saying(
        INVALID_PARAMETER, "A disabled MFA factor cannot be preferred.", G
    ),
    "passkey_not_mfa": Saying(
        INVALID_PARAMETER,
        "WebAuthn MFA needs FactorConfiguration MULTI_FACTOR_WITH_USER_VERIFICATION in the pool.",
        G,
    ),
    "passkey_alone": Saying(
        INVALID_PARAMETER, "WebAuthn MFA needs another active MFA factor of the user.", G
    ),
    "only_sms_option": Saying(
        INVALID_PARAMETER, "MFAOptions can only hold SMS with phone_number.", G
    ),
    # Attributes and codes
    "wrong_verification_code": Saying(
        "CodeMismatchException", "Invalid verification code provided, please try again.", O
    ),
    "stale_verification_code": Saying(
        "ExpiredCodeException", "Invalid code provided, please request a code again.", O
    ),
    "limit": Saying(
        "LimitExceededException", "Attempt limit exceeded, please try after some time.", O
    ),
    "unauthorized_attribute": Saying(
        NOT_AUTHORIZED, "A client attempted to write unauthorized attribute", O
    ),
    "unknown_attribute": Saying(
        INVALID_PARAMETER,
        "Attributes did not conform to the schema: {attribute}: Attribute does not exist in the "
        "schema.",
        O,
    ),
    "unknown_attribute_to_delete": Saying(
        INVALID_PARAMETER,
        "Invalid user attributes: user.{attribute}: Attribute does not exist in the schema.\n",
        G,
    ),
    "immutable_attribute": Saying(
        INVALID_PARAMETER, "user.{attribute}: Attribute cannot be updated.\n", O
    ),
    "attribute_value": Saying(
        INVALID_PARAMETER, "Attributes did not conform to the schema: {attribute}: {reason}", G
    ),
    "duplicate_attribute": Saying(
        INVALID_PARAMETER, "Invalid user attributes: {attribute} was given more than once.", G
    ),
    "phone_format": Saying(INVALID_PARAMETER, "Invalid phone number format.", O),
    "email_format": Saying(INVALID_PARAMETER, "Invalid email address format.", O),
    "unverifiable_attribute": Saying(
        INVALID_PARAMETER, "Attribute {attribute} cannot be verified by a code.", G
    ),
    "delivery_failed": Saying(
        "CodeDeliveryFailureException", "Invalid email provided/Unable to send the email", O
    ),
    "daily_email_limit": Saying(
        "LimitExceededException",
        "Exceeded daily email limit for the operation or the account. If a higher limit is "
        "required, please configure your user pool to use your own Amazon SES configuration for "
        "sending email.",
        O,
    ),
    "federated_mfa": Saying(
        INVALID_PARAMETER, "MFA of the user pool is not available to external users.", G
    ),
    "sms_role_policy": Saying(
        "InvalidSmsRoleAccessPolicyException",
        "Role does not have permission to publish with SNS",
        O,
    ),
    "sms_role_trust": Saying(
        "InvalidSmsRoleTrustRelationshipException",
        "Role does not have a trust relationship allowing Cognito to assume the role",
        O,
    ),
    "email_role": Saying(
        "InvalidEmailRoleAccessPolicyException",
        "Cognito is not allowed to use your email identity",
        G,
    ),
    "attribute_absent": Saying(
        INVALID_PARAMETER, "User has no {attribute} to which a code could be sent.", G
    ),
    "alias_exists": Saying(
        "AliasExistsException", "An account with the {attribute} already exists.", O
    ),
    # People, by an administrator
    "username_exists": Saying("UsernameExistsException", "User account already exists", O),
    "username_attribute_exists": Saying(
        "UsernameExistsException", "An account with the given {attribute} already exists.", O
    ),
    "username_is_alias": Saying(
        INVALID_PARAMETER,
        "Username cannot be of {attribute} format, since user pool is configured for {attribute} "
        "alias.",
        O,
    ),
    "username_must_be": Saying(INVALID_PARAMETER, "Username should be {wanted}.", O),
    "resend_state": Saying(
        "UnsupportedUserStateException",
        "Resend not possible: user is not in FORCE_CHANGE_PASSWORD state.",
        G,
    ),
    "bad_filter": Saying(INVALID_PARAMETER, "Error while parsing filter", G),
    "bad_search_attribute": Saying(INVALID_PARAMETER, "Invalid search attribute: {attribute}", G),
    "unknown_group": Saying(RESOURCE_NOT_FOUND, "Group not found.", G),
    "group_exists": Saying("GroupExistsException", "A group with the name already exists.", G),
    "too_many_groups": Saying(
        "LimitExceededException", "A user can be in no more than 100 groups.", G
    ),
    "attributes_to_get": Saying(
        INVALID_PARAMETER, "One or more requested attributes do not exist.", G
    ),
}


def _switch(default: Any, confidence: Confidence, meaning: str) -> Any:
    """A field of Switches; like dataclasses.field it stands in for a value of any type."""
    return field(default=default, metadata={"confidence": confidence, "meaning": meaning})


@dataclass(frozen=True)
class Switches:
    """Behaviours that AWS does not document, or documents against what is seen."""

    content_type_is_required: bool = _switch(
        False,
        G,
        "A request whose Content-Type is not application/x-amz-json-1.1 knows no operation.",
    )
    optional_unactivated_totp_is_asked: bool = _switch(
        False, G, "In an OPTIONAL pool a verified but unactivated authenticator app is asked for."
    )
    session_with_password_verifier: bool = _switch(
        False, O, "The PASSWORD_VERIFIER challenge carries a Session."
    )
    srp_answer_seconds: int = _switch(
        60, G, "How long a PASSWORD_VERIFIER challenge may wait for its answer."
    )
    srp_timestamp_tolerance_seconds: int = _switch(
        300, G, "How far TIMESTAMP may be from the real time of this computer."
    )
    enrolment_failures_lock: bool = _switch(
        True, G, "Wrong codes at VerifySoftwareToken count for the lockout of sign-in."
    )
    first_factor_code_failures_lock: bool = _switch(
        False, O, "Wrong EMAIL_OTP and SMS_OTP codes of a first factor count for the lockout."
    )
    failures_before_lock: int = _switch(5, D, "Consecutive failures before the first lock.")
    longest_lock_seconds: int = _switch(900, D, "Locks double from one second up to this.")
    failures_forgotten_seconds: int = _switch(
        900, D, "Idle time after which earlier failures are forgotten."
    )
    attribute_code_per_hour: int = _switch(5, D, "GetUserAttributeVerificationCode per person.")
    verify_attribute_per_hour: int = _switch(15, D, "VerifyUserAttribute per person.")
    email_mfa_per_hour: int = _switch(20, D, "E-mail MFA messages per person (AWS: 5 to 20).")
    preference_bars_recovery_without_mfa: bool = _switch(
        False,
        G,
        "The preferred factor's channel cannot recover an account even in a pool whose MFA is OFF.",
    )
    resend_hides_confirmed: bool = _switch(
        True,
        O,
        "Where a client hides who exists, ResendConfirmationCode pretends to send to confirmed "
        "people too.",
    )
    change_password_per_hour: int = _switch(5, D, "ChangePassword per person.")
    forgot_password_per_hour: int = _switch(5, D, "ForgotPassword per person (AWS: 5 to 20).")
    confirm_forgot_password_per_hour: int = _switch(
        5, D, "ConfirmForgotPassword per person (AWS: 5 to 20)."
    )
    change_password_failures_lock: bool = _switch(
        True, G, "A wrong PreviousPassword at ChangePassword counts for the lockout of sign-in."
    )
    resend_code_per_hour: int = _switch(5, D, "ResendConfirmationCode per person.")
    confirm_sign_up_per_hour: int = _switch(15, D, "ConfirmSignUp per person.")
    sign_up_code_seconds: int = _switch(86400, D, "Lifetime of a code that confirms an account.")
    reset_code_seconds: int = _switch(3600, D, "Lifetime of a code that resets a password.")
    attribute_code_seconds: int = _switch(86400, D, "Lifetime of an attribute verification code.")
    page_token_seconds: int = _switch(3600, D, "Lifetime of a ListUsers pagination token.")
    deleted_person_token: str = _switch(
        "unknown_person", O, "Refusal for a token of a deleted person (or: token_revoked)."
    )
    disabled_person_token: str = _switch(
        "token_revoked", D, "Refusal for a token of a disabled person (or: disabled)."
    )
    email_asterisks: int = _switch(3, O, "Asterisks in a masked e-mail address.")
    legacy_recovery_without_setting: bool = _switch(
        False, G, "A pool without AccountRecoverySetting recovers by phone first, then e-mail."
    )
    set_up_activates_factor: bool = _switch(
        False, G, "Finishing MFA_SETUP also puts the factor into UserMFASettingList."
    )
    device_replaces_email_mfa: bool = _switch(
        True, G, "A remembered device stands in for an e-mail code too (AWS names SMS and TOTP)."
    )
    login_prompt_seconds: int = _switch(
        300, D, "How long the sign-in page of a domain may wait to be sent."
    )
    login_challenge_seconds: int = _switch(
        180, D, "How long a page of a domain may wait for a code or a choice."
    )
    login_reset_seconds: int = _switch(
        480, D, "How long the pages of a domain that reset a password may take."
    )
    authorization_code_seconds: int = _switch(300, D, "Lifetime of an authorization code.")
    login_sets_up_phone: bool = _switch(
        True, G, "The pages of a domain can set up text messages where a factor is required."
    )
    login_disabled_words: str = _switch(
        "User is not enabled", D, "What the pages of a domain say to somebody who is disabled."
    )
    login_honours_max_age: bool = _switch(
        True, D, "The authorize endpoint asks again when the sign-in is older than max_age."
    )
    passkey_challenge_seconds: int = _switch(
        300, G, "How long StartWebAuthnRegistration's challenge may wait for its answer."
    )
    refused_passkey_keeps_challenge: bool = _switch(
        True, G, "A refused CompleteWebAuthnRegistration leaves the challenge for another try."
    )
    passkey_plain_http_on_localhost: bool = _switch(
        True, G, "http://localhost, at any port, is an origin of the relying party id localhost."
    )
    passkey_origins: str = _switch(
        "",
        G,
        "Origins, with commas between, that any relying party id accepts besides https:// pages of "
        "its domain and those below it.",
    )
    passkey_mfa_needs_setting: bool = _switch(
        True, D, "A passkey counts as MFA only for people whose WebAuthnMfaSettings is on."
    )
    passkey_mfa_needs_another_factor: bool = _switch(
        True, G, "A passkey counts as MFA only while its owner has another usable factor."
    )
    select_challenge_carries_passkey_options: bool = _switch(
        False,
        G,
        "SELECT_CHALLENGE already holds CREDENTIAL_REQUEST_OPTIONS, so CREDENTIAL can ride along.",
    )
    roaming_passkey_name: str = _switch(
        "Roaming passkey", D, "FriendlyCredentialName of a cross-platform authenticator."
    )
    platform_passkey_name: str = _switch(
        "Platform passkey", G, "FriendlyCredentialName of any other authenticator."
    )
    default_sender_emails_per_day: int = _switch(
        50, D, "E-mails a day from pools without a sender of their own, from 09:00 UTC."
    )
    provisioned_limit_ceiling_factor: int = _switch(
        10, G, "How many times its default a category's rate can be raised to."
    )
    update_pool_keeps: str = _switch(
        "Policies,MfaConfiguration,PoolName,UserPoolTier",
        O,
        "Members that UpdateUserPool keeps when they are omitted; every other one is reset.",
    )

    def changed(self, assignments: list[str]) -> Switches:
        """Apply NAME=VALUE texts from the command line. Raises ValueError with a clear line."""
        values: dict[str, Any] = {}
        for assignment in assignments:
            name, _, text = assignment.partition("=")
            values[name] = self._parsed(name, text)
        return replace(self, **values)

    def _parsed(self, name: str, text: str) -> bool | int | str:
        known = {each.name: each for each in fields(self)}
        if name not in known:
            raise ValueError(f"unknown switch {name!r}; known: {', '.join(sorted(known))}")
        kind = type(getattr(self, name))
        if kind is bool:
            return text.lower() in ("1", "true", "yes", "on")
        return int(text) if kind is int else text
