"""What deploy/monitoring asks Prometheus for is there, and the alerts fire when they should."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from musicai.services.exporter.flower_metrics import flower_metrics
from musicai.services.exporter.metrics import METRICS
from tests.services import absent

FOLDER = Path(__file__).parents[2] / "deploy" / "monitoring"
DASHBOARD = json.loads((FOLDER / "grafana.json").read_text())
ALERTS = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
# what Prometheus itself puts on every series: of the same name, ours would be called exported_...
PROMETHEUS_LABELS = {"job", "instance"}
KNOWN = {metric.name: set(metric.labels) for metric in (*METRICS, *flower_metrics())}
KNOWN |= {"up": PROMETHEUS_LABELS, "ALERTS": {"alertname", "alertstate"}}
_METRIC = re.compile(r"\b((?:musicai|flower)_\w+|up|ALERTS)\b(?:\{([^}]*)\})?")
_LABELS = re.compile(r"(?:by|on|without|group_left)\s*\(([^)]*)\)")


def metric_of(series: str) -> str:
    """Return the metric of a series: a histogram has several."""
    return re.sub(r"_(bucket|sum|count)$", "", series)


def panels() -> Iterator[dict[str, Any]]:
    for panel in DASHBOARD["panels"]:
        yield panel
        yield from panel.get("panels", ())


def expressions() -> Iterator[str]:
    for rule in ALERTS:
        yield rule["expr"]
    for panel in panels():
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (annotation["expr"] for annotation in DASHBOARD["annotations"]["list"])


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_every_metric_and_label_is_exported(expression: str) -> None:
    asked = _METRIC.findall(expression)
    assert asked
    labels: set[str] = set()
    for series, matchers in asked:
        name = metric_of(series)
        assert name in KNOWN, f"nobody exports {name}"
        labels |= KNOWN[name] | {"le"}
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers):
            assert label in KNOWN[name] | PROMETHEUS_LABELS, f"{name} has no label {label}"
    for group in _LABELS.findall(expression):
        assert {label.strip() for label in group.split(",")} - {""} <= labels


def test_no_label_is_prometheus_own() -> None:
    assert not PROMETHEUS_LABELS & {label for metric in METRICS for label in metric.labels}


def test_the_dashboard_can_be_loaded() -> None:
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)
    assert {"title", "uid", "schemaVersion", "templating", "time"} <= set(DASHBOARD)
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
        if panel["type"] == "row":
            continue
        # of whatever Prometheus the reader chooses
        assert panel["datasource"]["uid"] == "${datasource}"
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_legends_name_labels_that_are_there() -> None:
    for panel in panels():
        for target in panel.get("targets", ()):
            names = [metric_of(series) for series, _ in _METRIC.findall(target["expr"])]
            labels = set().union(*(KNOWN[name] for name in names))
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= labels


def test_every_alert_says_what_to_do() -> None:
    for rule in ALERTS:
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}
        assert set(rule["annotations"]) == {"summary", "action"}


def test_every_alert_is_tried_out() -> None:
    tests = yaml.safe_load((FOLDER / "alerts_test.yml").read_text())["tests"]
    fired = {
        case["alertname"] for test in tests for case in test["alert_rule_test"] if case.get("exp_alerts")
    }
    silent = {
        case["alertname"]
        for test in tests
        for case in test["alert_rule_test"]
        if not case.get("exp_alerts")
    }
    assert fired == silent == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize(
    "command", [("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")]
)
def test_prometheus_own_tool_agrees(command: tuple[str, ...]) -> None:
    if shutil.which("promtool") is None:
        absent("needs `promtool` on the PATH (Debian's package prometheus)")
    done = subprocess.run(["promtool", *command], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
