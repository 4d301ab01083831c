"""The controller's lines in Hummingbot's `status`."""

from typing import TYPE_CHECKING

from peatio_liquidity.levels import ZERO, plain

if TYPE_CHECKING:
    from peatio_liquidity.controller import PeatioLiquidity


def status_lines(controller: "PeatioLiquidity") -> list[str]:
    """What an operator wants to know first: are both sides on, what is quoted, what is not hedged."""
    own, source = controller.own, controller.source
    quotes = own.quotes()
    lines = [f"  {own.connector.name} {own.trading_pair} follows {source.name}"]
    if source.is_paper:
        lines.append(f"  PAPER: hedges are worked out on {source.connector.name}'s book and sent nowhere")
    if controller.changes.need_start:
        lines.append(f"  The file needs a restart, nothing of it is in effect: {controller.changes.need_start}")
    for name, is_bid in (("Bids", True), ("Asks", False)):
        amount = sum((quote.remaining for quote in quotes if quote.is_bid == is_bid), ZERO)
        count = sum(quote.is_bid == is_bid for quote in quotes)
        reason = controller.verdict.of(is_bid)
        lines.append(f"  {name}: {f'off, {reason}' if reason else 'on'}; {count} orders, {amount:f} {own.base}")
    if controller.desk is not None and controller.journal is not None:
        exposure = controller.desk.exposure
        under_way = exposure.pending_buys + exposure.pending_sells
        lines.append(
            f"  Not hedged: {exposure.net:f} {own.base} (bound {controller.config.max_exposure_base:f}); "
            f"hedges under way: {under_way:f} {own.base}"
        )
    if controller.watch is not None and (unexplained := controller.watch.unexplained):
        change = f"{plain(unexplained)} {source.base}"
        lines.append(f"  {source.connector.name}'s balance changed by {change} that no hedge explains")
    return lines
