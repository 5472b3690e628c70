"""Signing in on the pages of a domain.

Every step is an operation of the API, so what is asked next is decided in one place only; here is
which page asks it, and what it sends. Source: contract 13.4.
"""

from __future__ import annotations

from typing import Any

from sandbox.factors import WEB_AUTHN
from sandbox.managed_login import factor_pages, pages, set_up
from sandbox.managed_login.authorize import Wanted, wanted
from sandbox.managed_login.turn import Turn
from sandbox.managed_login.web import Response, html, redirect
from sandbox.operations.registry import Answer
from sandbox.protocol import Refusal
from sandbox.switches import SAYINGS

SIGN_IN, CHALLENGE = "sign_in", "challenge"
CODE_MEMBER = {
    "SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE",
    "SMS_MFA": "SMS_MFA_CODE",
    "EMAIL_OTP": "EMAIL_OTP_CODE",
    "SMS_OTP": "SMS_OTP_CODE",
}
USER_ATTRIBUTE = "userAttributes."
EXPIRED = SAYINGS["session_expired"].words
OVER = frozenset(
    SAYINGS[name].words
    for name in ("session_expired", "session_used", "session_invalid", "disabled")
)
UNCONFIRMED = "UserNotConfirmedException"
RESET_REQUIRED = "PasswordResetRequiredException"
NOTHING_TYPED = "Enter your username and password."
NO_USERNAME = "Enter your username."


def show(turn: Turn) -> Response:
    """`/login`."""
    wanted(turn)
    return sign_in_page(turn, turn.request.query.get("login_hint", ""))


def sign_in_page(turn: Turn, username: str = "", problem: str = "", notice: str = "") -> Response:
    """The page a sign-in begins with; it may wait for five minutes."""
    turn.keep(SIGN_IN, turn.sandbox.switches.login_prompt_seconds)
    return html(pages.sign_in(turn, username, problem, notice))


def sign_in(turn: Turn) -> Response:
    """Name and password, or only the name where people choose what to prove it with."""
    request, form = wanted(turn), turn.request.form
    username, password = form.get("username", "").strip(), form.get("password", "")
    if turn.progress(SIGN_IN) is None:
        return sign_in_page(turn, username, EXPIRED)
    chooses = pages.first_factor_is_chosen(turn)
    if not username or not (password or chooses):
        return sign_in_page(turn, username, NO_USERNAME if chooses else NOTHING_TYPED)
    flow = "USER_AUTH" if chooses else "USER_PASSWORD_AUTH"
    proof = {} if chooses else {"PASSWORD": password}
    try:
        parameters = {"USERNAME": username, **proof}
        answer = turn.run("InitiateAuth", AuthFlow=flow, AuthParameters=parameters)
        return advance(turn, request, username, answer)
    except Refusal as no:
        return refused(turn, username, no)


def refused(turn: Turn, username: str, no: Refusal) -> Response:
    """What the first page says to a refusal; some people have something to do first."""
    if no.code == UNCONFIRMED:
        turn.keep("confirm", turn.sandbox.switches.login_reset_seconds, username=username)
        return redirect(turn.request.address("/confirmUser"), 303)
    if no.code == RESET_REQUIRED:
        turn.keep("reset", turn.sandbox.switches.login_reset_seconds, username=username)
        return redirect(turn.request.address("/confirmForgotPassword"), 303)
    return sign_in_page(turn, username, words(turn, no))


def words(turn: Turn, no: Refusal) -> str:
    """A refusal as the pages say it."""
    if no.words == SAYINGS["disabled"].words:
        return turn.sandbox.switches.login_disabled_words
    return no.words


def advance(turn: Turn, request: Wanted, username: str, answer: Answer) -> Response:
    """Go on to what is asked next, or back to the application."""
    if "SignedIn" in answer:
        person = turn.sandbox.people.by_sub(turn.pool.id, answer["SignedIn"])
        assert person is not None  # noqa: S101 - signed in a moment ago
        turn.forget_progress()
        return request.granted(person, turn.open_session(person))
    following = _spared(turn, username, answer)
    seconds = turn.sandbox.switches.login_challenge_seconds
    turn.keep(CHALLENGE, seconds, username=username, answer=following)
    return redirect(turn.request.address("/challenge"), 303)


def show_challenge(turn: Turn) -> Response:
    """`/challenge`: what is asked now."""
    wanted(turn)
    state = turn.progress(CHALLENGE)
    if state is None:
        return sign_in_page(turn, problem=EXPIRED)
    return factor_pages.challenge(turn, state)


def answer(turn: Turn) -> Response:
    """The answer to what was asked."""
    request, state = wanted(turn), turn.progress(CHALLENGE)
    if state is None:
        return sign_in_page(turn, problem=EXPIRED)
    try:
        following = _answered(turn, state)
        return advance(turn, request, state["username"], following)
    except Refusal as no:
        if no.words in OVER:
            return sign_in_page(turn, state["username"], words(turn, no))
        return factor_pages.challenge(turn, state, words(turn, no))


def _answered(turn: Turn, state: dict[str, Any]) -> Answer:
    asked, form = state["answer"], turn.request.form
    name = asked["ChallengeName"]
    if name == set_up.MFA_SETUP:
        return set_up.go_on(turn, state["username"], asked)
    if name in CODE_MEMBER:
        responses = {CODE_MEMBER[name]: "".join(form.get("code", "").split())}
    elif name == WEB_AUTHN:
        responses = {"CREDENTIAL": form.get("credential", "")}
    elif name == "PASSWORD":
        responses = {"PASSWORD": form.get("password", "")}
    elif name == "NEW_PASSWORD_REQUIRED":
        responses = {
            "NEW_PASSWORD": form.get("password", ""),
            **{n: v for n, v in form.items() if n.startswith(USER_ATTRIBUTE) and v},
        }
    else:
        responses = {"ANSWER": form.get("choice", "")}
    return respond(turn, state["username"], asked, responses)


def respond(turn: Turn, username: str, asked: Answer, responses: dict[str, str]) -> Answer:
    """RespondToAuthChallenge."""
    return turn.run(
        "RespondToAuthChallenge",
        ChallengeName=asked["ChallengeName"],
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": username, **responses},
    )


def _spared(turn: Turn, username: str, asked: Answer) -> Answer:
    """Spare people a choice that has only one side."""
    if asked["ChallengeName"] == "SELECT_CHALLENGE":
        choices = factor_pages.first_factors(asked)
        if len(choices) == 1:
            return respond(turn, username, asked, {"ANSWER": choices[0]})
    if asked["ChallengeName"] == set_up.MFA_SETUP and "factor" not in asked:
        offered = set_up.offered(turn, asked)
        if len(offered) == 1:
            return set_up.choose(turn, asked, offered[0])
    return asked
