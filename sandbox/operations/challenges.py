"""Answering a challenge: RespondToAuthChallenge. Sources: contract 5.3, 5.5, 5.6."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import srp_proofs
from sandbox.attribute_rules import apply_own_changes, refuse_taken
from sandbox.authenticators import judge
from sandbox.core import Call
from sandbox.factors import ATTRIBUTE, EMAIL, SMS, TOTP, WEB_AUTHN, passkey_is_mfa
from sandbox.first_factors import (
    PASSWORD,
    PASSWORD_SRP,
    PASSWORD_VERIFIER,
    SECOND_FACTOR_OF,
    SELECT_CHALLENGE,
    SMS_OTP,
    available,
    first_factor,
    judge_password,
    parameter,
    passkeys_of,
    srp_challenge,
    wrong_password,
)
from sandbox.lockout import note_failure, refuse_while_locked
from sandbox.nobody import made_up_person
from sandbox.operations import device_challenges
from sandbox.operations.device_challenges import DEVICE_PASSWORD_VERIFIER, session_of
from sandbox.operations.registry import Answer, operation
from sandbox.passkey_assertion import read_assertion, right_assertion
from sandbox.passwords import check_policy
from sandbox.people import CONFIRMED, Person
from sandbox.pools import Client, Pool
from sandbox.protocol import Refusal, refusal
from sandbox.schema import wrong_value
from sandbox.steps import (
    DEVICE_SRP_AUTH,
    MFA_SETUP,
    NEW_PASSWORD_REQUIRED,
    SELECT_MFA_TYPE,
    Attempt,
    after_password,
    ask_factor,
    finish,
    missing_attributes,
    refuse_by_state,
    second_factor,
)

CUSTOM_CHALLENGE = "CUSTOM_CHALLENGE"
USER_ATTRIBUTE = "userAttributes."
Responses = dict[str, str]


@dataclass
class Reply:
    """An answer to a challenge: whose attempt, what was asked, what was answered."""

    attempt: Attempt
    session: str
    flow: dict[str, Any]
    responses: Responses

    def consume(self) -> None:
        """The answer was right: its Session is used up."""
        self.attempt.call.sandbox.flows.consume(self.session)


@operation("RespondToAuthChallenge")
def respond_to_auth_challenge(call: Call) -> Answer:
    """Check the answer to a challenge and go on to the next one or to tokens."""
    return _answer(call, call.sandbox.pools.client(call.input["ClientId"]))


@operation("AdminRespondToAuthChallenge")
def admin_respond_to_auth_challenge(call: Call) -> Answer:
    """The same from a server."""
    return _answer(call, call.sandbox.pools.client(call.input["ClientId"], call.pool().id))


def _answer(call: Call, client: Client) -> Answer:
    challenge = call.input["ChallengeName"]
    responses = call.input.get("ChallengeResponses", {})
    username = parameter(responses, "USERNAME")
    if challenge != DEVICE_SRP_AUTH or "SECRET_HASH" in responses:  # clients leave it out there
        call.check_secret(client, username, responses.get("SECRET_HASH"))
    if challenge == PASSWORD_VERIFIER:
        return _password_verifier(call, client, responses)
    if challenge not in _ANSWERS:
        raise _never_asked(call, client, challenge)
    return _ANSWERS[challenge](_reply(call, client, challenge, responses))


def _never_asked(call: Call, client: Client, challenge: str) -> Exception:
    """The refusal of an answer to CUSTOM_CHALLENGE and others that no Session here can be for."""
    triggers = call.sandbox.pools.get(client.pool_id).triggers
    if challenge == CUSTOM_CHALLENGE and "DefineAuthChallenge" in triggers:
        return refusal("flow_not_in_sandbox", flow=challenge)
    if "Session" not in call.input:
        return refusal("missing_parameter", name="Session")
    call.sandbox.flows.read(call.input["Session"])
    return refusal("session_invalid")


def _reply(call: Call, client: Client, challenge: str, responses: Responses) -> Reply:
    session = session_of(call, client, challenge, responses)
    if not session:
        raise refusal("missing_parameter", name="Session")
    flow = call.sandbox.flows.read(session)
    if flow["challenge"] != challenge or flow["client"] != client.id:
        raise refusal("session_invalid")
    if flow.get("managed", False) != call.managed:
        raise refusal("session_invalid")
    pool = call.sandbox.pools.get(flow["pool"])
    if flow.get("nobody"):
        attempt = _attempt_of_nobody(call, pool, client, flow["nobody"])
        return Reply(attempt, session, flow, responses)
    person = call.sandbox.people.by_sub(pool.id, flow["sub"])
    if person is None or not _is_called(call, client, person, responses["USERNAME"]):
        raise refusal("session_invalid")
    refuse_while_locked(person, call.now)
    refuse_by_state(person)
    device_key = responses.get("DEVICE_KEY") or flow.get("device")
    attempt = Attempt(call, pool, client, person, device_key=device_key)
    return Reply(attempt, session, flow, responses)


def _attempt_of_nobody(call: Call, pool: Pool, client: Client, name: str) -> Attempt:
    nobody = made_up_person(call.sandbox, pool, name)
    return Attempt(call, pool, client, nobody, nobody=name)


def _is_called(call: Call, client: Client, person: Person, name: str) -> bool:
    """Whether a name is one of the person's: username, `sub` or alias."""
    if name in (person.username, person.sub):
        return True
    found = call.sandbox.people.find(call.sandbox.pools.get(client.pool_id), name)
    return found is not None and found.sub == person.sub


