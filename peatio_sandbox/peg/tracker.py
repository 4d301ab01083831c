"""The tracker's states and its trades: loaded, started, busy, updating. Pure: the caller says when a phase begins.

The order of a cycle (read in the sources): busy; recalculated; copied, which is the updating phase; not busy; and only
then ``GetCycle`` shows the new number. Whoever sees a new number can read new balances.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from peatio_sandbox.peg import answers
from peatio_sandbox.peg.balances import Balances, ShortOfFundsError, Style
from peatio_sandbox.peg.columns import HIGHEST_PEG, level_of
from peatio_sandbox.peg.deposits import Wallet

POOL, WITHDRAWALS, EXCHANGE = "pool", "withdraws", "exchange"
_RESERVED = frozenset({"total", POOL, "frozen", "x", EXCHANGE, WITHDRAWALS})
SHORTEST_NAME = 4
#: So many trades may wait for their durable record.
LONGEST_QUEUE = 1000
#: Satoshi above the commission's minimum that a withdrawal has to be worth.
WITHDRAWAL_MARGIN = 10_000


@dataclass(slots=True)
class Oddities:
    """What the real tracker was seen to do now and then; all off by default.

    Attributes:
        jumps: the cycle's number rises by 1 to 3.
        busy_although_moved: a trade in the busy phase is answered as busy, although the balances move.
        drift: up to so many satoshi change from one user's liquid to another's at a cycle without a change of the peg.
        stands_still: trades are not recorded any more; when the queue is full they are refused.
    """

    jumps: bool = False
    busy_although_moved: bool = False
    drift: int = 0
    stands_still: bool = False


@dataclass(frozen=True, slots=True)
class _Trade:
    seller: str
    buyer: str
    amount: int
    style: Style


@dataclass(slots=True)
class Commission:
    """What a withdrawal costs: amounts in satoshi."""

    minimum: int = 100_000_000
    maximum: int = 1_000_000_000
    percent: float = 0.001


class Tracker:
    """Balances of the exchange's users, and the phases of a cycle.

    Args:
        peg: the network's peg to begin with, 0 to 1198.
        rng: draws ids, keys and oddities.

    Attributes:
        cycle: the number that ``GetCycle`` shows.
    """

    def __init__(self, peg: int, rng: Random) -> None:
        self.peg = _checked(peg)
        self.cycle = 1
        self.wallet = Wallet(rng)
        self.oddities = Oddities()
        self.commission = Commission()
        self.is_loaded = False
        self.is_started = True
        self.is_busy = False
        self.is_updating = False
        self._rng = rng
        self._balances = Balances(level_of(peg))
        # In the busy phase: the balances of before it, which keep being shown, and the trades to apply again.
        self._shown: Balances | None = None
        self._traded: list[_Trade] = []
        self._next: Balances | None = None
        self._next_peg = peg
        self._queued = 0

    # Phases.

    def load(self) -> None:
        """The first calculation is done: the exchange can be used."""
        self.is_loaded = True
        self._register_deposits()

    def begin_recalculation(self, peg: int) -> None:
        """Begin a cycle: busy from now on.

        Raises:
            ValueError: a cycle is under way, or the peg is none.
        """
        if self.is_busy:
            raise ValueError("a cycle is under way")
        self._next_peg = _checked(peg)
        self.is_busy = True
        self._queued = self._queued if self.oddities.stands_still else 0
        self._shown = self._balances.copy()
        self._next = self._balances.moved_to(level_of(peg))

    def begin_copying(self) -> None:
        """The new balances are known and are copied: trades are refused until `finish_copying`."""
        self.is_updating = True

    def finish_copying(self) -> None:
        """The new balances are in force; what was traded meanwhile is applied to them again."""
        assert self._next is not None
        self._balances, self._next = self._next, None
        for trade in self._traded:
            self._balances.move_available(trade.seller, trade.buyer, trade.amount, trade.style)
        self._traded.clear()
        self._shown = None
        if self.peg == self._next_peg:
            self._drift()
        self.peg = self._next_peg
        self._register_deposits()
        for done in self.wallet.advance(self.cycle + 1):
            self._balances.withdraw(WITHDRAWALS, done.amount, done.style)
        self.is_updating = self.is_busy = False

    def show_cycle(self) -> None:
        """``GetCycle`` shows the new number."""
        self.cycle += self._rng.randint(1, 3) if self.oddities.jumps else 1

    def change_peg(self, peg: int) -> None:
        """Go through all phases at once."""
        self.begin_recalculation(peg)
        self.begin_copying()
        self.finish_copying()
        self.show_cycle()

    # Users.

    def credit(self, user: str, amount: int) -> None:
        """Add new coins to a user, for a stand-in that begins with some.

        Raises:
            ValueError: the amount is negative, or a cycle is under way.
        """
        if self.is_busy:
            raise ValueError("a cycle is under way")
        self._balances.deposit(user, amount)

    def balance(self, user: str) -> dict[str, Any] | str | bool:
        """Return the answer to ``GetBalance``."""
        if not self.is_loaded:
            return answers.NOT_LOADED
        if self.is_updating:
            return answers.UPDATING
        if not self.is_started:
            return answers.STOPPED
        shown = self._shown or self._balances
        if user == EXCHANGE:
            return {"liquid": shown.liquid, "reserve": shown.reserve, "subpremium": 0, "frozen": 0}
        if user not in self._balances.holdings:
            return {"liquid": 0, "reserve": 0} if user in (POOL, WITHDRAWALS) else False
        answer: dict[str, Any] = _described(shown, user)
        if any(user in (trade.seller, trade.buyer) for trade in self._traded):
            answer["temp"] = _described(self._balances, user)
        return answer

    def trade(self, user1: str, amount: int, user2: str, style: Style) -> str | bool:
        """Return the answer to ``Trade``; the balances in memory change at once."""
        is_odd = self.is_busy and self.oddities.busy_although_moved
        if self.is_updating:
            return answers.BUSY
        refusal = self._refusal(user1, amount, user2)
        if refusal is not None:
            return refusal
        if user2:
            trade = _Trade(user1, user2, amount, style)
        elif amount < 0:
            trade = _Trade(user1, POOL, -amount, style)
        else:
            trade = _Trade(POOL, user1, amount, style)
        try:
            self._balances.trade(trade.seller, trade.buyer, trade.amount, trade.style)
        except ShortOfFundsError:
            return answers.pool_short_of(style) if trade.seller == POOL else answers.short_of(style)
        self._queued = self._queued + 1 if self.oddities.stands_still else 0
        if self.is_busy:
            self._traded.append(trade)
        return answers.BUSY if is_odd else True

    def withdraw(self, user: str, amount: int, address: str, style: Style) -> list[Any]:
        """Return the answer to ``Withdraw``: the amount is set aside at once."""
        if self.is_busy:
            return [answers.BUSY, ""]
        if not self.is_loaded:
            return [answers.NOT_LOADED, ""]
        if not self.is_started:
            return [answers.STOPPED, ""]
        if not self.wallet.is_address(address):
            return [answers.BAD_ADDRESS, ""]
        if amount <= self.commission.minimum + WITHDRAWAL_MARGIN:
            return [answers.LOW_AMOUNT, ""]
        try:
            self._balances.trade(user, WITHDRAWALS, amount, style)
        except ShortOfFundsError:
            return [answers.short_of(style), self.wallet.new_id()]
        return [True, self.wallet.withdraw(user, amount, style, address)]

    def _refusal(self, user1: str, amount: int, user2: str) -> str | None:
        if self._queued >= LONGEST_QUEUE:
            return answers.TOO_MANY_TRADES
        if not self.is_loaded:
            return answers.NOT_LOADED
        if not self.is_started:
            return answers.STOPPED
        for name in (user1, user2) if user2 else (user1,):
            refusal = name_refusal(name)
            if refusal is not None:
                return refusal
        return answers.NEGATIVE_AMOUNT if user2 and amount < 0 else None

    def _register_deposits(self) -> None:
        for user, amount in self.wallet.register():
            self._balances.deposit(user, amount)

    def _drift(self) -> None:
        users = [user for user, holding in self._balances.holdings.items() if holding.liquid]
        if self.oddities.drift and len(users) > 1:
            loser, winner = self._rng.sample(users, 2)
            most = min(self.oddities.drift, self._balances.holdings[loser].liquid)
            self._balances.trade(loser, winner, self._rng.randint(0, most), "liquid")


def name_refusal(name: str) -> str | None:
    """Return what is wrong with a user's name, None where nothing is."""
    if name.lower() in _RESERVED:
        return answers.RESERVED_NAME
    return answers.SHORT_NAME if len(name) < SHORTEST_NAME else None


def _described(balances: Balances, user: str) -> dict[str, Any]:
    holding = balances.holding(user)
    return {"liquid": holding.liquid, "reserve": holding.reserve}


def _checked(peg: int) -> int:
    if not 0 <= peg <= HIGHEST_PEG:
        raise ValueError(f"a peg is a number from 0 to {HIGHEST_PEG}, not {peg}")
    return peg
