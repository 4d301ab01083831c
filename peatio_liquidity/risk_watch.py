"""What a controller remembers beyond a run: a loss that switched its quotes off, and what the source's balance was."""

import json
import logging
import time
from decimal import Decimal

from peatio_liquidity.balance_check import BalanceCheck, Reckoning
from peatio_liquidity.hedge_journal import HedgeJournal
from peatio_liquidity.levels import plain
from peatio_liquidity.safety import LossSwitch
from peatio_liquidity.source_market import SourceMarket

#: Longer than Hummingbot's connectors take to read balances where an exchange reports none.
SETTLE_S = 180.0
LOSS, BALANCE = "loss", "source balance"


class RiskWatch:
    """Every method raises `HedgeJournalError` when the journal does not work."""

    def __init__(self, journal: HedgeJournal, source: SourceMarket, logger: logging.Logger) -> None:
        self._journal = journal
        self._source = source
        self._logger = logger
        loss, balance = journal.noted(LOSS), journal.noted(BALANCE)
        self._switch = LossSwitch(Decimal(loss) if loss else None)
        self._check = BalanceCheck(None if balance is None else Reckoning(*map(Decimal, json.loads(balance))), SETTLE_S)

    def loss(self, result: Decimal | None, limit: Decimal | None) -> str:
        """Why there may be no quotes because of a loss (`LossSwitch.look`)."""
        was_off = self._switch.loss is not None
        reason = self._switch.look(result, limit)
        loss = self._switch.loss
        # Not at each larger loss: the next run sees that itself, and a price moves many times a second.
        if was_off != (loss is not None):
            self._journal.note(LOSS, "" if loss is None else f"{loss:f}")
        return reason

    @property
    def unexplained(self) -> Decimal:
        """By how much more the source's balance grew since the start than the fills explain, in base."""
        return self._check.unexplained

    def compare_balance(self, is_quiet: bool) -> None:
        """Warns where the source's balance is not what the fills make of it.

        :param is_quiet: whether the source's balance can be compared: it is ready, and no hedge is under way
        """
        base = self._source.base
        now = Reckoning(self._source.balance(base), self._journal.figures.source.net)
        before = self._check.known
        tolerance = self._source.rules.min_amount if is_quiet else Decimal(0)
        difference = self._check.look(now, is_quiet, tolerance, time.monotonic())
        if self._check.known is not None and self._check.known != before:
            known = self._check.known
            self._journal.note(BALANCE, json.dumps([f"{known.balance:f}", f"{known.net:f}"]))
        if difference:
            where = f"{base} on {self._source.connector.name}"
            self._logger.warning(
                f"The balance of {where} changed by {plain(difference)} that no fill of a hedge explains: a deposit, a "
                "withdrawal, or another's order. If it is none of these, the exposure lacks a fill: compare the "
                "account's trades with hummingbot-peatio report."
            )
