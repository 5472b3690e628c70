"""What is loaded when it is needed: rooms that are shut, the JSON room, what reads passkeys."""

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
    assert _said(LOOK, **clients) == loaded


def _said(program: str, **variables: str) -> str:
    """By a process of its own with these variables, for which nobody has loaded anything."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", **variables},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("opened", "loaded"),
    [
        ({}, "False False False"),
        ({"PORTAL_HELPDESK": "1"}, "True True False"),
        ({"PORTAL_EMBED": "1"}, "False False True"),
    ],
)
def test_a_room_is_loaded_beforehand_only_where_it_is_open(opened: dict[str, str], loaded: str):
    """RES-07: a tenth of a start. Whoever knocks at one that is shut loads it, and it says no."""
    look = (
        "import sys, portal.wsgi; from django.urls import resolve, reverse; "
        "rooms = ('portal.helpdesk.views', 'portal.helpdesk.bulk.views', 'portal.embed.views'); "
        "reverse('factors:overview'); resolve('/sign-in/'); "
        "print(*(each in sys.modules for each in rooms)); "
        "print(resolve('/helpdesk/').namespace, reverse('helpdesk:home'), "
        "resolve('/helpdesk/bulk/').namespace, resolve('/helpdesk/embed-clients/').namespace)"
    )
    told, found = _said(look, **opened).splitlines()
    assert told == loaded
    assert found == "helpdesk /helpdesk/ helpdesk_bulk embed_clients"


def test_what_reads_passkeys_is_loaded_with_the_first_one():
    """RES-07: it judges attestations, too, by three libraries more; the pool does that here."""
    look = "import sys, portal.wsgi; print({'webauthn', 'pyasn1'} & sys.modules.keys())"
    assert _said(look) == "set()"


def test_sqlite_is_loaded_only_where_it_keeps_the_tables():
    """RES-07: with PostgreSQL nobody needs it, not even to know its errors."""
    look = "import sys, portal.wsgi; print('sqlite3' in sys.modules)"
    assert _said(look, DATABASE_URL="postgres://nobody@127.0.0.1:1/none") == "False"


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


@pytest.mark.parametrize(
    ("variables", "loaded"), [({}, "True False True"), ({"PORTAL_TRACING": "1"}, "True True True")]
)
def test_redis_is_loaded_beforehand_and_opentelemetry_only_to_trace(
    variables: dict[str, str], loaded: str
):
    """RES-07: redis would load its metrics wherever it lies; whoever asks later still finds it."""
    look = (
        "import sys, portal.wsgi; "
        "print(*(each in sys.modules for each in ('redis', 'opentelemetry')), end=' '); "
        "import opentelemetry.sdk.metrics; print('opentelemetry' in sys.modules)"
    )
    assert _said(look, CACHE_URL="redis://127.0.0.1:1/0", **variables) == loaded


def test_what_every_page_is_drawn_with_is_loaded_beforehand():
    """RES-07: by no worker for itself, which would hold it beside the others' own."""
    look = (
        "import sys, portal.wsgi; "
        "print({'accounts.context', 'accounts.template_loader', 'accounts.process_cache', "
        "'portal.golinks.context', 'portal.embed.context'} - sys.modules.keys())"
    )
    assert _said(look) == "set()"
