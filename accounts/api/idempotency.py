"""The same change asked for twice with the same key is made once (RES-05).

A program that heard no answer sends its request again with the same `Idempotency-Key` and gets
the answer of the first one. Only answers of success are kept, sealed, for a day: a refusal is
judged anew. An answer that held a secret is not kept at all; its repetition says so.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import vault
from accounts.api.models import KeyedChange
from accounts.envelope import failure
from accounts.sessions import SignedInPerson

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{8,128}", re.ASCII)
KEPT = timedelta(hours=24)
# Longer than any change takes: its process died, and somebody else may go on.
ABANDONED = timedelta(minutes=2)
View = Callable[..., HttpResponse]


def once(view: View) -> View:
    """Make the change behind this operation once per key; without a key, each time."""
    return _once(view, keeps_answer=True)


def once_in_secret(view: View) -> View:
    """The same where the answer holds a secret, which is shown once and kept nowhere."""
    return _once(view, keeps_answer=False)


def _once(view: View, *, keeps_answer: bool) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if key is None:
            return view(request, *args, **kwargs)
        if not KEY.fullmatch(key):
            return _no_key()
        person: SignedInPerson = request.person  # type: ignore[attr-defined]
        row, is_mine = _claim(person, _hashed(key), _fingerprint(request))
        if not is_mine:
            return _again(row, _fingerprint(request))
        return _make(row, keeps_answer, lambda: view(request, *args, **kwargs))

    guarded.takes_key = True  # type: ignore[attr-defined]
    return guarded


def _make(row: KeyedChange, keeps_answer: bool, change: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        response = change()
    except BaseException:
        row.delete()
        raise
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        row.delete()
        return response
    row.status = response.status_code
    if keeps_answer:
        row.sealed = vault.seal(json.loads(response.content))
        row.sealed_etag = vault.seal(response["ETag"]) if response.has_header("ETag") else ""
    row.save(update_fields=["status", "sealed", "sealed_etag"])
    return response


def _claim(person: SignedInPerson, key_hash: str, fingerprint: str) -> tuple[KeyedChange, bool]:
    """The row of this key, and whether it is ours to act on."""
    now = timezone.now()
    whose = {"pool_id": person.pool_id, "sub": person.sub, "key_hash": key_hash}
    fresh = {"fingerprint": fingerprint, "claimed_at": now, "ends_at": now + KEPT}
    KeyedChange.objects.filter(**whose, ends_at__lte=now).delete()
    row = None
    while row is None:
        try:
            with transaction.atomic():
                return KeyedChange.objects.create(**whose, **fresh), True
        except IntegrityError:
            # Gone again where that one was refused just now: then the key is free.
            row = KeyedChange.objects.filter(**whose).first()
    abandoned = KeyedChange.objects.filter(
        pk=row.pk, status=0, claimed_at__lte=now - ABANDONED, fingerprint=fingerprint
    )
    return row, bool(abandoned.update(claimed_at=now))


def _again(row: KeyedChange, fingerprint: str) -> HttpResponse:
    if row.fingerprint != fingerprint:
        return failure(
            "IDEMPOTENCY_KEY_REUSED",
            "This key was sent with another request. Use a new key for each change.",
            HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    if not row.status:
        response: HttpResponse = failure(
            "CONFLICT", "The same change is being made at this moment.", HTTPStatus.CONFLICT
        )
        response["Retry-After"] = "2"
        return response
    try:
        return _replayed(row) if row.sealed else _not_kept()
    except vault.SealBroken:
        return _not_kept()


def _replayed(row: KeyedChange) -> HttpResponse:
    """Errors: SealBroken, where the key that sealed it is gone."""
    response = HttpResponse(
        json.dumps(vault.unseal(row.sealed)), content_type="application/json", status=row.status
    )
    response["Cache-Control"] = "no-store"
    response["Idempotent-Replayed"] = "true"
    if row.sealed_etag:
        response["ETag"] = vault.unseal(row.sealed_etag)
    return response


def _not_kept() -> HttpResponse:
    return failure(
        "ANSWER_NOT_KEPT",
        "This was done before. Its answer held a secret, which is shown once and not kept.",
        HTTPStatus.CONFLICT,
    )


def _no_key() -> HttpResponse:
    return failure(
        "VALIDATION_ERROR",
        "Invalid request parameters",
        HTTPStatus.BAD_REQUEST,
        {"fields": {HEADER: "8 to 128 visible ASCII characters"}},
    )


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _fingerprint(request: HttpRequest) -> str:
    parts = (request.method or "", request.get_full_path(), request.body.decode("latin-1"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
