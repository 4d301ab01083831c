"""The pages that are made from the code, and what makes them."""

from collections.abc import Callable
from pathlib import Path

from test.documents import architecture, capabilities, configuration, metrics

PAGES: dict[Path, Callable[[], str]] = {
    architecture.PAGE: architecture.render,
    capabilities.PAGE: capabilities.render,
    configuration.PAGE: configuration.render,
    metrics.PAGE: metrics.render,
}
