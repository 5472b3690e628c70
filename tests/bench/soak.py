"""Mixed journeys at a steady pace against the portal as it is shipped; writes what it found.

`make soak` (SECONDS, half an hour unless set). Two workers, PostgreSQL, Redis, a worker for jobs
beside them, and a Cognito that takes 25 ms for each answer.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.bench import pages_report, soak_report
from tests.bench.processes import proportional_memory
from tests.bench.share import share
from tests.bench.sites import PORTAL_PYTHON, cognito, portal_site, signed_in
from tests.ship import stores
from tests.ship.kit import ROOT, running

SECONDS = int(os.environ.get("SECONDS", "1800"))
LATENCY_MS = 25
PEOPLE = {"settled": share(100, least=10), "new": share(600, least=60)}
DOCUMENT = ROOT / "docs" / "performance.md"
LOCUST = str(ROOT / ".bench/bin/locust")
# Memory is looked at so often; what is kept of templates and connections is there after a tenth.
LOOKS = 20


def main() -> int:
    """Load it and write; fails where a target that must be met is missed."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        stub = stack.enter_context(cognito(folder))
        redis = stack.enter_context(stores.redis(folder))
        database = stack.enter_context(stores.postgresql())
        portal = stack.enter_context(portal_site(folder, stub, database, redis))
        worker = [PORTAL_PYTHON, "-m", "portal.cli", "worker"]
        stack.enter_context(running(worker, portal.variables, folder / "worker.log"))
        visitors = stack.enter_context(signed_in(portal, stub))
        stub.set_latency(LATENCY_MS)
        people = {kind: visitors.make(kind, count, SECONDS) for kind, count in PEOPLE.items()}
        (folder / "people.json").write_text(json.dumps(people))
        memory = _load(portal.url, portal.process, folder)
        rows = list(csv.DictReader((folder / "soak_stats.csv").open()))
    found = soak_report.figures(rows, memory)
    text = soak_report.soak(found, rows, memory, SECONDS)
    pages_report.write(DOCUMENT, "soak", text)
    sys.stdout.write(text)
    return 0 if all(each.is_met for each in found) else 1


def _load(url: str, process: int, folder: Path) -> list[float]:
    """What the portal holds in memory, in MiB, from time to time while it is under load."""
    command = [LOCUST, "--headless", "--only-summary", "--host", url]
    command += ["--locustfile", str(ROOT / "tests/bench/locustfile.py")]
    command += ["--users", str(soak_report.USERS), "--spawn-rate", str(soak_report.USERS)]
    command += ["--run-time", f"{SECONDS}s", "--csv", str(folder / "soak")]
    variables = {**os.environ, "SOAK_PEOPLE": str(folder / "people.json")}
    memory: list[float] = []
    with (folder / "locust.log").open("wb") as log:
        load = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
        while load.poll() is None:
            time.sleep(SECONDS / LOOKS)
            memory.append(proportional_memory(process))
    if load.returncode not in {0, 1}:  # 1: some requests failed, which the report tells
        raise RuntimeError((folder / "locust.log").read_text()[-4000:])
    return memory


if __name__ == "__main__":
    sys.exit(main())
