"""`{% url %}` and `{% static %}` as Django's, but text where they are the same for everybody,
`{% fixed "partials/logo.html" %}`: a part without any value in it, drawn once; and
`{% drawn "factors/partials/next_sign_in.html" next_sign_in %}`: one that holds words of ours alone,
drawn once for each of them. Nothing of anybody goes in there: it would stay in memory.

A page holds some twenty of them, and each walks maps and settings for an answer that never
changes while the process lives.
"""

from collections.abc import Hashable
from functools import cache, lru_cache
from uuid import UUID

from django import template
from django.template.base import FilterExpression, Node, Parser, TextNode, Token
from django.template.context import Context
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as any_url
from django.template.loader import render_to_string
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch, get_urlconf
from django.utils.translation import get_language

from accounts import addresses

register = template.Library()
# More than there are sentences and buttons, in their combinations.
MOST_DRAWN = 1024


class Address(Node):
    """The address of a page that is not in the map at hand: to be missed only where it is asked."""

    def __init__(self, name: str) -> None:
        self.name = name

    def render(self, context: Context) -> str:
        return addresses.reverse(self.name)


class AddressOf(Node):
    """The address of a page about one thing, whose id the context knows; else as Django has it."""

    def __init__(self, name: str, node: URLNode) -> None:
        self.name, self.node = name, node

    def render(self, context: Context) -> str:
        which = self.node.args[0].resolve(context)
        if isinstance(which, UUID):
            return addresses.of(self.name, which)
        found: str = self.node.render(context)
        return found


class Named(Node):
    """An address by a name of its own; empty where the map at hand has no such page."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address = name, address

    def render(self, context: Context) -> str:
        context[self.name] = self.address
        return ""


@register.tag
def url(parser: Parser, token: Token) -> Node:
    """In the map of this request: a frame has another one than the portal."""
    node: URLNode = any_url(parser, token)
    is_constant = isinstance(node.view_name.var, str) and not node.view_name.filters
    if not is_constant or node.kwargs:
        return node
    if node.args:
        is_of_one = len(node.args) == 1 and not node.asvar
        return AddressOf(node.view_name.var, node) if is_of_one else node
    try:
        found = addresses.reverse(node.view_name.var)
    except NoReverseMatch:
        return Named(node.asvar, "") if node.asvar else Address(node.view_name.var)
    return Named(node.asvar, found) if node.asvar else TextNode(found)


@register.tag
def static(parser: Parser, token: Token) -> Node:
    node: StaticNode = StaticNode.handle_token(parser, token)
    is_constant = isinstance(node.path.var, str) and not node.path.filters
    return TextNode(_address_of(node.path.var)) if is_constant and not node.varname else node


@cache
def _address_of(path: str) -> str:
    return StaticNode.handle_simple(path)


@register.tag
def fixed(parser: Parser, token: Token) -> Node:
    return TextNode(render_to_string(token.split_contents()[1].strip("\"'")))


class Drawn(Node):
    """A part in the language and with the addresses of the template that names it."""

    def __init__(self, part: str, words: FilterExpression) -> None:
        self.part, self.words = part, words
        self.compiled_for = get_language(), get_urlconf()

    def render(self, context: Context) -> str:
        return _drawn(self.part, self.words.resolve(context), self.compiled_for)


@register.tag
def drawn(parser: Parser, token: Token) -> Node:
    """A template that needs `words` alone; no form, nothing of the request."""
    _, part, words = token.split_contents()
    return Drawn(part.strip("\"'"), parser.compile_filter(words))


@lru_cache(MOST_DRAWN)
def _drawn(part: str, words: Hashable, compiled_for: tuple[str | None, str | None]) -> str:
    return render_to_string(part, {"words": words})
