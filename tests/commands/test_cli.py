"""Commands of the portal that ask and end, by its own command line, on a pool of the sandbox."""

import re
import shlex
import sys
from collections.abc import Iterator
from runpy import run_path
from typing import Any

import pytest
from django.core.management import call_command

from accounts import trail
from portal import cli
from tests.commands.table import CLI, once, words_of
from tests.people import People
from tests.ship.kit import ROOT
from tests.unit.receiver import Receiver, receiving

pytestmark = pytest.mark.usefixtures("log_as_it_was")
CLIENT = ("--origin", "https://app.acme.com", "--app-client", "1example23456789")
# What is left out where a command is only named: then it is somebody's or something's.
LEFT_OUT = {
    "audit verify --anchor": "eu-central-1_AbCdEfGhI 1234:0e8c…",
    "embed client": "list",
    "embed snippet": "acme",
    "webhooks": "list",
    "webhooks test": "NAME",
}
# What a command says, anywhere in it.
SAYS = {
    "purge": r"^limits: 0, ",
    "audit verify": r": holds$",
    "audit anchor": r"^eu-central-1_Optional1 \d+:[0-9a-f]{64}$",
    "audit verify --anchor": r": as it was noted$",
    "audit seal": r": holds$",
    "embed client add": r"^acme is registered\. Its key, shown this once:\nmfa-embed_",
    "embed client list": r"^acme\n  origins: https://app.acme.com$",
    "embed client": r"^acme\n  origins: https://app.acme.com$",
    "embed client rotate acme": r"^The key of before works on\.",
    "embed client rotate acme --end-older": r"^0 older keys of acme ended\.",
    "embed client remove acme": r"^acme is removed\.",
    "embed snippet": r'client="acme"',
    "helpdesk": r"^\| act without the approval, in an emergency \| senior",
    "helpdesk --events": r"^\| `signed_in` \| Signed in \|$",
    "limits": r"^\| `sign-in-address` \|",
    "limits --release": r"^0 counts forgotten\.$",
    "rotate_keys": r"^sealed anew: 0, opened by no key: 0$",
    "webhooks": r"desk",
    "webhooks events": r"^\| `webhook.test` \|",
    "webhooks list": r"desk",
    "webhooks redeliver": r"desk",
    "webhooks test": r"desk",
    "--help": r"^mfa-portal COMMAND",
    "check": r"^System check identified no issues",
}


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with receiving() as started:
        settings.WEBHOOKS = {"desk": started.url("/hook")}
        settings.WEBHOOK_SECRETS = {"desk": ["whsec_b25seS1mb3ItdGVzdHMtLTAxMjM0NTY3ODlhYmNkZWY="]}
        yield started


@pytest.mark.parametrize("typed", once(CLI))
def test_by_the_portal_s_own_command_line(
    typed: str, pool: People, receiver: Receiver, settings: Any, monkeypatch: Any, capfd: Any
):
    """As it stands there; a name that stands for another one is filled in."""
    settings.EMBED = True
    words = words_of(typed)
    if "embed client add" not in words:
        call_command("embed", "client", "add", "acme", *CLIENT)
        capfd.readouterr()
    assert carried_out(typed, shlex.split(_filled(words)), monkeypatch) in (0, None)
    said = capfd.readouterr().out
    known = max((each for each in SAYS if words.startswith(each)), key=len)
    assert re.search(SAYS[known], said, re.MULTILINE), said


def _filled(words: str) -> str:
    whole = f"{words} {LEFT_OUT.get(words, '')}"
    for pool_id in trail.pools():
        whole = whole.replace("eu-central-1_AbCdEfGhI 1234:0e8c…", str(trail.anchor(pool_id)))
    for name, value in {"NAME": "desk", "CLIENT": "acme", "USERNAME": "nora"}.items():
        whole = re.sub(rf"\b{name}\b", value, whole)
    return whole


def carried_out(typed: str, words: list[str], monkeypatch: Any) -> int | str | None:
    """By the entry that is named; its exit status."""
    monkeypatch.setattr(sys, "argv", ["mfa-portal", *words])
    try:
        if "mfa-portal" in typed:
            cli.main()
        else:
            run_path(str(ROOT / "manage.py"), run_name="__main__")
    except SystemExit as ended:
        return ended.code
    return 0
