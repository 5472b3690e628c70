"""`{% extends %}` and `{% include %}` as Django's, put together once instead of for every answer.

Django looks up for every answer which template stands above a page and which block of it is
written where, and looks for the file of each part anew. Neither changes while a process lives:
here a page is put together once for each base it has, and a part is found once. One that is told
only what stands in the template is drawn once, too.
"""

import html
from collections.abc import Iterator
from typing import Any, cast

from django import template
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    Parser,
    Template,
    TextNode,
    Token,
    Variable,
    VariableNode,
    render_value_in_context,
)
from django.template.context import Context
from django.template.defaulttags import IfNode, LoadNode
from django.template.loader_tags import (
    BLOCK_CONTEXT_KEY,
    BlockNode,
    ExtendsNode,
    IncludeNode,
    construct_relative_path,
    do_extends,
    do_include,
)

register = template.Library()
# What every context holds.
BUILTINS = {"True": True, "False": False, "None": None}
# A page that asks what the block above it says is left to Django.
ASKS_ABOVE = "block."


class Page(ExtendsNode):
    """A page and what stands above it, by the names of its bases."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._parents: dict[str, Template] = {}
        self._together: dict[tuple[str, ...], NodeList | None] = {}

    def render(self, context: Any) -> Any:
        if BLOCK_CONTEXT_KEY in context.render_context:  # below one that asks above
            return super().render(context)
        above = self.above(context)
        names = tuple(name for name, _ in above)
        if names not in self._together:
            self._together[names] = _together(self, [each for _, each in above])
        nodes = self._together[names]
        if nodes is None:
            return super().render(context)
        with context.render_context.push_state(above[-1][1], isolated_context=False):
            return nodes.render(context)

    def above(self, context: Any) -> list[tuple[str, Template]]:
        """The templates above this one, the nearest first; empty where they have no names."""
        name = cast(FilterExpression, self.parent_name).resolve(context)
        if not isinstance(name, str):
            return []
        if name not in self._parents:
            engine = context.template.engine
            self._parents[name], _ = engine.find_template(name, skip=[self.origin])
        parent = self._parents[name]
        higher = _page_of(parent)
        return [(name, parent), *(higher.above(context) if higher else [])]


def _page_of(found: Template) -> Page | None:
    first = next((each for each in found.nodelist if not isinstance(each, TextNode)), None)
    return first if isinstance(first, Page) else None


def _together(page: Page, above: list[Template]) -> NodeList | None:
    """What is written in the end; None where only Django can tell."""
    if not above:
        return None
    pages = [page, *(each for each in map(_page_of, above) if each)]
    if len(pages) != len(above):
        return None
    root = above[-1]
    if root.nodelist.get_nodes_by_type(ExtendsNode):
        return None
    blocks: dict[str, BlockNode] = {}
    for each in pages:
        blocks = {**each.blocks, **blocks}
    return _filled(root.nodelist, blocks)


def _filled(nodes: NodeList, blocks: dict[str, BlockNode]) -> NodeList | None:
    filled = NodeList()
    for node in nodes:
        if isinstance(node, BlockNode):
            inner = _filled(blocks.get(node.name, node).nodelist, blocks)
            if inner is None:
                return None
            filled.append(Section(inner))
        elif node.get_nodes_by_type(BlockNode):  # within an `if`, a `for`
            return None
        else:
            filled.append(node)
    return joined(filled)


class Section(Node):
    """What a block says in the end. What it names stays within it."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> Any:
        with context.push():
            return self.nodelist.render(context)


def joined(nodes: NodeList) -> NodeList:
    """The same with one piece of text where several stood in a row, on every level."""
    found = NodeList()
    for each in _flat(nodes):
        _join_within(each)
        node = Value.of(each) if type(each) is VariableNode else each
        if isinstance(node, TextNode) and found and isinstance(found[-1], TextNode):
            found[-1] = TextNode(found[-1].s + node.s)
        else:
            found.append(node)
    return found


def _flat(nodes: NodeList) -> Iterator[Node]:
    """What only holds other nodes is what it holds; what only loads tags says nothing."""
    for node in nodes:
        if isinstance(node, Together) or (isinstance(node, Section) and _is_text(node.nodelist)):
            yield from _flat(node.nodelist)
        elif not isinstance(node, LoadNode):
            yield node


def _is_text(nodes: NodeList) -> bool:
    return all(isinstance(each, TextNode) for each in nodes)


def _join_within(node: Node) -> None:
    if isinstance(node, IfNode):
        branches = node.conditions_nodelists
        node.conditions_nodelists = [(asked, joined(inner)) for asked, inner in branches]
        return
    for name in node.child_nodelists:
        inner = getattr(node, name, None)
        if isinstance(inner, NodeList):
            setattr(node, name, joined(inner))


class Value(VariableNode):
    """A value as Django writes it.

    Most are words, which have no zone and no form of a language: Django asks for both, and then
    whether they will be words only later, before it escapes them.
    """

    @classmethod
    def of(cls, node: VariableNode) -> "Value":
        value = cls(node.filter_expression)
        # Where it stands, for whoever looks for a mistake.
        vars(value).update(vars(node))
        return value

    def render(self, context: Context) -> Any:
        value = self.filter_expression.resolve(context)
        if type(value) is str and context.autoescape:
            return html.escape(value)
        return render_value_in_context(value, context)


class Together(Node):
    """Text and values in a row."""

    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> Any:
        return self.nodelist.render(context)


@register.tag
def extends(parser: Parser, token: Token) -> Node:
    node: ExtendsNode = do_extends(parser, token)
    if ASKS_ABOVE in "".join(each.token.contents for each in _variables(node.nodelist)):
        return node
    return Page(node.nodelist, node.parent_name)


def _variables(nodes: NodeList) -> list[Any]:
    return [each for each in nodes.get_nodes_by_type(Node) if each.token is not None]


class Part(IncludeNode):
    """A part whose name stands in the template."""

    found: Template | None = None
    drawn: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What is told nothing but what stands in the template is always the same.
        told = self.extra_context.values()
        self.is_fixed = self.isolated_context and all(map(_is_fixed, told))

    def render(self, context: Any) -> Any:
        if self.drawn is not None:
            return self.drawn
        text = self._render(context)
        if self.is_fixed:
            self.drawn = text
        return text

    def _render(self, context: Any) -> Any:
        if self.found is None:
            here: Any = self.origin.template_name
            name = construct_relative_path(here, self.template.var)
            self.found = context.template.engine.select_template((name,))
        values = {name: var.resolve(context) for name, var in self.extra_context.items()}
        if self.isolated_context:
            return _alone(self.found, context, values)
        with context.push(**values):
            return self.found.render(context)


def _is_fixed(value: FilterExpression) -> bool:
    """Whether it stands in the template itself: a text, a sentence, a number."""
    named = isinstance(value.var, Variable) and value.var.lookups is not None
    return not (named or value.filters)


def _alone(part: Any, context: Any, values: dict[str, Any]) -> Any:
    """With these values and no others: set aside for as long, where Django copies the context.

    By what a template draws itself with inside, since tests listen there for what was drawn.
    """
    others, context.dicts = context.dicts, [BUILTINS, values]
    context.render_context.push()
    try:
        return part._render(context)
    finally:
        context.render_context.pop()
        context.dicts = others


@register.tag
def include(parser: Parser, token: Token) -> Node:
    node: IncludeNode = do_include(parser, token)
    if not isinstance(node.template.var, str) or node.template.filters:
        return node
    return Part(
        node.template, extra_context=node.extra_context, isolated_context=node.isolated_context
    )
