"""The URL map: every way in, and the guard that stands there."""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from ninja.operation import Operation, PathView

from accounts import guards
from accounts.api.gate import BearerToken, OperatorToken, PortalSession
from accounts.guards import ReauthenticationNeeded
from portal.api import views as api_views
from portal.api.schemas import PreferenceIn
from portal.enrolment import channel
from portal.enrolment.contact import PHONE_NUMBER
from portal.enrolment.passkey import services as passkeys
from portal.enrolment.seen import Seen
from portal.enrolment.sms.channel import SMS
from portal.enrolment.totp import services as totp
from portal.factors import services
from portal.factors.domain import Factor, MfaPreference, MfaState
from portal.helpdesk.matrix import Act
from tests.unit.persons import somebody

PUBLIC, CHALLENGE = ("public",), ("challenge",)
SEE, CHANGE = ("signed_in",), ("signed_in", "recently_authenticated")
SESSION, OPERATOR = ("in_session",), ("operator_only",)
CONTACT = ("signed_in", "enrolling", "recently_authenticated")
FRAME = ("embedded",)
ENROL, RECOVER = ("enrolling", "recently_authenticated"), ("recovering",)
ACT = ("operator_only", "recently_authenticated")
# Every way in. A new one belongs here together with its guard, or this test fails.
MAP = {
    "": SEE,
    "preference/": CHANGE,
    "prefer/<factor:slug>/": CHANGE,
    "turn-off/<factor:slug>/": CHANGE,
    "repair/": CHANGE,
    "reminders/": SEE,
    "changes/<uuid:receipt>/": SEE,
    "sign-in/": PUBLIC,
    "sign-in/by/<slug:name>/": PUBLIC,
    "sign-in/code/": CHALLENGE,
    "sign-in/code/resend/": CHALLENGE,
    "sign-in/ways/": CHALLENGE,
    "sign-in/ways/again/": CHALLENGE,
    "sign-in/password/": CHALLENGE,
    "sign-in/passkey/": CHALLENGE,
    "sign-in/choose/": CHALLENGE,
    "sign-in/new-password/": CHALLENGE,
    "sign-in/set-up/": CHALLENGE,
    "sign-in/set-up/app/": CHALLENGE,
    "sign-in/set-up/email/": CHALLENGE,
    "sign-in/unsupported/": CHALLENGE,
    "sign-in/again/": CHALLENGE,
    "sign-in/forgotten/": PUBLIC,
    "sign-in/forgotten/code/": PUBLIC,
    "sign-in/forgotten/resend/": PUBLIC,
    "sign-in/activate/": PUBLIC,
    "sign-in/activate/resend/": PUBLIC,
    "health/live": PUBLIC,
    "health/ready": PUBLIC,
    # 404 without PORTAL_WATCH_TOKEN.
    "metrics": PUBLIC,
    "session/stay/": SESSION,
    "session/close-changes/": SESSION,
    "sign-out/everywhere/": CHANGE,
    "sign-out/": PUBLIC,
    "confirm/": SESSION,
    # 404 unless PORTAL_DOORS names this door.
    "sign-in/managed/callback/": PUBLIC,
    "signed-out/": PUBLIC,
    "language/": PUBLIC,
    "brand/<slug:version>.css": PUBLIC,
    "brand/logo/<slug:version>": PUBLIC,
    "styleguide/": PUBLIC,
    "styleguide/pages/": PUBLIC,
    "styleguide/pages/<slug:room>/<slug:state>/": PUBLIC,
    "confirm/managed/": SESSION,
    "enrolment/totp/": ENROL,
    **{
        f"enrolment/{slug}/{tail}": ENROL
        for slug in ("sms", "email")
        for tail in ("", "on/", "confirm/", "code/", "resend/", "undo/")
    },
    **{
        f"enrolment/contact/{slug}/{tail}": CONTACT
        for slug in ("phone", "address")
        for tail in ("", "confirm/", "code/", "resend/", "undo/")
    },
    "enrolment/try/<factor:slug>/": SEE,
    "enrolment/try/<factor:slug>/code/": SEE,
    "enrolment/tried/<uuid:receipt>/": SEE,
    "enrolment/passkeys/": SEE,
    "enrolment/passkeys/add/": CHANGE,
    "enrolment/passkeys/add/options/": CHANGE,
    "enrolment/passkeys/add/finish/": CHANGE,
    "enrolment/passkeys/added/<uuid:receipt>/": SEE,
    "enrolment/passkeys/instead-of-code/": CHANGE,
    "enrolment/passkeys/<uuid:passkey>/name/": CHANGE,
    "enrolment/passkeys/<uuid:passkey>/delete/": CHANGE,
    "enrolment/ready/<uuid:receipt>/": SEE,
    "enrolment/ready/<uuid:receipt>/name/": CHANGE,
    "go/back/": SEE,
    "go/<slug:task>/": SEE,
    "activity/": SEE,
    "activity/export.csv": SEE,
    "activity/not-me/<uuid:receipt>/": CHANGE,
    "activity/not-me/recorded/<str:event>/": CHANGE,
    "not-me/<str:token>/": PUBLIC,
    "not-me/done/": PUBLIC,
    "activity/sessions/": SEE,
    "activity/sessions/end/": CHANGE,
    "activity/sessions/end-others/": CHANGE,
    "activity/devices/": SEE,
    "activity/devices/forget/": CHANGE,
    "activity/devices/forget-all/": CHANGE,
    "activity/devices/remember/": CHANGE,
    "recovery/": CHALLENGE,
    "recovery/code/": CHALLENGE,
    "recovery/go-on/": CHALLENGE,
    "recovery/helpdesk/": CHALLENGE,
    "recovery/ask/": CHALLENGE,
    "recovery/next/": RECOVER,
    "recovery/finish/": RECOVER,
    "recovery/codes/": SEE,
    "recovery/codes/make/": CHANGE,
    "recovery/codes/download/": CHANGE,
    "recovery/codes/kept/": CHANGE,
    "helpdesk/": OPERATOR,
    "helpdesk/enter/": CHANGE,
    "helpdesk/leave/": SESSION,
    "helpdesk/audit/": OPERATOR,
    "helpdesk/audit/table.csv": OPERATOR,
    "helpdesk/audit/<uuid:record>/": OPERATOR,
    "helpdesk/numbers/": OPERATOR,
    "helpdesk/numbers/table.csv": OPERATOR,
    "helpdesk/doctor/": OPERATOR,
    "helpdesk/embed-clients/": OPERATOR,
    "helpdesk/embed-clients/add/": ACT,
    "helpdesk/embed-clients/<slug:client>/change/": ACT,
    "helpdesk/embed-clients/<slug:client>/key/": ACT,
    "helpdesk/embed-clients/<slug:client>/end-older/": ACT,
    "helpdesk/embed-clients/<slug:client>/remove/": ACT,
    "helpdesk/bulk/": OPERATOR,
    "helpdesk/bulk/new/": ACT,
    "helpdesk/bulk/<uuid:bulk>/": OPERATOR,
    "helpdesk/bulk/<uuid:bulk>/add/": ACT,
    "helpdesk/bulk/<uuid:bulk>/decide/": ACT,
    "helpdesk/bulk/<uuid:bulk>/steer/": ACT,
    "helpdesk/bulk/<uuid:bulk>/report.csv": OPERATOR,
    "helpdesk/find/": OPERATOR,
    "helpdesk/people/<uuid:sub>/": OPERATOR,
    "helpdesk/people/<uuid:sub>/devices/": OPERATOR,
    "helpdesk/people/<uuid:sub>/sessions/": OPERATOR,
    "helpdesk/people/<uuid:sub>/history/": OPERATOR,
    "helpdesk/people/<uuid:sub>/why/": OPERATOR,
    "helpdesk/people/<uuid:sub>/do/<slug:act>/": ACT,
    "helpdesk/people/<uuid:sub>/done/<uuid:receipt>/": OPERATOR,
    "helpdesk/people/<uuid:sub>/steps/<uuid:compound>/": OPERATOR,
    "helpdesk/cases/": OPERATOR,
    "helpdesk/cases/<slug:number>/close/": ACT,
    "helpdesk/check/<uuid:sub>/": ACT,
    "helpdesk/check/<uuid:sub>/ask/<slug:way>/": ACT,
    "helpdesk/check/<uuid:sub>/answer/<slug:way>/": ACT,
    "helpdesk/check/<uuid:sub>/in-person/": ACT,
    "helpdesk/check/<uuid:sub>/close/": ACT,
    "helpdesk/guide/": OPERATOR,
    "helpdesk/guide/<slug:situation>/": OPERATOR,
    "helpdesk/guide/<slug:situation>/<uuid:sub>/": OPERATOR,
    "helpdesk/approvals/": OPERATOR,
    "helpdesk/approvals/ask/<uuid:sub>/<slug:act>/": ACT,
    "helpdesk/approvals/<uuid:approval>/": ACT,
    "helpdesk/approvals/<uuid:approval>/withdraw/": ACT,
    "helpdesk/break-glass/<uuid:sub>/<slug:act>/": ACT,
    "helpdesk-check/": SEE,
    "helpdesk-check/deny/": SEE,
    "who-is-calling/": PUBLIC,
    "vouch/": CHANGE,
    "embed/": PUBLIC,
    "embed/check": PUBLIC,
    "embed/check/cookie": PUBLIC,
    # The first by a client's key, the second by its ticket.
    "embed/tickets": PUBLIC,
    "embed/session": PUBLIC,
    "embed/probe": FRAME,
    "embed/appearance": FRAME,
    "embed/theme.css": FRAME,
    "embed/window": FRAME,
    "embed/close": FRAME,
    "embed/over/": PUBLIC,
    "w/done/": PUBLIC,
    "w/<str:token>/": PUBLIC,
}
# The JSON room: the methods of each path; all ask for a token or the session, and for no less.
JSON_MAP = {
    "api/v1/mfa": {"GET"},
    "api/v1/mfa/preference": {"PUT"},
    "api/v1/mfa/turn-off": {"POST"},
    "api/v1/enrolments/totp": {"POST"},
    "api/v1/enrolments/totp/verify": {"POST"},
    **{
        f"api/v1/enrolments/{slug}{tail}": {"POST"}
        for slug in ("sms", "email")
        for tail in ("", "/verify", "/activate")
    },
    "api/v1/passkeys": {"GET", "POST"},
    "api/v1/passkeys/options": {"POST"},
    "api/v1/passkeys/instead-of-code": {"PUT"},
    "api/v1/passkeys/<uuidstr:passkey>": {"PATCH", "DELETE"},
    "api/v1/devices": {"GET"},
    "api/v1/devices/forget-all": {"POST"},
    "api/v1/devices/<uuidstr:device>": {"PATCH", "DELETE"},
    "api/v1/sessions": {"GET"},
    "api/v1/sessions/end-others": {"POST"},
    "api/v1/sessions/sign-out-everywhere": {"POST"},
    "api/v1/sessions/<uuidstr:session>": {"DELETE"},
    "api/v1/history": {"GET"},
    "api/v1/calls": {"GET"},
    "api/v1/calls/deny": {"POST"},
    "api/v1/recovery-codes": {"GET", "POST"},
    "api/v1/recovery-codes/kept": {"POST"},
}
# By an operator's own token and nothing else.
DESK = "api/v1/helpdesk"
ABOUT = f"{DESK}/people/<uuidstr:sub>"
DESK_MAP = {
    f"{DESK}/find": {"POST"},
    ABOUT: {"GET"},
    f"{ABOUT}/why": {"GET"},
    f"{ABOUT}/devices": {"GET"},
    f"{ABOUT}/sessions": {"GET"},
    f"{ABOUT}/history": {"GET"},
    f"{ABOUT}/acts/<slug:act>": {"GET", "POST"},
    f"{ABOUT}/reveal": {"POST"},
    f"{ABOUT}/done/<uuidstr:receipt>": {"GET"},
    f"{ABOUT}/steps/<uuidstr:compound>": {"GET"},
    f"{ABOUT}/check": {"GET", "POST", "DELETE"},
    f"{ABOUT}/check/<slug:way>/ask": {"POST"},
    f"{ABOUT}/check/<slug:way>/answer": {"POST"},
    f"{ABOUT}/check/in-person": {"POST"},
    f"{ABOUT}/approvals": {"POST"},
    f"{ABOUT}/break-glass": {"POST"},
    f"{DESK}/approvals": {"GET"},
    f"{DESK}/approvals/<uuidstr:approval>": {"DELETE"},
    f"{DESK}/approvals/<uuidstr:approval>/decide": {"POST"},
    f"{DESK}/cases": {"GET"},
    f"{DESK}/cases/<slug:number>/close": {"POST"},
    f"{DESK}/audit": {"GET"},
    f"{DESK}/audit/<uuidstr:record>": {"GET"},
}
# A question that stands in no address; it changes nothing.
ASKS = {f"{DESK}/find"}
# ninja's own root: it exists to build links, and answers 404 to everybody.
NOTHING_THERE = "api/v1/"


