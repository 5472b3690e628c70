"""ETag and If-Match: a change is made on the state that its sender has seen, or not at all.

The ETag of the overview is the digest of the person's methods, in base64: a list of tags is taken
apart at its commas (RFC 9110, 8.8.3).
"""

import base64

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.api.preconditions import ANY, PreconditionMissing, matched
from accounts.sessions import SignedInPerson
from portal.factors import services
from portal.factors.services import Factors, StateMoved


def etag(factors: Factors) -> str:
    return f'"{base64.urlsafe_b64encode(factors.state.digest().encode()).decode()}"'


def drawn_from(request: HttpRequest, person: SignedInPerson, digest: str | None) -> str:
    """The digest that a change was decided on: of the body or of If-Match; with `*` any will do.

    Errors: PreconditionMissing.
    """
    asked = _matched(request)
    if digest is not None and asked in {None, ANY, digest}:
        return digest
    if asked is None:
        raise PreconditionMissing
    return services.factors_of(person).state.digest() if asked == ANY else asked


def check(request: HttpRequest, person: SignedInPerson) -> None:
    """For changes that no digest guards by itself. Errors: StateMoved."""
    asked = _matched(request)
    if asked not in {None, ANY} and services.factors_of(person).state.digest() != asked:
        raise StateMoved([_("The sign-in methods were changed since they were read.")])


def _matched(request: HttpRequest) -> str | None:
    tag = matched(request)
    return tag if tag in {None, ANY} else _digest_in(tag or "")


def _digest_in(tag: str) -> str:
    try:
        return base64.urlsafe_b64decode(tag.encode()).decode()
    except ValueError:
        return ""
