"""`{% brand_colours %}` and `{% brand_logo %}`: what the settings name, else what is ours.

They never change while the process lives, so they stand in a template as if written there.
"""

from django import template
from django.template.base import Node, Parser, TextNode, Token
from django.template.loader import render_to_string
from django.urls import reverse

from accounts import brand

register = template.Library()


@register.tag
def brand_colours(parser: Parser, token: Token) -> Node:
    sheet = brand.style_sheet()
    if not sheet:
        return TextNode("")
    address = reverse("brand:colours", args=[brand.version(sheet.encode())])
    return TextNode(render_to_string("partials/brand_colours.html", {"address": address}))


@register.tag
def brand_logo(parser: Parser, token: Token) -> Node:
    found = brand.logo()
    if found is None:
        return TextNode(render_to_string("partials/logo.html"))
    address = reverse("brand:logo", args=[brand.version(found[0])])
    return TextNode(render_to_string("partials/brand_logo.html", {"address": address}))
