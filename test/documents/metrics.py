"""The tables in docs/operate/metrics.md and liquidity.md: every metric as the endpoint describes it."""

from collections.abc import Iterable
from pathlib import Path

from hummingbot.connector.exchange.peatio.metrics.catalog import METRICS, MetricKind

from peatio_liquidity.metric_catalog import METRICS as LIQUIDITY_METRICS
from test.documents.mirror_costs import with_costs

FOLDER = Path(__file__).parents[2] / "docs" / "operate"
PAGE = FOLDER / "metrics.md"
LIQUIDITY_PAGE = FOLDER / "liquidity.md"
_HEAD = "| metric | kind | other labels | meaning |\n| --- | --- | --- | --- |\n"


def render() -> str:
    """The whole page of the connector's metrics, with the rows as they are now."""
    return _rendered(PAGE, METRICS)


def render_liquidity() -> str:
    """The whole page of the liquidity controller, with its metrics and costs as they are now."""
    return with_costs(_rendered(LIQUIDITY_PAGE, LIQUIDITY_METRICS))


def _rendered(page: Path, kinds: Iterable[MetricKind]) -> str:
    before, head, after = page.read_text(encoding="utf-8").partition(_HEAD)
    _, _, rest = after.partition("\n\n")
    return before + head + "\n".join(map(_row, kinds)) + "\n\n" + rest


def _row(metric: MetricKind) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.meaning} |"
