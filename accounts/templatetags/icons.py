"""`{% icon "lock" %}`: the picture of partials/icon.html, drawn once for each name."""

from functools import cache

from django import template
from django.template.base import Node, Parser, TextNode, Token
from django.template.library import SimpleNode
from django.template.loader import render_to_string

register = template.Library()


@cache
def icon(name: str) -> str:
    """name: one of those in the partial. They come from templates and code, so they are few."""
    return render_to_string("partials/icon.html", {"name": name})


@register.tag("icon")
def icon_tag(parser: Parser, token: Token) -> Node:
    """Where the template itself names the picture, it stands there as if it were written there."""
    name = parser.compile_filter(token.split_contents()[1])
    if isinstance(name.var, str) and not name.filters:
        return TextNode(icon(name.var))
    return SimpleNode(icon, False, [name], {}, None)
