"""A bot's state as the page gets it. Each field is named here: what is not, a page does not get."""

from collections import Counter
from decimal import Decimal
from typing import Any

from peatio_cli.report.profit import EXACT
from peatio_cli.watch.bot_state import (
    BookHealth,
    BotState,
    ConnectorHealth,
    ConnectorState,
    Exposure,
    OrderLife,
    Position,
    Result,
)
from peatio_cli.watch.journal_rows import order_row
from peatio_cli.watch.profit_course import ProfitCourse
from peatio_cli.watch.records import ForeignRecords
from peatio_cli.watch.watched_bot import WatchedBot

#: The latest orders with their lives.
LIVES_SHOWN = 60


def bot_row(bot: WatchedBot) -> dict[str, Any]:
    """What the list of bots shows, and what only the bot knows."""
    state = bot.state
    if state is None:
        return {"name": bot.name, "activity": "unknown"}
    return {
        "name": state.name,
        "activity": state.activity.value,
        "pid": state.pid,
        "at_s": state.looked_at_s,
        "silent_after_s": state.silent_after_s,
        "is_ready": state.is_ready,
        "guard": {"is_watching": state.guard.is_watching, "has_acted": state.has_guard_acted},
        "strategy": {
            "name": state.strategy.name,
            "config": state.strategy.config,
            "started_at": state.strategy.started_at,
            "text": state.strategy.text,
            "text_at_s": state.strategy.text_at_s,
        },
        "open_orders": len(state.open_orders),
        "open_by_site": Counter(_site(bot, order) for order in state.open_orders),
        "markets": sorted(set(bot.reader.journal.symbols.values())),
        "orders": _lives(bot, state),
        "connectors": [_connector(connector) for connector in state.connectors],
        "positions": [_position(bot, position) for position in state.positions],
        "exposures": [_exposure(bot, exposure) for exposure in state.exposures],
        "nets": _nets(bot, state),
        "elsewhere": _elsewhere(bot.foreign),
        "happenings": [{"n": each.number, "at_s": each.at_s, "text": each.text} for each in bot.happenings],
        "problems": list(state.problems),
    }


def _connector(connector: ConnectorState) -> dict[str, Any]:
    return {
        "name": connector.name,
        "activity": connector.activity.value,
        "silent_s": round(connector.silent_s, 1),
        "fence_reason": connector.fence_reason,
        "health": None if connector.health is None else _health(connector.health),
    }


def _health(health: ConnectorHealth) -> dict[str, Any]:
    return {
        "is_ready": health.is_ready,
        "why_not_ready": list(health.why_not_ready),
        "books": [_book(book) for book in health.books],
        "streams": dict(health.streams),
        "requests": health.requests,
        "failures": dict(health.failures),
        "budget": health.budget,
        "budget_left": health.budget_left,
        "waits": health.waits,
        "reconnects": health.reconnects,
        "late_finds": health.late_finds,
        "clock_offset_s": health.clock_offset_s,
    }


def _book(book: BookHealth) -> dict[str, Any]:
    return {
        "trading_pair": book.trading_pair,
        "is_trusted": book.is_trusted,
        "untrusted_since_s": book.untrusted_since_s,
        "untrusted_s": round(book.untrusted_s, 1),
        "faults": dict(book.faults),
    }


def _position(bot: WatchedBot, position: Position) -> dict[str, Any]:
    figures = position.figures
    return {
        **_result(bot, position),
        "base": figures.base,
        "fills": figures.fills,
        "bought": f"{figures.bought:f}",
        "sold": f"{figures.sold:f}",
        "net_change": f"{figures.net_change:f}",
        "average_cost": None if figures.average_cost is None else _short(figures.average_cost),
        "other_fees": {name: f"{fee:f}" for name, fee in figures.other_fees.items()},
    }


def _exposure(bot: WatchedBot, exposure: Exposure) -> dict[str, Any]:
    return {
        **_result(bot, exposure),
        "markets": exposure.markets,
        "controller": exposure.controller,
        "source": exposure.source,
        "fills": exposure.fills,
        "base": f"{exposure.base:f}",
        "pending": exposure.pending,
        "average_cost": _short(EXACT.divide(exposure.cost, exposure.base)) if exposure.base else None,
    }


def _result(bot: WatchedBot, result: Result) -> dict[str, Any]:
    price = bot.price(result)
    return {
        "site": result.site,
        "trading_pair": result.trading_pair,
        "market": bot.reader.journal.symbols.get(result.trading_pair),
        "quote": result.quote,
        "inventory": f"{result.inventory:f}",
        "realised": _short(result.realised),
        "fees": _short(result.fees),
        "price": None if price is None else f"{price:f}",
        "unrealised": None if price is None else _short(result.unrealised(price)),
        "net": None if price is None else _short(result.net(price)),
    }


def _nets(bot: WatchedBot, state: BotState) -> list[dict[str, Any]]:
    """Profit by exchange and quote currency; None where the price of a market with an inventory is missing."""
    sums: dict[tuple[str, str], Decimal | None] = {}
    for result in state.results:
        price = bot.price(result)
        if price is None and not result.inventory:
            price = Decimal(0)
        key = result.site, result.quote
        known = sums.get(key, Decimal(0))
        sums[key] = None if known is None or price is None else EXACT.add(known, result.net(price))
    return [
        {"site": site, "quote": quote, "net": None if net is None else _short(net)}
        for (site, quote), net in sums.items()
    ]


def _elsewhere(records: ForeignRecords) -> dict[str, Any]:
    return {
        "connectors": records.connectors,
        "orders": [
            {
                "id": one.client_order_id,
                "connector": one.connector,
                "trading_pair": one.trading_pair,
                "side": one.side,
                "amount": f"{one.amount:f}",
                "price": None if one.price is None else f"{one.price:f}",
                "filled": f"{one.filled:f}",
                "average": None if one.average is None else f"{one.average:.8f}",
                "state": one.state,
                "created_s": one.created_at_s,
                "ended_s": one.ended_at_s,
            }
            for one in records.orders
        ],
        "fills": [
            {
                "id": one.trade_id,
                "order": one.client_order_id,
                "connector": one.connector,
                "trading_pair": one.trading_pair,
                "side": one.side,
                "amount": f"{one.amount:f}",
                "price": f"{one.price:f}",
                "fee_in_quote": None if one.fee_in_quote is None else f"{one.fee_in_quote:f}",
                "at_s": one.filled_at_s,
            }
            for one in records.fills
        ],
    }


def course_rows(course: ProfitCourse | None, since_s: int) -> list[list[float]]:
    """Rows of epoch second, net, realised and unrealised profit, fees, inventory; for drawing, so as floats."""
    return [
        [second, *map(float, (at.net, at.realised, at.unrealised, at.fees, at.inventory))]
        for second, at in (course.since(since_s) if course is not None else ())
    ]


def _short(amount: Decimal) -> str:
    """A quotient has as many digits as there is room for; sixteen are Peatio's most."""
    return f"{EXACT.quantize(amount, Decimal('1e-16')):f}" if amount.as_tuple().exponent < -16 else f"{amount:f}"  # type: ignore[operator]




def _lives(bot: WatchedBot, state: BotState) -> list[dict[str, Any]]:
    """The latest orders, the youngest first."""
    latest = (*bot.reader.journal.ended, *state.open_orders)[: -LIVES_SHOWN - 1 : -1]
    return [
        {"site": _site(bot, order), **order_row(order, bot.clock_offsets_s.get(order.client_order_id))}
        for order in latest
    ]


def _site(bot: WatchedBot, order: OrderLife) -> str:
    return bot.reader.journal.sites.get(order.account, "")
