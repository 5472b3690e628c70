"""Setting a factor up on the way in, where the pool requires one. Contract 5.3 and 13.4."""

from __future__ import annotations

import json

from sandbox.factors import EMAIL, SMS, TOTP
from sandbox.managed_login.turn import Turn
from sandbox.operations.registry import Answer
from sandbox.protocol import refusal

MFA_SETUP = "MFA_SETUP"
ADDRESS_MEMBER = {EMAIL: "EMAIL", SMS: "PHONE_NUMBER"}


def offered(turn: Turn, asked: Answer) -> list[str]:
    """The factors that can be set up here; text messages only if the switch says so."""
    listed: list[str] = json.loads(asked["ChallengeParameters"]["MFAS_CAN_SETUP"])
    phone = turn.sandbox.switches.login_sets_up_phone
    possible = [factor for factor in listed if factor != SMS or phone]
    if not possible:
        raise refusal("nothing_to_set_up")
    return possible


def choose(turn: Turn, asked: Answer, factor: str) -> Answer:
    """Begin with one factor: a fresh secret for an app, else the question for an address."""
    if factor not in offered(turn, asked):
        raise refusal("bad_selection", answer=factor)
    if factor != TOTP:
        return {**asked, "factor": factor}
    made = turn.run("AssociateSoftwareToken", Session=asked["Session"])
    return {**asked, "factor": TOTP, "secret": made["SecretCode"], "Session": made["Session"]}


def go_on(turn: Turn, username: str, asked: Answer) -> Answer:
    """The next step of a set-up: the choice, the code of the app, or the address."""
    form, factor = turn.request.form, asked.get("factor")
    if factor is None:
        return choose(turn, asked, form.get("choice", ""))
    session, proof = asked["Session"], {}
    if factor == TOTP:
        code = "".join(form.get("code", "").split())
        proved = turn.run("VerifySoftwareToken", Session=session, UserCode=code)
        session = proved["Session"]
    else:
        proof = {ADDRESS_MEMBER[factor]: form.get("address", "").strip()}
    return turn.run(
        "RespondToAuthChallenge",
        ChallengeName=MFA_SETUP,
        Session=session,
        ChallengeResponses={"USERNAME": username, **proof},
    )
