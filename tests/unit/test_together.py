"""Pages that are put together once: the same as Django draws them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import Engine
from django.template.base import Template
from django.template.context import Context
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from accounts.templatetags import pages
from portal import settings as portal_settings

A, C = "{% block a %}", "{% block c %}"
END, ROOT = "{% endblock %}", "{% extends 'root.html' %}"
FILES = {
    "root.html": f"<{A}a{END}|{{{{ x }}}}|{{% block b %}}b{END}>",
    "other.html": f"({A}a{END})",
    "middle.html": "{% extends root|default:'root.html' %}{% block b %}" + f"{C}c{END}{END}",
    "page.html": "{% extends 'middle.html' %}" + f"{A}A{{{{ x }}}}{END}{C}C{END}",
    "asks.html": "{% extends 'page.html' %}" + f"{A}[{{{{ block.super }}}}]{END}",
    "below.html": "{% extends 'asks.html' %}" + f"{C}below{END}",
    "within.html": f"{{% if x %}}{A}in{END}{{% endif %}}.",
    "of_within.html": "{% extends 'within.html' %}" + f"{A}A{END}",
    "names.html": f"{ROOT}{A}{{% with x=9 %}}{{{{ x }}}}{{% endwith %}}{END}",
    "part.html": "{{ x }}{{ y }}",
    "parts.html": "{% include 'part.html' with y=2 %}{% include 'part.html' with y=3 only %}",
    "named.html": "{% include name %}",
    "fixed.html": "{% include 'part.html' with x='<b>' y=1 only %}",
    "filtered.html": "{% include 'part.html' with x='<b>' y=x|default:1 only %}",
}


@pytest.fixture
def engines() -> tuple[Engine, Engine]:
    """Django's own tags, and ours."""
    loaders: Any = [("django.template.loaders.locmem.Loader", FILES)]
    ours = "accounts.templatetags.pages"
    return Engine(loaders=loaders), Engine(loaders=loaders, builtins=[ours])


@pytest.mark.parametrize("name", [name for name in FILES if name != "part.html"])
def test_a_page_is_what_django_makes_of_it(name: str, engines: tuple[Engine, Engine]):
    """Twice with each base, for what is kept of the first must be good for the second."""
    theirs, ours = (engine.get_template(name) for engine in engines)
    for given in ({"x": 1}, {"x": 2, "root": "other.html"}, {"x": "<", "root": ""}, {"x": 1}):
        values = {**given, "name": "part.html"}
        assert ours.render(Context(values)) == theirs.render(Context(values))


def test_what_is_put_together_is_kept(engines: tuple[Engine, Engine]):
    found: Template = engines[1].get_template("page.html")
    found.render(Context({"x": 1}))
    [page] = found.nodelist
    assert isinstance(page, pages.Page)
    [kept] = page._together.values()
    found.render(Context({"x": 2}))
    assert [*page._together.values()] == [kept]
    assert kept is not None


def test_text_in_a_row_is_one_piece_on_every_level():
    source = "{% if x %}a{% translate 'Sign out' %}{{ x }}{% endif %}{% load %}b"
    options = portal_settings.TEMPLATES[0]["OPTIONS"]
    inner: Any = [("django.template.loaders.locmem.Loader", {"a": source})]
    loaders: Any = [("accounts.template_loader.Loader", inner)]
    found = Engine(loaders=loaders, builtins=options["builtins"]).get_template("a")
    assert [type(node).__name__ for node in found.nodelist] == ["IfNode", "TextNode"]
    [(_, branch)] = found.nodelist[0].conditions_nodelists
    assert [type(node).__name__ for node in branch] == ["TextNode", "Value"]
    assert found.render(Context({"x": 1})) == "aSign out1b"


class _Broken:
    def __str__(self) -> str:
        raise ZeroDivisionError


def test_a_part_alone_leaves_everything_as_it_was(engines: tuple[Engine, Engine]):
    """Also where it breaks in the middle."""
    part = "{% include 'part.html' with y=z only %}"
    context = Context({"x": 1, "y": 2, "z": 3})
    assert engines[1].from_string(part + "|{{ x }}{{ y }}").render(context) == "3|12"
    context["z"] = _Broken()
    before = [*context.dicts]
    with pytest.raises(ZeroDivisionError):
        engines[1].from_string(part).render(context)
    assert context.dicts == before


def test_a_part_that_is_told_nothing_of_the_page_is_drawn_once(engines: tuple[Engine, Engine]):
    for name, is_kept in (("fixed.html", True), ("filtered.html", False), ("parts.html", True)):
        found: Template = engines[1].get_template(name)
        found.render(Context({"x": "somebody's own"}))
        *_, part = found.nodelist
        assert (part.drawn is not None) is is_kept, name
    assert "own" not in str(part.drawn)


VALUES = (
    "<b>&'\"",
    mark_safe("<b>"),
    gettext_lazy("Sign out"),
    "",
    None,
    True,
    1234.5,
    1_234_567,
    datetime(2026, 11, 30, 12, tzinfo=UTC),
    ["<"],
)


@pytest.mark.parametrize("source", ["{{ x }}", "{% autoescape off %}{{ x }}{% endautoescape %}"])
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_written_as_django_writes_it(source: str, value: Any):
    theirs, ours = Template(source), Template(source)
    ours.nodelist = pages.joined(ours.nodelist)
    assert ours.nodelist.get_nodes_by_type(pages.Value)
    assert ours.render(Context({"x": value})) == theirs.render(Context({"x": value}))


def test_a_value_knows_where_it_stands():
    """As a page of a mistake tells it."""
    ours = Template("a\n{{ x }}")
    ours.nodelist = pages.joined(ours.nodelist)
    [value] = ours.nodelist.get_nodes_by_type(pages.Value)
    assert value.token is not None
    assert value.token.lineno == 2
