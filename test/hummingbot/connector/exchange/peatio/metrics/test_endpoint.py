import asyncio
import gc
import logging
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.metrics.endpoint import MetricsEndpoint


class Connector:
    """What the endpoint needs of one."""

    def __init__(self, name: str, is_trading_required: bool = True) -> None:
        self.name = name
        self.is_trading_required = is_trading_required

    def logger(self) -> logging.Logger:
        return logging.getLogger("test")


@pytest.fixture
async def endpoint(monkeypatch: pytest.MonkeyPatch) -> Any:
    async def listen(self: MetricsEndpoint, logger: logging.Logger) -> None:
        return

    monkeypatch.setattr(MetricsEndpoint, "_listen", listen)
    endpoint = MetricsEndpoint("127.0.0.1", 1)
    yield endpoint
    await endpoint.close()


async def test_the_latest_connector_of_a_name_is_published(endpoint: Any) -> None:
    first, second, other = Connector("peatio"), Connector("peatio"), Connector("peatio_north")
    for each in (first, second, other):
        endpoint.add(each)
    assert set(endpoint._connectors.values()) == {second, other}


async def test_one_that_is_asked_for_prices_does_not_hide_one_that_trades(endpoint: Any) -> None:
    looking, trading = Connector("peatio", is_trading_required=False), Connector("peatio")
    endpoint.add(looking)
    assert list(endpoint._connectors.values()) == [looking]
    endpoint.add(trading)
    endpoint.add(looking)
    assert list(endpoint._connectors.values()) == [trading]


async def test_a_connector_that_is_no_more_is_not_kept_alive(endpoint: Any) -> None:
    endpoint.add(Connector("peatio"))
    gc.collect()
    assert not list(endpoint._connectors.values())


async def test_it_listens_once_however_many_connectors_there_are(endpoint: Any) -> None:
    kept = [Connector("peatio"), Connector("peatio_north")]
    endpoint.add(kept[0])
    task = endpoint._task
    await asyncio.sleep(0)
    endpoint.add(kept[1])
    assert endpoint._task is task


def test_the_url_of_an_ipv6_address_has_brackets() -> None:
    assert MetricsEndpoint("::1", 9464).url == "http://[::1]:9464/metrics"
