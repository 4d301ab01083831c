"""Hummingbot's own suite for exchange connectors, on `PeatioExchange`."""

import asyncio
import hashlib
import hmac
import json
import re
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from aioresponses import aioresponses
from aioresponses.core import RequestCall
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.test_support.exchange_connector_test import AbstractExchangeConnectorTests
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TokenAmount, TradeFeeBase

from test.hummingbot.connector.exchange.peatio.fixtures import (
    API_KEY,
    MAKER_FEE,
    SECRET,
    TAKER_FEE,
    WireOrder,
    WireTrade,
    balance_rows,
    exchange_arguments,
    market_row,
    rest_url,
)
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rig import start_engine
from test.patience import eventually

Callback = Callable[..., Any] | None


class TestPeatioExchangeInSharedSuite(AbstractExchangeConnectorTests.ExchangeConnectorTests):
    """The 39 tests of the suite; below are only the payloads and addresses they ask for."""

    # Two of the suite's tests expect the same fee for a whole fill of 1 and for a partial one: it is the same
    # where the whole was filled as maker and half of it as taker.
    whole_fill_rate = MAKER_FEE
    partial_fill_rate = TAKER_FEE

    # Addresses.

    @property
    def all_symbols_url(self) -> str:
        return rest_url("public/markets?limit=1000&page=1")

    @property
    def latest_prices_url(self) -> str:
        return rest_url("public/markets/tickers")

    @property
    def network_status_url(self) -> str:
        return rest_url("public/timestamp")

    @property
    def trading_rules_url(self) -> str:
        return self.all_symbols_url

    @property
    def order_creation_url(self) -> str:
        return rest_url("market/orders")

    @property
    def balance_url(self) -> str:
        return rest_url("account/balances")

    # Answers.

    @property
    def all_symbols_request_mock_response(self) -> list[Any]:
        return [market_row("coinalphahbot", "coinalpha", "hbot")]

    @property
    def latest_prices_request_mock_response(self) -> dict[str, Any]:
        tickers = answer("tickers after trades")
        tickers["coinalphahbot"] = tickers.pop("btcusd")
        return dict(tickers)

    @property
    def all_symbols_including_invalid_pair_mock_response(self) -> tuple[str, Any]:
        closed = market_row("invalidpair", "invalid", "pair", state="disabled")
        return "INVALID-PAIR", [*self.all_symbols_request_mock_response, closed]

    @property
    def network_status_request_successful_mock_response(self) -> Any:
        return answer("public timestamp")

    @property
    def trading_rules_request_mock_response(self) -> list[Any]:
        return self.all_symbols_request_mock_response

    @property
    def trading_rules_request_erroneous_mock_response(self) -> list[Any]:
        row = market_row("coinalphahbot", "coinalpha", "hbot")
        del row["amount_precision"]
        return [row]

    @property
    def order_creation_request_successful_mock_response(self) -> dict[str, Any]:
        order = WireOrder(
            self.expected_exchange_order_id, "pending", "buy", "10000.0", "100.0", base="coinalpha", quote="hbot"
        )
        return order.row()

    @property
    def balance_request_mock_response_for_base_and_quote(self) -> list[Any]:
        return balance_rows(coinalpha=("10.0", "5.0"), hbot=("2000.0", "0.0"))

    @property
    def balance_request_mock_response_only_base(self) -> list[Any]:
        return balance_rows(coinalpha=("10.0", "5.0"))

    @property
    def balance_event_websocket_update(self) -> dict[str, Any]:
        return {"balances": {"coinalpha": ["10", "5"]}}

    # Expectations.

    @property
    def expected_latest_price(self) -> float:
        return 29500.0

    @property
    def expected_supported_order_types(self) -> list[OrderType]:
        return [OrderType.LIMIT, OrderType.LIMIT_MAKER, OrderType.MARKET]

    @property
    def expected_trading_rule(self) -> TradingRule:
        return TradingRule(
            trading_pair=self.trading_pair,
            min_order_size=Decimal("0.0001"),
            min_price_increment=Decimal("0.01"),
            min_base_amount_increment=Decimal("0.000001"),
        )

    @property
    def expected_logged_error_for_erroneous_trading_rule(self) -> str:
        row = repr(self.trading_rules_request_erroneous_mock_response[0])[:200]
        return (
            "A market of the exchange cannot be read and is skipped: "
            f"A market has no 'amount_precision': {row}"
        )

    @property
    def expected_exchange_order_id(self) -> int:
        return 4

    @property
    def is_order_fill_http_update_included_in_status_update(self) -> bool:
        return True

    @property
    def is_order_fill_http_update_executed_during_websocket_order_event_processing(self) -> bool:
        # The orders of these tests were not created over REST, so the rates of their fees are asked for.
        return True

    @property
    def expected_partial_fill_price(self) -> Decimal:
        return Decimal("10000")

    @property
    def expected_partial_fill_amount(self) -> Decimal:
        return Decimal("0.5")

    @property
    def expected_fill_fee(self) -> TradeFeeBase:
        return DeductedFromReturnsTradeFee(flat_fees=[TokenAmount(self.base_asset, Decimal("0.001"))])

    @property
    def expected_fill_trade_id(self) -> str:
        return "8"

    def exchange_symbol_for_tokens(self, base_token: str, quote_token: str) -> str:
        return f"{base_token}{quote_token}".lower()

    def create_exchange_instance(self) -> PeatioExchange:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        exchange = PeatioExchange(**exchange_arguments(Path(folder.name), [self.trading_pair]))
        start_engine(exchange)
        return exchange

    # What the requests must look like.

    def validate_auth_credentials_present(self, request_call: RequestCall) -> None:
        headers = request_call.kwargs["headers"]
        self.assertEqual(API_KEY, headers["X-Auth-Apikey"])
        signed = (headers["X-Auth-Nonce"] + API_KEY).encode()
        self.assertEqual(hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest(), headers["X-Auth-Signature"])

    def validate_order_creation_request(self, order: InFlightOrder, request_call: RequestCall) -> None:
        self.assertEqual(
            {
                "market": "coinalphahbot",
                "side": "buy" if order.trade_type is TradeType.BUY else "sell",
                "volume": "100.000000",
                "ord_type": "limit",
                "price": "10000.0000",
            },
            json.loads(request_call.kwargs["data"]),
        )

    def validate_order_cancelation_request(self, order: InFlightOrder, request_call: RequestCall) -> None:
        self.assertEqual({}, json.loads(request_call.kwargs["data"]))

    def validate_order_status_request(self, order: InFlightOrder, request_call: RequestCall) -> None:
        parameters = request_call.kwargs["params"]
        if parameters:
            self.assertEqual(["pending", "wait"], [value for name, value in parameters if name == "state[]"])
        self.assertIsNone(request_call.kwargs["data"])

    def validate_trades_request(self, order: InFlightOrder, request_call: RequestCall) -> None:
        time_from_s = int(dict(request_call.kwargs["params"])["time_from"])
        self.assertLess(time_from_s, order.creation_timestamp)
        self.assertGreater(time_from_s, order.creation_timestamp - 600)

    # Cancels. An order not yet seen in `wait` is asked for first.

    def configure_successful_cancelation_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> str:
        mock_api.get(self._order_url(order), payload=_wire(order).row([]))
        mock_api.post(self._cancel_url(order), status=201, payload=_wire(order).row(), callback=callback)
        return self._cancel_url(order)

    def configure_erroneous_cancelation_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> str:
        mock_api.get(self._order_url(order), payload=_wire(order).row([]))
        mock_api.post(
            self._cancel_url(order), status=500, payload=answer("list limit=0"), callback=callback
        )
        return self._cancel_url(order)

    def configure_order_not_found_error_cancelation_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> str:
        """The suite looks at the count right after the callback, which is to come when the answer was handled."""

        async def call_back_when_counted() -> None:
            await eventually(lambda: self.exchange._order_tracker._order_not_found_records.get(order.client_order_id))
            if callback is not None:
                callback()

        self.async_tasks.append(asyncio.get_event_loop().create_task(call_back_when_counted()))
        mock_api.get(self._order_url(order), payload=_wire(order).row([]))
        mock_api.post(self._cancel_url(order), status=404, payload=answer("cancel unknown id"))
        return self._cancel_url(order)

    def configure_one_successful_one_erroneous_cancel_all_response(
        self, successful_order: InFlightOrder, erroneous_order: InFlightOrder, mock_api: aioresponses
    ) -> list[str]:
        successful = self.configure_successful_cancelation_response(successful_order, mock_api)
        mock_api.post(
            self._cancel_url(successful_order), status=201, payload=_wire(successful_order, "cancel").row(), repeat=True
        )
        mock_api.get(self._order_url(erroneous_order), payload=_wire(erroneous_order).row([]))
        mock_api.post(self._cancel_url(erroneous_order), status=404, payload=answer("cancel unknown id"))
        return [successful, self._cancel_url(erroneous_order)]

    # Order states. Those not in the list of open orders are asked for by their id. The suite's tests want the fills
    # from the list of trades alone, so here the order comes without its own.

    def configure_completely_filled_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> list[str]:
        done = _wire(order, "done", executed=str(order.amount))
        return self._configure_ended_order(order, mock_api, done, callback)

    def configure_canceled_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> list[str]:
        mock_api.get(_trades_pattern(), payload=[])
        return self._configure_ended_order(order, mock_api, _wire(order, "cancel"), callback)

    def configure_open_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> list[str]:
        mock_api.get(_trades_pattern(), payload=[])
        mock_api.get(_open_orders_pattern(), payload=[_wire(order).row()], callback=callback)
        return [rest_url("market/orders?")]

    def configure_http_error_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> str:
        """The one error that says something about the order: any other leaves it as it is."""
        mock_api.get(_trades_pattern(), payload=[])
        mock_api.get(_open_orders_pattern(), payload=[])
        mock_api.get(self._order_url(order), status=404, payload=answer("get unknown id"), callback=callback)
        return self._order_url(order)

    def configure_partially_filled_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> str:
        half_done = _wire(order, executed=str(self.expected_partial_fill_amount))
        mock_api.get(_open_orders_pattern(), payload=[half_done.row()], callback=callback)
        return rest_url("market/orders?")

    def configure_order_not_found_error_order_status_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> list[str]:
        mock_api.get(
            self._order_url(order), status=404, payload=answer("get unknown id"), callback=callback, repeat=True
        )
        return [self._order_url(order)]

    # Fills.

    def configure_partial_fill_trade_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> str:
        return self._configure_trades(order, mock_api, [self._partial_fill()], callback)

    def configure_full_fill_trade_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> str:
        fill = self._whole_fill(order)
        done = _wire(order, "done", executed=str(order.amount))
        mock_api.get(self._order_url(order), payload=done.row([fill]), callback=callback)
        return self._configure_trades(order, mock_api, [fill], callback)

    def configure_erroneous_http_fill_trade_response(
        self, order: InFlightOrder, mock_api: aioresponses, callback: Callback = None
    ) -> str:
        mock_api.get(_trades_pattern(), status=500, payload=answer("list limit=0"), callback=callback)
        return rest_url("market/trades")

    # Events.

    def order_event_for_new_order_websocket_update(self, order: InFlightOrder) -> dict[str, Any]:
        return _wire(order).event()

    def order_event_for_canceled_order_websocket_update(self, order: InFlightOrder) -> dict[str, Any]:
        return _wire(order, "cancel").event()

    def order_event_for_full_fill_websocket_update(self, order: InFlightOrder) -> dict[str, Any]:
        return _wire(order, "done", executed=str(order.amount)).event()

    def trade_event_for_full_fill_websocket_update(self, order: InFlightOrder) -> dict[str, Any]:
        return self._whole_fill(order).event(_wire(order))

    # Helpers.

    def _configure_ended_order(
        self, order: InFlightOrder, mock_api: aioresponses, ended: WireOrder, callback: Callback
    ) -> list[str]:
        mock_api.get(_open_orders_pattern(), payload=[])
        mock_api.get(self._order_url(order), payload=ended.row(), callback=callback)
        return [rest_url("market/orders?"), self._order_url(order)]

    def _configure_trades(
        self, order: InFlightOrder, mock_api: aioresponses, trades: list[WireTrade], callback: Callback
    ) -> str:
        rows = [trade.row(_wire(order)) for trade in trades]
        mock_api.get(_trades_pattern(), payload=rows, callback=callback)
        return rest_url("market/trades")

    def _whole_fill(self, order: InFlightOrder) -> WireTrade:
        # Bought as maker: somebody sold into our order.
        return WireTrade(8, str(order.price), str(order.amount), taker_type="sell", rate=self.whole_fill_rate)

    def _partial_fill(self) -> WireTrade:
        price, amount = str(self.expected_partial_fill_price), str(self.expected_partial_fill_amount)
        return WireTrade(8, price, amount, taker_type="buy", rate=self.partial_fill_rate)

    @staticmethod
    def _order_url(order: InFlightOrder) -> str:
        return rest_url(f"market/orders/{order.exchange_order_id}")

    @staticmethod
    def _cancel_url(order: InFlightOrder) -> str:
        return rest_url(f"market/orders/{order.exchange_order_id}/cancel")


def _wire(order: InFlightOrder, state: str = "wait", executed: str = "0.0") -> WireOrder:
    side = "buy" if order.trade_type is TradeType.BUY else "sell"
    volume = str(order.amount)
    return WireOrder(
        int(order.exchange_order_id), state, side, str(order.price), volume, executed, "coinalpha", "hbot"
    )


def _open_orders_pattern() -> re.Pattern[str]:
    return re.compile(rf"^{re.escape(rest_url('market/orders'))}\?")


def _trades_pattern() -> re.Pattern[str]:
    return re.compile(rf"^{re.escape(rest_url('market/trades'))}\?")
