"""The element for other people's pages: what is committed, how large it is, who may load it."""

import gzip
import hashlib
import json
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.management import call_command
from django.test import Client
from whitenoise import WhiteNoise

from deploy import released_scripts

ROOT = Path(portal.BASE_DIR)
COLLECTED = "whitenoise.storage.CompressedManifestStaticFilesStorage"
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


def test_every_released_file_is_served_as_it_was(tmp_path: Path, settings: Any):
    """(WEB-07) under the address that pages name, with the hash that they name, for ever.

    Collected as a portal does it, and asked for over the server that it has for files. After a
    change to a released file: raise `version`, build, and `make released-element` at the release.
    """
    listed = released_scripts.released()
    assert listed
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": COLLECTED}}
    call_command("collectstatic", interactive=False, verbosity=0)
    files = WhiteNoise(None, root=str(tmp_path), prefix="static/")
    for each in listed:
        found = files.files.get(f"/static/{each['served']}")
        assert found is not None, each
        with closing(found.get_response("GET", {}).file) as file:
            served = file.read()
        assert released_scripts.integrity(served) == each["integrity"], each
        assert served == (ROOT / "static/embed" / each["file"]).read_bytes()


def test_a_release_adds_its_file_and_cannot_change_an_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """(WEB-07)"""
    monkeypatch.setattr(released_scripts, "LIST", tmp_path / "list.json")
    (tmp_path / "list.json").write_text("[]")
    script = tmp_path / "mfa-portal-1.0.0.js"
    script.write_text("1")
    (first,) = released_scripts.note(script)
    assert first["served"].startswith("embed/mfa-portal-1.0.0.")
    assert released_scripts.note(script) == [first]
    script.write_text("2")
    with pytest.raises(ValueError, match="raise the version"):
        released_scripts.note(script)
    (tmp_path / "mfa-portal-1.0.1.js").write_text("2")
    later = released_scripts.note(tmp_path / "mfa-portal-1.0.1.js")
    assert [each["file"] for each in later] == ["mfa-portal-1.0.0.js", "mfa-portal-1.0.1.js"]


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
