"""Pages, dashboards and alerts in docs/operate tell of the metrics that there are."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hummingbot.connector.exchange.peatio.metrics.catalog import METRICS, MetricKind
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings, load_settings

from peatio_liquidity.metric_catalog import METRICS as LIQUIDITY_METRICS
from test.documents.promql import Sample, firing, groupings, selectors

DOCS = Path(__file__).parents[2] / "docs" / "operate"
PAGE = (DOCS / "metrics.md").read_text(encoding="utf-8")
DASHBOARDS: dict[str, tuple[MetricKind, ...]] = {
    "grafana-dashboard.json": METRICS,
    "liquidity-dashboard.json": LIQUIDITY_METRICS,
}
# Of the Prometheus library, not ours.
OF_THE_PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"}
KINDS_OF_PANELS = {"row", "stat", "timeseries", "state-timeline"}
GRID_COLUMNS = 24


def samples() -> dict[str, set[str]]:
    """Every name that a query may use → the labels it may name."""
    found: dict[str, set[str]] = {name: {"instance", "job"} for name in [*OF_THE_PROCESS, "up"]}
    for each in (*METRICS, *LIQUIDITY_METRICS):
        labels = {"instance", "job", "connector", *each.labels}
        if each.kind == "histogram":
            found |= {f"{each.name}_{part}": labels for part in ("count", "sum")}
            found[f"{each.name}_bucket"] = {*labels, "le"}
        else:
            found[each.name] = labels
    return found


SAMPLES = samples()


def assert_query(query: str) -> set[str]:
    """Prometheus takes it, its metrics exist and have the labels that it names. Returns their names."""
    asked = selectors(query)
    assert asked, query
    for one in asked:
        assert one.name in SAMPLES, query
        assert one.labels <= SAMPLES[one.name], query
    assert groupings(query) <= set.intersection(*(SAMPLES[one.name] for one in asked)), query
    return {one.name for one in asked}


def dashboard(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DOCS / name).read_text(encoding="utf-8"))
    return content


def targets(name: str) -> Iterator[dict[str, Any]]:
    for panel in dashboard(name)["panels"]:
        yield from panel.get("targets", ())


ALL_TARGETS = [target for name in DASHBOARDS for target in targets(name)]
of_each_dashboard = pytest.mark.parametrize("name", DASHBOARDS)


@pytest.mark.parametrize(("page", "kinds"), [("metrics.md", METRICS), ("liquidity.md", LIQUIDITY_METRICS)])
def test_the_page_has_a_row_for_every_metric(page: str, kinds: tuple[MetricKind, ...]) -> None:
    """What stands in it, `test_generated.py` compares."""
    text = (DOCS / page).read_text(encoding="utf-8")
    assert re.findall(r"^\| `(peatio_\w+)`", text, re.MULTILINE) == [each.name for each in kinds]


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


@pytest.mark.parametrize("target", ALL_TARGETS, ids=lambda target: target["expr"][:60])
def test_every_query_of_the_dashboard_asks_for_a_metric_that_there_is(target: dict[str, Any]) -> None:
    named = assert_query(target["expr"])
    allowed = set.union(*(SAMPLES[name] for name in named))
    assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= allowed


@of_each_dashboard
def test_the_dashboard_shows_every_metric(name: str) -> None:
    asked = {one.name for target in targets(name) for one in selectors(target["expr"])}
    assert not [each.name for each in DASHBOARDS[name] if not {each.name, f"{each.name}_bucket"} & asked]


@of_each_dashboard
def test_every_variable_that_the_dashboard_uses_is_defined(name: str) -> None:
    content = dashboard(name)
    defined = {variable["name"] for variable in content["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(content)))
    assert used == defined
    for variable in content["templating"]["list"]:
        if variable["type"] == "query":
            assert variable["definition"] == variable["query"]["query"]
            match = re.fullmatch(r"label_values\((\w+)(?:\{[^}]*\})?, (\w+)\)", variable["definition"])
            assert match is not None
            assert match.group(2) in SAMPLES[match.group(1)]


def test_no_two_dashboards_replace_each_other() -> None:
    assert len({dashboard(name)["uid"] for name in DASHBOARDS}) == len(DASHBOARDS)


@of_each_dashboard
def test_the_dashboard_has_the_shape_that_grafana_reads(name: str) -> None:
    content = dashboard(name)
    assert content["schemaVersion"] >= 36
    assert content["title"]
    assert "id" not in content, "it is Grafana's to give"
    ids = [panel["id"] for panel in content["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in content["panels"]:
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


def liquidity_alerts() -> dict[str, dict[str, Any]]:
    (group,) = yaml.safe_load((DOCS / "liquidity-alerts.yml").read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def test_the_alerts_of_the_liquidity_controller_ask_for_metrics_that_there_are() -> None:
    for rule in liquidity_alerts().values():
        assert {"alert", "expr", "labels", "annotations"} <= rule.keys() <= {
            "alert", "expr", "for", "labels", "annotations"
        }  # fmt: skip
        named = assert_query(rule["expr"])
        used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        assert used <= set.intersection(*(SAMPLES[name] for name in named))
        assert rule["labels"]["severity"] in ("warning", "critical")


@pytest.mark.parametrize(
    ("alert", "name", "labels", "good", "bad"),
    [
        ("ExposureNearBound", "exposure_base", {}, [0.0, 1.6, -1.6], [1.7, -1.7]),
        ("HedgeInDoubt", "hedge_in_doubt", {}, [0.0], [1.0]),
        ("UnexplainedBalance", "unexplained_base", {}, [0.0], [0.1, -0.1]),
        ("ThinBook", "depth_quote", {"side": "ask", "within": "0.02"}, [1000.0], [999.0, 0.0]),
        ("ThinBook", "depth_quote", {"side": "ask", "within": "0.001"}, [0.0], []),
        ("NotQuoting", "quoting", {"side": "bid"}, [1.0], [0.0]),
    ],
)
def test_an_alert_fires_on_bad_values_and_on_no_others(
    alert: str, name: str, labels: dict[str, str], good: list[float], bad: list[float]
) -> None:
    market = {"connector": "peatio", "market": "BTC-USD"}
    bound = Sample("peatio_liquidity_exposure_bound_base", market, 2.0)
    for value in (*good, *bad):
        sample = Sample(f"peatio_liquidity_{name}", {**market, **labels}, value)
        fires = firing(liquidity_alerts()[alert]["expr"], [bound, sample])
        assert fires == ([dict(sample.labels)] if value in bad else []), value
