"""`{% url %}` where a template itself names the page: text, in the map it was compiled for."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.template import Engine
from django.template.base import TextNode
from django.template.context import Context
from django.urls import NoReverseMatch, reverse, set_urlconf

from accounts import addresses
from accounts.templatetags.constants import Named
from portal import settings as portal_settings

FILES = {
    "page": "{% url 'factors:overview' %}",
    "missing": "{% if x %}{% url 'helpdesk:nowhere' %}{% endif %}.",
    "of_one": "{% url 'factors:change' which %}",
    "named": "{% url 'factors:overview' as here %}{% url 'helpdesk:nowhere' as gone %}"
    "{{ here }}{{ gone }}.",
}


@pytest.fixture
def engine() -> Iterator[Engine]:
    loaders: Any = [
        ("accounts.template_loader.Loader", [("django.template.loaders.locmem.Loader", FILES)])
    ]
    # A request of another test may have left its own.
    set_urlconf(None)
    yield Engine(loaders=loaders, builtins=portal_settings.TEMPLATES[0]["OPTIONS"]["builtins"])
    set_urlconf(None)


def test_an_address_is_text_of_the_map_at_hand(engine: Engine):
    here = engine.get_template("page")
    set_urlconf("portal.embed.framed")
    framed = engine.get_template("page")
    assert isinstance(here.nodelist[0], TextNode)
    assert here.render(Context()) == "/"
    assert framed.render(Context()) == "/embed/in/"
    set_urlconf(None)
    assert engine.get_template("page") is here


def test_an_address_that_is_not_there_is_missed_only_where_it_is_asked(engine: Engine):
    found = engine.get_template("missing")
    assert found.render(Context({"x": False})) == "."
    with pytest.raises(NoReverseMatch):
        found.render(Context({"x": True}))


def test_an_address_by_a_name_of_its_own_is_looked_up_once(engine: Engine):
    """Empty where there is none, as Django has it."""
    found = engine.get_template("named")
    assert found.render(Context()) == "/."
    assert isinstance(found.nodelist[0], Named)


def test_the_address_of_one_thing_is_looked_up_once_for_all(engine: Engine):
    found = engine.get_template("of_one")
    for which in (uuid4(), uuid4()):
        assert found.render(Context({"which": which})) == reverse("factors:change", args=[which])
    looked_up = addresses.in_map.cache_info().misses
    found.render(Context({"which": uuid4()}))
    assert addresses.in_map.cache_info().misses == looked_up


def test_what_is_no_id_is_left_to_django(engine: Engine):
    which = uuid4()
    found = engine.get_template("of_one")
    assert found.render(Context({"which": str(which)})) == f"/changes/{which}/"
    with pytest.raises(NoReverseMatch):
        found.render(Context({"which": "nonsense"}))
