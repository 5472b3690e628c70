"""Typed input made into domain objects."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Choice
from portal.factors import sentences
from portal.factors.domain import Factor, MfaPreference
from portal.factors.drift import DRIFT
from portal.factors.offer import PASSKEY
from portal.factors.readiness import CODES
from portal.factors.services import Unsaid
from portal.factors.words import ASK_EACH_TIME, label

LONGEST_DIGEST = 128


class OneOfThem(forms.RadioSelect):
    """Radio buttons send one value; a form that sends two has chosen none of them."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        sent = data.getlist(name) if isinstance(data, QueryDict) else []
        return " ".join(sent) if len(sent) > 1 else super().value_from_datadict(data, files, name)


class DrawnFromForm(forms.Form):
    """A form that carries the digest of the state it was drawn from."""

    drawn_from = forms.CharField(max_length=LONGEST_DIGEST, widget=forms.HiddenInput)


class RepairForm(DrawnFromForm):
    """Where the account is not as it was asked: put it back, or let it be."""

    put_back = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda sent: sent == "yes"
    )


class ReminderForm(forms.Form):
    """A reminder that is answered: it is still theirs, or it was them; or an offer, put off.

    receipt: of the change elsewhere that is answered, so that no later one is.
    """

    what = forms.ChoiceField(
        choices=[(what, "") for what in (*(each.value for each in Factor), CODES, DRIFT, PASSKEY)]
    )
    receipt = forms.UUIDField(required=False)


def _choices(
    factors: Sequence[Factor], hints: Mapping[Factor, str] | None = None
) -> list[tuple[str, Choice]]:
    said = hints or {}
    return [
        (factor.value, Choice(label(factor), said.get(factor, ""), is_own=True))
        for factor in factors
    ]


def _each_time() -> tuple[str, Choice]:
    return "", Choice(_(ASK_EACH_TIME), _("You choose at every sign-in."))


class PreferenceForm(DrawnFromForm):
    """Which methods are on, and which is asked first.

    may_switch_off: false where the pool asks everybody; then only the first one is chosen.
    hints: what tells one's own methods apart, such as a masked number.
    """

    activated = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Methods that are on"),
        coerce=Factor,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("One of the methods is not known here.")},
    )
    preferred = forms.TypedChoiceField(
        label=gettext_lazy("Which one shall we ask for first?"),
        coerce=Factor,
        required=False,
        empty_value=None,
        widget=OneOfThem,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the methods on this page.")},
    )

    def __init__(
        self,
        *args: Any,
        choosable: Sequence[Factor],
        may_switch_off: bool,
        hints: Mapping[Factor, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["activated"].choices = _choices(choosable, hints)  # type: ignore[attr-defined]
        self.fields["preferred"].choices = [  # type: ignore[attr-defined]
            *_choices(choosable),
            _each_time(),
        ]
        if not may_switch_off:
            del self.fields["activated"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        preferred = cleaned.get("preferred")
        if "activated" not in self.fields or "activated" in self.errors:
            return cleaned
        if preferred and preferred not in cleaned.get("activated", []):
            self.add_error("preferred", _(sentences.CHOSEN_IS_OFF[preferred]))
        return cleaned

    def preference(self, now: MfaPreference) -> MfaPreference:
        """Where nothing can be switched off, what is on stays on."""
        chosen = self.cleaned_data
        activated = frozenset(chosen["activated"]) if "activated" in chosen else now.activated
        return MfaPreference(activated, chosen["preferred"])


class TurnOffForm(DrawnFromForm):
    """Confirm turning one method off.

    remaining: what may be asked first afterwards; empty where there is nothing to choose.
    """

    preferred = forms.TypedChoiceField(
        label=gettext_lazy("Which one shall we ask for first from now on?"),
        coerce=Factor,
        required=False,
        empty_value=None,
        widget=OneOfThem,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the methods on this page.")},
    )

    def __init__(self, *args: Any, remaining: Sequence[Factor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["preferred"].choices = [  # type: ignore[attr-defined]
            *_choices(remaining),
            _each_time(),
        ]
        if not remaining:
            del self.fields["preferred"]

    def after(self) -> Factor | Unsaid | None:
        """Which is asked first from now on: one, none on purpose, or not said."""
        if "preferred" not in self.data:
            return Unsaid()
        chosen: Factor | None = self.cleaned_data.get("preferred")
        return chosen
