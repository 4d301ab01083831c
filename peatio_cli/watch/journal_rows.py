"""What a bot's journal has, in the form of Peatio's REST answers, so that the page reads both with the same code."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from peatio_cli.report.profit import EXACT
from peatio_cli.watch.bot_state import OrderLife
from peatio_cli.watch.journal_reader import BotFill

#: The journal's states and ends → Peatio's. What Peatio has no word for keeps the journal's.
_STATES = {"sent": "pending", "live": "wait", "watched": "lost", "ended": "cancel", "settled": "done"}
_ENDS = {"filled": "done", "cancelled": "cancel", "failed": "reject", "unsent": "reject", "absent": "reject"}
LONGEST_NUMBER = 15
FINAL_STATES = frozenset(("done", "cancel", "reject"))


def order_row(order: OrderLife, clock_offset_s: float | None = None) -> dict[str, Any]:
    """An order as `GET market/orders` has it, and `life`: its times in epoch seconds, and how it ended.

    :param clock_offset_s: the exchange's clock, which a create is noted by, minus this machine's; None leaves out when
        the request left: the difference of two clocks would be shown as a latency
    """
    state = _STATES.get(order.state, order.state) if order.state != "closed" else _ENDS.get(order.end or "", "done")
    remaining = max(EXACT.subtract(order.amount, order.filled), Decimal(0))
    average = EXACT.divide(order.filled_total, order.filled) if order.filled else Decimal(0)
    return {
        # The same before and after the exchange has given the order its id.
        "key": order.client_order_id,
        "id": _number(order.exchange_order_id),
        "uuid": order.exchange_order_id or order.client_order_id,
        "side": "buy" if order.is_buy else "sell",
        "ord_type": "market" if order.price is None else "limit",
        "price": None if order.price is None else f"{order.price:f}",
        "avg_price": f"{average:f}",
        "state": state,
        "market": order.market,
        "origin_volume": f"{order.amount:f}",
        "remaining_volume": f"{remaining:f}",
        "executed_volume": f"{order.filled:f}",
        "created_at": int(order.created_at_s),
        "life": {
            "created_s": None if clock_offset_s is None else order.created_at_s - clock_offset_s,
            "live_s": order.live_at_s,
            "ended_s": order.ended_at_s,
            "end": order.end,
        },
    }


def fill_row(one: BotFill, market: str) -> dict[str, Any]:
    """A fill as `GET market/trades` has it.

    :param market: the exchange's symbol
    """
    fill = one.fill
    return {
        "id": _number(fill.trade_id) or 0,
        "order_id": _number(fill.order_id) or fill.order_id,
        "market": market,
        "side": "buy" if fill.is_buy else "sell",
        "price": f"{fill.price:f}",
        "amount": f"{fill.amount:f}",
        "total": f"{fill.total:f}",
        "fee_amount": f"{fill.fee:f}",
        "fee_currency": fill.fee_currency.lower(),
        "created_at": int(fill.filled_at_s),
    }


def selected(rows: Iterable[dict[str, Any]], query: Iterable[tuple[str, str]], most: int) -> list[dict[str, Any]]:
    """The rows that a query of the page asks for: `market`, `state[]`, `limit`; the latest first."""
    asked = list(query)
    markets = {value for name, value in asked if name == "market"}
    states = {value for name, value in asked if name == "state[]"}
    limits = [limit for name, value in asked if name == "limit" and (limit := whole_number(value)) is not None]
    found = [
        row
        for row in rows
        if (not markets or row["market"] in markets) and (not states or row.get("state", "") in states)
    ]
    return found[::-1][: min([most, *limits])]


def whole_number(text: str) -> int | None:
    """A number of a page's query; None for what is none, and for one that is longer than any is."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def _number(text: str | None) -> int | None:
    """Exchanges number orders and trades; those of some forks have another kind of id."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() else None
