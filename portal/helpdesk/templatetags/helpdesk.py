"""Words of the helpdesk for templates."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts import reasons
from portal.helpdesk import caller_words, words

register = template.Library()


@register.filter
def told(value: Any) -> str:
    """A value of a record's detail: lists and what is nested as text, and not as a program's."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {told(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(told(each) for each in value) or pgettext("audit", "none")
    return pgettext("audit", "none") if value is None else str(value)


@register.filter
def kind_of_case(kind: str) -> str:
    return _(words.KIND_OF_CASE[kind]) if kind in words.KIND_OF_CASE else kind


@register.filter
def reason(kept: str) -> str:
    """Why an operator acts, from a record."""
    return reasons.said(kept)


@register.filter
def role_names(roles: Iterable[str]) -> str:
    """`agent, senior`: always in the same order."""
    return caller_words.roles(roles)
