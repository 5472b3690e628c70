"""The element for other people's pages: what is committed, how large it is, who may load it."""

import gzip
import hashlib
import json
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

ROOT = Path(settings.BASE_DIR)
PACKAGE = ROOT / "packages/mfa-portal"
MANIFEST = json.loads((PACKAGE / "package.json").read_text())
SERVED = f"embed/mfa-portal-{MANIFEST['version']}.js"


@pytest.mark.parametrize("built", ["mfa-portal.js", "mfa-portal.mjs"])
def test_it_is_small(built: str):
    """Under 5 kB, as a server sends it."""
    assert len(gzip.compress((PACKAGE / "dist" / built).read_bytes(), 9)) < 5000


def test_it_needs_nothing():
    """No dependency; React only where somebody has it."""
    assert "dependencies" not in MANIFEST
    assert MANIFEST["peerDependenciesMeta"] == {"react": {"optional": True}}
    assert (
        MANIFEST["license"]
        == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"]
    )


def test_the_portal_serves_what_the_package_holds():
    """One hash for both, made from the protocol as it is now: else `npm run build`."""
    built = (PACKAGE / "dist/mfa-portal.js").read_bytes()
    assert (ROOT / "static" / SERVED).read_bytes() == built
    schema = json.loads((ROOT / "portal/embed/protocol.json").read_text())
    said = {
        "version": schema["version"],
        "port": schema["directions"]["port"],
        "defs": schema["$defs"],
    }
    text = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
    stamp = hashlib.sha256(text.encode()).hexdigest()[:12]
    assert f"protocol {schema['version']} {stamp}," in built.decode().splitlines()[0]


def test_pages_of_any_origin_may_load_this_file_alone(client: Client, db: None):
    """(WEB-07, WEB-09) CORS and CORP are open for it, and for nothing beside it."""
    script = client.get(f"/static/{SERVED}")
    other = client.get("/static/js/once.js")
    for response in (script, other):
        response.close()
        assert response.status_code == 200
    assert script["Access-Control-Allow-Origin"] == "*"
    assert script["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Origin" not in other
    assert other["Cross-Origin-Resource-Policy"] == "same-origin"
