"""For the whole suite: no line of any log may hold a secret of any account in it, and no process is left behind."""

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from test import reaper
from test.scheduling import WAITING, WaitingApart
from test.secret_watch import take_leaks, watch

# `bench` and `conformance` are not installed. Last, so that everything else comes from where it is installed.
sys.path.append(str(Path(__file__).parents[1]))

STOCK_FEE = Decimal("0.002")
# Files that take half a minute and more, so that no worker has one left when the others have finished.
BEGIN_WITH = ("test_compatibility.py", "bench/test_measurements.py", "bench/test_before.py", *WAITING)


def pytest_configure(config: pytest.Config) -> None:
    reaper.start()
    watch()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return WaitingApart(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next(
            (place for place, name in enumerate(BEGIN_WITH) if item.path.as_posix().endswith(name)), len(BEGIN_WITH)
        )

    items.sort(key=place)


@pytest.fixture(autouse=True)
def no_secret_is_logged() -> Iterator[None]:
    """Fails the test that leaked; names where, not what."""
    take_leaks()
    yield
    leaks = take_leaks()
    assert not leaks, f"a secret was logged by {', '.join(leaks)}"


@pytest.fixture(autouse=True)
def estimates_start_from_the_stock_fees() -> None:
    """What a connector learns of its fees it writes into Hummingbot's settings, which are one a process.

    Set, not restored: fixtures of a wider scope trade before this one.
    """
    utils = sys.modules.get("hummingbot.connector.exchange.peatio.peatio_utils")
    if utils is not None:
        utils.DEFAULT_FEES.maker_percent_fee_decimal = STOCK_FEE
        utils.DEFAULT_FEES.taker_percent_fee_decimal = STOCK_FEE


@pytest.fixture(autouse=True)
def named_exchanges_are_forgotten() -> Iterator[None]:
    """The exchanges that a test names in a `peatio.yml` are known to the process from then on."""
    named_exchanges = sys.modules.get("hummingbot.connector.exchange.peatio.settings.exchanges")
    before = None if named_exchanges is None else dict(named_exchanges.NAMED_EXCHANGES)
    yield
    named_exchanges = sys.modules.get("hummingbot.connector.exchange.peatio.settings.exchanges")
    if named_exchanges is not None and before is not None:
        named_exchanges.NAMED_EXCHANGES.clear()
        named_exchanges.NAMED_EXCHANGES.update(before)


@pytest.fixture(autouse=True)
def the_http_client_of_another_test_is_forgotten() -> None:
    """Hummingbot has one for the process, and every test has an event loop: requests would fail or wait for ever."""
    module = sys.modules.get("hummingbot.core.web_assistant.connections.connections_factory")
    if module is not None:
        module.ConnectionsFactory()._shared_client = None
