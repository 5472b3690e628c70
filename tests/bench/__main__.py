"""Measures the sandbox beside moto's server and cognito-local, and writes what it found.

`make bench-sandbox`; every figure is the median of several rounds in which they take turns.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from tests.bench import report
from tests.bench.contestants import PASSWORD, Site, cognito_local, moto, sandbox
from tests.bench.load import SLOW, Body, ask, rate
from tests.bench.share import share

CONTESTANTS: tuple[Callable[[int, Path], AbstractContextManager[Site]], ...] = (
    sandbox,
    moto,
    cognito_local,
)
SIZES = (10, share(100_000, least=100))
CONNECTIONS = (1, 16)
ROUNDS = share(5)
CRAWLING = 2.0  # answers a second: sixteen connections would only wait in line
SECONDS = 0.7
STARTS = share(3)
PAGES = share(20)
DOCUMENT = Path(__file__).parents[2] / "docs" / "sandbox-performance.md"

Samples = dict[tuple[object, ...], list[float]]


def main() -> int:
    """Measure and write; fails where a target is missed."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server outlives this
    rates: Samples = defaultdict(list)
    reads: Samples = defaultdict(list)
    starts: Samples = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        _measure_starts(Path(folder), starts)
        for size in SIZES:
            _measure_size(size, Path(folder), rates, reads)
    written = report.document(rates, reads, starts)
    DOCUMENT.write_text(written.text)
    sys.stdout.write(written.text)
    sys.stdout.writelines(f"MISSED: {line}\n" for line in written.missed)
    return 1 if written.missed else 0


def _measure_starts(folder: Path, starts: Samples) -> None:
    for turn in range(STARTS):
        for contestant in CONTESTANTS:
            with contestant(10, folder / f"start-{turn}") as site:
                starts[site.name,].append(site.seconds_to_answer)


def _measure_size(size: int, folder: Path, rates: Samples, reads: Samples) -> None:
    with ExitStack() as stack:
        sites = [stack.enter_context(each(size, folder)) for each in CONTESTANTS]
        bodies = {site.name: dict(_operations(site)) for site in sites}
        for turn in range(ROUNDS):
            for site in sites[turn % 3 :] + sites[: turn % 3]:
                _measure_rates(site, size, bodies[site.name], rates)
        for site in sites:
            _measure_list(site, size, reads)


def _measure_rates(site: Site, size: int, bodies: dict[str, list[Body]], rates: Samples) -> None:
    """One round; what took seconds for one answer is not asked again in the next."""
    for operation, requests in bodies.items():
        for count in CONNECTIONS:
            samples = rates[operation, size, count, site.name]
            if samples and samples[0] < SLOW:
                continue
            alone = rates[operation, size, CONNECTIONS[0], site.name]
            if alone and alone[0] < CRAWLING:
                samples.append(alone[0])
                continue
            samples.append(rate(site.url, operation, requests, count, SECONDS))
            sys.stderr.write(f"{size} {site.name} {operation} {count}: {samples[-1]:.1f}/s\n")


def _operations(site: Site) -> Iterator[tuple[str, list[Body]]]:
    """The requests of each operation; five people sign in, five others have tokens."""
    newcomers, others = site.usernames[:5], site.usernames[5:]
    tokens = [_signed_in(site, username) for username in others]
    _prove_that_it_changes(site, tokens[0])
    yield "GetUser", [{"AccessToken": token} for token in tokens]
    yield "SetUserMFAPreference", [_preference(t, on) for on in (True, False) for t in tokens]
    yield "InitiateAuth", [_password(site, username) for username in newcomers]


def _password(site: Site, username: str) -> Body:
    return {
        "ClientId": site.client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": username, "PASSWORD": PASSWORD},
    }


def _signed_in(site: Site, username: str) -> str:
    answer = ask(site.url, "InitiateAuth", _password(site, username))
    return str(answer["AuthenticationResult"]["AccessToken"])


def _preference(token: str, on: bool) -> Body:
    return {"AccessToken": token, "SMSMfaSettings": {"Enabled": on, "PreferredMfa": on}}


def _prove_that_it_changes(site: Site, token: str) -> None:
    for on, expected in ((True, "SMS_MFA"), (False, None)):
        ask(site.url, "SetUserMFAPreference", _preference(token, on))
        seen = ask(site.url, "GetUser", {"AccessToken": token}).get("PreferredMfaSetting")
        if (seen or None) != expected:
            raise RuntimeError(f"{site.name}: the preference is {seen}, not {expected}")


def _measure_list(site: Site, size: int, reads: Samples) -> None:
    """ListUsers, in seconds an answer: the first pages, a page deep inside, and filters."""
    for name, seconds in (*_paged(site), *_filtered(site)):
        reads[name, size, site.name].append(seconds)


def _paged(site: Site) -> Iterator[tuple[str, float]]:
    body: Body = {"UserPoolId": site.pool, "Limit": 60}
    for _ in range(PAGES):
        seconds, answer = _timed(site, body)
        yield "page of 60", seconds
        if "PaginationToken" not in answer:
            return
        body = body | {"PaginationToken": answer["PaginationToken"]}


def _filtered(site: Site) -> Iterator[tuple[str, float]]:
    filters = {
        '`email = "…"`': 'email = "person000007@example.com"',
        '`email ^= "…"`': 'email ^= "person00000"',
        '`name ^= "…"`': 'name ^= "Person 00000"',
        '`status = "Enabled"`': 'status = "Enabled"',
    }
    for name, text in filters.items():
        for _ in range(5):
            seconds, _answer = _timed(site, {"UserPoolId": site.pool, "Filter": text, "Limit": 60})
            yield name, seconds


def _timed(site: Site, body: Body) -> tuple[float, Body]:
    began = time.perf_counter()
    answer = ask(site.url, "ListUsers", body)
    return time.perf_counter() - began, answer


if __name__ == "__main__":
    sys.exit(main())
