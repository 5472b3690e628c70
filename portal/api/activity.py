"""Devices, sessions and history as JSON."""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router

from accounts import guards, sign_outs
from accounts.api.documented import changes, reads
from accounts.api.gate import person_of
from accounts.api.idempotency import once
from accounts.api.schemas import Done, Ended
from accounts.envelope import instant, success
from portal.activity import devices as device_services
from portal.activity import services, sign_ins
from portal.activity.devices import KnownDevice
from portal.activity.services import OpenSession
from portal.api import schemas
from portal.api.schemas import HistoryIn, RememberedIn

devices_router = Router(tags=["Trusted devices"])
sessions_router = Router(tags=["Sessions"])
history_router = Router(tags=["History"])
T = TypeVar("T")


def handle_of(identifier: str) -> UUID:
    """What names a device or a session in an address: the pool's own id stays here."""
    return uuid5(NAMESPACE_OID, identifier)


@devices_router.get("", url_name="devices", **reads(schemas.Devices))
def devices(request: HttpRequest) -> HttpResponse:
    """Every device that the pool knows, this one first."""
    found = device_services.known_devices(person_of(request))
    return success(
        {"tracked": found is not None, "devices": [_device(each) for each in found or ()]}
    )


def _device(device: KnownDevice) -> dict[str, Any]:
    return {
        "id": str(handle_of(device.key)),
        "name": device.name,
        "place": device.place,
        "added_at": instant(device.added_at),
        "last_used_at": instant(device.last_used_at),
        "remembered": device.is_trusted,
        "this_one": device.is_this_one,
    }


@devices_router.patch("/{uuid:device}", url_name="device_remember", **changes(Done))
@once
def remember(request: HttpRequest, device: UUID, wanted: RememberedIn) -> HttpResponse:
    """Trust a device, or stop to."""
    person = person_of(request)
    guards.require_recent(person)
    key = _own_device(request, device).key
    if not device_services.remember(person, key, remembered=wanted.remembered):
        raise Http404
    return success({"done": True})


@devices_router.delete("/{uuid:device}", url_name="device_forget", **changes(Done))
@once
def forget(request: HttpRequest, device: UUID) -> HttpResponse:
    """Forget one device."""
    person = person_of(request)
    guards.require_recent(person)
    device_services.forget(person, _own_device(request, device).key)
    return success({"done": True})


def _own_device(request: HttpRequest, handle: UUID) -> KnownDevice:
    found = device_services.known_devices(person_of(request)) or []
    return _named(handle, [(each.key, each) for each in found])


def _named(handle: UUID, own: Iterable[tuple[str, T]]) -> T:
    """One of the person's own; somebody else's is as unknown as none at all (AUZ-02)."""
    for identifier, each in own:
        if handle_of(identifier) == handle:
            return each
    raise Http404


@devices_router.post("/forget-all", url_name="devices_forget_all", **changes(Ended))
@once
def forget_all(request: HttpRequest) -> HttpResponse:
    """Forget every device; the one that asks comes last."""
    person = person_of(request)
    guards.require_recent(person)
    return success({"ended": device_services.forget_all(person)})


@sessions_router.get("", url_name="sessions", **reads(schemas.Sessions))
def sessions(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in, this one first."""
    found = services.open_sessions(person_of(request))
    return success(
        {"listed": found is not None, "sessions": [_session(each) for each in found or ()]}
    )


def _session(session: OpenSession) -> dict[str, Any]:
    return {
        "id": str(handle_of(session.id)),
        "device": session.device,
        "app": session.app,
        "place": session.place,
        "opened_at": instant(session.opened_at),
        "last_active_at": instant(session.last_active_at),
        "this_one": session.is_this_one,
    }


@sessions_router.delete("/{uuid:session}", url_name="session_end", **changes(Done))
@once
def end_session(request: HttpRequest, session: UUID) -> HttpResponse:
    """End one session."""
    person = person_of(request)
    guards.require_recent(person)
    found = services.open_sessions(person) or []
    services.end_session(person, _named(session, [(each.id, each) for each in found]).id)
    return success({"done": True})


@sessions_router.post("/end-others", url_name="sessions_end_others", **changes(Ended))
@once
def end_others(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one, where the pool lists them."""
    person = person_of(request)
    guards.require_recent(person)
    return success({"ended": services.end_other_sessions(person)})


@sessions_router.post("/sign-out-everywhere", url_name="sign_out_everywhere", **changes(Done))
@once
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every sign-in of the account at the pool, the one that asks included."""
    person = person_of(request)
    guards.require_recent(person)
    sign_outs.everywhere(person)
    return success({"done": True})


@history_router.get("", url_name="history", **reads(schemas.History))
def history(request: HttpRequest, asked: Query[HistoryIn]) -> HttpResponse:
    """What happened to the account in the last twelve months, the newest first.

    Sign-ins in other apps are among it where the pool records them; else `note` says so.
    """
    page = sign_ins.page_of(person_of(request), asked.kind, asked.before)
    entries = [
        {
            "at": instant(each.at),
            "what": each.what,
            "detail": each.detail,
            "outcome": each.outcome,
            "where": each.where,
            "by": each.by.name,
            "reference": each.reference,
            "why": each.why,
            "ticket": each.ticket,
            "recorded_by_pool": each.is_recorded,
            "advice": each.advice,
        }
        for each in page.entries
    ]
    older = page.older.isoformat() if page.older else None
    return success({"entries": entries, "older": older, "note": page.note})
