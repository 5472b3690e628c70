"""The command line of the sandbox."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from sandbox.domains import DOMAIN
from sandbox.switches import Switches

TABLES = {
    "operations": ("operations_table",),
    "switches": ("switches_table", "sayings_table"),
    "destinations": ("destinations_table",),
    "quotas": ("quotas_table",),
}


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["scene"]:
        from sandbox.scene_cli import run_scene  # noqa: PLC0415 - only needed here

        return run_scene(arguments[1:])
    given = _parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s", stream=sys.stderr, level=logging.WARNING)
    if given.what in TABLES:
        return _print(TABLES[given.what])
    if given.domain_base and DOMAIN not in given.domain_base:
        return _complain(f"--domain-base must contain {DOMAIN}, where the name belongs")
    try:
        switches = Switches().changed(given.switch)
    except ValueError as error:
        return _complain(f"--switch: {error}")
    from sandbox.quotas import parsed_option  # noqa: PLC0415 - help stays quick

    try:
        quotas = parsed_option(given.quotas)
    except ValueError as error:
        return _complain(f"--quotas: {error}")
    return _serve(given, switches, quotas)


def _serve(given: argparse.Namespace, switches: Switches, quotas: object) -> int:
    from sandbox.scene_files import BadScene  # noqa: PLC0415 - help stays quick
    from sandbox.server import PortTaken, Settings, run  # noqa: PLC0415 - likewise

    settings = Settings(
        host=given.host,
        port=given.port,
        control_port=given.control_port,
        smtp_port=given.smtp_port,
        region=given.region,
        scene=given.scene,
        folder=given.data,
        issuer_base=given.issuer_base,
        domain_base=given.domain_base,
        switches=switches,
        quotas=quotas,
        check_output=given.check_output,
    )
    try:
        run(settings)
    except PortTaken as error:
        return _complain(str(error))
    except BadScene as error:
        return _complain(f"--scene: {error}")
    return 0


def _complain(words: str) -> int:
    sys.stderr.write(f"sandbox: {words}\n")
    return 2


def _print(tables: tuple[str, ...]) -> int:
    from sandbox import listing  # noqa: PLC0415 - only needed here

    sys.stdout.write("\n\n".join(getattr(listing, table)() for table in tables) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description=__doc__,
        epilog="python -m sandbox scene export|import keeps a whole state in a JSON file.",
    )
    parser.add_argument(
        "what",
        nargs="?",
        choices=("serve", *TABLES),
        default="serve",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=9229, help="the API; 0 takes a free port")
    parser.add_argument("--control-port", type=int, default=9230, help="inbox, clock and trouble")
    parser.add_argument("--smtp-port", type=int, default=9231, help="mail for the inbox")
    parser.add_argument("--data", type=Path, help="folder that keeps the state; else memory only")
    parser.add_argument("--region", default="eu-central-1", help="region in ids and ARNs")
    parser.add_argument(
        "--scene", default="demo", help="demo, helpdesk, empty or a file made by `scene export`"
    )
    parser.add_argument("--issuer-base", help="base of `iss`; by default the URL of the API")
    parser.add_argument(
        "--domain-base",
        metavar="URL",
        help="how domains are reached from outside; {domain} stands for the name",
    )
    parser.add_argument(
        "--switch", action="append", default=[], metavar="NAME=VALUE", help="change a behaviour"
    )
    parser.add_argument(
        "--quotas", default="off", help='request rates: default, a factor or {"UserRead": 5}'
    )
    parser.add_argument(
        "--check-output",
        action="store_true",
        help="fail loudly where an answer breaks the service model; for the sandbox's own tests",
    )
    return parser
