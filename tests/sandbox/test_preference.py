"""Checklist C015 to C036: which factors are activated and preferred."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import EMAIL, SMS, TOTP, Realm, Someone, refused


@pytest.fixture
def someone(optional: Realm) -> Someone:
    """With a bound app, a verified number and a verified address; nothing activated."""
    person = optional.person(email=True, phone=True)
    person.bind_app()
    return person


def test_c015_nothing_is_listed_at_first(optional: Realm) -> None:
    answer = optional.person(email=True).get()
    assert "UserMFASettingList" not in answer
    assert "PreferredMfaSetting" not in answer
    admin = optional.server.admin.admin_get_user(**optional.person().admin_name)
    assert "UserMFASettingList" not in admin


def test_c016_to_c020_one_factor(someone: Someone) -> None:
    """C016, C017, C018, C019 and C020 in their order."""
    someone.prefer(TOTP=(True, False))
    assert (someone.listed(), someone.preferred()) == ({TOTP}, None)  # C016
    someone.prefer(TOTP=(True, True))
    assert (someone.listed(), someone.preferred()) == ({TOTP}, TOTP)  # C017
    someone.prefer(TOTP=(True, False))
    assert (someone.listed(), someone.preferred()) == ({TOTP}, None)  # C018
    someone.prefer(TOTP=(True, True))
    someone.prefer(TOTP=(True, None))
    assert (someone.listed(), someone.preferred()) == ({TOTP}, None)  # C019
    someone.prefer(TOTP=(True, True))
    someone.prefer(TOTP=(False, None))
    assert (someone.listed(), someone.preferred()) == (None, None)  # C020


def test_disabling_with_both_flags_false_clears_too(someone: Someone) -> None:
    someone.prefer(TOTP=(True, True))
    someone.prefer(TOTP=(False, False))
    assert (someone.listed(), someone.preferred()) == (None, None)


def test_c021_omitted_block_is_unchanged(someone: Someone) -> None:
    someone.prefer(SMS=(True, False), TOTP=(True, True))
    someone.prefer(SMS=(False, False))
    assert (someone.listed(), someone.preferred()) == ({TOTP}, TOTP)


def test_c022_preference_moves(someone: Someone) -> None:
    someone.prefer(SMS=(True, False), TOTP=(True, True))
    someone.prefer(SMS=(True, True))
    assert (someone.listed(), someone.preferred()) == ({SMS, TOTP}, SMS)


def test_c023_two_preferred_store_nothing(someone: Someone) -> None:
    with refused("InvalidParameterException"):
        someone.prefer(SMS=(True, True), TOTP=(True, True))
    assert (someone.listed(), someone.preferred()) == (None, None)


def test_c024_preferred_without_enabled(someone: Someone) -> None:
    someone.prefer(SMS=(True, False))
    with refused("InvalidParameterException"):
        someone.prefer(TOTP=(False, True))
    assert (someone.listed(), someone.preferred()) == ({SMS}, None)


def test_c025_no_app(optional: Realm) -> None:
    words = "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA"
    with refused("InvalidParameterException", words):
        optional.person().prefer(TOTP=(True, False))


def test_c026_no_app_by_administrator(optional: Realm) -> None:
    words = "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA"
    with refused("InvalidParameterException", words):
        optional.server.admin.admin_set_user_mfa_preference(
            **optional.person().admin_name, SoftwareTokenMfaSettings={"Enabled": True}
        )


def test_associated_but_unverified_app_is_not_enough(optional: Realm) -> None:
    person = optional.person()
    optional.server.user.associate_software_token(AccessToken=person.token)
    with refused("InvalidParameterException"):
        person.prefer(TOTP=(True, False))


def test_c027_unverified_number_is_accepted(optional: Realm) -> None:
    person = optional.person(phone=False)
    person.prefer(SMS=(True, True))
    assert (person.listed(), person.preferred()) == ({SMS}, SMS)


def test_c028_no_number_and_no_address(optional: Realm) -> None:
    person = optional.person()
    for factor, name in (("SMS", SMS), ("EMAIL", EMAIL)):
        words = f"User does not have delivery config set to turn on {name}"
        with refused("InvalidParameterException", words):
            person.prefer(**{factor: (True, False)})


def test_c029_switching_off_what_never_was(off: Realm) -> None:
    person = off.person()
    off.server.admin.admin_set_user_mfa_preference(
        **person.admin_name, SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False}
    )
    assert person.listed() is None


def test_c030_factor_off_in_the_pool_is_stored_all_the_same(make_realm: MakeRealm) -> None:
    person = make_realm("ON", (TOTP,)).person(phone=True)
    person.prefer(SMS=(True, True))
    assert (person.listed(), person.preferred()) == ({SMS}, SMS)


def test_c031_missing_scope(optional: Realm) -> None:
    person = optional.person()
    given = {"client": optional.client_id, "username": person.username, "scope": "openid email"}
    token = optional.server.ask("POST", "/tokens", given)["AccessToken"]
    with refused("NotAuthorizedException", "Access Token does not have required scopes"):
        optional.server.user.set_user_mfa_preference(AccessToken=token)


def test_c032_passkey_as_factor_needs_the_pool(someone: Someone) -> None:
    someone.prefer(TOTP=(True, False))
    with refused("InvalidParameterException"):
        someone.realm.server.user.set_user_mfa_preference(
            AccessToken=someone.token, WebAuthnMfaSettings={"Enabled": True}
        )


def test_c033_passkey_as_factor_needs_another_factor(make_realm: MakeRealm) -> None:
    realm = make_realm()
    passkey = {
        "RelyingPartyId": "localhost",
        "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
    }
    realm.set_mfa("OPTIONAL", SMS, TOTP, WebAuthnConfiguration=passkey)
    person = realm.person(phone=True)
    call = realm.server.user.set_user_mfa_preference
    with refused("InvalidParameterException"):
        call(AccessToken=person.token, WebAuthnMfaSettings={"Enabled": True})
    sms = {"Enabled": True}
    call(AccessToken=person.token, WebAuthnMfaSettings={"Enabled": True}, SMSMfaSettings=sms)


def test_c034_list_users_never_tells(someone: Someone) -> None:
    someone.prefer(TOTP=(True, True))
    listed = someone.realm.server.admin.list_users(
        UserPoolId=someone.realm.pool_id, Filter=f'username = "{someone.username}"'
    )["Users"][0]
    assert not {"UserMFASettingList", "PreferredMfaSetting"} & set(listed)


def test_c036_flags_off_in_a_required_pool_change_nothing(make_realm: MakeRealm) -> None:
    person = make_realm("ON", (TOTP,)).person()
    person.bind_app()
    person.prefer(TOTP=(True, True))
    person.prefer(TOTP=(False, False))
    assert person.listed() is None
    assert person.sign_in()["ChallengeName"] == TOTP


def test_matrix_row_10_no_blocks_at_all(someone: Someone) -> None:
    someone.prefer(TOTP=(True, True))
    someone.prefer()
    assert (someone.listed(), someone.preferred()) == ({TOTP}, TOTP)


def test_matrix_row_11_nothing_is_promoted(someone: Someone) -> None:
    someone.prefer(SMS=(True, False), TOTP=(True, True))
    someone.prefer(TOTP=(False, False))
    assert (someone.listed(), someone.preferred()) == ({SMS}, None)


def test_matrix_row_12_email(someone: Someone) -> None:
    someone.prefer(EMAIL=(True, True))
    assert (someone.listed(), someone.preferred()) == ({EMAIL}, EMAIL)


def test_refused_block_beside_a_good_one_stores_neither(optional: Realm) -> None:
    person = optional.person(phone=True)
    with refused("InvalidParameterException"):
        person.prefer(SMS=(True, True), TOTP=(True, False))
    assert person.listed() is None


def test_administrator_sees_and_sets_the_same_state(someone: Someone) -> None:
    admin = someone.realm.server.admin
    admin.admin_set_user_mfa_preference(
        **someone.admin_name, EmailMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    assert someone.preferred() == EMAIL
    seen = admin.admin_get_user(**someone.admin_name)
    assert seen["UserMFASettingList"] == [EMAIL]
    assert seen["PreferredMfaSetting"] == EMAIL


def test_auth_factors_show_what_is_configured(optional: Realm) -> None:
    person = optional.person(email=True)
    read = optional.server.user.get_user_auth_factors
    assert read(AccessToken=person.token)["ConfiguredUserAuthFactors"] == ["PASSWORD", "EMAIL_OTP"]
    person.bind_app()
    answer = read(AccessToken=person.token)
    assert "SOFTWARE_TOKEN" in answer["ConfiguredUserAuthFactors"]
    assert "UserMFASettingList" not in answer
