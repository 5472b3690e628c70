"""The first factor of a sign-in: which ones there are for somebody, and how each is asked.

Sources: contract 5.1, 5.3, 5.9 and the end of 5.4.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox import risk, srp_proofs
from sandbox.factors import EMAIL, SMS, WEB_AUTHN, passkey_is_mfa, usable_factors
from sandbox.flows import new_session
from sandbox.lockout import note_failure
from sandbox.passkey_assertion import begin_assertion, usable_passkeys
from sandbox.passkeys import Passkey
from sandbox.people import FORCE_CHANGE_PASSWORD
from sandbox.pools import Pool
from sandbox.protocol import refusal
from sandbox.steps import Answer, Attempt, after_password, ask, ask_code

PASSWORD = "PASSWORD"  # noqa: S105 - a challenge name
PASSWORD_SRP = "PASSWORD_SRP"  # noqa: S105 - a challenge name
PASSWORD_VERIFIER = "PASSWORD_VERIFIER"  # noqa: S105 - a challenge name
SELECT_CHALLENGE = "SELECT_CHALLENGE"
EMAIL_OTP = EMAIL
SMS_OTP = "SMS_OTP"
CHANNEL = {EMAIL_OTP: "email", SMS_OTP: "phone_number"}
SECOND_FACTOR_OF = {EMAIL_OTP: EMAIL, SMS_OTP: SMS}
OTP_DIGITS = 8
Parameters = dict[str, str]


def available(attempt: Attempt) -> list[str]:
    """What USER_AUTH offers: codes only to people whom no second factor would be asked for.

    To others a passkey, where it stands for both factors (rows D28 and D29).
    """
    pool, person, switches = attempt.pool, attempt.person, attempt.call.sandbox.switches
    passwords = [PASSWORD_SRP, PASSWORD] if person.verifier else []
    if person.status == FORCE_CHANGE_PASSWORD:
        return passwords
    passkey = [WEB_AUTHN] if passkeys_of(attempt) else []
    asked = usable_factors(pool, person, switches)
    if pool.mfa == "ON" or (pool.mfa == "OPTIONAL" and asked):
        return passwords + (passkey if passkey_is_mfa(pool, person, switches) else [])
    return passwords + one_time_codes(pool, person.attributes) + passkey


def passkeys_of(attempt: Attempt) -> list[Passkey]:
    """The passkeys a person may begin with; none where the pool does not allow them."""
    if WEB_AUTHN not in attempt.pool.first_factors:
        return []
    sandbox = attempt.call.sandbox
    return usable_passkeys(sandbox, attempt.pool, attempt.person, attempt.nobody)


def one_time_codes(pool: Pool, attributes: dict[str, str]) -> list[str]:
    """The codes that may stand in for a password in this pool, with these attributes."""
    return [
        factor
        for factor, attribute in CHANNEL.items()
        if factor in pool.first_factors and attributes.get(attribute)
    ]


def passwordless(pool: Pool, attributes: dict[str, str]) -> bool:
    """Whether somebody with these attributes needs no password in this pool."""
    return pool.mfa != "ON" and bool(one_time_codes(pool, attributes))


def ask_choice(attempt: Attempt, choices: list[str]) -> Answer:
    """Let the person choose the first factor."""
    kept: dict[str, Any] = {"choices": choices, "first": True}
    parameters: Parameters = {}
    carried = attempt.call.sandbox.switches.select_challenge_carries_passkey_options
    if carried and WEB_AUTHN in choices:
        kept["passkey_challenge"], parameters = _passkey_question(attempt)
    challenge = ask(attempt, SELECT_CHALLENGE, {}, **kept)
    return challenge | {"ChallengeParameters": parameters, "AvailableChallenges": choices}


def first_factor(attempt: Attempt, factor: str, given: Parameters) -> Answer:
    """Go on with one first factor; its proof may already be among what was given."""
    if factor in CHANNEL:
        attribute = CHANNEL[factor]
        destination = attempt.person.attributes[attribute]
        return ask_code(attempt, factor, attribute, destination, OTP_DIGITS, first=True)
    if factor == WEB_AUTHN:
        return ask_passkey(attempt)
    if factor == PASSWORD and given.get("PASSWORD"):
        return judge_password(attempt, given["PASSWORD"])
    if factor == PASSWORD_SRP and given.get("SRP_A"):
        return srp_challenge(attempt, given["SRP_A"])
    return ask(attempt, factor, {}) | {"ChallengeParameters": {}}


def ask_passkey(attempt: Attempt) -> Answer:
    """Ask for the proof that the person holds one of their passkeys."""
    challenge, parameters = _passkey_question(attempt)
    answer = ask(attempt, WEB_AUTHN, {}, passkey_challenge=challenge, first=True)
    return answer | {"ChallengeParameters": parameters}


def _passkey_question(attempt: Attempt) -> tuple[str, Parameters]:
    seconds = attempt.call.session_seconds(attempt.client)
    question = begin_assertion(attempt.pool, passkeys_of(attempt), seconds)
    text = json.dumps(question.options, separators=(",", ":"))
    return question.challenge, {"CREDENTIAL_REQUEST_OPTIONS": text}


def parameter(parameters: Parameters, name: str) -> str:
    """A parameter that a flow or challenge cannot do without."""
    value = parameters.get(name)
    if not value:
        raise refusal("missing_parameter", name=name)
    return value


def judge_password(attempt: Attempt, password: str) -> Answer:
    """Check a password and go on."""
    if not attempt.call.sandbox.passwords.right(attempt.pool, attempt.person, password):
        raise wrong_password(attempt)
    return after_password(attempt)


def wrong_password(attempt: Attempt) -> Exception:
    """Count a wrong password; the refusal to raise."""
    risk.note_answer(attempt, "Password", "Failure")
    note_failure(attempt.person, attempt.call.now, attempt.call.sandbox.switches)
    attempt.call.sandbox.people.touch(attempt.person)
    return refusal("incorrect_password", counts=True)


def srp_challenge(attempt: Attempt, srp_a: str) -> Answer:
    """Ask for the proof that the person knows the password, without the password itself."""
    a_public, person = srp_proofs.client_public(srp_a), attempt.person
    block = srp_proofs.new_secret_block()
    flow: dict[str, Any] = {
        "challenge": PASSWORD_VERIFIER,
        "pool": attempt.pool.id,
        "client": attempt.client.id,
        "sub": None if attempt.nobody else person.sub,
        "device": attempt.device_key,
        **srp_proofs.exchange(person.username, person.verifier or "1", a_public),
    }
    switches = attempt.call.sandbox.switches
    attempt.call.sandbox.flows.open(flow, switches.srp_answer_seconds, block)
    carries_session = switches.session_with_password_verifier
    return {
        "ChallengeName": PASSWORD_VERIFIER,
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": person.username,
            "USERNAME": person.username,
            "SALT": person.salt or "0",
            "SRP_B": flow["b_public"],
            "SECRET_BLOCK": block,
        },
        **({"Session": new_session()} if carries_session else {}),
    }
