"""What is kept of a signed-in person, and how long.

The session lives on the server; the cookie only names it. Cognito's tokens lie in it sealed,
and never leave it for a page, script, URL or log (TOK-04).
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Exists, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts import freezes, held_forms, logs, roles, vault
from accounts.cognito import administration, sign_in, tokens
from accounts.cognito.errors import CognitoError, SignInExpired
from accounts.cognito.self_service import Account, SelfService
from accounts.cognito.tokens import AccessToken, Tokens
from accounts.locks import locked
from accounts.models import Person
from accounts.prepared import Prepared, Ready

KIND = "kind"
CREDENTIALS = "credentials"
OPENED_AT = "opened_at"
SEEN_AT = "seen_at"
ALIVE_AT = "alive_at"
# How the second step was taken: Cognito's name of the question, or MANAGED_LOGIN.
SECOND_STEP = "second_step"
MANAGED_LOGIN = "MANAGED_LOGIN"
# A passkey is one where the pool lets it stand for the code, too.
SECOND_STEPS = frozenset({"SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP", "MFA_SETUP"})
CHANGES_CLOSED = "changes_closed"
# Of a session in another site's frame: whose frame, and until when. Outlives its person, so that
# the frame can still be told that the session is over.
EMBED = "embed"
# The idle clock is written at most this often: a page view should not cost a write.
SEEN_EVERY_SECONDS = 60
# The pool is asked whether this sign-in still lives at most this often, and at least so when a
# page is opened: disabled there means out of here within a minute (TOK-09).
ALIVE_FOR_SECONDS = 60
# So much may the clocks of several machines differ. A session of the future would outlive its
# limits: it was opened while a clock was wrong.
CLOCKS_DIFFER_SECONDS = 60
# Refresh a little early, so that a token does not die between two calls of one page.
REFRESH_EARLY = timedelta(seconds=60)


class Kind(StrEnum):
    """What a session is. One kind never stands in for another (SES-13)."""

    NOBODY = "nobody"
    # Cognito still has a question open, and opens nothing but that question's page.
    PENDING = "pending"
    SIGNED_IN = "signed in"
    # On the way back in: opens setting up a new method, and nothing else, for one sitting.
    RECOVERING = "recovering"
    # Signed in, and proved within the last five minutes.
    REAUTHENTICATED = "re-authenticated"
    # Somebody of the helpdesk at work: opens its pages, and none of their own account.
    OPERATOR = "operator"
    OPERATOR_REAUTHENTICATED = "re-authenticated operator"
    # In a frame of another application, or in the window that stands in for it: opens the frame's
    # pages, and none outside of them.
    EMBEDDED = "embedded"
    EMBEDDED_REAUTHENTICATED = "re-authenticated embedded"


# What a session itself says it is; the others follow from a proof, or from no session.
KEPT_KINDS = frozenset({Kind.SIGNED_IN, Kind.OPERATOR, Kind.RECOVERING, Kind.EMBEDDED})


@dataclass(frozen=True)
class Origin:
    """Where a request came from, as far as the audit needs it."""

    client_address: str = ""
    session_hash: str = ""
    request_id: str = ""
    embed_client: str = ""


@dataclass(frozen=True)
class SignedInPerson:
    """The person of this request: (pool, sub), their verified token, and when they proved it."""

    id: UUID
    pool_id: str
    token: AccessToken = field(repr=False)
    origin: Origin = field(default_factory=Origin)
    # They came by a trusted browser, without the second step: that opens pages, and no changes.
    came_by_device: bool = False
    # Until when the session lasts if nothing happens, and whatever happens.
    signed_in_until: datetime | None = None
    signed_in_at_most_until: datetime | None = None
    changes_closed: bool = False
    just_read: Account | None = field(repr=False, default=None)
    is_operator: bool = False
    is_recovering: bool = False
    is_embedded: bool = False
    # The sign-in passed a second step, as far as the pool can show (HLP-01).
    passed_second_step: bool = False

    @property
    def sub(self) -> str:
        return self.token.sub

    @property
    def username(self) -> str:
        return self.token.username

    @property
    def changes_until(self) -> datetime:
        """Until when changes need no further proof (REA-05)."""
        return self.token.fresh_until

    @property
    def proved_recently(self) -> bool:
        fresh = self.token.is_fresh and not self.changes_closed
        return fresh and not self.came_by_device

    @property
    def kind(self) -> Kind:
        if self.is_recovering:
            return Kind.RECOVERING
        if self.is_embedded:
            return Kind.EMBEDDED_REAUTHENTICATED if self.proved_recently else Kind.EMBEDDED
        if self.is_operator:
            return Kind.OPERATOR_REAUTHENTICATED if self.proved_recently else Kind.OPERATOR
        return Kind.REAUTHENTICATED if self.proved_recently else Kind.SIGNED_IN

    @cached_property
    def frozen_until(self) -> datetime | None:
        """Until when nobody changes how this account signs in. One query, where it is asked."""
        return self._standing[0]

    @cached_property
    def language(self) -> str:
        """What they have chosen to be spoken to in; empty until they choose."""
        return self._standing[1]

    @cached_property
    def _standing(self) -> tuple[datetime | None, str]:
        rows = _standing(self.id, self.pool_id, self.sub, timezone.now())
        return rows[0] if rows else (freezes.frozen_until(self), "")

    def to_stand(self, now: datetime) -> Ready:
        """The same query, to be sent with what is counted just before it is asked."""
        return _standing.ready(self.id, self.pool_id, self.sub, now)

    def unfrozen(self, now: datetime) -> Ready:
        """Gives a row unless the account is frozen: to be sent before what a freeze refuses."""
        return _unfrozen.ready(self.id, self.pool_id, self.sub, now)

    @property
    def stands_known(self) -> bool:
        return "frozen_until" in self.__dict__

    def learn_standing(self, row: tuple[Any, ...] | None) -> None:
        """What that query gave."""
        if row is not None:
            self.__dict__["_standing"] = row
            self.learn_freeze(row[0])

    def learn_freeze(self, until: datetime | None) -> None:
        """A query for something else has told it: nobody needs to ask again."""
        self.__dict__["frozen_until"] = until

    @cached_property
    def self_service(self) -> SelfService:
        return SelfService(self.token, just_read=self.just_read)


_standing = Prepared(
    lambda person_id, pool_id, sub, now: Person.objects.filter(pk=person_id).values_list(
        Subquery(freezes.ends(pool_id, sub, now)), "language"
    ),
    UUID,
    str,
    str,
    datetime,
)


_unfrozen = Prepared(
    lambda person_id, pool_id, sub, now: Person.objects.filter(
        ~Exists(freezes.ends(pool_id, sub, now)), pk=person_id
    ).values_list("pk"),
    UUID,
    str,
    str,
    datetime,
)


class PersonRequest(HttpRequest):
    """A request that passed `@signed_in`."""

    person: SignedInPerson


def origin_of(request: HttpRequest) -> Origin:
    return _origin_later(request)()


def _origin_later(request: HttpRequest) -> Callable[[], Origin]:
    """Of the session as it is now, put together when it is asked: most pages take nothing down."""
    key = request.session.session_key or ""
    embed_client = request.session.get(EMBED, {}).get("client", "")

    def origin() -> Origin:
        return Origin(
            client_address=client_address(request),
            session_hash=hashlib.sha256(key.encode()).hexdigest() if key else "",
            request_id=getattr(request, "request_id", ""),
            embed_client=embed_client,
        )

    return origin


def client_address(request: HttpRequest) -> str:
    """Nonsense in X-Forwarded-For is "unknown", never an error and never a pass (LIM-02)."""
    try:
        return get_client_ip(request) or "unknown"
    except (ImproperlyConfigured, ValueError):  # fewer addresses than proxies; no address
        return "unknown"


def keep(
    request: HttpRequest, fresh: Tokens, *, passing: bool = False, recovering: bool = False
) -> None:
    """Keep the tokens of a new sign-in or re-authentication, under a new session id (SES-02).

    passing: the pool tracks devices, and the one of this sign-in ends with the session.
    recovering: it opens nothing but setting up a new sign-in method.
    """
    request.session.cycle_key()
    now = int(time.time())
    if request.session.get(KIND) != Kind.EMBEDDED:  # a proof makes no frame last longer
        request.session[KIND] = (Kind.RECOVERING if recovering else Kind.SIGNED_IN).value
        request.session[OPENED_AT] = now
    request.session[SEEN_AT] = now
    request.session[SECOND_STEP] = second_step(fresh)
    request.session.pop(CHANGES_CLOSED, None)
    key = fresh.access.device_key
    device = {"key": key, "passing": passing, "proved": fresh.by_device} if key else {}
    _store(request, fresh.access.value, fresh.refresh or "", device)


def open_embedded(request: HttpRequest, token: AccessToken, embed: Mapping[str, Any]) -> None:
    """Open a frame's session with the token its host presented, under a new id (SES-02).

    embed: whose frame it is, in `client`; `clients`, the app clients whose tokens it may hold;
    `until`, in seconds since 1970. The proof given to the host opens no change here: what is
    stolen by a click must not be worth anything (EMB-14).
    """
    request.session.cycle_key()
    now = int(time.time())
    request.session[KIND] = Kind.EMBEDDED.value
    request.session[OPENED_AT] = request.session[SEEN_AT] = now
    request.session[SECOND_STEP] = ""
    request.session[EMBED] = dict(embed)
    request.session[CHANGES_CLOSED] = _proof_of(token)
    _store(request, token.value, "", {})


def take_proof(request: HttpRequest, credentials: str) -> None:
    """Go on with the sign-in that a window of ours has just proved, under a new id (SES-02)."""
    request.session.cycle_key()
    request.session[CREDENTIALS] = credentials
    request.session[SEEN_AT] = request.session[ALIVE_AT] = int(time.time())
    request.session.pop(CHANGES_CLOSED, None)


def second_step(fresh: Tokens) -> str:
    """Which second step these tokens were given for; empty where there was none (HLP-01).

    No token tells (contract 8.1): it is what we saw asked and answered. Managed login asks by
    itself whoever has a method on, and everybody where the pool says so.
    """
    if fresh.by_device:
        return ""
    if fresh.proof in SECOND_STEPS:
        return fresh.proof
    if fresh.proof == "WEB_AUTHN" and administration.pool_facts().passkeys_count:
        return fresh.proof
    if fresh.proof == MANAGED_LOGIN and roles.of(fresh.access) and _is_asked_there(fresh):
        return MANAGED_LOGIN
    return ""


def _is_asked_there(fresh: Tokens) -> bool:
    if administration.pool_facts().mfa == "ON":
        return True
    return bool(SelfService(fresh.access).get_user().listed)


def become_operator(request: HttpRequest) -> None:
    """From now on this session is the helpdesk's, under a new id, and nobody's own (SES-13)."""
    request.session.cycle_key()
    request.session[KIND] = Kind.OPERATOR.value
    request.session[OPENED_AT] = int(time.time())


def leave_helpdesk(request: HttpRequest) -> None:
    """The session is the person's own again; the proof given for the helpdesk counts no more."""
    request.session.cycle_key()
    request.session[KIND] = Kind.SIGNED_IN.value
    access = tokens.verified(vault.unseal(request.session[CREDENTIALS])["access"])
    request.session[CHANGES_CLOSED] = _proof_of(access)


