"""The JSON room is loaded where a program may ask, or asks; no page needs it."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, URLPattern, clear_url_caches, resolve, reverse
from django.urls.resolvers import URLResolver

from portal.later import later

LOOK = (
    "import sys, portal.wsgi; from django.urls import resolve, reverse; "
    "print('ninja' in sys.modules, end=' '); "
    "reverse('factors:overview'); resolve('/helpdesk/'); print('ninja' in sys.modules, end=' '); "
    "resolve('/api/v1/mfa'); print('ninja' in sys.modules)"
)


@pytest.mark.parametrize(
    ("clients", "loaded"),
    [
        ({}, "False False True"),
        ({"PORTAL_API_CLIENTS": "one"}, "True True True"),
        ({"PORTAL_HELPDESK_API_CLIENTS": "one"}, "True True True"),
    ],
)
def test_a_server_loads_it_beforehand_only_where_a_client_is_named(
    clients: dict[str, str], loaded: str
):
    """RES-07: half of a start and a third of the memory, for who asks for it."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **clients},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == loaded


def test_its_addresses_are_found_in_both_directions():
    """As those of a room that was loaded at once."""
    clear_url_caches()
    room = later("api/v1/", "portal.v1.urls", app_name="ninja", namespace="api")
    above = URLResolver(room.pattern.__class__("", is_endpoint=False), [room])
    assert isinstance(room.url_patterns[0], URLPattern)
    assert room.reverse_dict
    assert above.namespace_dict["api"][0] == "api/v1/"
    assert resolve("/api/v1/mfa").namespace == "api"
    with pytest.raises(NoReverseMatch):
        reverse("api:no-such-operation")
