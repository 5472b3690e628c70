"""/docs/: a folder of static pages, where the settings name one."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

PAGE = "<!doctype html><title>Handbook</title><script>alert(1)</script>"
POLICY = {
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
}


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A handbook with a page, a style and a chapter; beside it what is nobody's business."""
    made = tmp_path / "handbook"
    (made / "chapter").mkdir(parents=True)
    (made / "index.html").write_text(PAGE)
    (made / "chapter" / "one.html").write_text("<!doctype html><title>One</title>")
    (made / "docs.css").write_text("p { color: green }")
    (tmp_path / "secret.html").write_text("not for you")
    settings.DOCS = made
    return made


def get(client: Client, path: str) -> tuple[Any, str]:
    """The answer, and what it says: a file that nobody reads to its end stays open."""
    response = client.get(path)
    return response, b"".join(response).decode()


def test_pages_styles_and_chapters_are_served(client: Client, folder: Path, db: None):
    first, said = get(client, "/docs/")
    assert said == PAGE
    assert first["Content-Type"] == 'text/html; charset="utf-8"'
    assert get(client, "/docs/docs.css")[0]["Content-Type"].startswith("text/css")
    assert "One" in get(client, "/docs/chapter/one.html")[1]


def test_other_addresses_of_the_first_page_lead_there(client: Client, folder: Path, db: None):
    assert client.get("/docs")["Location"] == "docs/"
    assert client.get("/docs/index.html")["Location"] == "./"


def test_nothing_is_there_unless_it_was_set(client: Client, settings: Any, db: None):
    settings.DOCS = None
    for path in ("/docs", "/docs/", "/docs/index.html"):
        assert client.get(path).status_code == 404


def test_a_folder_that_is_not_there_yet_is_seen_once_it_is(
    client: Client, settings: Any, tmp_path: Path, db: None
):
    settings.DOCS = tmp_path / "later"
    assert client.get("/docs/").status_code == 404
    settings.DOCS.mkdir()
    (settings.DOCS / "index.html").write_text(PAGE)
    assert get(client, "/docs/")[1] == PAGE


def test_a_folder_that_was_made_anew_is_seen_without_a_restart(
    client: Client, folder: Path, db: None
):
    assert get(client, "/docs/")[1] == PAGE
    (folder / "index.html").write_text("anew")
    (folder / "two.html").write_text("two")
    os.utime(folder / "index.html", ns=(1, 1))
    assert get(client, "/docs/")[1] == "anew"
    assert get(client, "/docs/two.html")[1] == "two"


@pytest.mark.parametrize(
    "path",
    [
        "/docs/../secret.html",
        "/docs/%2e%2e/secret.html",
        "/docs/..%2fsecret.html",
        "/docs/chapter/../../secret.html",
        "/docs/..\\secret.html",
        "/docs//etc/passwd",
        "/docs/link.html",
        "/docs/folder/secret.html",
        "/docs/.hidden.html",
        "/docs/.git/config.txt",
        "/docs/script.js",
        "/docs/notes.py",
        "/docs/nothing.html",
        "/docsindex.html",
    ],
)
def test_no_address_leads_out_of_the_folder_or_to_what_is_no_page(
    client: Client, folder: Path, path: str, db: None
):
    """(INP-06)"""
    os.symlink(folder.parent / "secret.html", folder / "link.html")
    os.symlink(folder.parent, folder / "folder")
    (folder / ".git").mkdir()
    for name in (".hidden.html", ".git/config.txt", "script.js", "notes.py"):
        (folder / name).write_text("not for you")
    response = client.get(path)
    assert response.status_code == 404
    assert "not for you" not in response.content.decode()


def test_nothing_runs_there_and_nobody_frames_it(client: Client, folder: Path, db: None):
    """(WEB-01, WEB-02, WEB-05, WEB-12) whoever wrote it is a guest in the portal's origin."""
    for path in ("/docs/", "/docs", "/docs/chapter/one.html", "/docs/docs.css"):
        response, _ = get(client, path)
        assert set(response["Content-Security-Policy"].split("; ")) == POLICY
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert response["Referrer-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in response
        assert not response.cookies
        assert response["Cache-Control"] == "max-age=60, public"


def test_elsewhere_the_usual_policy_stays(client: Client, folder: Path, db: None):
    """(WEB-01)"""
    assert "script-src 'self'" in client.get("/docs/nothing.html")["Content-Security-Policy"]


def test_reading_is_all_there_is(client: Client, folder: Path, db: None):
    """(AUZ-06)"""
    assert client.post("/docs/").status_code == 405
