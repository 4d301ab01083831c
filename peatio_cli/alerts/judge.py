"""Decides from a bot's state which messages are sent: one when a condition begins, one when it is resolved. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from peatio_cli.alerts.alert import Alert, Kind
from peatio_cli.alerts.losses import Market
from peatio_cli.alerts.memory import Memory
from peatio_cli.alerts.rules import Verdict, is_watched, verdicts
from peatio_cli.alerts.settings import AlertSettings
from peatio_cli.report.fill import Fill
from peatio_cli.watch.bot_state import BotState

#: More fills of one look are counted, not listed.
MOST_FILLS = 10


def judge(
    state: BotState,
    fills: Sequence[Fill],
    mids: Mapping[Market, Decimal],
    settings: AlertSettings,
    memory: Memory,
) -> list[Alert]:
    """What to tell now. Changes `memory`, but for its outbox.

    :param fills: those since the last look, oldest first; at the first look of a process the last ones there are
    :param mids: the prices that the inventory of a market counts at
    """
    losses = memory.day.losses(state.results, mids, state.looked_at_s) if settings.loss_above else {}
    memory.was_running = memory.was_running or state.is_running
    found = verdicts(state, settings, memory.was_running, losses, memory.open_keys)
    # What was wrong for a rule that is off now is so for nobody.
    memory.open_keys = {key for key in memory.open_keys if is_watched(key, settings)}
    alerts = list(_changes(found, memory.open_keys, state.looked_at_s))
    new_fills = _new_fills(fills, memory)
    if settings.fills and new_fills:
        alerts.append(Alert(state.looked_at_s, Kind.EVENT, _fills_text(new_fills)))
    return alerts


def _changes(found: Sequence[Verdict], open_keys: set[str], now_s: float) -> Iterable[Alert]:
    for one in found:
        if one.is_wrong is True and one.key not in open_keys:
            open_keys.add(one.key)
            yield Alert(now_s, Kind.BEGAN, one.begin)
        elif one.is_wrong is False and one.key in open_keys:
            open_keys.discard(one.key)
            yield Alert(now_s, Kind.RESOLVED, one.end)


def _new_fills(fills: Sequence[Fill], memory: Memory) -> list[Fill]:
    """Those after the last one that was seen. Before the first look all fills are of the past."""
    last = memory.last_fill
    if fills:
        memory.last_fill = _key(fills[-1])
    elif last is None:
        memory.last_fill = ()
    if last is None:
        return []
    known = next((number for number, fill in enumerate(fills) if _key(fill) == last), -1)
    return list(fills[known + 1 :])


def _key(fill: Fill) -> tuple[str, ...]:
    return fill.account, fill.order_id, fill.trade_id


def _fills_text(fills: Sequence[Fill]) -> str:
    lines = [
        f"{'Bought' if fill.is_buy else 'Sold'} {fill.amount.normalize():f} {fill.trading_pair} at "
        f"{fill.price.normalize():f}."
        for fill in fills[-MOST_FILLS:]
    ]
    earlier = len(fills) - len(lines)
    return " ".join([*([f"{earlier} fill(s), then:"] if earlier else []), *lines])
