"""The pages of a new account, its confirmation, and a forgotten password."""

from __future__ import annotations

from html import escape
from typing import Any

from sandbox.managed_login.factor_pages import attribute_label, password_hint
from sandbox.managed_login.pages import (
    Field,
    code_field,
    field,
    form,
    link,
    page,
    password_field,
    username_field,
)
from sandbox.managed_login.turn import Turn

KIND = {
    "email": ("email", "email"),
    "phone_number": ("tel", "tel"),
    "name": ("text", "name"),
    "given_name": ("text", "given-name"),
    "family_name": ("text", "family-name"),
    "birthdate": ("date", "bday"),
}
RESEND = '<button name="action" value="resend" class="quiet">Send another code</button>\n'


def sign_up_is_open(turn: Turn) -> bool:
    """Whether people may make accounts of their own."""
    config = turn.pool.settings.get("AdminCreateUserConfig", {})
    return not config.get("AllowAdminCreateUserOnly")


def attributes_asked(turn: Turn) -> list[str]:
    """What a newcomer tells: what the pool requires or verifies, but for what is their name."""
    pool = turn.pool
    required = [n for n, each in pool.schema.items() if each.get("Required") and n != "sub"]
    wanted = [*required, *sorted(pool.auto_verified)]
    return [name for name in dict.fromkeys(wanted) if name not in pool.username_attributes]


def sign_up(turn: Turn, problem: str = "") -> str:
    """A new account."""
    typed = turn.request.form
    inner = username_field(turn, typed.get("username", ""), problem)
    for name in attributes_asked(turn):
        kind, autocomplete = KIND.get(name, ("text", "off"))
        hint = "With the country code, for example +447700900123." if kind == "tel" else ""
        value = typed.get(name, "")
        inner += field(Field(name, attribute_label(name), kind, autocomplete, value, hint), problem)
    inner += password_field("Password", "new-password", problem, password_hint(turn))
    body = form(turn, "/signup", inner, "Create the account")
    return page("Create an account", body + link(turn, "/login", "Back to sign-in"), problem)


def confirm(turn: Turn, state: dict[str, Any], problem: str = "", notice: str = "") -> str:
    """The code that confirms a new account."""
    sent = state.get("sent_to")
    words = f"We sent a code to {escape(sent)}." if sent else "Enter the code that we sent you."
    inner = f"<p>{words}</p>\n{code_field(problem)}"
    body = form(turn, "/confirmUser", inner, "Confirm the account")
    body += form(turn, "/confirmUser", RESEND, "")
    return page(
        "Confirm your account", body + link(turn, "/login", "Back to sign-in"), problem, notice
    )


def forgot(turn: Turn, problem: str = "") -> str:
    """Whose password is forgotten."""
    inner = "<p>We send you a code that lets you choose a new password.</p>\n"
    inner += username_field(turn, turn.request.form.get("username", ""), problem)
    body = form(turn, "/forgotPassword", inner, "Send the code")
    return page("Forgot your password?", body + link(turn, "/login", "Back to sign-in"), problem)


def reset(turn: Turn, state: dict[str, Any], problem: str = "") -> str:
    """The code and the new password."""
    sent = state.get("sent_to")
    words = f"We sent a code to {escape(sent)}." if sent else "Your password has to be changed."
    inner = f"<p>{words}</p>\n{code_field(problem)}"
    inner += password_field("New password", "new-password", problem, password_hint(turn))
    body = form(turn, "/confirmForgotPassword", inner, "Save the password")
    return page("Choose a new password", body + link(turn, "/login", "Back to sign-in"), problem)
