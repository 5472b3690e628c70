"""What a script sends, made into what the services take."""

import json
from typing import Any

from django import forms
from django.http import HttpRequest


class SwitchForm(forms.Form):
    """Whether a passkey may be used instead of a code."""

    use = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda answer: answer == "yes"
    )


def object_in(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in a body; empty for anything else, which no service takes for a passkey."""
    if request.content_type != "application/json":
        return {}  # a form's body is read already, by the search for its token
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return sent if isinstance(sent, dict) else {}
