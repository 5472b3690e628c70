"""What an engineer is told about an origin, and what is printed for them to paste."""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal

from portal.embed import check, snippet
from portal.embed.models import EmbedClient

REGISTERED = ["https://app.example.com", "https://www.acme.example:8443"]


@pytest.mark.parametrize(
    ("origin", "says"),
    [
        ("https://app.example.com/settings?x=1", "Its origin, https://app.example.com,"),
        ("https://app.example.com/", "Its origin"),
        ("https://APP.example.com:443", "Its origin"),
        ("http://app.example.com", "but https://app.example.com is"),
        ("https://app.example.com:8443", "but https://app.example.com is"),
        ("https://acme.example:8443", "but https://www.acme.example:8443 is"),
        ("https://app.example.com.evil.example", "is not registered for acme"),
        ("https://other.example", "is not registered for acme"),
        ("https://[", "an origin looks like"),
        ("app.example.com", "an origin looks like"),
        ("https://192.0.2.1", "an origin looks like"),
    ],
)
def test_an_origin_that_is_not_registered_is_explained(origin: str, says: str):
    """(EMB-02) never called good, and each time with what to do."""
    verdict = check.judge(origin, REGISTERED, "acme")
    assert not verdict.is_good
    assert says in verdict.sentence
    assert verdict.remedy


def test_one_that_is_registered_is_good():
    """(EMB-02)"""
    assert check.judge(REGISTERED[1], REGISTERED, "acme").is_good


def test_the_snippet_names_the_newest_script(settings: Any, tmp_path: Path):
    """Versions are numbers, not words; what is beside them is left alone."""
    (tmp_path / "static/embed").mkdir(parents=True)
    for name in ("mfa-portal-1.2.0.js", "mfa-portal-1.10.0.js", "mfa-portal-1.9.9.js", "other.js"):
        (tmp_path / "static/embed" / name).touch()
    settings.BASE_DIR = tmp_path
    assert snippet.newest_script().name == "mfa-portal-1.10.0.js"


def test_the_snippet_holds_everything_but_the_key():
    """(EMB-05) tag with hash, element, ticket, policy, check page; never a key."""
    client = EmbedClient(name="acme", origins=REGISTERED, pages=["overview"])
    text = snippet.text(client)
    assert re.search(r'integrity="sha384-[A-Za-z0-9+/]{64}" crossorigin="anonymous"', text)
    assert f'<mfa-portal src="{portal.PORTAL_URL}" client="acme">' in text
    for part in ("fetchTicket", "/embed/tickets", "frame-src", "/embed/check?client=acme"):
        assert part in text
    assert "mfa-embed_" not in text


def test_the_snippets_program_is_whole_and_its_page_may_come_first():
    """(EMB-04) it can be run as it is pasted, and a ticket may name its page."""
    client = EmbedClient(name="acme", origins=REGISTERED, pages=["turn-off", "history"])
    program = snippet.text(client).partition("  import os")
    lines = textwrap.dedent("  import os" + program[2].partition("\n4. ")[0])
    compile(lines, "pasted", "exec")
    assert "import os\n" in lines
    assert "os.environ" in lines
    assert '"page": "history"' in lines