def _limits_of(request: HttpRequest) -> tuple[timedelta, timedelta]:
    """Idle and absolute limit; an operator's session is the shorter one."""
    kind = request.session.get(KIND)
    if kind == Kind.OPERATOR:
        return settings.OPERATOR_IDLE_LIMIT, settings.OPERATOR_ABSOLUTE_LIMIT
    if kind == Kind.RECOVERING:
        return settings.RECOVERY_SITTING, settings.RECOVERY_SITTING
    if kind == Kind.EMBEDDED:
        return settings.EMBED_IDLE_LIMIT, _embed_limit(request)
    return settings.SESSION_IDLE_LIMIT, settings.SESSION_ABSOLUTE_LIMIT


def _embed_limit(request: HttpRequest) -> timedelta:
    """An hour, and never longer than the token that opened it (EMB-13)."""
    lasts = timedelta(seconds=request.session[EMBED]["until"] - request.session[OPENED_AT])
    return min(settings.EMBED_ABSOLUTE_LIMIT, lasts)


def _store(request: HttpRequest, access: str, refresh: str, device: Mapping[str, Any]) -> None:
    kept: dict[str, Any] = {"access": access, "refresh": refresh}
    if device:
        kept["device"] = dict(device)
    request.session[CREDENTIALS] = vault.seal(kept)
    # Who gets tokens is alive.
    request.session[ALIVE_AT] = int(time.time())


