"""What operators type."""

from typing import Any

from django import forms

from portal.helpdesk.finding import Search

LONGEST_SEARCH = 128


class FindForm(forms.Form):
    """One box for every way a caller names an account."""

    typed = forms.CharField(
        label="Username, e-mail address, phone number, name or id",
        max_length=LONGEST_SEARCH,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "data-find-box": True,
                "aria-keyshortcuts": "/",
            }
        ),
        error_messages={
            "required": "Type what the caller goes by.",
            "max_length": "That is too long for any of them.",
        },
    )
    beginning = forms.BooleanField(label="Only the beginning is known", required=False)

    def clean_typed(self) -> str:
        """Without signs that nobody can see: they come along when something is pasted."""
        typed = str(self.cleaned_data["typed"])
        shown = "".join(each for each in typed if each.isprintable()).strip()
        if not shown:
            raise forms.ValidationError("Type what the caller goes by.")
        return shown

    def search(self) -> Search:
        given: dict[str, Any] = self.cleaned_data
        return Search(given["typed"], prefix=given["beginning"])
