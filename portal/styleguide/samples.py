"""What the states are drawn with: an account that nobody has, and moments around now."""

from copy import copy
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import timezone

from accounts.masking import mask_email, mask_phone
from accounts.totp import TotpKey
from portal.factors.domain import Contact, Factor, MfaPreference, MfaState, Mode, PoolPolicy
from portal.factors.services import Factors, Receipt
from portal.styleguide.rows import LONG_AGO, NOBODYS

APP, PHONE, MAILBOX = Factor.TOTP, Factor.SMS, Factor.EMAIL
NUMBER_SHOWN, ADDRESS_SHOWN = mask_phone("+15550100456"), mask_email("nobody@example.com")
# The pool's own masks of where a code went.
NUMBER, ADDRESS = "+*******0456", "n***@e***"
RECEIPT = UUID(NOBODYS)
REFERENCE = "nobodys-reference"
KEY = TotpKey("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "nobody")
POOL = PoolPolicy(
    Mode.OPTIONAL, frozenset(Factor), passkeys=True, passkeys_count=True, passkeys_asked=True
)
STRICT = PoolPolicy(Mode.REQUIRED, frozenset(Factor))
Form = TypeVar("Form", bound=BaseForm)


def in_hours(hours: int) -> datetime:
    return timezone.now() + timedelta(hours=hours)


def account(*on: Factor, first: Factor | None = None, policy: PoolPolicy = POOL) -> Factors:
    """Somebody's methods, of which these are on; number and address are of no one."""
    state = MfaState(
        MfaPreference(frozenset(on), first),
        totp_enrolled=APP in on,
        phone=Contact("+15550100456", verified=True) if PHONE in on else Contact(),
        email=Contact("nobody@example.com", verified=MAILBOX in on),
    )
    return Factors(state, policy, records={})


def receipt(event: str, factors: Factors, *, as_asked: bool = True) -> Receipt:
    return Receipt(RECEIPT, LONG_AGO, event, PHONE, factors, as_asked)


def looked_at(form: Form, **more: str) -> Form:
    """A form as it comes back with its errors; more: what a service would say of a field."""
    form.full_clean()
    for field, sentence in more.items():
        form.add_error(field, sentence)
    return form


def as_passed_on(request: HttpRequest, **known: Any) -> HttpRequest:
    """The request as a guard passes it on. For the page alone: no guard let anybody in."""
    shown = copy(request)
    vars(shown).update(known)
    return shown


def frozen(request: HttpRequest) -> HttpRequest:
    """Of somebody whose account nobody changes for a day."""
    return as_passed_on(request, person=SimpleNamespace(frozen_until=in_hours(24)))
