"""One's own attributes and the codes that prove them. Sources: contract 4.3 and 4.4."""

from __future__ import annotations

from sandbox import attribute_rules as rules
from sandbox.codes import checked_code
from sandbox.core import Call, without_empty
from sandbox.lockout import count_try
from sandbox.operations.registry import Answer, operation
from sandbox.protocol import refusal
from sandbox.schema import FLAGS, VERIFIABLE


@operation("UpdateUserAttributes")
def update_user_attributes(call: Call) -> Answer:
    """Change attributes; new addresses and numbers may have to be proved first."""
    bearer = call.bearer()
    values = rules.as_mapping(call.input["UserAttributes"])
    person = bearer.person
    details = rules.apply_own_changes(call.sandbox, bearer.pool, bearer.client, person, values)
    person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.save(bearer.pool, person)
    return without_empty({"CodeDeliveryDetailsList": details})


@operation("DeleteUserAttributes")
def delete_user_attributes(call: Call) -> Answer:
    """Take attributes away; a factor that needs one becomes unusable."""
    bearer = call.bearer()
    names = call.input["UserAttributeNames"]
    rules.check_values(bearer.pool, dict.fromkeys(names, ""))
    rules.check_own_changes(bearer.client, names)
    rules.check_changes(bearer.pool, bearer.person, dict.fromkeys(names, ""))
    for name in names:
        rules.delete(bearer.person, name)
    bearer.person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.save(bearer.pool, bearer.person)
    return {}


@operation("GetUserAttributeVerificationCode")
def get_user_attribute_verification_code(call: Call) -> Answer:
    """Send a code to an address or number, to a new one if one waits to be proved."""
    bearer = call.bearer()
    attribute, person = call.input["AttributeName"], bearer.person
    if attribute not in VERIFIABLE:
        raise refusal("unverifiable_attribute", attribute=attribute)
    waiting = person.codes.get(attribute, {})
    pending = bool(waiting.get("pending"))
    value = waiting["value"] if pending else person.attributes.get(attribute)
    if not value:
        raise refusal("attribute_absent", attribute=attribute)
    most = call.sandbox.switches.attribute_code_per_hour
    count_try(person, "attribute_code", most, call.now)
    details = rules.send_attribute_code(
        call.sandbox, bearer.pool, person, attribute, value, pending=pending
    )
    call.sandbox.people.touch(person)
    return {"CodeDeliveryDetails": details}


@operation("VerifyUserAttribute")
def verify_user_attribute(call: Call) -> Answer:
    """Prove an address or number by its code; a waiting value becomes the current one."""
    bearer = call.bearer()
    attribute, person = call.input["AttributeName"], bearer.person
    if attribute not in VERIFIABLE:
        raise refusal("unverifiable_attribute", attribute=attribute)
    most = call.sandbox.switches.verify_attribute_per_hour
    count_try(person, "verify_attribute", most, call.now)
    call.sandbox.people.touch(person)
    value = checked_code(person, attribute, call.input["Code"], call.now)["value"]
    rules.refuse_taken(call.sandbox, bearer.pool, person, attribute, value)
    person.attributes |= {attribute: value, FLAGS[attribute]: "true"}
    del person.codes[attribute]
    person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.save(bearer.pool, person)
    return {}
