"""Trusted browsers, where the pool tracks devices (contract 6).

Every sign-in of such a pool comes with a new device, and is renewed only once that device is
confirmed: so each one is. A device that nobody trusts ends with its session. A trusted one is
kept: its secret sealed in the database, found by a cookie of its own that says nothing.
"""

import hashlib
import re
import secrets
from datetime import UTC, datetime

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit, vault
from accounts.cognito import administration, sign_in, srp
from accounts.cognito.errors import CognitoError, DeviceForgotten, DevicesLeft
from accounts.cognito.sign_in import Device, Outcome
from accounts.cognito.tokens import NewDevice, Tokens
from accounts.models import TrustedBrowser
from accounts.sessions import SignedInPerson
from accounts.templatetags.times import day

# What the pool calls the devices of this portal, before the date.
OWN_NAME = "Browser, "
COOKIE = re.compile(r"[\w-]{43}", re.ASCII)
log = structlog.get_logger(__name__)


def offered() -> str:
    """Whether a browser may be trusted: "always" (unless one says no), "opt_in", or "" for no."""
    return remembered() if settings.TRUST_BROWSERS else ""


def remembered() -> str:
    """Whether the pool lets a device that it remembers skip the second step, of any app."""
    try:
        return administration.pool_facts().remembers_devices
    except CognitoError:
        return ""  # a sign-in must not fail over an offer


def is_trusted(request: HttpRequest, person: SignedInPerson) -> bool:
    """Whether this browser spares this person the second step. No query without its cookie."""
    return bool(offered()) and _rows(request).filter(person_id=person.id).exists()


def start(request: HttpRequest, username: str, password: str) -> Outcome:
    """Sign in from this browser; one that the pool has forgotten is forgotten here, too.

    Errors: those of `sign_in.start`.
    """
    known = _known(request)
    try:
        return sign_in.start(username, password, known)
    except DeviceForgotten as gone:
        for row in _rows(request):
            opened = _opened(row)
            if opened is None or opened.key == gone.device_key:
                row.delete()
        return sign_in.start(username, password)


def settle(
    request: HttpRequest,
    response: HttpResponseBase,
    person: SignedInPerson,
    fresh: Tokens,
    *,
    trust: bool = False,
    typed: str = "",
) -> None:
    """Confirm the device of a new sign-in, and keep it where the person trusts this browser.

    Trouble with it keeps nobody out: the session then ends with its first token.
    """
    if fresh.new_device is None:
        _rows(request).filter(person_id=person.id).update(used_at=timezone.now())
        return
    try:
        secret = _confirmed(person, fresh.new_device, trust=trust)
    except CognitoError as trouble:
        log.warning("device_not_confirmed", reason=str(trouble))
        return
    if trust:
        names = {person.username.lower(), typed.lower()} - {""}
        device = Device(
            fresh.new_device.key, fresh.new_device.group_key, secret, tuple(sorted(names))
        )
        _keep(request, response, person, device)
        audit.browser_trusted(person)


def trust_no_more(person: SignedInPerson, key: str = "") -> None:
    """Keep nothing of a browser that the pool trusts no more; key: which, or all of the person."""
    for row in TrustedBrowser.objects.filter(person_id=person.id):
        opened = _opened(row)
        if not key or opened is None or opened.key == key:
            row.delete()


def forgotten_in_words(many: int) -> str:
    return ngettext("One device is forgotten.", "{n} devices are forgotten.", many).format(n=many)


def left_in_words(many: int) -> str:
    return ngettext("One device is left.", "{n} devices are left.", many).format(n=many)


def how_far(cut: DevicesLeft) -> tuple[str, str]:
    return forgotten_in_words(cut.done), left_in_words(cut.left)


def in_words(name: str) -> str:
    """`Browser, 3 May 2026`, as the pool keeps it, in the language that is spoken; others as is."""
    try:
        made = datetime.strptime(name, f"{OWN_NAME}%d %B %Y").replace(tzinfo=UTC)
    except ValueError:
        return name
    return _("Browser, {date}").format(date=day(made))


def _confirmed(person: SignedInPerson, device: NewDevice, *, trust: bool) -> str:
    """Return the secret of a device that the pool now knows, and remembers as it is trusted."""
    secret, verifier = srp.device_secret(device.key, device.group_key)
    name = f"{OWN_NAME}{datetime.now(UTC):%-d %B %Y}"
    waits = person.self_service.confirm_device(device.key, verifier, name=name)
    # A pool that waits for a word remembers none yet; one that does not remembers every one.
    if trust == waits:
        person.self_service.remember_device(device.key, remembered=trust)
    return secret


def _keep(
    request: HttpRequest, response: HttpResponseBase, person: SignedInPerson, device: Device
) -> None:
    """Store the device under a new cookie: one that somebody planted is worth nothing then."""
    cookie = secrets.token_urlsafe(32)
    _forget_the_old()
    rows = _rows(request)
    rows.filter(person_id=person.id).delete()
    rows.update(browser_hash=_hashed(cookie))
    TrustedBrowser.objects.create(
        person_id=person.id,
        browser_hash=_hashed(cookie),
        sealed=vault.seal(
            {
                "key": device.key,
                "group_key": device.group_key,
                "secret": device.secret,
                "names": device.names,
            }
        ),
    )
    response.set_cookie(
        settings.BROWSER_COOKIE_NAME,
        cookie,
        max_age=settings.TRUSTED_BROWSER_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _forget_the_old() -> None:
    """What is too old to be used is not kept either (DAT-01)."""
    oldest = timezone.now() - settings.TRUSTED_BROWSER_AGE
    TrustedBrowser.objects.filter(created_at__lte=oldest).delete()


def _known(request: HttpRequest) -> list[Device]:
    return [device for device in map(_opened, _rows(request)) if device is not None]


def _rows(request: HttpRequest) -> QuerySet[TrustedBrowser]:
    """What this browser is trusted for, in this pool and not for too long."""
    cookie = request.COOKIES.get(settings.BROWSER_COOKIE_NAME, "")
    if not COOKIE.fullmatch(cookie):
        return TrustedBrowser.objects.none()
    return TrustedBrowser.objects.filter(
        browser_hash=_hashed(cookie),
        person__pool_id=settings.COGNITO_USER_POOL_ID,
        created_at__gt=timezone.now() - settings.TRUSTED_BROWSER_AGE,
    )


def _opened(row: TrustedBrowser) -> Device | None:
    try:
        kept = vault.unseal(row.sealed)
    except vault.SealBroken:
        return None
    return Device(**{**kept, "names": tuple(kept["names"])})


def _hashed(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
