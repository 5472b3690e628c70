"""`{% translate %}` and `{% blocktranslate %}` as Django's, resolved when the template is compiled.

Templates are compiled once for each language (`accounts.template_loader`), so a sentence without
values is plain text there, and one with values is text around them: being translated costs a
page nothing.
"""

import re

from django import template
from django.conf import settings
from django.template.base import Node, NodeList, Parser, TextNode, Token, VariableNode
from django.template.context import Context
from django.template.defaulttags import WithNode
from django.templatetags.i18n import (
    BlockTranslateNode,
    TranslateNode,
    do_block_translate,
    do_translate,
)
from django.utils.html import format_html
from django.utils.translation import get_language, get_language_bidi, gettext, pgettext

from accounts import languages
from accounts.templatetags.pages import Together

register = template.Library()
PLACE = re.compile(r"%\((\w+)\)s")


@register.tag
def translate(parser: Parser, token: Token) -> Node:
    node: TranslateNode = do_translate(parser, token)
    wanted = node.filter_expression
    is_constant = isinstance(wanted.var.literal, str) if hasattr(wanted.var, "literal") else False
    if is_constant and not (wanted.filters or node.asvar or node.noop):
        return TextNode(node.render(Context()))
    return node


@register.tag
def blocktranslate(parser: Parser, token: Token) -> Node:
    node: BlockTranslateNode = do_block_translate(parser, token)
    if node.countervar or node.plural or node.asvar:
        return node
    said, _ = node.render_token_list(node.singular)
    context = node.message_context.resolve(Context()) if node.message_context else ""
    inner = NodeList(_pieces(parser, pgettext(context, said) if context else gettext(said)))
    if node.extra_context:
        return WithNode(None, None, inner, extra_context=node.extra_context)
    return Together(inner)


@register.tag
def language_code(parser: Parser, token: Token) -> Node:
    """The language that is spoken, as `lang` says it."""
    return TextNode(get_language() or settings.LANGUAGE_CODE)


@register.tag
def language_direction(parser: Parser, token: Token) -> Node:
    """From which side it is written, as `dir` says it."""
    return TextNode("rtl" if get_language_bidi() else "ltr")


@register.tag
def language_name(parser: Parser, token: Token) -> Node:
    """The language that is spoken, by its own name."""
    code = get_language() or settings.LANGUAGE_CODE
    name = dict(languages.names())[code]
    return TextNode(format_html('<span lang="{}">{}</span>', code, name))


def _pieces(parser: Parser, translated: str) -> list[Node]:
    """`Until %(time)s.`: the text `Until `, the value of `time`, and a full stop."""
    parts = PLACE.split(translated)
    return [
        VariableNode(parser.compile_filter(part)) if place else TextNode(part.replace("%%", "%"))
        for place, part in ((index % 2, part) for index, part in enumerate(parts))
        if part
    ]
