"""A method that is set up in the middle of a sign-in, from before its proof until it is recorded.

The pool takes the proof before anybody is signed in, so the audit learns of it only afterwards.
Cut in between, the new method would later look like somebody else's work. So it is noted before the
proof is sent, under a keyed hash of the pool's own name of the account, and told at the next
sign-in.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.cognito.errors import CognitoError, may_have_happened
from accounts.models import SetUpBegun
from accounts.prepared import Prepared


@contextmanager
def tried(username: str, factor: str) -> Iterator[None]:
    """Note a set-up around the call that proves it; what the pool refused leaves no note."""
    note, is_new = SetUpBegun.objects.get_or_create(name_hash=_hash(username), factor=factor)
    try:
        yield
    except CognitoError as refusal:
        if is_new and not may_have_happened(refusal):
            note.delete()
        raise


def begun(username: str) -> set[str]:
    """What may have been set up at a sign-in that nobody saw end, by Cognito's names."""
    return {factor for (factor,) in _begun(_hash(username))}


_begun = Prepared(
    lambda name_hash: SetUpBegun.objects.filter(name_hash=name_hash).values_list("factor"), str
)


def forget(username: str) -> None:
    """It is recorded by now."""
    SetUpBegun.objects.filter(name_hash=_hash(username)).delete()


def _hash(username: str) -> str:
    """Whose it is cannot be read from it, and no other portal can make it (FAC-10)."""
    whose = f"{settings.COGNITO_USER_POOL_ID}\n{username}"
    return salted_hmac("accounts.set_ups", whose, algorithm="sha256").hexdigest()
