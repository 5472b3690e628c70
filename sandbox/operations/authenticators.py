"""Binding an authenticator app, and taking it away. Source: contract 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.authenticators import Authenticator, judge, new_authenticator
from sandbox.core import Call
from sandbox.factors import TOTP
from sandbox.lockout import note_failure, note_success, refuse_while_locked
from sandbox.operations.preference import apply_block
from sandbox.operations.registry import Answer, operation
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.protocol import refusal


@dataclass
class Enrolment:
    """Who binds an app: by access token, or in the middle of a sign-in by its Session."""

    pool: Pool
    person: Person
    session: str | None = None
    flow: dict[str, Any] | None = None

    @property
    def pending(self) -> Authenticator | None:
        """The secret handed out and not yet proved."""
        pending: Authenticator | None = (
            self.person.totp_pending if self.flow is None else self.flow.get("totp_pending")
        )
        return pending


@operation("AssociateSoftwareToken")
def associate_software_token(call: Call) -> Answer:
    """Hand out a fresh secret; what was verified before keeps working."""
    enrolment = _enrolment(call)
    if enrolment.person.federated:
        raise refusal("federated_mfa")
    if TOTP not in enrolment.pool.factors:
        raise refusal("totp_off")
    authenticator = new_authenticator()
    if enrolment.flow is None:
        enrolment.person.totp_pending = authenticator
        call.sandbox.people.touch(enrolment.person)
        return {"SecretCode": authenticator["secret"]}
    session = _advance(call, enrolment, totp_pending=authenticator, totp_proved=False)
    return {"SecretCode": authenticator["secret"], "Session": session}


@operation("VerifySoftwareToken")
def verify_software_token(call: Call) -> Answer:
    """Prove that the app holds the secret; activates nothing by itself."""
    enrolment = _enrolment(call)
    person, pending = enrolment.person, enrolment.pending
    if pending is None:
        raise refusal("totp_absent")
    switches = call.sandbox.switches
    if switches.enrolment_failures_lock:
        refuse_while_locked(person, call.now)
    code = call.input["UserCode"]
    verdict = judge(call.sandbox.database, person, pending, code, call.now)
    if verdict != "right":
        if switches.enrolment_failures_lock:
            note_failure(person, call.now, switches)
            call.sandbox.people.touch(person)
        raise refusal("totp_mismatch" if verdict == "wrong" else "used_totp", counts=True)
    return _bind(call, enrolment, pending)


@operation("AdminDeleteSoftwareToken")
def admin_delete_software_token(call: Call) -> Answer:
    """Take somebody's app away, flag and preference with it; sessions go on."""
    _, person = call.person()
    person.totp = person.totp_pending = None
    apply_block(person, TOTP, {"Enabled": False})
    person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.touch(person)
    return {}


def _enrolment(call: Call) -> Enrolment:
    if ("AccessToken" in call.input) == ("Session" in call.input):
        raise refusal("one_proof")
    if "AccessToken" in call.input:
        bearer = call.bearer()
        return Enrolment(bearer.pool, bearer.person)
    return _enrolment_in_flow(call, call.input["Session"])


def _enrolment_in_flow(call: Call, session: str) -> Enrolment:
    flow = call.sandbox.flows.read(session)
    person = call.sandbox.people.by_sub(flow["pool"], flow["sub"])
    if person is None or flow["challenge"] != "MFA_SETUP":
        raise refusal("session_invalid")
    return Enrolment(call.sandbox.pools.get(flow["pool"]), person, session, flow)


def _bind(call: Call, enrolment: Enrolment, proved: Authenticator) -> Answer:
    """Keep the proved app as the person's only one."""
    person = enrolment.person
    name = call.input.get("FriendlyDeviceName", "")
    person.totp = {**proved, "name": name}
    person.totp_pending = None
    note_success(person)
    person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.touch(person)
    if enrolment.flow is None:
        return {"Status": "SUCCESS"}
    session = _advance(call, enrolment, totp_pending=None, totp_proved=True)
    return {"Status": "SUCCESS", "Session": session}


def _advance(call: Call, enrolment: Enrolment, **changes: object) -> str:
    """Use the Session up and give the next one."""
    assert enrolment.flow is not None  # noqa: S101 - for the type checker
    assert enrolment.session is not None  # noqa: S101 - likewise
    flow = {**enrolment.flow, **changes}
    call.sandbox.flows.consume(enrolment.session)
    client = call.sandbox.pools.client(flow["client"], enrolment.pool.id)
    return call.sandbox.flows.open(flow, call.session_seconds(client))
