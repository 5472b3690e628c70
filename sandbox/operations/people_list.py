"""ListUsers: its filter grammar, its pages. Source: contract 11.1."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

from sandbox.core import Call
from sandbox.operations.people import summary
from sandbox.operations.registry import Answer, operation
from sandbox.people import loaded
from sandbox.pools import Pool
from sandbox.protocol import refusal

FILTER = re.compile(r'\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.ASCII)
COLUMNS = {
    "username": "name_key",
    "email": "email",
    "phone_number": "phone",
    "preferred_username": "preferred_username",
    "sub": "sub",
}
IN_DOCUMENT = ("name", "given_name", "family_name")
# Where a column's own index serves better, the plus keeps SQLite from walking along the ids.
BY_ID = "id > ? ORDER BY id"
BY_COLUMN = "+id > ? ORDER BY +id"
STATES = {"Enabled": 1, "Disabled": 0}
DEFAULT_PAGE = 60
LAST_CHARACTER = "\U0010ffff"
Where = tuple[str, list[Any]]


@operation("ListUsers")
def list_users(call: Call) -> Answer:
    """One page of people, without their MFA preference."""
    pool, size = call.pool(), call.input.get("Limit") or DEFAULT_PAGE
    condition, values = _where(pool, call.input.get("Filter", ""))
    after = _position(call)
    rows = call.sandbox.database.rows(
        f"SELECT id, document FROM people WHERE pool = ? AND {condition}"  # noqa: S608
        " LIMIT ?",
        pool.id,
        *values,
        after,
        size + 1,
    )
    page = rows[:size]
    users = [_listed(call, summary(loaded(document))) for _, document in page]
    following = {"PaginationToken": _token(call, page[-1][0])} if len(rows) > size else {}
    return {"Users": users, **following}


def _listed(call: Call, described: dict[str, Any]) -> dict[str, Any]:
    wanted = call.input.get("AttributesToGet")
    if wanted is None:
        return described
    found = {each["Name"]: each for each in described["Attributes"]}
    if any(name not in found for name in wanted):
        raise refusal("attributes_to_get")
    return {**described, "Attributes": [found[name] for name in wanted]}


def _where(pool: Pool, text: str) -> Where:
    """A filter as an SQL condition with its order, and its values; the position comes last."""
    if not text.strip():
        return BY_ID, []
    parsed = FILTER.fullmatch(text)
    if parsed is None:
        raise refusal("bad_filter")
    name, operator, quoted = parsed.groups()
    value = re.sub(r"\\(.)", r"\1", quoted)
    return _condition(pool, name, value, prefix=operator == "^=")


def _condition(pool: Pool, name: str, value: str, *, prefix: bool) -> Where:
    if name in COLUMNS:
        folded = value if name == "sub" else pool.folded(value)
        return _compared(COLUMNS[name], folded, prefix, BY_COLUMN)
    if name in IN_DOCUMENT:
        return _compared(f"json_extract(document, '$.attributes.{name}')", value, prefix)
    if name == "cognito:user_status":
        return _compared("status", value.upper(), prefix)
    if name == "status":
        states = [number for word, number in STATES.items() if _fits(word, value, prefix)]
        return f"enabled IN ({', '.join(map(str, states))}) AND {BY_ID}", []
    raise refusal("bad_search_attribute", attribute=name)


def _compared(column: str, value: str, prefix: bool, order: str = BY_ID) -> Where:
    if not prefix:
        return f"{column} = ? AND {order}", [value]
    return f"{column} >= ? AND {column} < ? AND {order}", [value, value + LAST_CHARACTER]


def _fits(word: str, value: str, prefix: bool) -> bool:
    return word.startswith(value) if prefix else word == value


def _token(call: Call, last: int) -> str:
    """An opaque token: where the page ended, when, and for which other parameters."""
    content = json.dumps([last, call.now, _parameters(call)]).encode()
    sealed = hmac.digest(call.sandbox.fake_seed(), content, "sha256") + content
    return base64.urlsafe_b64encode(sealed).decode()


def _position(call: Call) -> int:
    token = call.input.get("PaginationToken")
    if token is None:
        return 0
    try:
        sealed = base64.urlsafe_b64decode(token.encode())
    except ValueError:
        raise refusal("bad_next_token") from None
    seal, content = sealed[:32], sealed[32:]
    if not hmac.compare_digest(seal, hmac.digest(call.sandbox.fake_seed(), content, "sha256")):
        raise refusal("bad_next_token")
    last, at, parameters = json.loads(content)
    if call.now > at + call.sandbox.switches.page_token_seconds or parameters != _parameters(call):
        raise refusal("bad_next_token")
    return int(last)


def _parameters(call: Call) -> str:
    """A digest of everything that must stay the same from page to page."""
    others = {name: value for name, value in call.input.items() if name != "PaginationToken"}
    return hashlib.sha256(json.dumps(others, sort_keys=True).encode()).hexdigest()
