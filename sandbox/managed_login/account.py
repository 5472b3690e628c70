"""Pages around a sign-in: a new account, its confirmation, a forgotten password.

Source: contract 13.1; what happens is the API's SignUp, ConfirmSignUp and ForgotPassword.
"""

from __future__ import annotations

from sandbox.managed_login import account_pages
from sandbox.managed_login.authorize import wanted
from sandbox.managed_login.login import EXPIRED, OVER, advance, sign_in_page, words
from sandbox.managed_login.turn import Turn
from sandbox.managed_login.web import Response, html, redirect
from sandbox.operations.registry import Answer
from sandbox.protocol import Refusal, refusal

CONFIRM, RESET = "confirm", "reset"
CONFIRMED = "Your account is confirmed. You can sign in now."
WAITS = "Your account was made. An administrator has to confirm it before you can sign in."
CHANGED = "Your password was changed. You can sign in with it now."
SENT_AGAIN = "We sent you another code."


def show_sign_up(turn: Turn) -> Response:
    """`/signup`."""
    wanted(turn)
    if not account_pages.sign_up_is_open(turn):
        return sign_in_page(turn, problem=refusal("sign_up_closed").words)
    return html(account_pages.sign_up(turn))


def sign_up(turn: Turn) -> Response:
    """Make an account."""
    wanted(turn)
    form, names = turn.request.form, account_pages.attributes_asked(turn)
    attributes = [{"Name": name, "Value": form[name]} for name in names if form.get(name)]
    username = form.get("username", "").strip()
    try:
        made = turn.run(
            "SignUp",
            Username=username,
            Password=form.get("password", ""),
            UserAttributes=attributes,
        )
    except Refusal as no:
        return html(account_pages.sign_up(turn, words(turn, no)))
    details = made.get("CodeDeliveryDetails")
    if details is None:
        return sign_in_page(turn, username, notice=WAITS)
    _wait_for_code(turn, CONFIRM, username, details, session=made["Session"])
    return redirect(turn.request.address("/confirmUser"), 303)


def show_confirm(turn: Turn) -> Response:
    """`/confirmUser`."""
    wanted(turn)
    state = turn.progress(CONFIRM)
    if state is None:
        return sign_in_page(turn, problem=EXPIRED)
    return html(account_pages.confirm(turn, state))


def confirm(turn: Turn) -> Response:
    """The code of a new account, or the wish for another one."""
    request, state = wanted(turn), turn.progress(CONFIRM)
    if state is None:
        return sign_in_page(turn, problem=EXPIRED)
    username = state["username"]
    try:
        if turn.request.form.get("action") == "resend":
            sent = turn.run("ResendConfirmationCode", Username=username)
            _wait_for_code(turn, CONFIRM, username, sent["CodeDeliveryDetails"])
            return html(account_pages.confirm(turn, state, notice=SENT_AGAIN))
        session = _confirmed(turn, username, state.get("session"))
        if session is None:
            return sign_in_page(turn, username, notice=CONFIRMED)
        parameters = {"USERNAME": username}
        answer = turn.run(
            "InitiateAuth", AuthFlow="USER_AUTH", AuthParameters=parameters, Session=session
        )
        return advance(turn, request, username, answer)
    except Refusal as no:
        return html(account_pages.confirm(turn, state, words(turn, no)))


def show_forgot(turn: Turn) -> Response:
    """`/forgotPassword`."""
    wanted(turn)
    return html(account_pages.forgot(turn))


def forgot(turn: Turn) -> Response:
    """Send a code that resets the password."""
    wanted(turn)
    username = turn.request.form.get("username", "").strip()
    try:
        sent = turn.run("ForgotPassword", Username=username)
    except Refusal as no:
        return html(account_pages.forgot(turn, words(turn, no)))
    _wait_for_code(turn, RESET, username, sent["CodeDeliveryDetails"])
    return redirect(turn.request.address("/confirmForgotPassword"), 303)


def show_reset(turn: Turn) -> Response:
    """`/confirmForgotPassword`."""
    wanted(turn)
    state = turn.progress(RESET)
    if state is None:
        return sign_in_page(turn, problem=EXPIRED)
    return html(account_pages.reset(turn, state))


def reset(turn: Turn) -> Response:
    """The code and a new password."""
    wanted(turn)
    form, state = turn.request.form, turn.progress(RESET)
    if state is None:
        return sign_in_page(turn, problem=EXPIRED)
    try:
        turn.run(
            "ConfirmForgotPassword",
            Username=state["username"],
            ConfirmationCode="".join(form.get("code", "").split()),
            Password=form.get("password", ""),
        )
    except Refusal as no:
        return html(account_pages.reset(turn, state, words(turn, no)))
    return sign_in_page(turn, state["username"], notice=CHANGED)


def _wait_for_code(turn: Turn, stage: str, username: str, sent: Answer, **state: object) -> None:
    seconds = turn.sandbox.switches.login_reset_seconds
    turn.keep(stage, seconds, username=username, sent_to=sent["Destination"], **state)


def _confirmed(turn: Turn, username: str, session: str | None) -> str | None:
    """Confirm the account; the Session that signs its owner in at once, unless that is too late."""
    given = {
        "Username": username,
        "ConfirmationCode": "".join(turn.request.form.get("code", "").split()),
    }
    try:
        return turn.run("ConfirmSignUp", **given, **({"Session": session} if session else {})).get(
            "Session"
        )
    except Refusal as no:
        if session is None or no.words not in OVER:
            raise
    return turn.run("ConfirmSignUp", **given).get("Session")
