"""Dashboard, alerts and their document speak of metrics that the code really exports."""

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from django.conf import settings

from accounts.cognito import breaker, calls
from accounts.watch import listening
from accounts.watch.exposition import exposition, queue
from accounts.watch.metrics import NAMESPACE, OWN
from portal import counting, server

ROOT = Path(settings.BASE_DIR)
DASHBOARD: dict[str, Any] = json.loads(
    (ROOT / "deploy/observability/dashboard.json").read_text(encoding="utf-8")
)
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/observability/alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
DOCUMENT = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
NAMED = re.compile(rf"\b{NAMESPACE}_[a-z_]+")
LABELS = re.compile(r"(?:by|on) \(([^)]*)\)|(\w+)[!=]~?\"")


@pytest.fixture
def exported(db: None) -> dict[str, set[str]]:
    """Every series there can be, with its labels."""
    found: dict[str, set[str]] = {f"{NAMESPACE}_{name}": set() for name in queue()}
    for metric in OWN._collector_to_names:
        labels = set(metric._labelnames)  # type: ignore[attr-defined]
        base = metric._name  # type: ignore[attr-defined]
        for name in (f"{base}_total",) if metric._type == "counter" else (base,):  # type: ignore[attr-defined]
            found[name] = labels
        if metric._type == "histogram":  # type: ignore[attr-defined]
            del found[base]
            found |= {f"{base}_bucket": labels | {"le"}, f"{base}_count": labels}
    return found


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


EXPRESSIONS = [
    *[(each["title"], target["expr"]) for each in panels() for target in each["targets"]],
    *[(rule["alert"], rule["expr"]) for rule in ALERTS],
]


def test_every_expression_is_about_what_is_exported(exported: dict[str, set[str]]):
    """A panel or an alert about nothing is always green."""
    assert len(EXPRESSIONS) > 30
    for where, expression in EXPRESSIONS:
        named = set(NAMED.findall(expression))
        assert named or "up{" in expression, where
        assert named <= set(exported), where
        known = set().union({"job"}, *(exported[name] for name in named))
        for listed, compared in LABELS.findall(expression):
            used = {each.strip() for each in f"{listed},{compared}".split(",") if each.strip()}
            assert used <= known, (where, used - known)


def test_every_metric_is_on_the_dashboard_and_in_the_document(exported: dict[str, set[str]]):
    """And the document names no other."""
    shown = set(NAMED.findall(json.dumps(DASHBOARD)))
    for name in exported:
        if not name.endswith("_count"):
            assert name in shown
    base = {name.removesuffix("_bucket").removesuffix("_count") for name in exported}
    assert set(NAMED.findall(DOCUMENT)) == base


def test_every_alert_says_what_to_do():
    """Each with its heading, to which its runbook leads."""
    headings = set(re.findall(r"^### (\w+)$", DOCUMENT, re.MULTILINE))
    assert headings == {rule["alert"] for rule in ALERTS}
    for rule in ALERTS:
        runbook = f"docs/operations.md#{rule['alert'].lower()}"
        assert rule["annotations"]["runbook"] == runbook
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_the_dashboard_can_be_loaded():
    """What Grafana insists on: places that do not overlap, ids of their own, one data source."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    assert {panel["datasource"]["uid"] for panel in panels()} == {"${datasource}"}


def test_whoever_listens_is_told_once():
    """An app that gets ready twice counts nothing twice."""
    before = (list(calls.observers), [list(each.listeners) for each in breaker.ALL])
    listening.begin()
    assert (calls.observers, [each.listeners for each in breaker.ALL]) == before
    assert all(len(each.listeners) >= 2 for each in breaker.ALL)


WORKERS = """
import os, django
django.setup()
from accounts.watch import metrics
for _ in range(2):
    if not os.fork():
        metrics.count_limit("send-total")
        metrics.count_breaker("keys", True)
        print(os.getpid(), flush=True)
        os._exit(0)
    os.wait()
"""


def test_workers_count_together(tmp_path: Path, settings: Any, monkeypatch: Any, db: None):
    """Whichever answers tells of all; one that is gone is open no more, what it counted stays."""
    folder = str(tmp_path / "not" / "there yet")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", folder)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.settings")
    ran = subprocess.run(
        [sys.executable, "-c", WORKERS], capture_output=True, text=True, check=True, cwd=ROOT
    )
    settings.METRICS_FOLDER = folder
    told = exposition().decode()
    assert f'{NAMESPACE}_limits_reached_total{{limit="send-total"}} 2.0' in told
    assert f'{NAMESPACE}_breaker_open_processes{{service="keys"}} 2.0' in told
    assert f"{NAMESPACE}_queue_due 0.0" in told
    for pid in ran.stdout.split():
        counting.child_exit(None, SimpleNamespace(pid=int(pid)))
    told = exposition().decode()
    assert f'{NAMESPACE}_limits_reached_total{{limit="send-total"}} 2.0' in told
    assert f'{NAMESPACE}_breaker_open_processes{{service="keys"}} 2.0' not in told


def test_workers_begin_to_count_from_zero(tmp_path: Path):
    left = tmp_path / "counts" / "counter_17.db"
    counting.begin(str(left.parent))
    left.write_bytes(b"")
    counting.begin(str(left.parent))
    assert list(left.parent.iterdir()) == []
    counting.begin("")
    assert server.child_exit is counting.child_exit
    server.child_exit(None, SimpleNamespace(pid=17))