def patterns(found: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in found:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from patterns(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def url_map() -> list[tuple[str, Any]]:
    return list(patterns(get_resolver().url_patterns))


PAGES = [(path, view) for path, view in url_map() if not path.startswith("api/")]
JSON = [(path, view) for path, view in url_map() if path.startswith("api/")]


def guards_of(view: Any) -> tuple[str, ...]:
    """From the outermost in."""
    return tuple(reversed(getattr(view, "guards", ())))


def test_every_way_in_has_its_guard():
    """AUZ-01, AUZ-09: deny by default; no admin, no debug or test route, no second way in."""
    assert {path: guards_of(view) for path, view in PAGES} == MAP


def allowed_methods(view: Any) -> set[str]:
    """What `require_http_methods` somewhere inside lets through; all, where there is none."""
    while view is not None:
        closure = inspect.getclosurevars(view).nonlocals if inspect.isfunction(view) else {}
        if "request_method_list" in closure:
            return set(closure["request_method_list"])
        view = getattr(view, "__wrapped__", None)
    return {"any"}


# Forms of these rooms that change nothing about any account: an answered reminder, and a trial,
# which asks for the password itself and opens nothing.
CHANGES_NOTHING = {
    "reminders/",
    "enrolment/try/<factor:slug>/",
    "enrolment/try/<factor:slug>/code/",
}
CHANGING = [(path, view) for path, view in PAGES if allowed_methods(view) - {"GET", "HEAD"}]


@pytest.mark.parametrize(("path", "view"), CHANGING, ids=[path for path, _ in CHANGING])
def test_whatever_takes_more_than_a_get_asks_for_a_fresh_proof(path: str, view: Any):
    """REA-01, REA-02: all of factors and enrolment; elsewhere only the ways in and out."""
    if path.startswith(("sign-in/", "confirm/", "session/")) or path == "sign-out/":
        return
    if path in {"language/", "who-is-calling/", "helpdesk-check/deny/", "not-me/<str:token>/"}:
        # In which words; a question, and warnings that only make an account safer.
        return
    if path.startswith(("embed/", "w/")):
        # How a frame looks, its beginning and its end; its pages are below (test_embed_urls.py).
        return
    if path.startswith("enrolment/") and guards_of(view) in {ENROL, CONTACT}:
        return
    if path.startswith("recovery/") and guards_of(view) in {CHALLENGE, RECOVER}:
        # Proved by the password and a code or a pass: nobody is signed in there.
        return
    if path.startswith("helpdesk/"):
        # Leaving makes nothing less safe; looking for somebody changes nothing.
        harmless = {"helpdesk/leave/", "helpdesk/find/"}
        assert path in harmless or guards_of(view) in {CHANGE, ACT}
        return
    assert guards_of(view) == (SEE if path in CHANGES_NOTHING else CHANGE)


def test_the_search_for_methods_finds_what_is_there():
    """AUZ-06: the test above would be empty if it did not."""
    methods = {path: allowed_methods(view) for path, view in PAGES}
    assert methods[""] == {"GET"}
    assert methods["prefer/<factor:slug>/"] == {"POST"}
    assert methods["preference/"] == {"GET", "HEAD", "POST"}
    assert {path for path, allowed in methods.items() if allowed == {"any"}} == set()


def operations(view: Any) -> list[Operation]:
    found = inspect.getclosurevars(view).nonlocals.values() if inspect.isfunction(view) else ()
    return [each for path in found if isinstance(path, PathView) for each in path.operations]


def test_every_operation_of_the_json_room_asks_who_it_is():
    """AUZ-01, REA-02: by a token or by the session; the helpdesk by an operator's token alone."""
    seen: dict[str, set[str]] = {}
    for path, view in JSON:
        for operation in operations(view):
            entrances = [OperatorToken] if path.startswith(DESK) else [BearerToken, PortalSession]
            assert [type(each) for each in operation.auth_callbacks] == entrances
            seen.setdefault(path, set()).update(operation.methods)
    assert seen == JSON_MAP | DESK_MAP


def test_every_operation_of_the_desk_names_its_act():
    """AUZ-01, HLP-06: as the views of its pages do."""
    for path, view in JSON:
        for operation in operations(view):
            if path.startswith(DESK):
                assert isinstance(inspect.unwrap(operation.view_func, stop=_names_an_act).act, Act)


def _names_an_act(view: Any) -> bool:
    return hasattr(view, "act")


def test_every_change_of_the_json_room_takes_a_key():
    """RES-05: a program that heard no answer may ask again."""
    for path, view in JSON:
        for operation in operations(view):
            is_change = not set(operation.methods) & {"GET", "HEAD"} and path not in ASKS
            assert getattr(operation.view_func, "takes_key", False) is is_change


def test_there_is_nothing_at_the_root_of_the_json_room(rf: RequestFactory):
    """AUZ-01, AUZ-09: no documentation page, no schema."""
    view, args, kwargs = resolve(f"/{NOTHING_THERE}")
    with pytest.raises(Http404):
        view(rf.get(f"/{NOTHING_THERE}"), *args, **kwargs)


# Six minutes after the proof.
LATE = somebody(proved_ago=timedelta(minutes=6))
KEY = passkeys.OwnPasskey(uuid4(), "id", "", "", "", "", datetime.now(UTC))


@pytest.mark.parametrize(
    "act",
    [
        lambda: services.save_preference(LATE, lambda _: MfaPreference(), drawn_from="d"),
        lambda: services.turn_off(LATE, Factor.SMS, None, drawn_from="d"),
        lambda: channel.send_code(LATE, SMS, "+447400123456"),
        lambda: channel.confirm(LATE, SMS, "123456"),
        lambda: channel.confirm(LATE, PHONE_NUMBER, "123456"),
        lambda: channel.turn_on(LATE, SMS, drawn_from="d"),
        lambda: totp.new_secret(LATE),
        lambda: totp.prove(LATE, "123456", Seen(MfaState(), datetime.now(UTC))),
        lambda: passkeys.begin(LATE),
        lambda: passkeys.add(LATE, {}, challenge="c"),
        lambda: passkeys.rename(LATE, KEY, "Mine"),
        lambda: passkeys.delete(LATE, KEY),
        lambda: passkeys.use_instead_of_code(LATE, counts=True),
    ],
    ids=[
        "save",
        "turn off",
        "send code",
        "confirm",
        "change number",
        "turn on",
        "new secret",
        "prove",
        "begin passkey",
        "add passkey",
        "name passkey",
        "delete passkey",
        "instead of code",
    ],
)
def test_no_use_case_is_reached_by_a_road_without_a_fresh_proof(act: Any):
    """REA-02: the service itself asks, before it reads or writes anything."""
    with pytest.raises(ReauthenticationNeeded):
        act()


def test_the_json_room_asks_for_a_fresh_proof_too(rf: RequestFactory):
    """REA-02."""
    request: Any = rf.put("/api/v1/mfa/preference")
    request.person = LATE
    with pytest.raises(ReauthenticationNeeded):
        api_views.save(request, PreferenceIn(activated=[], digest="d"))


def test_a_mark_is_what_a_guard_writes():
    """AUZ-01: a view that nobody marked has no guards at all."""

    def bare(request: Any) -> None: ...

    assert guards_of(bare) == ()
    assert guards_of(guards.marked(guards.marked(bare, "inner"), "outer")) == ("outer", "inner")
