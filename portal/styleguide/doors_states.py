"""The way in: what is typed before somebody is known, and every question of the pool."""

from collections.abc import Callable, Mapping
from typing import Any

from allauth.socialaccount.providers.base.constants import AuthError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.codes import CodeForm, LongCodeForm
from accounts.cognito.errors import CodeRejected
from accounts.doors import hosted, passwords
from accounts.doors.forms import (
    NO_MATCH,
    ChoiceForm,
    ConfirmPasswordForm,
    EmailForm,
    NameFirstForm,
    NameForm,
    NewPasswordForm,
    PasskeyForm,
    PasswordForm,
    PasswordStepForm,
    ResetForm,
    TrustForm,
    WayForm,
)
from accounts.doors.pages import WRONG_CODE
from accounts.doors.passkey import PROBLEMS
from accounts.doors.password import DOOR
from accounts.doors.words import CHOICE, WAY, CodePlace, code_sent_to, where_a_code_went
from portal.styleguide.samples import ADDRESS, ADDRESS_SHOWN, KEY, NUMBER, NUMBER_SHOWN, looked_at
from portal.styleguide.states import made, made_by, state

ROOM = "doors"
RULES = {"MinimumLength": 12, "RequireNumbers": True, "RequireUppercase": True}
BEFORE = {"signed_in_as": "", "next": "", "wait_seconds": 0}
FLOW = {**BEFORE, "is_reauthentication": False, "has_other_ways": True, "name": "nobody"}


def page(name: str, template: str, make: Callable[[], Mapping[str, Any]]) -> None:
    """One before a sign-in: nobody's name stands in its head."""
    made(ROOM, name, f"doors/{template}.html", lambda: {**FLOW, **make()})


def place(icon: str) -> CodePlace:
    if icon == "app":
        return CodePlace("app", _("Open your authenticator app"), "(My phone)")
    return code_sent_to(icon, NUMBER_SHOWN if icon == "phone_number" else ADDRESS_SHOWN)


def wrong(form: CodeForm) -> CodeForm:
    return looked_at(form, code=_(WRONG_CODE[CodeRejected]))


# --- before anybody is known ------------------------------------------------------------------


def _sign_in(form: Any) -> dict[str, Any]:
    return {**FLOW, "form": form, "redirect_field": "", "may_reset": True}


@made_by(ROOM, "sign-in", "doors/sign_in.html")
def _with_password(request: HttpRequest) -> Mapping[str, Any]:
    return _sign_in(PasswordForm(request=request))


@made_by(ROOM, "sign-in-missing", "doors/sign_in.html")
def _without_password(request: HttpRequest) -> Mapping[str, Any]:
    return _sign_in(looked_at(PasswordForm({"login": "nobody"}, request=request)))


@made_by(ROOM, "sign-in-refused", "doors/sign_in.html")
def _refused(request: HttpRequest) -> Mapping[str, Any]:
    form = looked_at(PasswordForm({"login": "nobody"}, request=request))
    form.errors.clear()
    form.add_error(None, _(NO_MATCH))
    return _sign_in(form)


@made_by(ROOM, "sign-in-name-first", "doors/sign_in.html")
def _name_first(request: HttpRequest) -> Mapping[str, Any]:
    return _sign_in(NameFirstForm(request=request, begin=_nobody))


@made_by(ROOM, "sign-in-name-missing", "doors/sign_in.html")
def _name_missing(request: HttpRequest) -> Mapping[str, Any]:
    return _sign_in(looked_at(NameFirstForm({}, request=request, begin=_nobody)))


def _nobody(name: str) -> Any:
    raise NotImplementedError(name)


state(
    ROOM,
    "two-doors",
    "doors/doors.html",
    **BEFORE,
    doors={"password": DOOR, "managed": hosted.DOOR},
)
page("forgotten", "forgotten", lambda: {"form": NameForm()})
page("forgotten-missing", "forgotten", lambda: {"form": looked_at(NameForm({}))})
state(ROOM, "forgotten-not-here", "doors/forgotten_not_here.html", **BEFORE)


def _reset(*args: Any, sent: bool = True) -> dict[str, Any]:
    form = ResetForm(*args, policy=RULES)
    went = where_a_code_went("EMAIL", ADDRESS) if sent else None
    rules = passwords.rules(RULES)
    return {"form": looked_at(form), "place": went, "rules": rules, "wait_seconds": 40}


page("forgotten-code", "forgotten_code", _reset)
page("forgotten-code-ordered", "forgotten_code", lambda: _reset(sent=False))
page(
    "forgotten-code-weak",
    "forgotten_code",
    lambda: _reset({"code": "12345", "new_password": "secret"}),
)


def _activate(form: CodeForm) -> dict[str, Any]:
    return {"form": form, "place": where_a_code_went("EMAIL", ADDRESS), "wait_seconds": 0}


