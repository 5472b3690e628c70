"""Seal everything again with the first key of PORTAL_TOKEN_KEYS (docs/upgrades.md)."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounts import rotation


class Command(BaseCommand):
    help = "Seal again what a former key sealed. Exit status: 1 where no key opens something."

    def handle(self, *args: Any, **options: Any) -> None:
        done = rotation.seal_anew()
        self.stdout.write(", ".join(f"{word}: {number}" for word, number in done.items()))
        if done[rotation.BROKEN]:
            sys.exit(1)
