"""The pages of a domain: plain forms that need no script. All text from outside is escaped."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from sandbox.managed_login.style import STYLE
from sandbox.managed_login.turn import Turn
from sandbox.people import Person

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{heading}</h1>
{problem}{notice}{body}
</main>
</body>
</html>
"""
USERNAME_LABEL = {
    (): "Username",
    ("email",): "E-mail address",
    ("phone_number",): "Phone number",
    ("email", "phone_number"): "E-mail address or phone number",
}


class Field(NamedTuple):
    """One line of a form."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    value: str = ""
    hint: str = ""
    more: str = ""


def page(heading: str, body: str, problem: str = "", notice: str = "") -> str:
    """A whole page; a problem is said first, in the title too."""
    said = f'<p class="problem" id="problem" role="alert">{escape(problem)}</p>\n'
    told = f'<p class="notice" role="status">{escape(notice)}</p>\n'
    return PAGE.format(
        title=("Error: " if problem else "") + escape(heading),
        style=STYLE,
        heading=escape(heading),
        problem=said if problem else "",
        notice=told if notice else "",
        body=body,
    )


def form(turn: Turn, path: str, inner: str, button: str) -> str:
    """A form of these pages, with the token that shows where it came from."""
    return (
        f'<form method="post" action="{escape(turn.request.address(path))}" novalidate>\n'
        f'<input type="hidden" name="_csrf" value="{escape(turn.csrf)}">\n'
        f"{inner}{f'<button>{escape(button)}</button>' if button else ''}\n</form>\n"
    )


def field(line: Field, problem: str = "") -> str:
    """A labelled input."""
    described = [
        name for name, text in (("problem", problem), (f"{line.name}-hint", line.hint)) if text
    ]
    by = f' aria-describedby="{" ".join(described)}"' if described else ""
    wrong = ' aria-invalid="true"' if problem else ""
    hint = f'<p class="hint" id="{line.name}-hint">{escape(line.hint)}</p>\n' if line.hint else ""
    value = f' value="{escape(line.value)}"' if line.value else ""
    return (
        f'<label for="{line.name}">{escape(line.label)}</label>\n{hint}'
        f'<input id="{line.name}" name="{line.name}" type="{line.kind}" required'
        f' autocomplete="{line.autocomplete}"{line.more}{value}{by}{wrong}>\n'
    )


def code_field(problem: str = "") -> str:
    """The line for a code that was sent or that an app shows."""
    more = ' inputmode="numeric" autofocus'
    return field(Field("code", "Code", autocomplete="one-time-code", more=more), problem)


def password_field(
    label: str, autocomplete: str, problem: str = "", hint: str = "", *, focus: bool = False
) -> str:
    """The line for a password."""
    more = " autofocus" if focus else ""
    return field(Field("password", label, "password", autocomplete, hint=hint, more=more), problem)


def username_field(turn: Turn, username: str, problem: str = "") -> str:
    """The line for the name that people of this pool sign in with."""
    more = ' autocapitalize="none" spellcheck="false"' + ("" if username else " autofocus")
    line = Field("username", username_label(turn), "text", "username", username, more=more)
    return field(line, problem)


def username_label(turn: Turn) -> str:
    """What people of this pool sign in with."""
    return USERNAME_LABEL.get(tuple(sorted(turn.pool.username_attributes)), "Username")


def link(turn: Turn, path: str, words: str) -> str:
    """A way to another page of these."""
    return f'<p><a href="{escape(turn.request.address(path))}">{escape(words)}</a></p>\n'


def choice(choices: dict[str, str], legend: str) -> str:
    """One of several; the values are Cognito's words, the labels ours."""
    lines = [
        f'<label class="choice"><input type="radio" name="choice" value="{escape(value)}"'
        f"{' checked' if index == 0 else ''}> <span>{escape(label)}</span></label>\n"
        for index, (value, label) in enumerate(choices.items())
    ]
    return f"<fieldset><legend>{escape(legend)}</legend>\n{''.join(lines)}</fieldset>\n"


def first_factor_is_chosen(turn: Turn) -> bool:
    """Whether people type their name first and then choose what to prove it with."""
    more = turn.pool.first_factors - {"PASSWORD"}
    return bool(more) and "USER_AUTH" in turn.client.flows and turn.request.domain.managed


def sign_in(turn: Turn, username: str = "", problem: str = "", notice: str = "") -> str:
    """The page that a sign-in begins with."""
    inner, button = username_field(turn, username, problem), "Next"
    if not first_factor_is_chosen(turn):
        inner += password_field("Password", "current-password", problem)
        button = "Sign in"
    body = form(turn, "/login", inner, button) + link(
        turn, "/forgotPassword", "Forgot your password?"
    )
    if not turn.pool.settings.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
        body += link(turn, "/signup", "New here? Create an account")
    return page("Sign in", body, problem, notice)


def select_account(turn: Turn, person: Person) -> str:
    """Go on as who is signed in, or as somebody else."""
    body = form(turn, "/selectAccount", "", f"Continue as {person.username}")
    body += link(turn, "/login", "Sign in as somebody else")
    return page("Choose an account", body)


def error(turn: Turn, what: str) -> str:
    """What is wrong with a request from which nobody can be sent back."""
    body = f"<p>The application sent a request that cannot be answered: {escape(what)}.</p>\n"
    return page("An error was encountered with the requested page", body)


def plain_error(words: str) -> str:
    """A page for what is no page."""
    return page("This does not work", f"<p>{escape(words)}</p>\n")
