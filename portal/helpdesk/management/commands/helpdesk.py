"""Print the rules as docs/helpdesk.md has them, or the audit's events as docs/audit.md does."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from accounts.roles import Role
from portal.helpdesk import audit_events, words
from portal.helpdesk.matrix import GENERAL, RULES, Rule, Strength


class Command(BaseCommand):
    help = "Print which role may do what, on which account, under which conditions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--events", action="store_true", help="print what the audit can hold")

    def handle(self, *args: Any, events: bool, **options: Any) -> None:
        self.stdout.write("\n".join(audit_events.table() if events else table()))


def table() -> Iterator[str]:
    yield "| act | ordinary account | privileged account |"
    yield "|---|---|---|"
    for act, roles in GENERAL.items():
        yield f"| {words.ACT[act]} | {_names(roles)} | – |"
    for act, (ordinary, privileged) in RULES.items():
        yield f"| {words.ACT[act]} | {_rule(ordinary)} | {_rule(privileged)} |"


def _rule(rule: Rule | None) -> str:
    if rule is None:
        return "nobody"
    parts = [_names(rule.roles)]
    if rule.check is not Strength.NONE:
        parts.append(f"after {words.STRENGTH[rule.check]}")
    if rule.approval:
        parts.append("with a second operator")
    return "; ".join(parts)


def _names(roles: frozenset[Role]) -> str:
    return ", ".join(role.value for role in Role if role in roles)