def _device_of(kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """The device of a session: its key, whether it ends with it, whether it proved itself."""
    device: Mapping[str, Any] = kept.get("device", {})
    return device


def person_of(request: HttpRequest) -> SignedInPerson | None:
    """Return the signed-in person, refreshed where needed; None where the session has ended.

    Errors: CognitoUnreachable, TryLater while refreshing or asking whether the person is alive.
    """
    if not _is_complete(request):
        return None
    idle_limit, absolute_limit = _limits_of(request)
    if not _within_limits(request, idle_limit, absolute_limit):
        _end_by_the_clock(request)
        return None
    try:
        token, device = _living_token(request)
        logs.about(settings.COGNITO_USER_POOL_ID, token.sub)
        just_read = _read_if_due(request, token)
    except SignInExpired:
        expire(request)
        return None
    except vault.SealBroken:
        end(request)
        return None
    opened_at, seen_at = request.session[OPENED_AT], request.session[SEEN_AT]
    kind = request.session[KIND]
    at_most = datetime.fromtimestamp(opened_at, UTC) + absolute_limit
    idle = datetime.fromtimestamp(seen_at, UTC) + idle_limit
    return SignedInPerson(
        id=UUID(request.session[SESSION_KEY]),
        pool_id=settings.COGNITO_USER_POOL_ID,
        token=token,
        origin=cast(Origin, SimpleLazyObject(_origin_later(request))),
        came_by_device=device.get("proved", False),
        signed_in_until=min(idle, at_most),
        signed_in_at_most_until=at_most,
        changes_closed=request.session.get(CHANGES_CLOSED) == _proof_of(token),
        just_read=just_read,
        is_operator=kind == Kind.OPERATOR,
        is_recovering=kind == Kind.RECOVERING,
        is_embedded=kind == Kind.EMBEDDED,
        passed_second_step=bool(request.session.get(SECOND_STEP)),
    )


def _is_complete(request: HttpRequest) -> bool:
    """Tokens, a login and the right kind: half a session, or one of another kind, is none."""
    session = request.session
    kind = session.get(KIND)
    if kind == Kind.EMBEDDED and EMBED not in session:
        return False
    return kind in KEPT_KINDS and CREDENTIALS in session and SESSION_KEY in session


def _read_if_due(request: HttpRequest, token: AccessToken) -> Account | None:
    """Once a minute ask the pool whether this sign-in still lives (TOK-09).

    The reply is what most pages would read next, so a page opened costs no call more. A form is
    judged on a read of its own, under its lock.
    """
    now = int(time.time())
    if now - request.session.get(ALIVE_AT, 0) < ALIVE_FOR_SECONDS:
        return None
    opened_at = datetime.fromtimestamp(request.session[OPENED_AT], UTC)
    if freezes.ended_sign_in_of(settings.COGNITO_USER_POOL_ID, token.sub, opened_at):
        raise SignInExpired("GetUser", "this was not me")
    account = SelfService(token).get_user()
    request.session[ALIVE_AT] = now
    return account if request.method in {"GET", "HEAD"} else None


def _proof_of(token: AccessToken) -> int:
    return int(token.authenticated_at.timestamp())


def stay(request: PersonRequest) -> datetime:
    """Count this moment as use of the portal; return until when that lasts (SES-03)."""
    request.session[SEEN_AT] = int(time.time())
    idle = datetime.fromtimestamp(request.session[SEEN_AT], UTC) + _limits_of(request)[0]
    at_most = request.person.signed_in_at_most_until
    return min(idle, at_most) if at_most else idle


def close_changes(request: PersonRequest) -> None:
    """Let the proof of this session count no more, though its five minutes are not over."""
    request.session[CHANGES_CLOSED] = _proof_of(request.person.token)


def _within_limits(request: HttpRequest, idle_limit: timedelta, absolute_limit: timedelta) -> bool:
    """Idle and absolute limits, enforced here and not by the cookie (SES-03)."""
    now = int(time.time())
    idle = now - request.session.get(SEEN_AT, 0)
    age = now - request.session.get(OPENED_AT, 0)
    if min(idle, age) < -CLOCKS_DIFFER_SECONDS:
        return False
    if idle > idle_limit.total_seconds() or age > absolute_limit.total_seconds():
        return False
    if idle > SEEN_EVERY_SECONDS:
        request.session[SEEN_AT] = now
    return True


def _living_token(request: HttpRequest) -> tuple[AccessToken, Mapping[str, Any]]:
    """The token, refreshed where needed, and the device of the session."""
    kept = vault.unseal(request.session[CREDENTIALS])
    if request.session[KIND] == Kind.EMBEDDED and not kept["refresh"]:
        # A frame's, from its host: nobody but the host renews it.
        clients = request.session[EMBED]["clients"]
        return tokens.verified(kept["access"], clients=clients), _device_of(kept)
    try:
        token = tokens.verified(kept["access"])
    except SignInExpired:
        return _refreshed(request)
    if token.expires_at - datetime.now(UTC) < REFRESH_EARLY:
        return _refreshed(request)
    return token, _device_of(kept)


def _refreshed(request: HttpRequest) -> tuple[AccessToken, Mapping[str, Any]]:
    """Refresh under a lock: two tabs must not spend one refresh token twice."""
    key = request.session.session_key or ""
    mine = request.session[CREDENTIALS]
    with locked(f"refresh:{key}"):
        latest = type(request.session)(key).get(CREDENTIALS, mine)
        kept = vault.unseal(latest)
        if latest != mine:
            request.session[CREDENTIALS] = latest
            return tokens.verified(kept["access"]), _device_of(kept)
        device = _device_of(kept)
        fresh = sign_in.refresh(kept["refresh"], device.get("key", ""))
        _store(request, fresh.access.value, fresh.refresh or kept["refresh"], device)
        request.session.save()
    return fresh.access, device


def end(request: HttpRequest) -> None:
    """Sign out here: revoke at the pool, destroy the server's record (TOK-07, SES-05).

    A pool that cannot be reached does not keep anybody signed in.
    """
    sealed, embed = request.session.get(CREDENTIALS), request.session.get(EMBED)
    logout(request)
    if embed:
        request.session[EMBED] = embed
    if sealed:
        forget_refresh_token(sealed)


def expire(request: HttpRequest) -> None:
    """End a session because the pool ended its sign-in, in the middle of what somebody does.

    What they sent last and what they were setting up waits for them (TOK-09).
    """
    _end_but_keep(request, held_forms.keep_for)


def _end_by_the_clock(request: HttpRequest) -> None:
    """End a session that was left alone: whoever is back goes the same way back (SES-03)."""
    _end_but_keep(request, held_forms.keep_errand)


def _end_but_keep(request: HttpRequest, keep_for: Callable[[HttpRequest, str], str]) -> None:
    kept = ""
    if request.session.get(KIND) == Kind.SIGNED_IN:
        kept = keep_for(request, str(request.session.get(SESSION_KEY)))
    end(request)
    if kept:
        request.session[held_forms.KEPT] = kept


def give_back(fresh: Tokens) -> None:
    """End a sign-in whose tokens nobody keeps, and the device that came with it."""
    device = {"key": fresh.new_device.key, "passing": True} if fresh.new_device else {}
    tokens_of_it = {"access": fresh.access.value, "refresh": fresh.refresh or ""}
    forget_refresh_token(vault.seal({**tokens_of_it, "device": device}))


def forget_refresh_token(sealed: str) -> None:
    """Revoke a sign-in that is over or replaced; failing to is harmless.

    A device that came with it and is not kept goes first, while the token still allows that.
    """
    try:
        kept = vault.unseal(sealed)
        device = _device_of(kept)
        if device.get("passing"):
            SelfService(tokens.verified(kept["access"])).forget_device(device["key"])
    except (CognitoError, vault.SealBroken):
        pass
    try:
        refresh = vault.unseal(sealed)["refresh"]
        if refresh:
            sign_in.revoke(refresh)
    except (CognitoError, vault.SealBroken):
        return
