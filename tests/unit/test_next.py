"""Where `next` may lead: to our own paths, however it is written."""

from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.doors.flow import is_our_path, safe_next

OURS = ["/", "/preference/", "/changes/?a=b#c", "/enrolment/sms/?next=//evil.example", "/a//b"]
FOREIGN = [
    "",
    "preference/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    "\x00//evil.example",
    " //evil.example",
    "http://evil.example",
    "https://evil.example/",
    "HTTPS://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "//localhost@evil.example",
    "https://localhost@evil.example/",
    "//localhost:80@evil.example",
    "//evil.example\\@localhost",
    "//localhost.evil.example",
    "//evil.example#@localhost",
    "/%2F%2Fevil.example/../..//evil.example\\",
    "//[::1]/",
    "//[bad",
    "http://[",
]


@pytest.mark.parametrize("url", OURS)
def test_our_own_paths_are_kept(url: str):
    """WEB-10."""
    assert is_our_path(url)


@pytest.mark.parametrize("url", [each for each in FOREIGN if "%2F" not in each])
def test_nothing_else_is_followed(url: str):
    """WEB-10: slashes, backslashes, tabs, userinfo, schemes, broken hosts."""
    assert not is_our_path(url)


@pytest.mark.parametrize("url", FOREIGN)
@pytest.mark.parametrize("where", ["query", "form"])
def test_a_foreign_next_leads_home(url: str, where: str, rf: RequestFactory):
    """WEB-10: in the address or in the form; a double encoding stays a path of ours."""
    address = f"/confirm/?next={quote(url)}"
    posted: Any = {"next": url}
    request = rf.get(address) if where == "query" else rf.post("/confirm/", posted)
    where_to = safe_next(request)
    assert urlsplit(urljoin("http://localhost/", where_to)).hostname == "localhost"


@given(st.text(st.sampled_from("/\\.:@#?%2FaA evil\t\n\x00[]"), max_size=16))
def test_a_path_that_passes_stays_here_as_a_browser_reads_it(url: str):
    """WEB-10, QA-02: browsers drop tabs and line ends, and read a backslash as a slash."""
    if is_our_path(url):
        read = url.translate({9: None, 10: None, 13: None}).replace("\\", "/")
        assert urlsplit(urljoin("http://localhost/", read)).netloc in {"localhost"}
