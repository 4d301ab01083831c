"""What Prometheus reads of a controller, beside what it reads of the connector (docs/operate/liquidity.md)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from hummingbot.connector.exchange.peatio.metrics.catalog import MetricKind

from peatio_liquidity import quality
from peatio_liquidity.fills import Venue
from peatio_liquidity.metric_catalog import METRICS

if TYPE_CHECKING:
    from peatio_liquidity.controller import PeatioLiquidity

Sample = tuple[str, tuple[str, ...], float]
SIDES = {"bid": True, "ask": False}


class LiquidityMetrics:
    """Read on the event loop, so that nothing changes meanwhile.

    :ivar kinds: what `samples` has
    """

    kinds: Sequence[MetricKind] = METRICS

    def __init__(self, controller: "PeatioLiquidity") -> None:
        self._controller = controller

    @property
    def connector_name(self) -> str:
        """That of the own exchange."""
        return self._controller.own.connector.name

    def samples(self) -> Iterator[Sample]:
        """Name, labels besides `connector`, value."""
        market = self._controller.own.trading_pair
        for name, labels, value in (*self._of_quotes(), *self._of_trading(), *self._of_inventory()):
            yield f"peatio_liquidity_{name}", (market, *labels), float(value)

    def _of_quotes(self) -> Iterator[tuple[str, tuple[str, ...], float | Decimal]]:
        controller = self._controller
        book = controller.own.read()
        own = quality.quoted(book, controller.own.quotes())
        mid = quality.reference_mid(book, controller.fair_price)
        for side, is_bid in SIDES.items():
            yield "quoting", (side,), not controller.verdict.of(is_bid)
            yield "top_seconds_total", (side,), controller.top.seconds[is_bid]
            for distance in quality.DISTANCES:
                value = Decimal(0) if mid is None else quality.depth(own, is_bid, mid, distance)
                yield "depth_quote", (side, str(distance)), value
        if (spread := quality.spread(own)) is not None:
            yield "spread", (), spread
        yield "watched_seconds_total", (), controller.top.watched_s
        yield "requests_total", ("create",), controller.own.creates
        yield "requests_total", ("cancel",), controller.own.cancels
        yield "source_age_seconds", (), controller.source.age_s

    def _of_trading(self) -> Iterator[tuple[str, tuple[str, ...], float | Decimal]]:
        controller = self._controller
        yield "exposure_bound_base", (), controller.config.max_exposure_base
        if controller.journal is None or controller.desk is None:
            return
        figures, exposure = controller.journal.figures, controller.desk.exposure
        for venue in Venue:
            at = figures.at(venue)
            yield "fills_total", (venue,), at.fills
            yield "volume_quote_total", (venue,), at.volume
            yield "fees_quote", (venue,), at.fees
            yield "other_fees_quote", (venue,), at.other_fees_value
            for currency, fee in at.other_fees.items():
                yield "other_fees", (venue, currency), fee
        yield "hedged_quote_total", (), figures.hedged
        yield "slippage_quote", (), figures.slippage
        if (profit := figures.profit(controller.fair_price)) is not None:
            yield "profit_quote", (), profit
        yield "exposure_base", (), exposure.net
        yield "hedging_base", (), exposure.pending_buys + exposure.pending_sells
        if controller.watch is not None:
            yield "unexplained_base", (), controller.watch.unexplained
        yield "hedge_in_doubt", (), bool(controller.desk.in_doubt)

    def _of_inventory(self) -> Iterator[tuple[str, tuple[str, ...], float | Decimal]]:
        for venue, market in ((Venue.OWN, self._controller.own), (Venue.SOURCE, self._controller.source)):
            for currency in (market.base, market.quote):
                yield "inventory", (venue, currency), market.balance(currency)
