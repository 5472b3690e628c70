"""What administrators type to register an application."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from accounts.choices import Choice
from portal.embed import origins
from portal.embed.clients import APP_CLIENT, MOST_ORIGINS, NAME
from portal.embed.pages import PAGES

# A list of the longest origins there may be, and some air.
LONGEST_LIST = 8000
PAGE: Mapping[str, str] = {
    "overview": "Overview of all sign-in methods",
    "add-app": "Set up an authenticator app",
    "add-text": "Set up text messages",
    "add-email": "Set up codes by e-mail",
    "passkeys": "Passkeys",
    "preference": "Choose what is asked for",
    "turn-off": "Turn a method off",
    "devices": "Trusted devices",
    "history": "What happened",
}


class LinesField(forms.CharField):
    """One on each line; its value is the lines, each once. check: ValueError says why not."""

    def __init__(self, *, check: Callable[[str], object], most: int, **kwargs: Any) -> None:
        attrs = {"rows": 3, "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
        super().__init__(widget=forms.Textarea(attrs=attrs), max_length=LONGEST_LIST, **kwargs)
        self.check, self.most = check, most

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        lines = list(dict.fromkeys(filter(None, map(str.strip, text.splitlines()))))
        if len(lines) > self.most:
            raise forms.ValidationError(f"These are more than {self.most}.")
        problems = [problem for line in lines if (problem := self._problem_of(line))]
        if problems:
            raise forms.ValidationError(problems)
        return lines

    def _problem_of(self, line: str) -> str:
        try:
            self.check(line)
        except ValueError as refused:
            return str(refused)
        return ""


def _app_client(text: str) -> None:
    if APP_CLIENT.fullmatch(text) is None:
        raise ValueError(f"{text}: an app client is given by its id, letters and digits.")


class ClientForm(forms.Form):
    """A name, where its pages are, whose tokens it holds, and which pages of ours it may show."""

    name = forms.CharField(
        label="Name",
        max_length=40,
        help_text="Small letters, digits and hyphens. It stands in the application's own page.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        validators=[
            RegexValidator(
                rf"\A(?:{NAME.pattern})\Z", "A name is small letters, digits and hyphens."
            )
        ],
        error_messages={
            "required": "Give the application a name.",
            "max_length": "A name has at most 40 letters.",
        },
    )
    origins = LinesField(
        label="Origins of its pages",
        check=origins.exact,
        most=MOST_ORIGINS,
        help_text="Exactly, one on each line, such as https://app.example.com. "
        "No path, no wildcard, no address of numbers.",
        error_messages={"required": "Name at least one origin."},
    )
    app_clients = LinesField(
        label="App clients",
        check=_app_client,
        most=MOST_ORIGINS,
        help_text="Ids of the app clients of the user pool whose access tokens it may hand over, "
        "one on each line.",
        error_messages={"required": "Name at least one app client."},
    )
    pages = forms.MultipleChoiceField(
        label="Pages it may show",
        choices=[(page, Choice(words)) for page, words in PAGE.items()],
        initial=list(PAGES),
        widget=forms.CheckboxSelectMultiple,
        help_text="Every other page is offered in a window of its own.",
        error_messages={
            "required": "Choose at least one page.",
            "invalid_choice": "Choose from the pages listed here.",
        },
    )


class KeyForm(forms.Form):
    """Which key was the newest when the page was shown."""

    newest = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
