"""Which of Hummingbot's exchanges can be the source. Each connector that it has is asked; no request leaves."""

import logging
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from bidict import bidict
from hummingbot.client.settings import AllConnectorSettings, ConnectorType
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, OrderUpdate

from peatio_liquidity.hedge_journal import Hedge, HedgeState
from peatio_liquidity.plugin import PeatioLiquidityConfig
from peatio_liquidity.source_market import HedgeOutcome, SourceMarket
from peatio_liquidity.sources import WITHOUT_FILLS, folder_of, source_of

PAIR = "BTC-USDT"
HEDGE = Hedge(1, "hbot-1", True, Decimal(2), Decimal(30000), Decimal(0), HedgeState.SENT, 1000.0)
LOGGER = logging.getLogger(__name__)


def settings_of_spot_exchanges() -> dict[str, Any]:
    return {
        name: settings
        for name, settings in sorted(AllConnectorSettings.get_connector_settings().items())
        if settings.type is ConnectorType.Exchange and not name.endswith("paper_trade")
    }


SPOT = settings_of_spot_exchanges()


class NoAnswerError(OSError):
    """The exchange does not answer."""


async def no_answer(*_: Any, **__: Any) -> None:
    raise NoAnswerError("HTTP status is 503")


def connector_of(name: str, monkeypatch: pytest.MonkeyPatch) -> ExchangePyBase:
    """With a market, and no answer to any request."""
    connector = SPOT[name].non_trading_connector_instance_with_default_configuration([PAIR])
    connector._set_trading_pair_symbol_map(bidict({"BTCUSDT": PAIR}))
    monkeypatch.setattr(connector, "_api_request", no_answer)
    if hasattr(connector, "_fetch_account_transactions"):  # xrpl
        monkeypatch.setattr(connector, "_fetch_account_transactions", no_answer)
    monkeypatch.setattr("hummingbot.core.data_type.in_flight_order.GET_EX_ORDER_ID_TIMEOUT", 0.01)
    return connector


@pytest.mark.parametrize("exchange_order_id", [None, "12-34-56"])
@pytest.mark.parametrize("name", [name for name in SPOT if not name.startswith("peatio")])
async def test_a_hedge_is_in_doubt_while_the_exchange_does_not_answer_whatever_the_connector_says(
    name: str, exchange_order_id: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connector_of(name, monkeypatch)
    hedge = Hedge(
        1, "hbot-1", True, Decimal(2), Decimal(30000), Decimal(0), HedgeState.SENT, 1000.0, False, exchange_order_id
    )
    assert await SourceMarket(connector, PAIR, LOGGER).look_up(hedge) is HedgeOutcome.UNKNOWN


@pytest.mark.parametrize("name", [name for name in SPOT if not name.startswith("peatio")])
async def test_where_no_fills_can_be_had_a_cancelled_hedge_is_in_doubt_or_the_connector_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connector_of(name, monkeypatch)
    exchange_order_id = "12-34-56" if name == "xrpl" else "123"

    async def cancelled(order: InFlightOrder) -> OrderUpdate:
        return OrderUpdate(PAIR, 1001.0, OrderState.CANCELED, order.client_order_id, exchange_order_id)

    monkeypatch.setattr(connector, "_request_order_status", cancelled)
    if (folder := folder_of(type(connector))) not in WITHOUT_FILLS:
        assert await SourceMarket(connector, PAIR, LOGGER).look_up(HEDGE) is HedgeOutcome.UNKNOWN
        return
    # As long as this holds the connector is refused with reason.
    kind, side = OrderType.LIMIT, TradeType.BUY
    order = InFlightOrder("hbot-1", PAIR, kind, side, HEDGE.amount, 1.0, HEDGE.price, exchange_order_id)
    try:
        assert not await connector._all_trade_updates_for_order(order), folder
    except NoAnswerError:
        pytest.fail(f"{folder} asks for fills")
    except Exception as error:
        LOGGER.info("as good as no answer: %r", error)


def test_the_page_names_the_connectors_that_are_refused() -> None:
    page = Path(__file__).parents[2] / "docs" / "operate" / "liquidity.md"
    text = page.read_text(encoding="utf-8")
    assert [name for name in WITHOUT_FILLS if f"`{name}`" not in text] == []


def chosen(connector: Any, **settings: Any) -> Callable[[], SourceMarket]:
    """What the controller does with a source connector at its start."""
    config = PeatioLiquidityConfig(
        id="m", trading_pair="BTC-USD", source_pair=PAIR, source_connector="binance", quote_rate=1, bid_budget_quote=1,
        ask_budget_base=1, max_exposure_base=1, **settings,
    )  # fmt: skip
    own: Any = SimpleNamespace(trading_pair="BTC-USD")
    provider: Any = SimpleNamespace(get_connector=lambda _: connector)
    return lambda: source_of(config, provider, own, LOGGER)


async def test_a_connector_without_the_fills_of_an_order_is_refused_and_may_be_rehearsed_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connector = connector_of("kucoin", monkeypatch)
    with pytest.raises(ValueError, match=r"cannot say what an order was filled for \(has given up that request\)"):
        chosen(connector)()
    assert chosen(connector, paper_hedge=True)().is_paper


@pytest.mark.parametrize(("offered", "wanted"), [(OrderType.LIMIT, "market"), (OrderType.MARKET, "limit")])
async def test_a_kind_of_order_that_the_connector_does_not_offer_is_refused(
    offered: OrderType, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connector_of("binance", monkeypatch)
    with patch.object(connector, "supported_order_types", lambda: [offered]):
        with pytest.raises(ValueError, match=f"offer {wanted} orders: set hedge_order_type to {offered.name.lower()}"):
            chosen(connector, hedge_order_type=wanted)()
        assert chosen(connector, hedge_order_type=offered.name.lower())()


def test_what_is_no_spot_exchange_is_refused() -> None:
    with pytest.raises(ValueError, match="source_connector is binance, which is no spot exchange with a book"):
        chosen(object())()
