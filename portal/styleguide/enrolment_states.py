"""Setting a method up, from the first page to "it works", and the passkeys of an account."""

from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.codes import CodeForm
from accounts.doors.forms import ConfirmPasswordForm
from accounts.doors.words import code_sent_to
from portal.enrolment import contact
from portal.enrolment.channel import Channel
from portal.enrolment.channel_views import WRONG
from portal.enrolment.contact import EMAIL_ADDRESS, PHONE_NUMBER
from portal.enrolment.email.channel import EMAIL
from portal.enrolment.forms import NameForm
from portal.enrolment.passkey import words as passkeys
from portal.enrolment.passkey.services import OwnPasskey
from portal.enrolment.sms.channel import SMS
from portal.enrolment.totp import services as totp
from portal.enrolment.trial.views import NOT_THAT
from portal.factors import sentences, words
from portal.factors.domain import Factor, PasskeyUse
from portal.factors.mismatch import Mismatch
from portal.factors.sentences import Act
from portal.styleguide.rows import LONG_AGO
from portal.styleguide.samples import (
    ADDRESS_SHOWN,
    APP,
    KEY,
    MAILBOX,
    NUMBER_SHOWN,
    PHONE,
    RECEIPT,
    account,
    looked_at,
    receipt,
)
from portal.styleguide.states import made, state

ROOM = "enrolment"
TRIED = {"id": RECEIPT, "made_at": LONG_AGO}

# --- an authenticator app ---------------------------------------------------------------------

START, SCAN = "enrolment/totp/start.html", "enrolment/totp/scan.html"


def _scan(attempts: int) -> dict[str, Any]:
    form = CodeForm({"code": "123456"} if attempts else None)
    said = {"code": totp.help_after(attempts)} if attempts else {}
    return {"form": looked_at(form, **said), "key": KEY, "attempts": attempts}


state(ROOM, "app", START, has_begun=False, replaces=False, seen="sample")
state(ROOM, "app-begun", START, has_begun=True, replaces=False, seen="sample")
state(ROOM, "app-replaced", START, has_begun=False, replaces=True, seen="sample")
made(ROOM, "app-scan", SCAN, lambda: _scan(0))
made(ROOM, "app-wrong-code", SCAN, lambda: _scan(1))
made(ROOM, "app-many-wrong-codes", SCAN, lambda: _scan(3))

# --- a phone number or a mailbox --------------------------------------------------------------

WRONG_TYPED = {"country": "", "number": "12", "email": "nobody"}


def _masked(channel: Channel) -> str:
    return channel.mask("+15550100456" if channel.is_phone else "nobody@example.com")


def _start(channel: Channel, *args: Any, **more: Any) -> dict[str, Any]:
    """A first page; without more, of an account that has nothing there yet."""
    consequences = [] if channel.activates else contact.consequences(channel, account(APP, PHONE))
    return {
        "channel": channel,
        "form": looked_at(channel.form(*args)),
        "masked": "",
        "may_turn_on": False,
        "may_confirm": False,
        "is_on": not channel.activates,
        "replaces_at_once": False,
        "usable": True,
        "is_recovery": False,
        "consequences": consequences,
        "drawn_from": "sample",
        **more,
    }


def _register_start(channel: Channel) -> None:
    slug, template = channel.slug, f"enrolment/{channel.slug}/start.html"
    there = {"masked": _masked(channel)}
    made(ROOM, slug, template, lambda: _start(channel))
    made(ROOM, f"{slug}-wrong", template, lambda: _start(channel, WRONG_TYPED))
    made(ROOM, f"{slug}-there", template, lambda: _start(channel, **there, may_confirm=True))
    made(
        ROOM,
        f"{slug}-replaces-at-once",
        template,
        lambda: _start(channel, **there, is_on=True, replaces_at_once=True),
    )


def _register_method(channel: Channel) -> None:
    slug, template = channel.slug, f"enrolment/{channel.slug}/start.html"
    there = {"masked": _masked(channel)}
    made(ROOM, f"{slug}-confirmed", template, lambda: _start(channel, **there, may_turn_on=True))
    made(ROOM, f"{slug}-on", template, lambda: _start(channel, **there, is_on=True))
    made(ROOM, f"{slug}-recovers", template, lambda: _start(channel, **there, is_recovery=True))
    made(ROOM, f"{slug}-not-usable", template, lambda: _start(channel, usable=False))


def _code(channel: Channel, *args: Any, seconds: int = 0, previous: str = "") -> dict[str, Any]:
    said = {"code": _(WRONG)} if args else {}
    return {
        "channel": channel,
        "form": looked_at(CodeForm(*args), **said),
        "place": code_sent_to(
            channel.attribute, NUMBER_SHOWN if channel.is_phone else ADDRESS_SHOWN
        ),
        "previous": previous,
        "wait_seconds": seconds,
        "start_url": reverse(f"enrolment:{channel.slug}"),
        "resend_url": reverse(f"enrolment:{channel.slug}_resend"),
        "undo_url": reverse(f"enrolment:{channel.slug}_undo"),
    }


