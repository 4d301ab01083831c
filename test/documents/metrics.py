"""The table in docs/operate/metrics.md: every metric as the endpoint describes it."""

from pathlib import Path

from hummingbot.connector.exchange.peatio.metrics.catalog import METRICS, MetricKind

PAGE = Path(__file__).parents[2] / "docs" / "operate" / "metrics.md"
_HEAD = "| metric | kind | other labels | meaning |\n| --- | --- | --- | --- |\n"


def render() -> str:
    """The whole page, with the rows as they are now."""
    before, head, after = PAGE.read_text(encoding="utf-8").partition(_HEAD)
    _, _, rest = after.partition("\n\n")
    return before + head + "\n".join(map(_row, METRICS)) + "\n\n" + rest


def _row(metric: MetricKind) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.meaning} |"
