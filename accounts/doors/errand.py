"""What somebody who is not signed in has begun: a forgotten password, an account to confirm.

The name they gave lies sealed in the session until it is done, or for an hour, as long as the
code that a forgotten password is reset by lives (contract 4.1).
"""

import time
from dataclasses import asdict, dataclass, field, replace
from typing import Self

from django.conf import settings
from django.http import HttpRequest

from accounts import vault
from accounts.cognito.self_service import Delivery

KEPT_SECONDS = 3600


@dataclass(frozen=True)
class Errand:
    """Whose it is, where the code went, and where they were going.

    sent_at: seconds since 1970; 0 where Cognito or an administrator sent the code, not we.
    """

    kind: str
    name: str = field(repr=False)
    next: str
    medium: str = ""
    destination: str = ""
    sent_at: int = 0
    begun_at: int = 0

    @property
    def wait_seconds(self) -> int:
        """How long until another code may be asked for."""
        passed = int(time.time()) - self.sent_at
        return max(0, int(settings.RESEND_WAIT.total_seconds()) - passed)

    @property
    def key(self) -> str:
        return f"errand_{self.kind}"

    def sent(self, delivery: Delivery) -> Self:
        """The same errand, now that a code has been sent."""
        return replace(
            self,
            medium=delivery.medium,
            destination=delivery.destination,
            sent_at=int(time.time()),
        )


def keep(request: HttpRequest, errand: Errand) -> None:
    request.session[errand.key] = vault.seal(asdict(replace(errand, begun_at=int(time.time()))))


def find(request: HttpRequest, kind: str) -> Errand | None:
    try:
        found = Errand(**vault.unseal(request.session.get(f"errand_{kind}", "")))
    except vault.SealBroken:
        return None
    return found if time.time() - found.begun_at < KEPT_SECONDS else None


def drop(request: HttpRequest, errand: Errand) -> None:
    request.session.pop(errand.key, None)
