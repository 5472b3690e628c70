"""If-Match: a change is made on the state that its sender has seen, or not at all."""

from django.http import HttpRequest
from django.utils.http import parse_etags

ANY = "*"


class PreconditionMissing(Exception):
    """Neither a digest nor If-Match: nobody knows on what this change was decided."""


def matched(request: HttpRequest) -> str | None:
    """What stands between the quotes of If-Match; None without one, and ANY where any will do.

    A list, a weak tag (RFC 9110, 13.1.1) and nonsense match nothing: empty.
    """
    header = request.headers.get("If-Match")
    if header is None:
        return None
    tags = parse_etags(header)
    if tags == [ANY]:
        return ANY
    is_one = len(tags) == 1 and not tags[0].startswith("W/")
    return tags[0].strip('"') if is_one else ""