def _register_code(channel: Channel) -> None:
    slug, template = channel.slug, "enrolment/channel_code.html"
    made(ROOM, f"{slug}-code", template, lambda: _code(channel, seconds=40))
    made(ROOM, f"{slug}-code-wrong", template, lambda: _code(channel, {"code": "123456"}))


for each in (SMS, EMAIL, PHONE_NUMBER, EMAIL_ADDRESS):
    _register_start(each)
    _register_code(each)
for each in (SMS, EMAIL):
    _register_method(each)
made(
    ROOM,
    "phone-code-replaced",
    "enrolment/channel_code.html",
    lambda: _code(PHONE_NUMBER, previous=_masked(PHONE_NUMBER)),
)

# --- what an enrolment ends with --------------------------------------------------------------

READY = "enrolment/ready.html"
TARGET = {Factor.TOTP: "", Factor.SMS: NUMBER_SHOWN, Factor.EMAIL: ADDRESS_SHOWN}


def _ready(factor: Factor, *args: Any, is_on: bool = True, **more: Any) -> dict[str, Any]:
    now = account(factor, first=factor)
    return {
        "receipt": receipt("sms_enrolled", now),
        "title": _((sentences.IS_ON if is_on else sentences.IS_NOT_ON)[factor]),
        "heading": _((sentences.IS_ON if is_on else sentences.IS_NOT_ON_YET)[factor]),
        "slug": words.SLUG[factor],
        "is_on": is_on,
        "masked_target": TARGET[factor],
        "name": "",
        "form": looked_at(NameForm(*args)),
        "next_sign_in": now.next_sign_in,
        "may_prefer": False,
        "is_only_one": False,
        "offers_codes": False,
        "drawn_from": "sample",
        "mismatch": None,
        **more,
    }


def _changed_elsewhere() -> Mismatch:
    asked, now = account(APP, PHONE).preference, account(APP).preference
    return Mismatch(RECEIPT, asked, tuple(words.differences(asked, now)))


made(ROOM, "app-ready", READY, lambda: _ready(APP, is_only_one=True))
made(ROOM, "app-ready-no-codes", READY, lambda: _ready(APP, is_only_one=True, offers_codes=True))
made(
    ROOM,
    "app-ready-changed-elsewhere",
    READY,
    lambda: _ready(APP, is_only_one=True, mismatch=_changed_elsewhere()),
)
made(ROOM, "sms-ready", READY, lambda: _ready(PHONE, may_prefer=True))
made(ROOM, "email-ready", READY, lambda: _ready(MAILBOX, name="My mailbox"))
made(ROOM, "not-ready", READY, lambda: _ready(PHONE, is_on=False))
made(ROOM, "ready-no-name", READY, lambda: _ready(APP, {}))

# --- a trial ----------------------------------------------------------------------------------

TRIAL, TRIAL_CODE = "enrolment/trial/start.html", "enrolment/trial/code.html"


def _trial(*args: Any, **more: Any) -> dict[str, Any]:
    said = {"password": _(NOT_THAT)} if args else {}
    return {
        "form": looked_at(ConfirmPasswordForm(*args), **said),
        "title": words.act(Act.TRY, APP),
        "slug": words.SLUG[APP],
        "is_on": True,
        "can_be_tried": True,
        "signs_in_elsewhere": False,
        **more,
    }


def _trial_code(*args: Any) -> dict[str, Any]:
    said = {"code": _(WRONG)} if args else {}
    form = looked_at(CodeForm(*args), **said)
    return {
        "form": form,
        "place": code_sent_to("phone_number", NUMBER_SHOWN),
        "slug": words.SLUG[PHONE],
    }


made(ROOM, "trial", TRIAL, _trial)
made(ROOM, "trial-refused", TRIAL, lambda: _trial({"password": "x"}))
made(ROOM, "trial-elsewhere", TRIAL, lambda: _trial(signs_in_elsewhere=True))
made(ROOM, "trial-of-one-that-is-off", TRIAL, lambda: _trial(is_on=False))
made(ROOM, "trial-of-one-not-asked", TRIAL, lambda: _trial(can_be_tried=False))
made(ROOM, "trial-code", TRIAL_CODE, _trial_code)
made(ROOM, "trial-code-wrong", TRIAL_CODE, lambda: _trial_code({"code": "123456"}))
made(
    ROOM,
    "trial-done",
    "enrolment/trial/done.html",
    lambda: {"label": words.label(APP), "receipt": TRIED},
)

