"""Print the helpdesk's rules as the table of docs/helpdesk.md."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from accounts.roles import Role
from portal.helpdesk import words
from portal.helpdesk.matrix import GENERAL, RULES, Rule, Strength


class Command(BaseCommand):
    help = "Print which role may do what, on which account, under which conditions."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write("\n".join(table()))


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
