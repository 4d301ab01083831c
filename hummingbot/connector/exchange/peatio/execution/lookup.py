"""Finds an order whose create was not answered."""

import logging
from collections.abc import Awaitable, Callable

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import (
    JournalError,
    MessageError,
    RequestError,
    UndecidedError,
)
from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.common.retry import Backoff
from hummingbot.connector.exchange.peatio.execution.counts import CountsByPair
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.execution.order_matching import OrderMatching
from hummingbot.connector.exchange.peatio.http.client import RestClient


class OrderLookup:
    """Asks the exchange for lost orders."""

    def __init__(
        self,
        rest: RestClient,
        matching: OrderMatching,
        counts: CountsByPair,
        sleep: Callable[[float], Awaitable[None]],
        logger: logging.Logger,
    ) -> None:
        self._rest = rest
        self._matching = matching
        self._counts = counts
        self._sleep = sleep
        self._logger = logger

    async def listed(self, market: str, is_buy: bool, since_s: float) -> list[OrderReport]:
        """What the exchange lists on one side of a market.

        :param since_s: from `OrderMatching.since_s` of the intents on
        :raises RequestError, MessageError: when the exchange does not answer
        """
        return await self._rest.orders_of(market, is_buy, int(since_s))

    async def find(self, intent: Intent) -> OrderReport | None:
        """The intent's order, None where the exchange has none now.

        :raises UndecidedError: where more orders fit than creates are lost
        :raises RequestError, MessageError: when the exchange does not answer
        :raises JournalError: when the journal cannot be read
        """
        self._counts[intent.trading_pair].lookups += 1
        listed = await self.listed(intent.market, intent.is_buy, self._matching.since_s([intent]))
        return self._matching.order_of(intent, listed)

    async def search(self, intent: Intent) -> OrderReport | None:
        """The intent's order, None once the exchange has answered for `LOOKUP_LIMIT_S` that there is none. An exchange
        that does not answer has not denied the order.

        :raises UndecidedError: where more orders than creates fitted for as long
        """
        backoff = Backoff(CONSTANTS.BACKOFF_START_S, CONSTANTS.SNAPSHOT_TIMEOUT_S)
        answered_s, has_failed = 0.0, False
        while True:
            wait_s = backoff.next_s()
            await self._sleep(wait_s)
            undecided: UndecidedError | None = None
            try:
                report = await self.find(intent)
            except UndecidedError as error:
                report, undecided = None, error  # another bot may be about to learn which is its own
            except (RequestError, MessageError, JournalError) as error:
                level = logging.DEBUG if has_failed else logging.WARNING
                self._logger.log(level, f"Order {intent.client_order_id} cannot be looked for yet: {error}")
                has_failed = True
                continue
            answered_s += wait_s
            if report is not None:
                return report
            if answered_s >= CONSTANTS.LOOKUP_LIMIT_S:
                if undecided is not None:
                    raise undecided
                return None
