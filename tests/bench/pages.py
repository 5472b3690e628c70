"""Measures the portal's pages beside what cannot be avoided and beside the peers; writes it down.

`make bench`; every figure is the median of several rounds in which all contestants take turns.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from tests.bench import growth, pages_report, starting, statements, weight
from tests.bench.browsers import Browser
from tests.bench.load import Visits, visit
from tests.bench.pages_report import BARE, FLOOR, PORTAL, Samples
from tests.bench.processes import cpu_seconds, proportional_memory
from tests.bench.share import lasting, share
from tests.bench.sites import Scene, Site, beside, enrol, open_form, scene

ROUNDS = share(9)
CONNECTIONS = 4
SECONDS = lasting(0.8)
WARM_UP_SECONDS = lasting(2)
AT_ONCE = share(8, least=2)
FLOWS = share(24, least=2)
LATENCY_MS = 25
MANY = share(64, least=8)
SECONDS_OF_MANY = lasting(1.5)
PEOPLE = ROUNDS * FLOWS + AT_ONCE
DOCUMENT = Path(__file__).parents[2] / "docs" / "performance.md"


def main() -> int:
    """Measure and write; fails where a target that must be met is missed."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    samples: Samples = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        starting.measure(Path(folder) / "starts", samples)
    with tempfile.TemporaryDirectory() as folder, scene(Path(folder)) as found:
        _beside_peers(found, samples)
        # Each thread keeps a connection to the database: there is room for so many of one site.
        _beside_latency(found, samples)
        for site in (found.portal, found.floor):
            samples["memory", site.name].append(proportional_memory(site.process))
        counted = statements.count(found)
        page = weight.weigh(found)
        grown = growth.measure(found)
    figures = pages_report.figures(samples, counted, page)
    pages_report.write(
        DOCUMENT,
        "bench",
        pages_report.bench(figures, samples, counted, grown, growth.SIZES),
    )
    sys.stdout.write(pages_report.table(figures))
    missed = [each for each in figures if not each.is_met]
    sys.stdout.writelines(f"MISSED: {each.name}: {each.shown}\n" for each in missed)
    return 1 if missed else 0


def _beside_peers(found: Scene, samples: Samples) -> None:
    with beside(found, PEOPLE) as peers:
        sites = [found.portal, found.floor, *peers.values()]
        with_forms = [found.portal, *peers.values()]
        regulars = {name: [_cookie(site.someone(0))] for name, site in peers.items()}
        regulars |= {PORTAL: _regulars(found), FLOOR: [""]}
        for site in sites:
            visit(site.url, site.overview, regulars[site.name], AT_ONCE, WARM_UP_SECONDS)
        for site in with_forms:
            _enrol_all(site, _newcomers(found, site, AT_ONCE, ROUNDS * FLOWS))
        for turn in range(ROUNDS):
            began = time.perf_counter()
            for site in _in_turn(sites, turn):
                _overview(site, site.overview, site.name, regulars[site.name], samples)
            _overview(found.floor, "/bare", BARE, [""], samples)
            for site in _in_turn(with_forms, turn):
                people = _newcomers(found, site, FLOWS, turn * FLOWS)
                samples["form", site.name].append(_form(site, people))
                _measure_enrolments(site, people, samples)
            _say(turn, began)
        for site in peers.values():
            samples["memory", site.name].append(proportional_memory(site.process))


def _in_turn(sites: list[Site], turn: int) -> list[Site]:
    first = turn % len(sites)
    return sites[first:] + sites[:first]


def _say(turn: int, began: float) -> None:
    sys.stderr.write(f"round {turn + 1}: {time.perf_counter() - began:.0f} s\n")


def _regulars(found: Scene) -> list[str]:
    """The portal's people in browsers that have been there before, as those of the peers have."""
    browsers = found.visitors.browsers("settled", AT_ONCE)
    for browser in browsers:
        browser.open(found.portal.overview)
    return [_cookie(browser) for browser in browsers]


def _cookie(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def _overview(site: Site, path: str, name: str, cookies: list[str], samples: Samples) -> None:
    def ask() -> Visits:
        return visit(site.url, path, cookies, CONNECTIONS, SECONDS)

    spent, visits = _computed(site, ask)
    samples["overview", name].append(spent / len(visits.seconds) * 1000)


def _computed(site: Site, act: Callable[[], Visits]) -> tuple[float, Visits]:
    before = cpu_seconds(site.process)
    visits = act()
    return cpu_seconds(site.process) - before, visits


def _newcomers(found: Scene, site: Site, count: int, first: int) -> list[Browser]:
    if site.name == PORTAL:
        return found.visitors.browsers("new", count)
    return [site.someone(number) for number in range(first, first + count)]


def _form(site: Site, people: list[Browser]) -> float:
    """CPU of the page with the picture and the field for a code, in milliseconds."""
    if site.name == PORTAL:
        for browser in people:
            browser.open("/enrolment/totp/")
    before = cpu_seconds(site.process)
    for browser in people:
        if site.name == PORTAL:
            browser.send("/enrolment/totp/", "<svg")
        else:
            open_form(site, browser)
    return (cpu_seconds(site.process) - before) / len(people) * 1000


def _measure_enrolments(site: Site, people: list[Browser], samples: Samples) -> None:
    before, began = cpu_seconds(site.process), time.perf_counter()
    sent = _enrol_all(site, people)
    samples["flows", site.name].append(len(people) / (time.perf_counter() - began))
    spent = cpu_seconds(site.process) - before
    samples["flow", site.name].append(spent / len(people) * 1000)
    samples["requests", site.name].append(sent / len(people))


def _enrol_all(site: Site, people: list[Browser]) -> int:
    """Eight at once, each from the overview to the end; how many requests that took."""
    before = sum(browser.requests for browser in people)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda browser: enrol(site, browser), people))
    for browser in people:
        browser.close()
    return sum(browser.requests for browser in people) - before


def _beside_latency(found: Scene, samples: Samples) -> None:
    """What is waited for with a Cognito that takes its time, alone and with many others."""
    people = _regulars(found)
    portal, floor = found.portal, found.floor
    many = {PORTAL: (portal.url, "/", people), BARE: (floor.url, "/bare", [""])}
    for url, path, cookies in many.values():
        visit(url, path, cookies, MANY, SECONDS_OF_MANY)
    found.stub.set_latency(LATENCY_MS)
    for turn in range(ROUNDS):
        began = time.perf_counter()
        for name, site, cookies in ((PORTAL, portal, people), (FLOOR, floor, [""])):
            alone = visit(site.url, "/", cookies, 1, SECONDS)
            samples["above", name].append(median(alone.seconds) * 1000 - LATENCY_MS)
        for name in (PORTAL, BARE) if turn % 2 else (BARE, PORTAL):
            url, path, cookies = many[name]
            samples["many", name].append(visit(url, path, cookies, MANY, SECONDS_OF_MANY).a_second)
        _say(turn, began)
    found.stub.set_latency(0)


if __name__ == "__main__":
    sys.exit(main())
