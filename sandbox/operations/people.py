"""People's accounts in an administrator's hands. Source: contract 11.2."""

from __future__ import annotations

from typing import Any

from sandbox import attribute_rules as rules
from sandbox import messages
from sandbox.core import Call, without_empty
from sandbox.first_factors import passwordless
from sandbox.new_people import initial_attributes, new_person, take_over_aliases
from sandbox.operations.account import auth_factors, stored_preference
from sandbox.operations.registry import Answer, operation
from sandbox.passwords import check_policy, temporary_password, temporary_until
from sandbox.people import CONFIRMED, FORCE_CHANGE_PASSWORD, Person
from sandbox.pools import Pool
from sandbox.protocol import refusal

ATTRIBUTE_OF_MEDIUM = {"SMS": "phone_number", "EMAIL": "email"}


@operation("AdminCreateUser")
def admin_create_user(call: Call) -> Answer:
    """Make an account with a temporary password that is sent to the person, or with none.

    None, and confirmed at once, where the pool lets a code stand in for it (contract 5.10).
    """
    pool, given = call.pool(), call.input
    if given.get("MessageAction") == "RESEND":
        return {"User": _invited_again(call, pool)}
    values = initial_attributes(pool, given)
    if given.get("ForceAliasCreation"):
        take_over_aliases(call.sandbox, pool, values)
    person = new_person(call.sandbox, pool, given["Username"], values)
    if "TemporaryPassword" not in given and passwordless(pool, values):
        call.sandbox.people.add(pool, person)
        return {"User": summary(person)}
    password = given.get("TemporaryPassword") or temporary_password(pool)
    check_policy(pool, password)
    _set_temporary(call, pool, person, password)
    call.sandbox.people.add(pool, person)
    if given.get("MessageAction") != "SUPPRESS":
        _invite(call, pool, person, password)
    return {"User": summary(person)}


@operation("AdminGetUser")
def admin_get_user(call: Call) -> Answer:
    """An account with its stored preference."""
    _, person = call.person()
    described = summary(person)
    described["UserAttributes"] = described.pop("Attributes")
    return described | stored_preference(person)


@operation("AdminGetUserAuthFactors")
def admin_get_user_auth_factors(call: Call) -> Answer:
    """Stored preference, and the factors that exist whether activated or not."""
    pool, person = call.person()
    return auth_factors(call, pool, person)


@operation("AdminSetUserPassword")
def admin_set_user_password(call: Call) -> Answer:
    """Set a password: for good, or to be changed at the next sign-in."""
    pool, person = call.person()
    password = call.input["Password"]
    check_policy(pool, password)
    call.sandbox.passwords.refuse_reused(pool, person, password)
    if call.input.get("Permanent"):
        call.sandbox.passwords.set(pool, person, password)
        person.status, person.temporary_until = CONFIRMED, None
    else:
        _set_temporary(call, pool, person, password)
    _store(call, pool, person)
    return {}


@operation("AdminUpdateUserAttributes")
def admin_update_user_attributes(call: Call) -> Answer:
    """Change somebody's attributes, verified at once where the call says so."""
    pool, person = call.person()
    values = rules.as_mapping(call.input["UserAttributes"])
    rules.apply_admin_changes(call.sandbox, pool, person, values)
    _store(call, pool, person)
    return {}


@operation("AdminDeleteUserAttributes")
def admin_delete_user_attributes(call: Call) -> Answer:
    """Take attributes of somebody away; a factor that needs one becomes unusable."""
    pool, person = call.person()
    names = call.input["UserAttributeNames"]
    for name in names:
        if name not in pool.schema:
            raise refusal("unknown_attribute_to_delete", attribute=name)
    rules.check_changes(pool, person, dict.fromkeys(names, ""))
    for name in names:
        rules.delete(person, name)
    _store(call, pool, person)
    return {}


@operation("AdminDisableUser")
def admin_disable_user(call: Call) -> Answer:
    """Lock somebody out and end their sign-ins."""
    pool, person = call.person()
    person.enabled = False
    call.sandbox.tokens.revoke_all(person)
    _store(call, pool, person)
    return {}


@operation("AdminEnableUser")
def admin_enable_user(call: Call) -> Answer:
    """Let somebody in again; ended sign-ins stay ended."""
    pool, person = call.person()
    person.enabled = True
    _store(call, pool, person)
    return {}


@operation("AdminDeleteUser")
def admin_delete_user(call: Call) -> None:
    """Delete an account."""
    _, person = call.person()
    call.sandbox.people.remove(person)


def summary(person: Person) -> dict[str, Any]:
    """A UserType."""
    return {
        "Username": person.username,
        "Attributes": person.attribute_list(),
        "UserCreateDate": person.created,
        "UserLastModifiedDate": person.modified,
        "Enabled": person.enabled,
        "UserStatus": person.status,
        **without_empty({"MFAOptions": person.mfa_options}),
    }


def _store(call: Call, pool: Pool, person: Person) -> None:
    person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.save(pool, person)


def _set_temporary(call: Call, pool: Pool, person: Person, password: str) -> None:
    call.sandbox.passwords.set(pool, person, password)
    person.status = FORCE_CHANGE_PASSWORD
    person.temporary_until = temporary_until(pool, call.now)


def _invited_again(call: Call, pool: Pool) -> dict[str, Any]:
    pool, person = call.person()
    if person.status != FORCE_CHANGE_PASSWORD:
        raise refusal("resend_state")
    password = call.input.get("TemporaryPassword") or temporary_password(pool)
    check_policy(pool, password)
    _set_temporary(call, pool, person, password)
    _store(call, pool, person)
    _invite(call, pool, person, password)
    return summary(person)


def _invite(call: Call, pool: Pool, person: Person, password: str) -> None:
    """Send the temporary password to where the call says, or to where the person can be met."""
    wanted = call.input.get("DesiredDeliveryMediums")
    reachable = [
        medium for medium, name in ATTRIBUTE_OF_MEDIUM.items() if person.attributes.get(name)
    ]
    for medium in wanted or reachable[:1]:
        attribute = ATTRIBUTE_OF_MEDIUM[medium]
        if person.attributes.get(attribute):
            messages.send_invitation(call.sandbox.inbox, pool, person, attribute, password)