# --- passkeys ---------------------------------------------------------------------------------

LIST, ADD = "enrolment/passkey/list.html", "enrolment/passkey/add.html"
ADDED, DELETE = "enrolment/passkey/added.html", "enrolment/passkey/delete.html"
NAME = "enrolment/passkey/name.html"
MOST = 20


def _laptop() -> OwnPasskey:
    built_in = ("internal",)
    return OwnPasskey(
        handle=RECEIPT,
        id="sample",
        name="My laptop",
        provider="iCloud Keychain",
        where=passkeys.where("platform", built_in, is_synchronised=False),
        ways=passkeys.ways(built_in),
        added_at=LONG_AGO,
    )


def _unnamed() -> OwnPasskey:
    return replace(_laptop(), name="", provider="")


def _list(**more: Any) -> dict[str, Any]:
    return {
        "passkeys": [_laptop(), _unnamed()],
        "offered": True,
        "is_full": False,
        "most": MOST,
        "use": words.passkey_use(PasskeyUse.OFFERED),
        "is_used": True,
        "is_asked": True,
        "counts": False,
        "may_count": True,
        "has_another": True,
        "problem": "",
        "was_changed": False,
        **more,
    }


def _not_used() -> dict[str, Any]:
    said = words.passkey_use(PasskeyUse.NOT_ALLOWED)
    return _list(use=said, is_used=False, may_count=False)


def _not_here(**more: Any) -> dict[str, Any]:
    said = words.passkey_use(PasskeyUse.NOT_HERE)
    return _list(use=said, is_used=False, is_asked=False, **more)


def _instead_of_code() -> dict[str, Any]:
    return _list(use=words.passkey_use(PasskeyUse.INSTEAD_OF_CODE), counts=True, was_changed=True)


def _added(*args: Any, **more: Any) -> dict[str, Any]:
    return {
        "passkey": _laptop(),
        "form": looked_at(NameForm(*args)),
        "use": words.passkey_use(PasskeyUse.OFFERED),
        "is_unverified": False,
        "counts": False,
        "may_count": False,
        "has_another": False,
        "receipt": TRIED,
        **more,
    }


def _may_count_too() -> dict[str, Any]:
    use = words.passkey_use(PasskeyUse.SWITCH_IS_OFF)
    return {"use": use, "is_asked": True, "may_count": True, "has_another": True}


def _delete(**more: Any) -> dict[str, Any]:
    known = {"ends_instead_of_code": False, "is_asked": True, "is_only_way_in": False}
    return {"passkey": _laptop(), **known, **more}


def _add(*details: str) -> dict[str, Any]:
    return {"passkeys": [_laptop()], "problems": passkeys.problems(), "details": details}


made(ROOM, "passkeys", LIST, _list)
made(ROOM, "passkeys-none", LIST, lambda: _list(passkeys=[], use=""))
made(ROOM, "passkeys-full", LIST, lambda: _list(is_full=True))
made(ROOM, "passkeys-not-offered", LIST, lambda: _list(offered=False))
made(ROOM, "passkeys-not-used", LIST, _not_used)
made(ROOM, "passkeys-not-here", LIST, _not_here)
made(ROOM, "passkeys-not-here-instead-of-code", LIST, lambda: _not_here(counts=True))
made(ROOM, "passkeys-none-not-here", LIST, lambda: _not_here(passkeys=[]))
made(ROOM, "passkeys-need-another", LIST, lambda: _list(has_another=False))
made(ROOM, "passkeys-instead-of-code", LIST, _instead_of_code)
made(ROOM, "passkey-add", ADD, _add)
made(ROOM, "passkey-add-not-here", ADD, lambda: _add(_(words.NOT_ASKED_HERE)))
made(ROOM, "passkey-added", ADDED, _added)
made(ROOM, "passkey-added-offered", ADDED, lambda: _added(**_may_count_too()))
made(ROOM, "passkey-added-unverified", ADDED, lambda: _added(is_unverified=True))
made(ROOM, "passkey-added-no-name", ADDED, lambda: _added({}))
made(ROOM, "passkey-name", NAME, lambda: {"passkey": _unnamed(), "form": NameForm()})
made(
    ROOM,
    "passkey-no-name",
    NAME,
    lambda: {"passkey": _unnamed(), "form": looked_at(NameForm({}))},
)
made(ROOM, "passkey-delete", DELETE, _delete)
made(ROOM, "passkey-delete-last", DELETE, lambda: _delete(ends_instead_of_code=True))
made(
    ROOM,
    "passkey-delete-last-not-here",
    DELETE,
    lambda: _delete(ends_instead_of_code=True, is_asked=False),
)
made(ROOM, "passkey-delete-only-way-in", DELETE, lambda: _delete(is_only_way_in=True))
