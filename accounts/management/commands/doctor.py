"""Read the pool and its client, and say what is wrong with them."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.doctor import Finding, Grade
from accounts.examination import examine

FINE, WARNINGS, ERRORS = 0, 1, 2


class Command(BaseCommand):
    help = (
        "Check pool and client. Exit status: 0 fine, 1 warnings (with --strict), 2 errors. "
        "Advice never fails."
    )
    # The pool is asked; the portal's own settings are `check`'s business.
    requires_system_checks: list[str] = []  # noqa: RUF012  (Django's own signature)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document")
        parser.add_argument("--strict", action="store_true", help="warnings fail, too")

    def handle(self, *args: Any, **options: Any) -> None:
        found = examine()
        self.stdout.write(as_json(found) if options["json"] else as_text(found))
        status = exit_status(found, strict=options["strict"])
        if status:
            sys.exit(status)


def exit_status(found: list[Finding], *, strict: bool) -> int:
    grades = {each.grade for each in found}
    if Grade.ERROR in grades:
        return ERRORS
    return WARNINGS if strict and Grade.WARNING in grades else FINE


def as_text(found: list[Finding]) -> str:
    lines = [f"{each.grade}: {each.name}\n  {each.says}\n  Do: {each.do}\n" for each in found]
    return "\n".join([*lines, _counted(found)])


def _counted(found: list[Finding]) -> str:
    if not found:
        return "Nothing to say: pool, client and portal fit together."
    numbers = {grade: sum(each.grade is grade for each in found) for grade in Grade}
    return ", ".join(f"{grade}: {number}" for grade, number in numbers.items())


def as_json(found: list[Finding]) -> str:
    listed = [
        {"grade": each.grade.value, "name": each.name, "says": each.says, "do": each.do}
        for each in found
    ]
    return json.dumps({"findings": listed}, indent=2)
