"""Which migrations of ours there are, and which of them the last release held.

`python -m deploy.released_migrations` notes all of today: done once, at each release.
"""

import os
from pathlib import Path

from django.db.migrations import Migration

OURS = ("accounts", "portal")
# `app.name` a line. Empty before the first release: no version could run beside the new one.
FILE = Path(__file__).with_name("released_migrations.txt")


def ours() -> dict[str, Migration]:
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415  (after the set-up)

    found = MigrationLoader(None).disk_migrations
    return {
        f"{app}.{name}": migration
        for (app, name), migration in found.items()
        if migration.__module__.startswith(OURS)
    }


def released() -> set[str]:
    return set(FILE.read_text().split())


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    FILE.write_text("\n".join(sorted(ours())) + "\n")
