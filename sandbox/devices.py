"""Devices that people sign in from, and which of them are remembered. Source: contract 6."""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from dataclasses import dataclass
from uuid import uuid4

from sandbox import srp
from sandbox.clock import Clock
from sandbox.database import Database, packed
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.protocol import refusal

KEY = re.compile(r"[\w-]+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
GROUP_KEY_BYTES = 6


@dataclass
class Device:
    """One device of one person. It is confirmed once it has left a verifier of its secret."""

    key: str
    group_key: str
    pool_id: str
    sub: str
    created: float
    modified: float
    authenticated: float
    address: str = ""
    name: str = ""
    salt: str = ""
    verifier: str = ""
    remembered: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether ConfirmDevice was called for it."""
        return bool(self.verifier)

    def described(self) -> dict[str, object]:
        """A DeviceType."""
        attributes = {
            "device_status": "valid",
            "device_name": self.name,
            "dev:device_remembered_status": "remembered" if self.remembered else "not_remembered",
            "last_ip_used": self.address,
        }
        listed = [{"Name": name, "Value": value} for name, value in attributes.items() if value]
        return {
            "DeviceKey": self.key,
            "DeviceAttributes": listed,
            "DeviceCreateDate": self.created,
            "DeviceLastModifiedDate": self.modified,
            "DeviceLastAuthenticatedDate": self.authenticated,
        }


class Devices:
    """Finds and stores devices."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def known(self, person: Person, key: str) -> Device:
        """The person's device of that key; refuses malformed, foreign and unknown keys."""
        if not KEY.fullmatch(key):
            raise refusal("bad_device_key")
        row = self._database.row("SELECT document FROM devices WHERE key = ?", key)
        if row is None:
            raise refusal("unknown_device")
        device = Device(**json.loads(row[0]))
        if (device.pool_id, device.sub) != (person.pool_id, person.sub):
            raise refusal("bad_device_key")
        return device

    def presented(self, pool: Pool, person: Person, key: str | None) -> Device | None:
        """The confirmed device a sign-in says it comes from; None in a pool that tracks none."""
        if not pool.tracks_devices or not key:
            return None
        device = self.known(person, key)
        return device if device.confirmed else None

    def can_renew(self, person: Person, device_key: str, presented: str | None) -> bool:
        """Whether a sign-in bound to a device is renewed from that very device, still known."""
        if presented != device_key:
            return False
        query = "SELECT document FROM devices WHERE key = ? AND pool = ? AND sub = ?"
        row = self._database.row(query, device_key, person.pool_id, person.sub)
        return row is not None and Device(**json.loads(row[0])).confirmed

    def add(self, region: str, person: Person, address: str) -> Device:
        """A device seen for the first time; it still has to be confirmed."""
        now, group_key = self._clock.stamp(), f"-{secrets.token_urlsafe(GROUP_KEY_BYTES)}"
        device = Device(
            key=f"{region}_{uuid4()}",
            group_key=group_key,
            pool_id=person.pool_id,
            sub=person.sub,
            created=now,
            modified=now,
            authenticated=now,
            address=address,
        )
        self._database.write(
            "INSERT INTO devices (key, pool, sub, document) VALUES (?, ?, ?, ?)",
            device.key,
            device.pool_id,
            device.sub,
            packed(vars(device)),
        )
        return device

    def note_sign_in(self, device: Device, address: str) -> None:
        """Somebody signed in from it."""
        device.authenticated, device.address = self._clock.stamp(), address
        self._store(device)

    def save(self, device: Device) -> None:
        """Store what changed about a device."""
        device.modified = self._clock.stamp()
        self._store(device)

    def forget(self, device: Device) -> None:
        """Delete it; refresh tokens bound to it renew nothing any more."""
        self._database.write("DELETE FROM devices WHERE key = ?", device.key)

    def page(self, person: Person, after: int, most: int) -> list[tuple[int, Device]]:
        """Devices of a person behind a position, oldest first, each with its position."""
        rows = self._database.rows(
            "SELECT id, document FROM devices WHERE pool = ? AND sub = ? AND id > ?"
            " ORDER BY id LIMIT ?",
            person.pool_id,
            person.sub,
            after,
            most,
        )
        return [(row[0], Device(**json.loads(row[1]))) for row in rows]

    def _store(self, device: Device) -> None:
        self._database.write(
            "UPDATE devices SET document = ? WHERE key = ?", packed(vars(device)), device.key
        )


def decoded_number(text: str | None) -> int:
    """A positive number below N from base64 of its padded bytes; refuses anything else."""
    try:
        number = int.from_bytes(base64.b64decode(text or "", validate=True), "big")
    except (binascii.Error, ValueError):
        number = 0
    if not 0 < number < srp.N:
        raise refusal("bad_device_verifier")
    return number
