"""The exchange's records and the connector's book in the monitors' words."""

from collections.abc import Iterator
from decimal import Decimal

from hummingbot.core.data_type.order_book import OrderBook

from peatio_sandbox.exchange.records import OrderRecord
from simulation.exchange import ExchangeHost
from simulation.monitors.balances import TakingOrder
from simulation.monitors.ghosts import Ghost
from simulation.monitors.owners import LiveOrder
from simulation.monitors.published_books import Level
from test.chaos.evidence import engine_order_ids


def open_records(exchange: ExchangeHost, member: str) -> list[OrderRecord]:
    """A member's orders that are open at the exchange, by id."""
    return [order for order in exchange.sandbox.orders(member) if order.state in ("pending", "wait")]


def has_room(exchange: ExchangeHost, member: str, market: str) -> bool:
    """Whether a market takes another order of a member beside those that rest there."""
    resting = sum(order.market == market and order.state == "wait" for order in exchange.sandbox.orders(member))
    return exchange.open_orders_limit is None or resting < exchange.open_orders_limit


def has_crossed_book(exchange: ExchangeHost, market: str) -> bool:
    """Whether the book that can be had of a market is crossed: where the websocket server has no book of the engine,
    REST depth is left, and Peatio before 2.4 publishes nothing but what its database has. That has an order too whose
    way to the engine was lost, until it is cancelled."""
    if exchange.watch.has_engine_book(market):
        return False
    store = exchange.sandbox.exchange.store
    bid, ask = store.best_price(market, "buy"), store.best_price(market, "sell")
    return bid is not None and ask is not None and bid >= ask


def taking_order(exchange: ExchangeHost, order: OrderRecord) -> TakingOrder:
    """For the balances."""
    locked = order.locked if order.state == "wait" else Decimal(0)
    spent = sum((trade.total if order.side == "buy" else trade.amount for trade in order.trades), Decimal(0))
    return TakingOrder(
        order_id=str(order.id),
        pays_with=order.outcome_currency.upper(),
        taken=locked + spent,
        is_open_market_buy=order.ord_type == "market" and order.side == "buy" and order.state == "wait",
        taken_at_s=exchange.watch.taken_at_s.get(order.id),
        creator=exchange.watch.creators.get(order.id, ""),
    )


def live_order(exchange: ExchangeHost, order: OrderRecord) -> LiveOrder:
    """For the owners."""
    fingerprint = order.market, order.side == "buy", order.origin_volume, order.price
    return LiveOrder(str(order.id), fingerprint, exchange.watch.creators.get(order.id, ""))


def ghosts(exchange: ExchangeHost) -> Iterator[Ghost]:
    """Orders that are cancelled and in an engine's book."""
    store, watch = exchange.sandbox.exchange.store, exchange.watch
    for order_id in engine_order_ids(exchange.sandbox):
        order = store.order(order_id)
        if order is not None and order.state == "cancel":
            yield Ghost(
                order_id=str(order_id),
                creator=watch.creators.get(order_id, ""),
                is_cancelled_again=order_id in watch.cancelled_again,
                returned_at_s=watch.returned_at_s.get(order_id),
                is_ended_by_cycle=exchange.peg is not None and exchange.peg.has_ended(str(order_id)),
            )


def free_funds(exchange: ExchangeHost, member: str) -> dict[str, Decimal]:
    """By currency, as Hummingbot writes it."""
    return {currency.upper(): free for currency, (free, _) in exchange.sandbox.balances(member).items()}


def shown_levels(book: OrderBook) -> Iterator[Level]:
    """What a strategy sees of a book."""
    for side, entries in (("asks", book.ask_entries()), ("bids", book.bid_entries())):
        for entry in entries:
            yield side, entry.price, entry.amount
