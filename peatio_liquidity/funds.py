"""How much the quotes of each side may be: budgets, balances of both exchanges, exposure. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from peatio_liquidity.depth import Funds
from peatio_liquidity.exposure import Exposure
from peatio_liquidity.levels import ZERO, Book, Level, MarketRules, plain
from peatio_liquidity.quotes import Quote


@dataclass(frozen=True, slots=True)
class Hedgeable:
    """What the source's free balances pay for, in base.

    :ivar sells: hedges of own bids; :ivar buys: hedges of own asks, at the worst price that is accepted
    """

    sells: Decimal
    buys: Decimal

    @classmethod
    def of(cls, base: Decimal, quote: Decimal, source: Book, max_slippage: Decimal) -> "Hedgeable":
        """
        :param base, quote: free on the source
        :param source: its book; without asks nothing can be bought
        """
        worst = source.asks[0].price * (1 + max_slippage) if source.asks else None
        return cls(max(ZERO, base), ZERO if worst is None else max(ZERO, quote) / worst)

    def at(self, is_buy: bool) -> Decimal:
        """The base amount that can be hedged by buying, or by selling."""
        return self.buys if is_buy else self.sells


@dataclass(frozen=True, slots=True)
class Purse:
    """What limits the quotes.

    :ivar bid_budget: of all bids, in own quote; :ivar ask_budget: of all asks, in base
    :ivar quote, base: of the own account, what is free and what the present quotes hold
    :ivar bound: of the exposure, in base
    """

    bid_budget: Decimal
    ask_budget: Decimal
    quote: Decimal
    base: Decimal
    exposure: Exposure
    bound: Decimal
    hedgeable: Hedgeable

    def room(self, is_bid: bool) -> Decimal:
        """How much all quotes of a side may be, in base: the exposure keeps its bound, and all of it can be hedged.

        What is not hedged yet needs the source's balance before them.
        """
        return min(self.exposure.room(is_bid, self.bound), self.left_to_hedge(is_bid))

    def left_to_hedge(self, is_bid: bool) -> Decimal:
        """What the source's balance pays for beyond the hedges that are due already."""
        net = self.exposure.net
        due = net - self.exposure.pending_sells if is_bid else -net - self.exposure.pending_buys
        return max(ZERO, self.hedgeable.at(not is_bid) - max(ZERO, due))

    def funds(self) -> Funds:
        """For all quotes together."""
        return Funds(
            quote=min(self.bid_budget, self.quote),
            base=min(self.ask_budget, self.base),
            bids=self.room(True),
            asks=self.room(False),
        )

    def affordable(
        self, creates: Sequence[tuple[bool, Level]], quotes: Sequence[Quote]
    ) -> list[tuple[bool, Level]]:
        """What budget and exposure leave beside every order that is not known to have ended. The rest waits."""
        left = {
            True: self.bid_budget - sum((quote.price * quote.remaining for quote in quotes if quote.is_bid), ZERO),
            False: self.ask_budget - sum((quote.remaining for quote in quotes if not quote.is_bid), ZERO),
        }
        room = {
            is_bid: self.room(is_bid) - sum((quote.remaining for quote in quotes if quote.is_bid == is_bid), ZERO)
            for is_bid in (True, False)
        }
        affordable = []
        for is_bid, level in creates:
            cost = level.price * level.amount if is_bid else level.amount
            if cost <= left[is_bid] and level.amount <= room[is_bid]:
                left[is_bid] -= cost
                room[is_bid] -= level.amount
                affordable.append((is_bid, level))
        return affordable

    def shortage(self, is_bid: bool, price: Decimal, rules: MarketRules) -> str:
        """Why the balances allow no quote at all on a side; "" where they allow one.

        :param price: of the base, in own quote, about that of a quote
        """
        own = self.quote / price if is_bid else self.base
        if not rules.accepts(Level(price, rules.amount_down(own))):
            return f"the own balance is too low for an order: {plain(self.quote if is_bid else self.base)}"
        if not rules.accepts(Level(price, rules.amount_down(self.left_to_hedge(is_bid)))):
            return f"the source's balance is too low for a hedge: {plain(self.left_to_hedge(is_bid))} could be hedged"
        return ""
