"""`{% url %}` and `{% static %}` as Django's, looked up once where they are the same for everybody,
`{% fixed "partials/logo.html" %}`: a part without any value in it, drawn once; and
`{% drawn "factors/partials/next_sign_in.html" next_sign_in %}`: one that holds words of ours alone,
drawn once for each of them. Nothing of anybody goes in there: it would stay in memory.

A page holds some twenty of them, and each walks maps and settings for an answer that never
changes while the process lives.
"""

from collections.abc import Hashable
from functools import cache, lru_cache
from typing import Any

from django import template
from django.template.base import Node, Parser, TextNode, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as any_url
from django.template.loader import render_to_string
from django.templatetags.static import StaticNode
from django.urls import get_urlconf
from django.utils.translation import get_language

from accounts import addresses

register = template.Library()
# More than there are sentences and buttons, in their combinations.
MOST_DRAWN = 1024


class Address(Node):
    """The address of a page that the template itself names, without any value in it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def render(self, context: Context) -> str:
        """In the map of this request: a frame has another one than the portal."""
        request: Any = context.get("request")
        if request is None:
            return addresses.in_map(get_urlconf(), "", self.name)
        match = request.resolver_match
        urlconf = getattr(request, "urlconf", None)
        return addresses.in_map(urlconf, match.namespace if match else "", self.name)


@register.tag
def url(parser: Parser, token: Token) -> Node:
    node: URLNode = any_url(parser, token)
    is_constant = isinstance(node.view_name.var, str) and not node.view_name.filters
    if is_constant and not (node.args or node.kwargs or node.asvar):
        return Address(node.view_name.var)
    return node


class File(Node):
    """The address of a file that the template itself names."""

    def __init__(self, path: str) -> None:
        self.path = path

    def render(self, context: Context) -> str:
        return _address_of(self.path)


@cache
def _address_of(path: str) -> str:
    return StaticNode.handle_simple(path)


@register.tag
def static(parser: Parser, token: Token) -> Node:
    node: StaticNode = StaticNode.handle_token(parser, token)
    is_constant = isinstance(node.path.var, str) and not node.path.filters
    return File(node.path.var) if is_constant and not node.varname else node


@register.tag
def fixed(parser: Parser, token: Token) -> Node:
    return TextNode(render_to_string(token.split_contents()[1].strip("\"'")))


@register.simple_tag
def drawn(part: str, words: Hashable) -> str:
    """part: a template that needs `words` alone; no address, no form, nothing of the request."""
    return _drawn(part, words, get_language())


@lru_cache(MOST_DRAWN)
def _drawn(part: str, words: Hashable, language: str | None) -> str:
    return render_to_string(part, {"words": words})
