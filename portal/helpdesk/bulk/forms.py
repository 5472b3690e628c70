"""What operators type to plan and to decide."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.choices import Choice
from accounts.plain_text import TOO_LONG, plain_line
from portal.factors.domain import Factor
from portal.factors.words import LABEL
from portal.helpdesk.bulk import lists, words
from portal.helpdesk.bulk.planning import OF_ONE_FACTOR, Kind, Wanted
from portal.helpdesk.forms import for_the_audit

# Below what a form's body may be, however it is written down (INP-04).
LONGEST_TEXT = 50_000
# Bytes: a thousand lines of a table with a few columns.
LARGEST_FILE = 100_000
MOST_PROBLEMS = 10


def _help(most: int) -> str:
    return _(
        "One on each line: a username, an e-mail address, a phone number or an account id. "
        "Or a table (CSV) with such a heading. Up to {most} at a time; you can add more."
    ).format(most=most)


def _file_help(most: int) -> str:
    return _("From this computer, in UTF-8, up to {most} kB, instead of typing it above.").format(
        most=most
    )


_HELP, _FILE_HELP = lazy(_help, str), lazy(_file_help, str)


class ListField(forms.CharField):
    """A pasted list, read line by line; its value is who is named, by line."""

    widget = forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"})

    def clean(self, value: Any) -> dict[int, str]:
        text = super().clean(value)
        return _named(text) if text.strip() else {}


class ListFile(forms.Field):
    """The same from a file that was chosen.

    No FileField: its further rules are about the name of a file, and this one's is not looked at.
    """

    widget = forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"})

    def clean(self, value: Any) -> dict[int, str]:
        file = super().clean(value)
        if file is None:
            return {}
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_too_large())
        try:
            return _named(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as trouble:
            raise forms.ValidationError(
                _("This file is not written in UTF-8. Save it as CSV UTF-8, then choose it again.")
            ) from trouble


def _too_large() -> str:
    return _(
        "This file is larger than {most} kB. Leave out columns that are not needed, or choose a "
        "part of it; you can add more."
    ).format(most=LARGEST_FILE // 1000)


def _named(text: str) -> dict[int, str]:
    """Errors: ValidationError, with what is wrong line by line."""
    found = lists.read(text)
    problems = found.problems[:MOST_PROBLEMS]
    if len(found.problems) > MOST_PROBLEMS:
        problems.append(_more(len(found.problems) - MOST_PROBLEMS))
    if not problems and not found.names:
        problems.append(_("There is nobody in this list."))
    if problems:
        raise forms.ValidationError(problems)
    return found.names


def _more(number: int) -> str:
    words = ngettext("And {n} more line like these.", "And {n} more lines like these.", number)
    return words.format(n=number)


class ListForm(forms.Form):
    """Whom it is about: a typed list or a file of one."""

    people = ListField(
        label=gettext_lazy("People"),
        required=False,
        strip=False,
        max_length=LONGEST_TEXT,
        help_text=_HELP(most=lists.MOST_LINES),
        error_messages={
            "max_length": gettext_lazy(
                "This is too long for one go. Send a part of it; you can add more."
            ),
        },
    )
    file = ListFile(
        label=gettext_lazy("Or a file with such a list"),
        required=False,
        help_text=_FILE_HELP(most=LARGEST_FILE // 1000),
    )

    def clean(self) -> dict[str, Any]:
        """With `names`: whoever is named, by line."""
        cleaned = super().clean() or {}
        typed, of_file = cleaned.get("people"), cleaned.get("file")
        if typed and of_file:
            self.add_error("file", _("Give a list or a file, not both."))
        cleaned["names"] = typed or of_file or {}
        return cleaned

    def full_clean(self) -> None:
        super().full_clean()
        # The page that tells of a slip elsewhere comes without the file, whatever we do.
        if self.errors and self.files.get("file") and "file" not in self.errors:
            self.add_error("file", _("Choose the file again: browsers do not keep it."))

    def is_about_nobody(self) -> bool:
        """Whether no list was given; one that cannot be read says so itself."""
        return not (self.cleaned_data["names"] or {"people", "file"} & self.errors.keys())


class PlanForm(ListForm):
    """What, for whom, and why."""

    field_order = ("kind", "factor")

    kind = forms.TypedChoiceField(
        label=gettext_lazy("What shall be changed?"),
        coerce=Kind,
        choices=[
            (kind.value, Choice(gettext_lazy(words.KIND[kind]), gettext_lazy(words.HINT[kind])))
            for kind in Kind
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose what shall be changed."),
            "invalid_choice": gettext_lazy("Choose one of the changes on this page."),
        },
    )
    factor = forms.TypedChoiceField(
        label=gettext_lazy("Which method?"),
        coerce=Factor,
        empty_value=None,
        required=False,
        choices=[
            ("", gettext_lazy("None")),
            *((factor.value, gettext_lazy(LABEL[factor])) for factor in Factor),
        ],
        help_text=gettext_lazy("Needed where one method is chosen or turned off."),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the methods on this page.")},
    )
    group = forms.CharField(
        label=gettext_lazy("Or a group of the user pool"),
        required=False,
        max_length=128,
        validators=[plain_line],
        error_messages={"max_length": TOO_LONG},
        help_text=gettext_lazy("Everybody in it, instead of a list."),
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Who of the group?"),
        required=False,
        choices=[(each, gettext_lazy(said)) for each, said in words.STATUS.items()],
        error_messages={"invalid_choice": gettext_lazy("Choose one.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        validators=[plain_line],
        help_text=gettext_lazy("The second operator reads it, and it is recorded for each person."),
        error_messages={"required": gettext_lazy("Write why."), "max_length": TOO_LONG},
    )
    ticket = forms.CharField(
        label=gettext_lazy("Ticket"),
        max_length=64,
        error_messages={
            "required": gettext_lazy("Give the number of the ticket."),
            "max_length": TOO_LONG,
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pattern = RegexValidator(
            rf"\A(?:{settings.TICKET_PATTERN})\Z", gettext_lazy("No ticket looks like this.")
        )
        self.fields["ticket"].validators.append(pattern)

    def clean_reason(self) -> str:
        return for_the_audit(self.cleaned_data["reason"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        kind, names, group = (cleaned.get(name) for name in ("kind", "names", "group"))
        if kind in OF_ONE_FACTOR and not cleaned.get("factor") and "factor" not in self.errors:
            self.add_error("factor", _("Choose the method."))
        if names and group:
            self.add_error("group", _("Give a list or a group, not both."))
        if self.is_about_nobody() and not group:
            self.add_error("people", _("Name somebody, or a group."))
        return cleaned

    def wanted(self) -> Wanted:
        kind = self.cleaned_data["kind"]
        return Wanted(kind, self.cleaned_data["factor"] if kind in OF_ONE_FACTOR else None)


class AddForm(ListForm):
    """More people for a draft."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.is_about_nobody():
            self.add_error("people", _("Name somebody."))
        return cleaned


class DecisionForm(forms.Form):
    """A second operator agrees, or says why not."""

    decision = forms.ChoiceField(choices=[("approve", "approve"), ("refuse", "refuse")])
    words = forms.CharField(
        label=gettext_lazy("Your words"),
        required=False,
        max_length=500,
        validators=[plain_line],
        error_messages={"max_length": TOO_LONG},
        help_text=gettext_lazy("Needed where you refuse. Whoever planned it reads them."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "refuse" and not cleaned.get("words"):
            self.add_error("words", _("Write why you refuse it."))
        return cleaned


class SteerForm(forms.Form):
    """Look, pause, resume or cancel."""

    step = forms.ChoiceField(
        choices=[(step, step) for step in ("look", "pause", "resume", "cancel")]
    )