def _new_password(reply: Reply) -> Answer:
    attempt, responses = reply.attempt, reply.responses
    call, pool, person = attempt.call, attempt.pool, attempt.person
    password = parameter(responses, "NEW_PASSWORD")
    check_policy(pool, password)
    call.sandbox.passwords.refuse_reused(pool, person, password)
    given = {
        name.removeprefix(USER_ATTRIBUTE): value
        for name, value in responses.items()
        if name.startswith(USER_ATTRIBUTE)
    }
    apply_own_changes(call.sandbox, pool, attempt.client, person, given)
    if missing := missing_attributes(pool, person):
        raise refusal("attribute_required", attributes=", ".join(missing))
    call.sandbox.passwords.set(pool, person, password)
    person.status, person.temporary_until = CONFIRMED, None
    person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.save(pool, person)
    reply.consume()
    return second_factor(attempt)


def _first_choice(reply: Reply) -> Answer:
    """SELECT_CHALLENGE: the proof of the chosen factor may ride along."""
    chosen, attempt = parameter(reply.responses, "ANSWER"), reply.attempt
    if chosen not in reply.flow["choices"] or chosen not in available(attempt):
        raise refusal("bad_selection", answer=chosen)
    asked_already = chosen == WEB_AUTHN and "passkey_challenge" in reply.flow
    if asked_already and "CREDENTIAL" in reply.responses:
        return _passkey(reply)
    return _then_consumed(reply, first_factor(reply.attempt, chosen, reply.responses))


def _passkey(reply: Reply) -> Answer:
    """WEB_AUTHN: a passkey that stands for both factors ends the sign-in (row D25)."""
    attempt = reply.attempt
    call, pool, person = attempt.call, attempt.pool, attempt.person
    given = read_assertion(parameter(reply.responses, "CREDENTIAL"))
    asked, passkeys = reply.flow["passkey_challenge"], passkeys_of(attempt)
    if not right_assertion(call.sandbox, pool, person, passkeys, asked, given):
        raise _failed(reply, "wrong_passkey")
    reply.consume()
    if passkey_is_mfa(pool, person, call.sandbox.switches):
        return finish(attempt)
    return second_factor(attempt, proved=WEB_AUTHN)


def _password(reply: Reply) -> Answer:
    password = parameter(reply.responses, "PASSWORD")
    return _then_consumed(reply, judge_password(reply.attempt, password))


def _password_srp(reply: Reply) -> Answer:
    srp_a = parameter(reply.responses, "SRP_A")
    return _then_consumed(reply, srp_challenge(reply.attempt, srp_a))


def _then_consumed(reply: Reply, answer: Answer) -> Answer:
    """This answer was no refusal, so the Session it came with is used up."""
    reply.consume()
    return answer


def _choice(reply: Reply) -> Answer:
    answer = parameter(reply.responses, "ANSWER")
    if answer not in reply.flow["choices"]:
        raise refusal("bad_selection", answer=answer)
    reply.consume()
    return ask_factor(reply.attempt, answer)


def _totp(reply: Reply) -> Answer:
    attempt = reply.attempt
    code = parameter(reply.responses, "SOFTWARE_TOKEN_MFA_CODE")
    if attempt.person.totp is None:
        raise refusal("totp_absent")
    call = attempt.call
    verdict = judge(call.sandbox.database, attempt.person, attempt.person.totp, code, call.now)
    if verdict != "right":
        raise _failed(reply, "wrong_totp" if verdict == "wrong" else "used_totp")
    reply.consume()
    return finish(attempt)


