"""docs/operate/metrics.md and the dashboard beside it tell of the metrics that there are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hummingbot.connector.exchange.peatio.metrics.catalog import METRICS
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings, load_settings

DOCS = Path(__file__).parents[2] / "docs" / "operate"
PAGE = (DOCS / "metrics.md").read_text(encoding="utf-8")
DASHBOARD: dict[str, Any] = json.loads((DOCS / "grafana-dashboard.json").read_text(encoding="utf-8"))
# Of the Prometheus library, not ours.
OF_THE_PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"}
KINDS_OF_PANELS = {"row", "stat", "timeseries", "state-timeline"}
GRID_COLUMNS = 24


def samples() -> dict[str, set[str]]:
    """Every name that a query may use → the labels it may name."""
    found: dict[str, set[str]] = {name: {"instance", "job"} for name in [*OF_THE_PROCESS, "up"]}
    for each in METRICS:
        labels = {"instance", "job", "connector", *each.labels}
        if each.kind == "histogram":
            found |= {f"{each.name}_{part}": labels for part in ("count", "sum")}
            found[f"{each.name}_bucket"] = {*labels, "le"}
        else:
            found[each.name] = labels
    return found


SAMPLES = samples()


def assert_query(expression: str) -> set[str]:
    """Its metrics exist and have the labels that it names. Returns their names."""
    assert expression.count("(") == expression.count(")"), expression
    assert expression.count("{") == expression.count("}"), expression
    named = set(re.findall(r"\b(?:peatio|process)_\w+", expression))
    assert named or "up{" in expression, expression
    for name, matchers in re.findall(r"\b(\w+)\{([^}]*)\}", expression):
        assert name in SAMPLES, name
        assert set(re.findall(r"(\w+)\s*=~?", matchers)) <= SAMPLES[name], expression
    assert named <= SAMPLES.keys()
    allowed = set.intersection(*(SAMPLES[name] for name in named)) if named else set()
    for grouping in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {label.strip() for label in grouping.split(",")} <= allowed, expression
    return named


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = DASHBOARD["panels"]
    return found


def targets() -> Iterator[dict[str, Any]]:
    for panel in panels():
        yield from panel.get("targets", ())


def test_the_page_has_a_row_for_every_metric() -> None:
    """What stands in it, `test_generated.py` compares."""
    assert re.findall(r"^\| `(peatio_\w+)`", PAGE, re.MULTILINE) == [each.name for each in METRICS]


def test_the_settings_of_the_page_are_settings(tmp_path: Path) -> None:
    (tmp_path / "peatio.yml").write_text(re.findall(r"```yaml\n\s*(metrics_port: \d+)\n", PAGE)[0])
    assert load_settings(tmp_path) == ConnectorSettings(metrics_port=9464)


def test_the_alerts_of_the_page_ask_for_metrics_that_there_are() -> None:
    (block,) = re.findall(r"```yaml\n(groups:.*?)```", PAGE, re.DOTALL)
    rules = yaml.safe_load(block)["groups"][0]["rules"]
    assert len(rules) >= 5
    for rule in rules:
        assert rule.keys() <= {"alert", "expr", "for"}
        assert_query(rule["expr"])


@pytest.mark.parametrize("target", targets(), ids=lambda target: target["expr"][:60])
def test_every_query_of_the_dashboard_asks_for_a_metric_that_there_is(target: dict[str, Any]) -> None:
    named = assert_query(target["expr"])
    allowed = set.union(*(SAMPLES[name] for name in named))
    assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= allowed


def test_the_dashboard_shows_every_metric() -> None:
    queries = " ".join(target["expr"] for target in targets())
    assert not [each.name for each in METRICS if each.name not in queries]


def test_every_variable_that_the_dashboard_uses_is_defined() -> None:
    text = json.dumps(DASHBOARD)
    defined = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", text))
    assert used == defined
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            assert variable["definition"] == variable["query"]["query"]
            match = re.fullmatch(r"label_values\((\w+)(?:\{[^}]*\})?, (\w+)\)", variable["definition"])
            assert match is not None
            assert match.group(2) in SAMPLES[match.group(1)]


def test_the_dashboard_has_the_shape_that_grafana_reads() -> None:
    assert DASHBOARD["schemaVersion"] >= 36
    assert DASHBOARD["title"]
    assert "id" not in DASHBOARD, "it is Grafana's to give"
    ids = [panel["id"] for panel in panels()]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        assert panel["type"] in KINDS_OF_PANELS
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < GRID_COLUMNS
        assert not cells & taken, f"{panel['title']} lies on another panel"
        taken |= cells
        if panel["type"] != "row":
            assert panel["description"]
            assert panel["fieldConfig"]["defaults"]["unit"]
            references = [target["refId"] for target in panel["targets"]]
            assert references
            assert len(set(references)) == len(references)
            assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])
