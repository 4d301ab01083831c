"""What a bot announces, written down as soon as Hummingbot announces it."""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.core.event.event_forwarder import SourceInfoEventForwarder
from hummingbot.core.event.events import MarketEvent

from test.chaos.reports import Created, Ended, EndState, Filled, Line, Status, side_of, type_of


class Writer(Protocol):
    """Gets each line."""

    def write(self, line: Line) -> None:
        """Keeps it."""


class Reporter:
    """Writes every order event of a connector as soon as Hummingbot announces it."""

    def __init__(self, connector: PeatioExchange, writer: Writer) -> None:
        self._writer = writer
        self._connector = connector
        self.created = 0
        # Hummingbot keeps weak references to listeners only.
        self._forwarders: list[SourceInfoEventForwarder] = []
        self._listen(MarketEvent.BuyOrderCreated, partial(self._created, "buy"))
        self._listen(MarketEvent.SellOrderCreated, partial(self._created, "sell"))
        self._listen(MarketEvent.OrderFilled, self._filled)
        self._listen(MarketEvent.BuyOrderCompleted, partial(self._ended, "filled"))
        self._listen(MarketEvent.SellOrderCompleted, partial(self._ended, "filled"))
        self._listen(MarketEvent.OrderCancelled, partial(self._ended, "cancelled"))
        self._listen(MarketEvent.OrderFailure, partial(self._ended, "failed"))

    def _listen(self, event: MarketEvent, receive: Callable[[Any], None]) -> None:
        forwarder = SourceInfoEventForwarder(lambda _tag, _source, what: receive(what))
        self._forwarders.append(forwarder)
        self._connector.add_listener(event, forwarder)

    def status(self) -> None:
        """Writes what the connector holds now."""
        connector = self._connector
        currencies = list(connector.get_all_balances())
        followed = {**connector.in_flight_orders, **connector._order_tracker.lost_orders}
        self._writer.write(
            Status(
                is_ready=connector.ready,
                followed=tuple(followed),
                total={currency: connector.get_balance(currency) for currency in currencies},
                available={currency: connector.get_available_balance(currency) for currency in currencies},
            )
        )

    def _created(self, side: Any, event: Any) -> None:
        self.created += 1
        order_type = type_of(event.type)
        self._writer.write(
            Created(
                client_order_id=event.order_id,
                order_id=str(event.exchange_order_id),
                pair=event.trading_pair,
                side=side,
                order_type=order_type,
                price=None if order_type == "market" else event.price,
                amount=event.amount,
            )
        )

    def _filled(self, event: Any) -> None:
        fees: dict[str, Any] = {}
        for fee in event.trade_fee.flat_fees:
            fees[fee.token] = fees.get(fee.token, 0) + fee.amount
        self._writer.write(
            Filled(
                client_order_id=event.order_id,
                order_id=str(event.exchange_order_id),
                trade_id=str(event.exchange_trade_id),
                pair=event.trading_pair,
                side=side_of(event.trade_type),
                price=event.price,
                amount=event.amount,
                fees=fees,
            )
        )

    def _ended(self, state: EndState, event: Any) -> None:
        reason, base, quote = "", None, None
        if state == "failed":
            reason = f"{event.error_type}: {event.error_message}"
        elif state == "filled":
            base, quote = event.base_asset_amount, event.quote_asset_amount
        self._writer.write(Ended(client_order_id=event.order_id, state=state, base=base, quote=quote, reason=reason))
