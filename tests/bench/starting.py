"""How long the portal needs from its start to its first page."""

from tests.bench.pages_report import PORTAL, Samples
from tests.bench.ports import free_port
from tests.bench.share import share
from tests.bench.sites import Scene, started_portal

STARTS = share(5)


def measure(found: Scene, samples: Samples) -> None:
    """A further portal with the same settings, several times; the page is the way in."""
    for turn in range(STARTS):
        port = free_port()
        log = found.folder / f"start-{turn}.log"
        with started_portal(
            {**found.portal.variables, "PORTAL_BIND": f"127.0.0.1:{port}"}, log
        ) as (
            _,
            seconds,
        ):
            samples["start", PORTAL].append(seconds)
