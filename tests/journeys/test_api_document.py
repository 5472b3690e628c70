"""The OpenAPI document of the JSON room: made from the code, committed, true, and shown.

`WRITE_DOCUMENTS=1` writes all of it anew from this very run (`make api-documents`).
"""

import ast
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.conf import settings as portal
from django.core.management import call_command
from django.test import Client

from accounts.api import codes
from accounts.api.codes import CODES
from portal.v1 import examples, openapi
from tests.journeys.conftest import MakePool
from tests.journeys.desk import operator, sub_of
from tests.journeys.program import Program, program_of
from tests.journeys.steps import ALL, APP, SMS
from tests.journeys.test_devices_page import laptop_of
from tests.people import App, People, Somebody
from tests.sandbox.authenticator import Authenticator
from tests.sandbox_process import Sandbox

COMMITTED = Path(portal.BASE_DIR, "docs/openapi.json")
DOCUMENT = Path(portal.BASE_DIR, "docs/api.md")
CODES_TABLE = ("<!-- begin: manage.py api codes -->", "<!-- end -->")
V1 = "/api/v1"
WRITES = bool(os.environ.get("WRITE_DOCUMENTS"))
# A throwaway of the sandbox, and yet no example shows one.
SECRET = "JBSWY3DPEHPK3PXP"
RECOVERY_CODE = "ACDE-FHJK-MNPR-TWXY"
LAPTOP = "Old laptop"


class Recorder(Program):
    """Asks, holds each answer against the document, and notes it as the operation's example."""

    def __init__(self, token: str) -> None:
        super().__init__(token)
        self.seen: dict[str, dict[str, Any]] = {}

    def tell(self, operation: str, body: Any = None, **headers: str) -> Any:
        method, path = PATHS[operation]
        for name in IN_PATHS:
            path = path.replace(f"{{{name}}}", headers.pop(name, ""))
        answer = self.ask(method, path, body, **headers)
        assert answer.status_code == 200, (operation, answer.content)
        fits(operation, answer.status_code, answer.json())
        self.seen[operation] = {} if body is None else {"takes": body}
        self.seen[operation]["gives"] = answer.json()
        return answer.json()["data"]


IN_PATHS = (
    "passkey", "device", "session",
    "sub", "act", "way", "receipt", "compound", "approval", "number", "record",
)  # fmt: skip
PATHS = {
    operation["operationId"]: (verb.upper(), path)
    for path, verb, operation in openapi.operations(openapi.document())
}


def fits(operation: str, status: int, answer: Any) -> None:
    """Whether an answer is what the document says of this operation and status."""
    method, path = PATHS[operation]
    responses = openapi.document()["paths"][path][method.lower()]["responses"]
    schema = responses[str(status)]["content"]["application/json"]["schema"]
    jsonschema.validate(answer, {**schema, "components": openapi.document()["components"]})