page("activate", "activate", lambda: _activate(CodeForm()))
page("activate-wrong", "activate", lambda: _activate(wrong(CodeForm({"code": "123456"}))))


def _problem(error: Any, *, may_try_again: bool = True) -> dict[str, Any]:
    title, text = hosted.WORDS.get(error, hosted.USUAL)
    return {"title": _(title), "text": _(text), "may_try_again": may_try_again}


page("managed-problem", "managed_problem", lambda: _problem(None))
page("managed-cancelled", "managed_problem", lambda: _problem(AuthError.CANCELLED))
page(
    "managed-not-set-up",
    "managed_problem",
    lambda: _problem(hosted.MissingScope, may_try_again=False),
)
state(ROOM, "signed-out", "doors/signed_out.html", **BEFORE)

# --- a choice of ways, and what may stand in for the password ---------------------------------


def _ways(*args: Any) -> dict[str, Any]:
    return {"form": looked_at(WayForm(*args, choices=list(WAY.items())))}


def _passkey(*args: Any) -> dict[str, Any]:
    problems = {name: (_(title), _(text)) for name, (title, text) in PROBLEMS.items()}
    return {"form": looked_at(PasskeyForm(*args)), "options": "{}", "problems": problems}


def _first_code(form: CodeForm, seconds: int) -> dict[str, Any]:
    went = where_a_code_went("SMS", NUMBER)
    return {"form": form, "place": went, "wait_seconds": seconds}


page("ways", "ways", _ways)
page("ways-none", "ways", lambda: _ways({}))
page("passkey", "passkey", _passkey)
page("passkey-unsigned", "passkey", lambda: _passkey({"credential": ""}))
page(
    "password",
    "password",
    lambda: {"form": PasswordStepForm(), "options": "", "may_reset": True},
)
page(
    "password-beside-passkey",
    "password",
    lambda: {"form": PasswordStepForm(beside_passkey=True), "options": "{}", "may_reset": True},
)
page(
    "password-missing",
    "password",
    lambda: {"form": looked_at(PasswordStepForm({})), "options": "", "may_reset": True},
)
page("first-code", "first_code", lambda: _first_code(LongCodeForm(), 40))
page(
    "first-code-wrong",
    "first_code",
    lambda: _first_code(looked_at(LongCodeForm({"code": "123456"})), 0),
)

# --- the second step --------------------------------------------------------------------------

for kind in ("app", "phone_number", "email"):
    page(
        f"code-{kind.replace('_', '-')}",
        "code",
        lambda kind=kind: {"form": TrustForm(days=30), "place": place(kind)},  # type: ignore[misc]
    )
page(
    "code-wrong",
    "code",
    lambda: {"form": wrong(TrustForm({"code": "123456"}, days=30)), "place": place("app")},
)
page(
    "code-again",
    "code",
    lambda: {"form": CodeForm(), "place": place("app"), "is_reauthentication": True},
)


def _choose(*args: Any) -> dict[str, Any]:
    return {"form": looked_at(ChoiceForm(*args, choices=list(CHOICE.items())))}


page("choose", "choose", _choose)
page("choose-none", "choose", lambda: _choose({}))

# --- what the pool asks for before anybody may in ---------------------------------------------


def _new_password(*args: Any) -> dict[str, Any]:
    form = looked_at(NewPasswordForm(*args, policy=RULES))
    return {"form": form, "rules": passwords.rules(RULES)}


page("new-password", "new_password", _new_password)
page("new-password-weak", "new_password", lambda: _new_password({"new_password": "secret"}))
page("set-up", "set_up", lambda: {"possible": {"SOFTWARE_TOKEN_MFA", "EMAIL_OTP"}})
page("set-up-app", "set_up_app", lambda: {"key": None})
page("set-up-app-scan", "set_up_app", lambda: {"form": CodeForm(), "key": KEY})
page(
    "set-up-app-wrong",
    "set_up_app",
    lambda: {"form": wrong(CodeForm({"code": "123456"})), "key": KEY},
)
page("set-up-email", "set_up_email", lambda: {"form": EmailForm()})
page("set-up-email-wrong", "set_up_email", lambda: {"form": looked_at(EmailForm({"email": "n"}))})
page("unsupported", "unsupported", dict)

# --- once more, before a change ---------------------------------------------------------------


def _again(form: ConfirmPasswordForm, *, by_choice: bool = False) -> dict[str, Any]:
    return {"form": form, "next": "/", "name": "nobody", "by_choice": by_choice}


AGAIN = "doors/reauthenticate.html"
made(ROOM, "reauthenticate", AGAIN, lambda: _again(ConfirmPasswordForm()))
made(ROOM, "reauthenticate-choice", AGAIN, lambda: _again(ConfirmPasswordForm(), by_choice=True))
made(ROOM, "reauthenticate-missing", AGAIN, lambda: _again(looked_at(ConfirmPasswordForm({}))))
state(ROOM, "reauthenticate-managed", "doors/reauthenticate_managed.html", next="/")
