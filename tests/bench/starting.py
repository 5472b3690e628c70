"""How long the portal needs from its start to its first page, and what it holds then."""

from contextlib import ExitStack
from pathlib import Path

from tests.bench import sites
from tests.bench.pages_report import FLOOR, PORTAL, Samples
from tests.bench.processes import settled_memory
from tests.bench.share import share
from tests.ship import stores

STARTS = share(5)


def measure(folder: Path, samples: Samples) -> None:
    """The portal, several times, and the floor; the page is the way in.

    Before any other server runs: two that load the same files share them, and each counts half.
    """
    folder.mkdir()
    with ExitStack() as stack:
        stub = stack.enter_context(sites.cognito(folder))
        redis = stack.enter_context(stores.redis(folder))
        database = stack.enter_context(stores.postgresql())
        variables = sites.prepared(folder, stub, database, redis)
        for _ in range(STARTS):
            with sites.started_portal(variables, folder / "portal.log") as (process, seconds):
                samples["start", PORTAL].append(seconds)
                samples["first", PORTAL].append(settled_memory(process, sites.WORKERS))
            with sites.floor_site(folder, stub) as floor:
                samples["first", FLOOR].append(settled_memory(floor.process, sites.WORKERS))