def shape_of(value: Any) -> Any:
    """What an example has in common with every other run: members and kinds of values."""
    if isinstance(value, dict):
        return {name: shape_of(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape_of(value[0])] if value else []
    return type(value).__name__


@pytest.fixture
def tracking(make_pool: MakePool, settings: Any) -> People:
    """A pool that has everything: passkeys, devices and sessions that it lists."""
    people = make_pool(
        first=("PASSWORD", "WEB_AUTHN"),
        passkeys={
            "RelyingPartyId": "localhost",
            "UserVerification": "preferred",
            "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
        },
        DeviceConfiguration={
            "ChallengeRequiredOnNewDevice": True,
            "DeviceOnlyRememberedOnUserPrompt": True,
        },
    )
    people.admin.set_user_pool_session_configuration(
        UserPoolId=people.pool_id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
    )
    settings.API_CLIENTS = frozenset({people.client_id()})
    settings.HELPDESK_API_CLIENTS = settings.API_CLIENTS
    settings.RECOVERY = True
    return people


def _story(people: People, nora: Somebody, sandbox: Sandbox) -> dict[str, Any]:
    """Every operation once, as one person's day."""
    # While a password alone lets one in: an old device, two sign-ins besides.
    laptop_of(people, nora, LAPTOP)
    people.access_token(nora)
    program = Recorder(people.access_token(nora))
    program.tell("views_read")
    _add_methods(program, nora, sandbox)
    now = {"if-match": "*"}
    on = {"activated": ["SOFTWARE_TOKEN_MFA", "SMS_MFA"], "preferred": "SMS_MFA"}
    program.tell("views_save", on, **now)
    program.tell("views_turn_off", {"factor": "SMS_MFA", "preferred": None}, **now)
    _keep_passkeys(program)
    program.tell("recovery_make")
    program.tell("recovery_kept")
    program.tell("recovery_left")
    _look_around(program)
    return program.seen


def _add_methods(program: Recorder, nora: Somebody, sandbox: Sandbox) -> None:
    begun = program.tell("enrolments_start_app")
    code = App(begun["secret"]).code()
    program.tell("enrolments_prove_app", {"code": code, "name": "Work phone"})
    program.tell("enrolments_start_phone", {"phone_number": nora.phone})
    program.tell("enrolments_prove_phone", {"code": sandbox.newest_code(nora.phone)})
    now = {"if-match": "*"}
    program.tell("enrolments_turn_on_mailbox", {}, **now)
    program.tell("views_turn_off", {"factor": "SMS_MFA"}, **now)
    program.tell("enrolments_turn_on_phone", {}, **now)
    other = f"other-{nora.email}"
    program.tell("enrolments_start_mailbox", {"email": other})
    program.tell("enrolments_prove_mailbox", {"code": sandbox.newest_code(other)})


def _keep_passkeys(program: Recorder) -> None:
    asked = program.tell("passkeys_options", {})
    made = Authenticator().create(asked["options"])
    program.tell("passkeys_add", {"credential": made})
    found = program.tell("passkeys_passkeys")["passkeys"][0]["id"]
    program.tell("passkeys_name", {"name": "Blue key"}, passkey=found)
    program.tell("passkeys_instead_of_code", {"enabled": True})
    program.tell("passkeys_instead_of_code", {"enabled": False})
    program.tell("passkeys_delete", passkey=found)


def _look_around(program: Recorder) -> None:
    program.tell("activity_history")
    others = [each["id"] for each in program.tell("activity_sessions")["sessions"]][1:]
    program.tell("activity_end_session", session=others[0])
    program.tell("activity_end_others")
    known = program.tell("activity_devices")["devices"]
    laptop = next(each["id"] for each in known if each["name"] == LAPTOP)
    program.tell("activity_remember", {"remembered": False}, device=laptop)
    program.tell("activity_forget", device=laptop)
    # The device that asks is forgotten last, and its sign-in with it.
    program.tell("activity_forget_all")
    program.tell("activity_sign_out_everywhere")


def _desk_story(people: People) -> dict[str, Any]:
    """Every operation of the helpdesk once: two seniors, an auditor, and a director who calls."""
    emma = people.make(phone=True, app=True, on=ALL, preferred=APP)
    people.join(emma, "directors")
    who = {"sub": sub_of(people, emma)}
    asking, agreeing, reading = (
        Recorder(people.access_token(operator(people, role)))
        for role in ("senior", "senior", "auditor")
    )
    asking.tell("helpdesk_people_find", {"typed": emma.email})
    for part in ("devices", "sessions", "timeline", "why", "read"):
        asking.tell(f"helpdesk_people_{part}", **who)
    calling = Recorder(people.access_token(emma))
    _check_a_caller(asking, who, calling)
    ask = {"act": "turn_off", "reason": "Lost phone", "ticket": "INC-4711"}
    first = asking.tell("helpdesk_approvals_ask", ask, **who)["id"]
    asking.tell("helpdesk_approvals_withdraw", approval=first)
    second = asking.tell("helpdesk_approvals_ask", ask, **who)["id"]
    agreeing.tell("helpdesk_approvals_queue")
    agreeing.tell("helpdesk_approvals_decide", {"decision": "grant"}, approval=second)
    order = {"reason": "Lost phone", "more": "Fell into a lake", "ticket": "INC-4711"}
    now = {"if-match": "*"}
    off = {**who, "act": "turn_off"}
    asking.tell("helpdesk_acts_preview", **off)
    done = asking.tell("helpdesk_acts_perform", {**order, "method": SMS}, **off, **now)
    asking.tell("helpdesk_acts_receipt", **who, receipt=done["id"])
    asking.tell("helpdesk_approvals_break_glass", ask, **who)
    asking.tell("helpdesk_acts_reveal", {**order, "channel": "email"}, **who, **now)
    takeover = f"{V1}/helpdesk/people/{who['sub']}/acts/takeover"
    begun = asking.ask("POST", takeover, order, **now).json()["data"]["id"]
    asking.tell("helpdesk_acts_compound", **who, compound=begun)
    case = asking.tell("helpdesk_records_cases")["cases"][0]["number"]
    asking.tell("helpdesk_records_close_case", {"closing": "Secured."}, number=case)
    asking.tell("helpdesk_checks_end", **who)
    rows = reading.tell("helpdesk_records_records")["records"]
    reading.tell("helpdesk_records_record", record=rows[0]["id"])
    return asking.seen | agreeing.seen | reading.seen | calling.seen


def _check_a_caller(program: Recorder, who: dict[str, str], calling: Recorder) -> None:
    for end in (lambda: calling.tell("helpdesk_callers_deny"), lambda: None):
        program.tell("helpdesk_checks_begin", {"ticket": "INC-4711"}, **who)
        program.tell("helpdesk_checks_ask", way="phrase", **who)
        phrase = calling.tell("helpdesk_callers_calls")["calls"][0]["phrase"]
        end()
    program.tell("helpdesk_checks_answer", {"said": phrase}, way="phrase", **who)
    stood = {"document": "passport", "seen": True}
    program.tell("helpdesk_checks_in_person", stood, **who)
    program.tell("helpdesk_checks_read", **who)


def _without_secrets(seen: dict[str, Any]) -> dict[str, Any]:
    started = seen["enrolments_start_app"]["gives"]["data"]
    text = json.dumps(seen).replace(started["secret"], SECRET)
    for code in seen["recovery_make"]["gives"]["data"]["codes"]:
        text = text.replace(code, RECOVERY_CODE)
    return dict(json.loads(text))


@pytest.mark.usefixtures("helpdesk")
def test_every_operation_does_what_the_document_says(tracking: People, sandbox: Sandbox):
    """The examples are of this run: the same members and kinds of values as those committed."""
    nora = tracking.make()
    seen = _without_secrets(_story(tracking, nora, sandbox) | _desk_story(tracking))
    assert set(seen) == set(PATHS)
    if WRITES:
        text = json.dumps(seen, indent=1, ensure_ascii=False, sort_keys=True)
        examples.FILE.write_text(text + "\n")
        examples._all.cache_clear()
    kept = json.loads(examples.FILE.read_text())
    for operation, one in seen.items():
        assert shape_of(one) == shape_of(kept[operation]), operation


def test_the_committed_document_is_the_codes():
    """OpenAPI 3.1, made from the code that answers (`manage.py api openapi`)."""
    if WRITES:
        COMMITTED.write_text(openapi.as_text())
    assert COMMITTED.read_text() == openapi.as_text()
    assert openapi.document()["openapi"].startswith("3.1")


# What probes are told is no part of the JSON room.
PROBES = Path(portal.BASE_DIR, "accounts", "watch")


def _failures() -> Iterator[str]:
    """Every code that the source hands to `failure`, or keeps in a table for it."""
    for package in ("accounts", "portal"):
        for path in Path(portal.BASE_DIR, package).rglob("*.py"):
            if path.is_relative_to(PROBES):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                name = getattr(getattr(node, "func", None), "attr", "") or getattr(
                    getattr(node, "func", None), "id", ""
                )
                if name == "failure" and isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value)


