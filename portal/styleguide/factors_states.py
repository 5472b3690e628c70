"""The overview of an account in its states, and what is changed there."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from portal.factors import advice, sentences, statuses, words
from portal.factors.advice import Asked, Codes
from portal.factors.domain import Factor, PreferenceRefused, Refusal
from portal.factors.drift import Drift
from portal.factors.forms import PreferenceForm, TurnOffForm
from portal.factors.mismatch import Mismatch
from portal.factors.outlook import outlook
from portal.factors.sentences import Act
from portal.factors.services import Factors, foresee_without
from portal.factors.statuses import hints
from portal.styleguide.rows import LONG_AGO
from portal.styleguide.samples import (
    APP,
    MAILBOX,
    PHONE,
    RECEIPT,
    STRICT,
    account,
    frozen,
    in_hours,
    looked_at,
    receipt,
)
from portal.styleguide.states import made, made_by

ROOM = "factors"
OVERVIEW, PREFERENCE = "factors/overview.html", "factors/preference.html"
TURN_OFF, CHANGE = "factors/turn_off.html", "factors/change.html"


# --- the overview -----------------------------------------------------------------------------


def _moved() -> tuple[str, ...]:
    return (_(sentences.TURNED_OFF[Factor.SMS]),)


def overview(factors: Factors, *, codes: int = 0, trusted: bool = False) -> dict[str, Any]:
    """What its view makes of a reading, with nothing to say beside it."""
    rows = statuses.statuses(factors)
    kept = Codes(codes, LONG_AGO if codes else None)
    return {
        "next_sign_in": outlook(factors, browser_is_trusted=trusted),
        "asked": None,
        "mismatch": None,
        "drift": None,
        "drawn_from": factors.state.digest(),
        "advice": advice.advice(factors, kept),
        "reminder": None,
        "statuses": rows,
        "passkeys": statuses.passkey_status(factors),
        "codes": kept,
        "nothing_on": not factors.effective,
        "can_choose": len(factors.choosable) > 1,
        "first_step": next((row for row in rows if row.actions), None),
        "offers_passkey": False,
    }


def _all_on() -> dict[str, Any]:
    return overview(account(APP, PHONE, MAILBOX, first=APP), codes=10)


def _asked(*, hours: int) -> dict[str, Any]:
    return {**_all_on(), "asked": Asked(in_hours(hours), RECEIPT, is_open=hours < 0)}


def _mismatch() -> dict[str, Any]:
    now = account(APP, first=APP)
    found = Mismatch(RECEIPT, account(APP, PHONE).preference, _moved())
    return {**overview(now), "mismatch": found}


def _drift() -> dict[str, Any]:
    return {**_all_on(), "drift": Drift(RECEIPT, _moved(), only_preference=True)}


def _reminder() -> dict[str, Any]:
    asked = advice.Reminder(PHONE.value, _(words.STILL_YOURS[PHONE]), "#")
    return {**_all_on(), "reminder": asked}


made(ROOM, "nothing-on", OVERVIEW, lambda: overview(account()))
made(ROOM, "one-on", OVERVIEW, lambda: overview(account(PHONE, first=PHONE)))
made(ROOM, "all-on", OVERVIEW, _all_on)
made(ROOM, "asked-each-time", OVERVIEW, lambda: overview(account(APP, MAILBOX), codes=10))
made(ROOM, "required", OVERVIEW, lambda: overview(account(APP, first=APP, policy=STRICT)))
made(
    ROOM,
    "trusted-browser",
    OVERVIEW,
    lambda: overview(account(APP, MAILBOX, first=APP), codes=10, trusted=True),
)
made(ROOM, "way-in-asked-for", OVERVIEW, lambda: _asked(hours=24))
made(ROOM, "way-in-open", OVERVIEW, lambda: _asked(hours=-1))
made(ROOM, "not-as-asked", OVERVIEW, _mismatch)
made(ROOM, "changed-elsewhere", OVERVIEW, _drift)
made(ROOM, "reminder", OVERVIEW, _reminder)
# Shown by its script, where the browser that looks at it can make one.
made(ROOM, "passkey-offered", OVERVIEW, lambda: {**_all_on(), "offers_passkey": True})
made_by(ROOM, "frozen", OVERVIEW)(lambda request: {**_all_on(), "request": frozen(request)})


# --- the preference ---------------------------------------------------------------------------


def _preference(*args: Any, may_switch_off: bool = True, **more: Any) -> dict[str, Any]:
    now = account(APP, PHONE, MAILBOX, first=APP)
    form = PreferenceForm(
        *args,
        choosable=now.choosable,
        may_switch_off=may_switch_off,
        hints=hints(now),
        initial={"activated": [APP, PHONE], "preferred": APP, "drawn_from": "sample"},
    )
    return {"form": looked_at(form), "moved": (), **more}


made(ROOM, "preference", PREFERENCE, _preference)
made(ROOM, "preference-required", PREFERENCE, lambda: _preference(may_switch_off=False))
made(ROOM, "preference-moved", PREFERENCE, lambda: _preference(moved=_moved()))
made(
    ROOM,
    "preference-refused",
    PREFERENCE,
    lambda: _preference({"activated": [APP], "preferred": PHONE, "drawn_from": "sample"}),
)


# --- turning one off --------------------------------------------------------------------------


def _turn_off(*args: Any, **more: Any) -> dict[str, Any]:
    now = account(APP, MAILBOX, first=APP)
    return {
        "form": looked_at(TurnOffForm(*args, remaining=more.pop("remaining", ()))),
        "title": words.act(Act.TURN_OFF, MAILBOX),
        "question": _(sentences.TURN_OFF_QUESTION[MAILBOX]),
        "then": foresee_without(now, MAILBOX),
        "may_switch_off": True,
        "held_by_passkey": False,
        "moved": (),
        **more,
    }


def _last_one() -> dict[str, Any]:
    values = _turn_off({"drawn_from": "sample"})
    refused = PreferenceRefused(Refusal.LAST_FACTOR, MAILBOX)
    values["form"].add_error(None, words.refused(refused))
    return values


made(ROOM, "turn-off", TURN_OFF, _turn_off)
made(ROOM, "turn-off-which-next", TURN_OFF, lambda: _turn_off(remaining=(PHONE, MAILBOX)))
made(
    ROOM,
    "turn-off-unknown",
    TURN_OFF,
    lambda: _turn_off({"drawn_from": "sample", "preferred": "x"}, remaining=(PHONE, MAILBOX)),
)
made(ROOM, "turn-off-refused", TURN_OFF, _last_one)
made(ROOM, "turn-off-required", TURN_OFF, lambda: _turn_off(may_switch_off=False))
made(ROOM, "turn-off-held", TURN_OFF, lambda: _turn_off(held_by_passkey=True))
made(ROOM, "turn-off-moved", TURN_OFF, lambda: _turn_off(moved=_moved()))


# --- what became of it ------------------------------------------------------------------------


def _change(event: str, *, as_asked: bool = True) -> Mapping[str, Any]:
    now = account(APP, PHONE, first=APP)
    found = receipt(event, now, as_asked=as_asked)
    return {"receipt": found, "next_sign_in": now.next_sign_in}


made(ROOM, "saved", CHANGE, lambda: _change("preference_changed"))
made(ROOM, "nothing-to-change", CHANGE, lambda: _change("preference_kept"))
made(ROOM, "phone-changed", CHANGE, lambda: _change("phone_number_changed"))
made(ROOM, "address-changed", CHANGE, lambda: _change("email_address_changed"))
made(ROOM, "other-than-asked", CHANGE, lambda: _change("preference_changed", as_asked=False))