def _sent_code(factor: str, parameter_name: str) -> Callable[[Reply], Answer]:
    def answer(reply: Reply) -> Answer:
        attempt = reply.attempt
        code = parameter(reply.responses, parameter_name)
        latest = attempt.person.codes.get(factor, {}).get("nonce") == reply.flow["nonce"]
        if not latest or not hmac.compare_digest(code.encode(), reply.flow["code"].encode()):
            raise _failed(reply, "wrong_mfa_code")
        reply.consume()
        del attempt.person.codes[factor]
        if reply.flow.get("first"):
            attempt.call.sandbox.people.save(attempt.pool, attempt.person)
            return second_factor(attempt, proved=SECOND_FACTOR_OF[factor])
        address = reply.flow.get("address")
        if address:
            attribute = ATTRIBUTE[factor]
            attempt.person.attributes |= {attribute: address, f"{attribute}_verified": "false"}
        attempt.call.sandbox.people.save(attempt.pool, attempt.person)
        return finish(attempt, proved=factor, set_up=factor if address else None)

    return answer


def _set_up(reply: Reply) -> Answer:
    """TOTP was proved by VerifySoftwareToken; an e-mail address is proved by a code now."""
    if reply.flow.get("totp_proved"):
        reply.consume()
        return finish(reply.attempt, set_up=TOTP)
    factor, address = _new_address(reply)
    if not address or factor not in reply.flow["offered"]:
        raise refusal("setup_unfinished")
    attribute, person = ATTRIBUTE[factor], reply.attempt.person
    if problem := wrong_value(reply.attempt.pool.schema[attribute], attribute, address):
        raise problem
    refuse_taken(reply.attempt.call.sandbox, reply.attempt.pool, person, attribute, address)
    reply.consume()
    return ask_factor(reply.attempt, factor, address)


def _new_address(reply: Reply) -> tuple[str, str]:
    """The factor that is set up and its address; a number only on the login pages."""
    call, given = reply.attempt.call, reply.responses
    if call.managed and call.sandbox.switches.login_sets_up_phone and given.get("PHONE_NUMBER"):
        return SMS, given["PHONE_NUMBER"]
    return EMAIL, given.get("EMAIL") or given.get("email") or ""


_ANSWERS: dict[str, Callable[[Reply], Answer]] = {
    NEW_PASSWORD_REQUIRED: _new_password,
    SELECT_MFA_TYPE: _choice,
    MFA_SETUP: _set_up,
    TOTP: _totp,
    SMS: _sent_code(SMS, "SMS_MFA_CODE"),
    EMAIL: _sent_code(EMAIL, "EMAIL_OTP_CODE"),
    SMS_OTP: _sent_code(SMS_OTP, "SMS_OTP_CODE"),
    SELECT_CHALLENGE: _first_choice,
    PASSWORD: _password,
    WEB_AUTHN: _passkey,
    PASSWORD_SRP: _password_srp,
    DEVICE_SRP_AUTH: device_challenges.begin,
    DEVICE_PASSWORD_VERIFIER: device_challenges.complete,
}


def _failed(reply: Reply, saying: str) -> Refusal:
    """Count a wrong code; the Session stays good. Returns the refusal to raise."""
    attempt, switches = reply.attempt, reply.attempt.call.sandbox.switches
    if not reply.flow.get("first") or switches.first_factor_code_failures_lock:
        note_failure(attempt.person, attempt.call.now, switches)
        attempt.call.sandbox.people.touch(attempt.person)
    return refusal(saying, counts=True)


def _password_verifier(call: Call, client: Client, responses: Responses) -> Answer:
    block = parameter(responses, "PASSWORD_CLAIM_SECRET_BLOCK")
    claimed = parameter(responses, "PASSWORD_CLAIM_SIGNATURE")
    timestamp = parameter(responses, "TIMESTAMP")
    flow = call.sandbox.flows.read(block)
    if flow["client"] != client.id or flow["challenge"] != PASSWORD_VERIFIER:
        raise refusal("session_invalid")
    srp_proofs.check_timestamp(call.sandbox.switches, timestamp)
    call.sandbox.flows.consume(block)
    pool = call.sandbox.pools.get(flow["pool"])
    person = call.sandbox.people.by_sub(pool.id, flow["sub"]) if flow["sub"] else None
    if person is None:
        raise refusal("incorrect_password", counts=True)
    if not _is_called(call, client, person, responses["USERNAME"]):
        raise refusal("incorrect_password")
    refuse_while_locked(person, call.now)
    refuse_by_state(person)
    device_key = responses.get("DEVICE_KEY") or flow.get("device")
    attempt = Attempt(call, pool, client, person, device_key=device_key)
    if not srp_proofs.right_signature(pool.srp_name, flow, block, timestamp, claimed):
        raise wrong_password(attempt)
    return after_password(attempt)
