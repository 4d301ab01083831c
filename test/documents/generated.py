"""The pages that are made from the code, and what makes them."""

from collections.abc import Callable
from pathlib import Path

from test.documents import capabilities, configuration, evidence, metrics, remedies

PAGES: dict[Path, Callable[[], str]] = {
    capabilities.PAGE: capabilities.render,
    configuration.PAGE: configuration.render,
    evidence.PAGE: evidence.render,
    metrics.PAGE: metrics.render,
    metrics.LIQUIDITY_PAGE: metrics.render_liquidity,
    remedies.PAGE: remedies.render,
}
