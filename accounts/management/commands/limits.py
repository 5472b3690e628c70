"""The table of limits as docs/limits.md shows it, and the way back for a person who is stopped."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from accounts import limits

BEGIN, END = "<!-- begin: manage.py limits -->", "<!-- end: manage.py limits -->"


class Command(BaseCommand):
    help = "Print the table of limits, or forget the failures of one account (--release USERNAME)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--release", metavar="USERNAME", help="the account's name in the pool")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["release"]:
            self.stdout.write(document())
            return
        released = limits.release(options["release"])
        self.stdout.write(f"{released} count{'' if released == 1 else 's'} forgotten.")


def document() -> str:
    """Both tables in Markdown; docs/limits.md holds exactly this, and a test compares them."""
    return "\n".join([*_windows(), "", *_waits()])


def _windows() -> list[str]:
    rows = [
        f"| `{each.name}` | {each.counts} | {each.per} | {each.amount} in {_long(each.window)} "
        f"| {each.effect}{_alarm(each)} |"
        for each in limits.LIMITS
    ]
    return [
        "| name | what is counted | for each | at most | beyond it |",
        "|---|---|---|---|---|",
        *rows,
    ]


def _alarm(limit: limits.Limit) -> str:
    return f"; alarm at {limit.alarm_at}" if limit.alarm_at else ""


def _waits() -> list[str]:
    proofs = limits.PROOFS
    rows = [f"| {proofs.free - 1} or fewer | none |"]
    failures = proofs.free
    while proofs.after(failures) < proofs.longest:
        rows.append(f"| {failures} | {_long(proofs.after(failures))} |")
        failures += 1
    rows.append(f"| {failures} to {proofs.most - 1} | {_long(proofs.longest)} |")
    rows.append(f"| {proofs.most} | no further try: `manage.py limits --release USERNAME` |")
    return [
        f"| {proofs.counts}, for each {proofs.per} | wait before the next |",
        "|---|---|",
        *rows,
    ]


def _long(duration: timedelta) -> str:
    return limits.in_words(int(duration.total_seconds()))
