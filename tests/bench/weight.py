"""What the overview makes a browser load, and what Lighthouse says of it on a phone."""

import gzip
import json
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.pages_report import Page
from tests.bench.share import share
from tests.bench.sites import Scene
from tests.ship.kit import ROOT

LIGHTHOUSE = ROOT / "tests/bench/node_modules/lighthouse/cli/index.js"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
LOOKED_AT = {"overview": "/", "enrolment": "/enrolment/totp/", "sign-in": "/sign-in/"}
CATEGORIES = ("performance", "accessibility", "best-practices")
LOADED = re.compile(r'<(?:link|script|img)\b[^>]*?(?:href|src)="([^"]+)"')


def weigh(found: Scene) -> Page:
    browser = found.visitors.browsers("settled", 1)[0]
    text = browser.open("/")
    browser.close()
    loaded = set(LOADED.findall(text))
    ours = urlsplit(found.portal.url).netloc
    others = {urlsplit(url).netloc for url in loaded} - {"", ours}
    session = browser.cookies["mfa-session"]
    scores = lighthouse_of_all(found.portal.url, session, found.folder)
    size = len(gzip.compress(text.encode(), 6))
    return Page(size, len(text.encode()), 1 + len(loaded), len(others), scores)


def lighthouse_of_all(url: str, session: str, folder: Path) -> dict[str, int]:
    """Scores of 100 on a phone, by page and category; the sign-in page as a stranger sees it."""
    scores: dict[str, int] = {}
    for page, path in [*LOOKED_AT.items()][: share(len(LOOKED_AT))]:
        found = lighthouse(url + path, "" if page == "sign-in" else session, folder)
        scores |= {f"{page}: {name}": score for name, score in found.items()}
    return scores


def lighthouse(url: str, session: str, folder: Path) -> dict[str, int]:
    """Scores of 100 for one page on a phone, by category."""
    told = folder / "lighthouse.json"
    command = ["node", str(LIGHTHOUSE), url, "--quiet", "--output=json"]
    command += [f"--output-path={told}", f"--chrome-flags={FLAGS}"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    command += ["--extra-headers", json.dumps({"Cookie": f"mfa-session={session}"})]
    chromium = {"CHROME_PATH": os.environ.get("CHROME_PATH", "/usr/bin/chromium")}
    subprocess.run(command, check=True, env={**os.environ, **chromium}, timeout=180)
    report = json.loads(told.read_text())
    return {name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES}
