"""Every link of the documents leads somewhere; what leads out of here leads to few places."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import urlsplit

import pytest

from tests.documents import DOCUMENTS, ROOT, prose, text

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
# How a comment names a document, and where comments stand.
NAMED = re.compile(r"\bdocs/[a-z-]+\.md\b")
COMMENTED = {".conf", ".html", ".py", ".service", ".yaml"}
# Whose pages stay: prices and announcements of AWS, standards, the parts that we speak of.
HOSTS = {
    "aws.amazon.com",
    "keepachangelog.com",
    "python-rq.org",
    "schema.ocsf.io",
    "semver.org",
    "www.standardwebhooks.com",
    "www.w3.org",
}


def links(document: str) -> list[str]:
    """Where a document leads; a link within code is no link."""
    return LINK.findall(re.sub(r"`[^`\n]+`", "", prose(document)))


def anchors(document: str) -> set[str]:
    """As GitHub makes them of headings, and so do the hooks of the site."""
    return {
        re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(
            " ", "-"
        )
        for heading in HEADING.findall(prose(document))
    }


def all_links() -> Iterator[tuple[str, str]]:
    return ((document, link) for document in DOCUMENTS for link in links(document))


@pytest.mark.parametrize(("document", "link"), [*all_links()])
def test_every_link_leads_somewhere(document: str, link: str):
    parts = urlsplit(link)
    if parts.scheme:
        assert parts.scheme == "https"
        assert parts.hostname in HOSTS
        return
    target = normpath(join(dirname(document), parts.path)) if parts.path else document
    assert (ROOT / target).exists()
    if parts.fragment:
        assert parts.fragment in anchors(target)


@pytest.mark.parametrize("room", ["accounts", "portal", "sandbox", "deploy"])
def test_a_document_that_a_comment_names_is_there(room: str):
    files = [each for each in (ROOT / room).rglob("*") if each.suffix in COMMENTED]
    named = {(each.name, name) for each in files for name in NAMED.findall(each.read_text())}
    assert named
    assert not {(file, name) for file, name in named if not (ROOT / name).exists()}


def test_links_are_found():
    """An empty list would be a good one, too."""
    assert len([*all_links()]) > 150
    assert "upgrades.md#keys" in links("docs/operators.md")


def test_an_anchor_is_made_as_in_the_site():
    assert {"backup-and-restore", "keys"} <= anchors("docs/upgrades.md")
    assert "get-apiv1mfa" in anchors("docs/api.md")


def test_a_heading_is_there_once():
    """Two of the same name would need numbers, which change with their order."""
    for document in DOCUMENTS:
        found = [
            heading for heading in HEADING.findall(prose(document)) if document != "CHANGELOG.md"
        ]
        assert len(found) == len(set(found)), document


def test_every_document_has_its_place_in_the_menu():
    menu = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]
    named = re.findall(r"([\w-]+\.md)$", menu, re.MULTILINE)
    written = {Path(each).name for each in DOCUMENTS if dirname(each) in {"", "docs"}}
    # Read where the repository is; the menu has the page that it leads to.
    outside = {"README.md", "SECURITY.md"}
    assert set(named) == written - outside | {"contents.md"}
    assert len(named) == len(set(named))


def test_every_picture_is_shown_and_says_what_it_shows():
    shown = {
        (normpath(join(dirname(document), path)), bool(said))
        for document in DOCUMENTS
        for said, path in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", text(document))
    }
    files = [path for path in (ROOT / "docs/images").rglob("*") if path.is_file()]
    kept = {path.relative_to(ROOT).as_posix() for path in files}
    assert {path for path, _ in shown} == kept
    assert all(said for _, said in shown)


def test_no_registry_of_anybody_is_in_what_is_locked():
    """And the site is made of no more than its group names."""
    locked = (ROOT / "requirements/docs.txt").read_text()
    assert "://" not in locked
    (wanted,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["docs"]
    assert wanted.startswith("mkdocs>=1.6")
