"""The audit from the outside: does it hold, and what to note of it elsewhere."""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import ocsf, streaming, trail
from accounts.locks import LockBusy
from accounts.streaming import NotDelivered
from accounts.trail import Anchor, Finding

HOLDS, BROKEN = 0, 1
PAUSE_SECONDS = 5


class Command(BaseCommand):
    help = (
        "verify: whether each chain holds; exit status 1 where one does not. "
        "anchor: the newest row of each chain, to be kept elsewhere. "
        "seal: let today's key vouch for all rows, before a former one is forgotten. "
        "export: rows as events of OCSF, one JSON object a line. "
        "stream: the same to PORTAL_AUDIT_WEBHOOK and PORTAL_AUDIT_FILE, until it is stopped."
    )
    # Runs beside a portal that has been checked, and where nothing else of it is set.
    requires_system_checks: list[str] = []  # noqa: RUF012  (Django's own signature)

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        verify = acts.add_parser("verify")
        verify.add_argument(
            "--anchor",
            nargs=2,
            action="append",
            default=[],
            metavar=("POOL", "NUMBER:HASH"),
            help="what `audit anchor` once said; may be given several times",
        )
        acts.add_parser("anchor")
        acts.add_parser("seal")
        stream = acts.add_parser("stream")
        stream.add_argument("--once", action="store_true", help="end when nothing waits")
        export = acts.add_parser("export")
        export.add_argument("--since", type=_moment, help="a day or a time, UTC: 2026-03-01")
        export.add_argument("--until", type=_moment, help="not included")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        acts: Mapping[str, Callable[..., int]] = {
            "verify": self._verify,
            "anchor": self._anchor,
            "seal": self._seal,
            "export": self._export,
            "stream": self._stream,
        }
        status = acts[act](**options)
        if status:
            sys.exit(status)

    def _verify(self, anchor: list[list[str]], **_: Any) -> int:
        anchors = [_anchor_of(*each) for each in anchor]
        status = HOLDS
        for pool_id in trail.pools():
            status |= self._tell(pool_id, list(trail.findings(pool_id)))
        for each in anchors:
            found = trail.holds_at(each)
            self.stdout.write(str(found) if found else f"{each}: as it was noted")
            status |= BROKEN if found else HOLDS
        return status

    def _tell(self, pool_id: str, found: list[Finding]) -> int:
        for each in found:
            self.stdout.write(str(each))
        if not found:
            self.stdout.write(f"{trail.anchor(pool_id)}: holds")
        return BROKEN if found else HOLDS

    def _anchor(self, **_: Any) -> int:
        for pool_id in trail.pools():
            self.stdout.write(str(trail.anchor(pool_id)))
        return HOLDS

    def _seal(self, **_: Any) -> int:
        status = HOLDS
        for pool_id in trail.pools():
            status |= self._tell(pool_id, trail.reseal(pool_id))
        return status

    def _export(self, since: datetime | None, until: datetime | None, **_: Any) -> int:
        for pool_id in trail.pools():
            for row in trail.rows_between(pool_id, since, until):
                self.stdout.write(json.dumps(ocsf.event_of(row)))
        return HOLDS

    def _stream(self, *, once: bool, **_: Any) -> int:
        failed = False
        while True:
            moved, missed = self._deliver()
            # What one target took later does not mend what another one refused before.
            failed |= missed
            if once and not moved:
                return BROKEN if failed else HOLDS
            if not moved:
                time.sleep(PAUSE_SECONDS)

    def _deliver(self) -> tuple[int, bool]:
        """One batch for each target and pool: how many rows, and whether one was refused."""
        moved, failed = 0, False
        for target in streaming.targets():
            for pool_id in trail.pools():
                try:
                    moved += streaming.deliver_some(pool_id, target)
                except (NotDelivered, LockBusy) as trouble:
                    failed = True
                    self.stderr.write(f"{target.name}: {trouble}")
        return moved, failed


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _anchor_of(pool_id: str, noted: str) -> Anchor:
    number, _, digested = noted.partition(":")
    if not number.isdecimal() or len(digested) != 64:
        raise CommandError("An anchor is a pool and NUMBER:HASH, as `audit anchor` prints it.")
    return Anchor(pool_id, int(number), digested)
