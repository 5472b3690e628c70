"""What administrators type to register an application."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.choices import Choice
from accounts.plain_text import TOO_LONG
from portal.embed import origins
from portal.embed.clients import APP_CLIENT, MOST_ORIGINS, NAME
from portal.embed.pages import FIRST, PAGES

# A list of the longest origins there may be, and some air.
LONGEST_LIST = 8000
PAGE: Mapping[str, str] = {
    "overview": gettext_noop("Overview of all sign-in methods"),
    "add-app": gettext_noop("Set up an authenticator app"),
    "add-text": gettext_noop("Set up text messages"),
    "add-email": gettext_noop("Set up codes by e-mail"),
    "passkeys": gettext_noop("Passkeys"),
    "preference": gettext_noop("Choose what is asked for"),
    "turn-off": gettext_noop("Turn a method off"),
    "devices": gettext_noop("Trusted devices"),
    "history": gettext_noop("What happened"),
}


class LinesField(forms.CharField):
    """One on each line; its value is the lines, each once. check: ValueError says why not."""

    def __init__(self, *, check: Callable[[str], object], most: int, **kwargs: Any) -> None:
        attrs = {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
        widget = forms.Textarea(attrs={"rows": 3, "translate": "no", **attrs})
        super().__init__(widget=widget, max_length=LONGEST_LIST, **kwargs)
        self.check, self.most = check, most

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        lines = list(dict.fromkeys(filter(None, map(str.strip, text.splitlines()))))
        if len(lines) > self.most:
            raise forms.ValidationError(_("These are more than {most}.").format(most=self.most))
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
        raise ValueError(
            _("{text}: an app client is given by its id, letters and digits.").format(text=text)
        )


class PlacesForm(forms.Form):
    """Where the pages of an application are, and which of ours it may show there."""

    origins = LinesField(
        label=gettext_lazy("Origins of its pages"),
        check=origins.exact,
        most=MOST_ORIGINS,
        help_text=gettext_lazy(
            "Exactly, one on each line, such as https://app.example.com. "
            "No path, no wildcard, no address of numbers."
        ),
        error_messages={
            "required": gettext_lazy("Name at least one origin."),
            "max_length": TOO_LONG,
        },
    )
    pages = forms.MultipleChoiceField(
        label=gettext_lazy("Pages it may show"),
        choices=[(page, Choice(gettext_lazy(words))) for page, words in PAGE.items()],
        initial=list(PAGES),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Every other page is offered in a window of its own."),
        error_messages={
            "required": gettext_lazy("Choose at least one page."),
            "invalid_choice": gettext_lazy("Choose from the pages listed here."),
        },
    )

    def clean_pages(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["pages"]
        if not set(chosen) & set(FIRST):
            raise ValidationError(_("Choose one more: no frame begins with turning a method off."))
        return chosen


class ChangeForm(PlacesForm):
    """The same of one that is registered. was: `clients.state_of`, when the page was shown."""

    was = forms.CharField(max_length=64, widget=forms.HiddenInput)
    is_confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)


class ClientForm(PlacesForm):
    """A name, where its pages are, whose tokens it holds, and which pages of ours it may show."""

    field_order = ("name", "origins", "app_clients", "pages")

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=40,
        help_text=gettext_lazy(
            "Small letters, digits and hyphens. It stands in the application's own page."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        validators=[
            RegexValidator(
                rf"\A(?:{NAME.pattern})\Z",
                gettext_lazy("A name is small letters, digits and hyphens."),
            )
        ],
        error_messages={
            "required": gettext_lazy("Give the application a name."),
            "max_length": gettext_lazy("A name has at most 40 letters."),
        },
    )
    app_clients = LinesField(
        label=gettext_lazy("App clients"),
        check=_app_client,
        most=MOST_ORIGINS,
        help_text=gettext_lazy(
            "Ids of the app clients of the user pool whose access tokens it may hand over, "
            "one on each line."
        ),
        error_messages={
            "required": gettext_lazy("Name at least one app client."),
            "max_length": TOO_LONG,
        },
    )


class KeyForm(forms.Form):
    """Which key was the newest when the page was shown."""

    newest = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