def test_the_list_of_codes_is_closed():
    """Every refusal has a code of the list, and the document prints that list."""
    assert set(_failures()) <= set(CODES)
    begin, end = CODES_TABLE
    page = DOCUMENT.read_text()
    if WRITES:
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{codes.document()}\n{end}{rest.partition(end)[2]}"
        DOCUMENT.write_text(page)
    assert page.partition(begin)[2].partition(end)[0].strip() == codes.document()


def test_the_command_prints_both(capsys: Any):
    call_command("api", "openapi")
    assert capsys.readouterr().out.strip() == openapi.as_text().strip()
    call_command("api", "codes")
    assert capsys.readouterr().out.strip() == codes.document()


def test_the_page_shows_every_operation(db: None):
    """(WEB-12, WEB-17) for everybody, drawn here, without a script of its own."""
    page = Client().get("/api/v1/docs").content.decode()
    for path, verb, _ in openapi.operations(openapi.document()):
        assert f"<code>{verb.upper()} {path}</code>" in page
    for code in CODES:
        assert f"<code>{code}</code>" in page
    assert Client().get("/api/v1/openapi.json").json() == openapi.document()


def test_a_refusal_fits_the_document(tracking: People):
    program = program_of(tracking, tracking.make())
    for body in ({}, {"activated": "x"}, {"activated": [], "digest": "old"}):
        answer = program.ask("PUT", f"{V1}/mfa/preference", body)
        fits("views_save", answer.status_code, answer.json())
