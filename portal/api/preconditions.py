"""ETag and If-Match: a change is made on the state that its sender has seen, or not at all.

The ETag of the overview is the digest of the person's methods, in base64: a list of tags is taken
apart at its commas (RFC 9110, 8.8.3).
"""

import base64

from django.http import HttpRequest
from django.utils.http import parse_etags

from accounts.sessions import SignedInPerson
from portal.factors import services
from portal.factors.services import Factors, StateMoved

ANY = "*"


class PreconditionMissing(Exception):
    """Neither a digest nor If-Match: nobody knows on what this change was decided."""


def etag(factors: Factors) -> str:
    return f'"{base64.urlsafe_b64encode(factors.state.digest().encode()).decode()}"'


def drawn_from(request: HttpRequest, person: SignedInPerson, digest: str | None) -> str:
    """The digest that a change was decided on: of the body or of If-Match; with `*` any will do.

    Errors: PreconditionMissing.
    """
    matched = _matched(request)
    if digest is not None and matched in {None, ANY, digest}:
        return digest
    if matched is None:
        raise PreconditionMissing
    return services.factors_of(person).state.digest() if matched == ANY else matched


def check(request: HttpRequest, person: SignedInPerson) -> None:
    """For changes that no digest guards by itself. Errors: StateMoved."""
    matched = _matched(request)
    if matched not in {None, ANY} and services.factors_of(person).state.digest() != matched:
        raise StateMoved(["The sign-in methods were changed since they were read."])


def _matched(request: HttpRequest) -> str | None:
    header = request.headers.get("If-Match")
    if header is None:
        return None
    tags = parse_etags(header)
    if tags == [ANY]:
        return ANY
    # A weak tag never matches here (RFC 9110, 13.1.1); nonsense matches nothing.
    is_one = len(tags) == 1 and not tags[0].startswith("W/")
    return _digest_in(tags[0].strip('"')) if is_one else ""


def _digest_in(tag: str) -> str:
    try:
        return base64.urlsafe_b64decode(tag.encode()).decode()
    except ValueError:
        return ""
