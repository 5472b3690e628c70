"""Pagination tokens that say where a page ended: what is deleted on the way skips nothing."""

from __future__ import annotations

import base64
import json

from sandbox.protocol import refusal


def token_of(position: int) -> str:
    """The token of a page that ended at this row."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def position_of(token: str | None) -> int:
    """The row behind which the next page begins; refuses a token that was made up."""
    if token is None:
        return 0
    try:
        position = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, RecursionError):
        raise refusal("bad_next_token") from None
    if type(position) is not int or not 0 <= position < 2**62:
        raise refusal("bad_next_token")
    return position
