"""Words of the helpdesk for templates."""

from django import template

from portal.helpdesk import words

register = template.Library()


@register.filter
def kind_of_case(kind: str) -> str:
    return words.KIND_OF_CASE.get(kind, kind)
