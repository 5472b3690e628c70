"""The command line of the sandbox."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from sandbox.switches import Switches


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for; the exit status."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s", stream=sys.stderr, level=logging.WARNING)
    if given.what == "operations":
        return _print_operations()
    if given.what == "switches":
        return _print_switches()
    try:
        switches = Switches().changed(given.switch)
    except ValueError as error:
        return _complain(f"--switch: {error}")
    return _serve(given, switches)


def _serve(given: argparse.Namespace, switches: Switches) -> int:
    from sandbox.server import PortTaken, Settings, run  # noqa: PLC0415 - help stays quick

    settings = Settings(
        host=given.host,
        port=given.port,
        control_port=given.control_port,
        smtp_port=given.smtp_port,
        region=given.region,
        scene=given.scene,
        folder=given.data,
        issuer_base=given.issuer_base,
        switches=switches,
        check_output=given.check_output,
    )
    try:
        run(settings)
    except PortTaken as error:
        return _complain(str(error))
    return 0


def _complain(words: str) -> int:
    sys.stderr.write(f"sandbox: {words}\n")
    return 2


def _print_operations() -> int:
    from sandbox.listing import operations_table  # noqa: PLC0415 - only needed here

    sys.stdout.write(operations_table() + "\n")
    return 0


def _print_switches() -> int:
    from sandbox.listing import sayings_table, switches_table  # noqa: PLC0415 - only needed here

    sys.stdout.write(f"{switches_table()}\n\n{sayings_table()}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "what", nargs="?", choices=("serve", "operations", "switches"), default="serve"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=9229, help="the API; 0 takes a free port")
    parser.add_argument("--control-port", type=int, default=9230, help="inbox, clock and trouble")
    parser.add_argument("--smtp-port", type=int, default=9231, help="mail for the inbox")
    parser.add_argument("--data", type=Path, help="folder that keeps the state; else memory only")
    parser.add_argument("--region", default="eu-central-1", help="region in ids and ARNs")
    parser.add_argument("--scene", choices=("demo", "empty"), default="demo")
    parser.add_argument("--issuer-base", help="base of `iss`; by default the URL of the API")
    parser.add_argument(
        "--switch", action="append", default=[], metavar="NAME=VALUE", help="change a behaviour"
    )
    parser.add_argument(
        "--check-output",
        action="store_true",
        help="fail loudly where an answer breaks the service model; for the sandbox's own tests",
    )
    return parser
