"""For the whole suite: no line of any log may hold a secret of any account in it."""

import sys
from collections.abc import Iterator

import pytest

from test.secret_watch import take_leaks, watch


def pytest_configure(config: pytest.Config) -> None:
    watch()


@pytest.fixture(autouse=True)
def no_secret_is_logged() -> Iterator[None]:
    """Fails the test that leaked; names where, not what."""
    take_leaks()
    yield
    leaks = take_leaks()
    assert not leaks, f"a secret was logged by {', '.join(leaks)}"


@pytest.fixture(autouse=True)
def estimates_start_from_the_stock_fees() -> Iterator[None]:
    """What a connector learns of its fees it writes into Hummingbot's settings, which are one a process."""
    utils = sys.modules.get("hummingbot.connector.exchange.peatio.peatio_utils")
    stock = None if utils is None else dict(vars(utils.DEFAULT_FEES))
    yield
    if utils is not None and stock is not None:
        vars(utils.DEFAULT_FEES).update(stock)
