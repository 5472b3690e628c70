"""Passkeys as JSON: the same ceremony, with the challenge kept here for one use (PKY-01)."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router

from accounts import guards, limits
from accounts.api.documented import changes, reads
from accounts.api.gate import person_of
from accounts.api.idempotency import once, once_in_secret
from accounts.api.schemas import Done, Receipt
from accounts.envelope import instant, success
from accounts.sessions import SignedInPerson
from portal.api import schemas
from portal.api.preconditions import check
from portal.api.schemas import CredentialIn, NameIn, SwitchIn
from portal.enrolment.passkey import services
from portal.enrolment.passkey.services import OwnPasskey
from portal.factors import services as factors

router = Router(tags=["Passkeys"])
CHALLENGE_KEPT = timedelta(minutes=5)


@router.get("", url_name="passkeys", **reads(schemas.Passkeys))
def passkeys(request: HttpRequest) -> HttpResponse:
    """The person's own passkeys, oldest first."""
    person = person_of(request)
    return success(
        {
            "passkeys": [_shown(each) for each in services.passkeys_of(person)],
            "most": services.MOST,
            "instead_of_code": factors.passkey_counts(person.id),
        }
    )


def _shown(passkey: OwnPasskey) -> dict[str, Any]:
    return {
        "id": str(passkey.handle),
        "name": passkey.title,
        "provider": passkey.provider,
        "where": passkey.where,
        "added_at": instant(passkey.added_at),
    }


@router.post("/options", url_name="passkey_options", **changes(schemas.PasskeyOptions))
@once_in_secret
def options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey. The challenge serves this sign-in once."""
    person = person_of(request)
    guards.require_changeable(person)
    limits.spend(limits.ENROL_PERSON, person.sub)
    asked = services.begin(person)
    cache.set(_kept_as(person, asked["challenge"]), 1, CHALLENGE_KEPT.total_seconds())
    return success({"options": asked})


@router.post("", url_name="passkey_add", **changes(Receipt))
@once
def add(request: HttpRequest, made: CredentialIn) -> HttpResponse:
    """Take what the browser made to the pool; the challenge is used up, whatever comes of it."""
    person = person_of(request)
    guards.require_changeable(person)
    check(request, person)
    saved = services.add(person, made.credential, challenge=_take(person, made.credential))
    return success({"id": str(saved.id), "created_at": instant(saved.created_at)})


def _take(person: SignedInPerson, credential: Mapping[str, Any]) -> str:
    """The challenge that was answered, if this very sign-in was given it and never used it."""
    challenge = services.challenge_in(credential)
    was_there = challenge and cache.delete(_kept_as(person, challenge))
    return challenge if was_there else ""


def _kept_as(person: SignedInPerson, challenge: str) -> str:
    whose = f"{person.pool_id}\n{person.sub}\n{person.origin.session_hash}\n{challenge}"
    return f"api-passkey:{hashlib.sha256(whose.encode()).hexdigest()}"


@router.patch("/{uuid:passkey}", url_name="passkey_name", **changes(Done))
@once
def name(request: HttpRequest, passkey: UUID, wanted: NameIn) -> HttpResponse:
    """Give one of the person's own another name."""
    person = person_of(request)
    guards.require_changeable(person)
    services.rename(person, _own(person, passkey), wanted.name)
    return success({"done": True})


@router.delete("/{uuid:passkey}", url_name="passkey_delete", **changes(Done))
@once
def delete(request: HttpRequest, passkey: UUID) -> HttpResponse:
    """Delete one of the person's own."""
    person = person_of(request)
    guards.require_changeable(person)
    check(request, person)
    services.delete(person, _own(person, passkey))
    return success({"done": True})


def _own(person: SignedInPerson, handle: UUID) -> OwnPasskey:
    found = services.find(person, handle)
    if found is None:
        raise Http404
    return found


@router.put("/instead-of-code", url_name="passkey_switch", **changes(Done))
@once
def instead_of_code(request: HttpRequest, wanted: SwitchIn) -> HttpResponse:
    """Let a passkey stand for the code, too, or no longer."""
    person = person_of(request)
    guards.require_changeable(person)
    check(request, person)
    services.use_instead_of_code(person, counts=wanted.enabled)
    return success({"done": True})
