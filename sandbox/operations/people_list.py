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
from sandbox.people_search import EVERYBODY, NOBODY, Found, Position, Search, found
from sandbox.pools import Pool
from sandbox.protocol import refusal

FILTER = re.compile(r'\s*"?([\w:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.ASCII)
FOLDED = {
    "username": "name_key",
    "email": "email",
    "phone_number": "phone",
    "preferred_username": "preferred_username",
}
AS_IT_IS = ("sub", "name", "given_name", "family_name")
STATES = {"Enabled": 1, "Disabled": 0}
DEFAULT_PAGE = 60


@operation("ListUsers")
def list_users(call: Call) -> Answer:
    """One page of people, without their MFA preference."""
    pool, size = call.pool(), call.input.get("Limit") or DEFAULT_PAGE
    search, after = search_of(pool, call.input.get("Filter", "")), _position(call)
    rows = found(call.sandbox.database, pool.id, search, after, size + 1)
    page = rows[:size]
    users = [_listed(call, summary(loaded(row.document))) for row in page]
    following = {"PaginationToken": _token(call, page[-1])} if len(rows) > size else {}
    return {"Users": users, **following}


def _listed(call: Call, described: dict[str, Any]) -> dict[str, Any]:
    wanted = call.input.get("AttributesToGet")
    if wanted is None:
        return described
    found = {each["Name"]: each for each in described["Attributes"]}
    if any(name not in found for name in wanted):
        raise refusal("attributes_to_get")
    return {**described, "Attributes": [found[name] for name in wanted]}


def search_of(pool: Pool, text: str) -> Search:
    """A filter as what is searched for."""
    if not text.strip():
        return EVERYBODY
    parsed = FILTER.fullmatch(text)
    if parsed is None:
        raise refusal("bad_filter")
    name, operator, quoted = parsed.groups()
    value, prefix = re.sub(r"\\(.)", r"\1", quoted), operator == "^="
    if name in FOLDED:
        return Search(FOLDED[name], pool.folded(value), prefix)
    if name in AS_IT_IS:
        return Search(name, value, prefix)
    if name == "cognito:user_status":
        return Search("status", value.upper(), prefix)
    if name == "status":
        return _by_state(value, prefix)
    raise refusal("bad_search_attribute", attribute=name)


def _by_state(value: str, prefix: bool) -> Search:
    """Enabled or disabled people; the words have no letter in common, so a prefix means one."""
    if prefix and not value:
        return EVERYBODY
    fits = [
        number
        for word, number in STATES.items()
        if (word.startswith(value) if prefix else word == value)
    ]
    return Search("enabled", fits[0] if fits else NOBODY)


def _token(call: Call, last: Found) -> str:
    """An opaque token: where the page ended, when, and for which other parameters."""
    content = json.dumps([[last.value, last.id], call.now, _parameters(call)]).encode()
    sealed = content + hmac.digest(call.sandbox.fake_seed(), content, "sha256")
    return base64.urlsafe_b64encode(sealed).decode()


def _position(call: Call) -> Position | None:
    token = call.input.get("PaginationToken")
    if token is None:
        return None
    try:
        sealed = base64.urlsafe_b64decode(token.encode())
    except ValueError:
        raise refusal("bad_next_token") from None
    content, seal = sealed[:-32], sealed[-32:]
    if not hmac.compare_digest(seal, hmac.digest(call.sandbox.fake_seed(), content, "sha256")):
        raise refusal("bad_next_token")
    last, at, parameters = json.loads(content)
    if call.now > at + call.sandbox.switches.page_token_seconds or parameters != _parameters(call):
        raise refusal("bad_next_token")
    return Position(*last)


def _parameters(call: Call) -> str:
    """A digest of everything that must stay the same from page to page."""
    others = {name: value for name, value in call.input.items() if name != "PaginationToken"}
    return hashlib.sha256(json.dumps(others, sort_keys=True).encode()).hexdigest()
