"""Our own table: which headers every page must carry, and with what in them (WEB-01 to WEB-07).

HSTS belongs to https, which a portal on this machine has not: tests/journeys/test_https.py.
"""

from collections.abc import Callable, Iterator, Mapping

Headers = Mapping[str, str]
Check = Callable[[str], bool]
HELD = {"default-src": "'none'", "object-src": "'none'", "base-uri": "'none'"}
FORBIDDEN = {"'unsafe-inline'", "'unsafe-eval'", "*", "data:", "http:", "https:"}


def _policy(header: str) -> dict[str, list[str]]:
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {name: sources for name, *sources in parts}


def _is_strict(header: str) -> bool:
    policy = _policy(header)
    used = {source for sources in policy.values() for source in sources}
    return (
        all(policy.get(name) == [value] for name, value in HELD.items())
        and policy.get("form-action") == ["'self'"]
        and not used & FORBIDDEN
    )


def _is_never_framed(header: str) -> bool:
    return _policy(header).get("frame-ancestors") == ["'none'"]


def _is(value: str) -> Check:
    return lambda header: header == value


REQUIRED: tuple[tuple[str, str, Check], ...] = (
    ("Content-Security-Policy", "strict, nothing inline", _is_strict),
    ("Content-Security-Policy", "frame-ancestors 'none'", _is_never_framed),
    ("X-Frame-Options", "DENY", _is("DENY")),
    ("X-Content-Type-Options", "nosniff", _is("nosniff")),
    ("Referrer-Policy", "same-origin", _is("same-origin")),
    ("Cross-Origin-Opener-Policy", "same-origin", _is("same-origin")),
    ("Cross-Origin-Resource-Policy", "same-origin", _is("same-origin")),
    ("Origin-Agent-Cluster", "?1", _is("?1")),
    ("Permissions-Policy", "there", bool),
    ("Cache-Control", "no-store", lambda header: "no-store" in header),
    ("X-Request-Id", "there", bool),
    ("Access-Control-Allow-Origin", "absent", lambda header: not header),
    ("X-Powered-By", "absent", lambda header: not header),
)


def missing(headers: Headers) -> Iterator[str]:
    """Rows of the table that an answer does not meet."""
    for name, wanted, check in REQUIRED:
        if not check(headers.get(name, "")):
            yield f"{name}: {wanted}"
