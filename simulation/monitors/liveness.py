"""A bot that can trade does so within a bounded time after the last fault.

Each bot is given an order to place, again and again until one has reached the exchange, has left `pending` there, and
has been announced by the connector. Ready and willing is not enough: a bot whose creates are refused, whose journal
cannot be written, or whose events do not arrive is stuck.

**The bound** adds up what may lie between the last fault and the order, each part at its longest:

| part | constant |
| --- | --- |
| a bot that was killed last is started again | `DOWN_S` of the fault |
| a stream that was lost connects again: pause and connecting | `BACKOFF_MAXIMUM_S`, `CONNECT_TIMEOUT_S` |
| Hummingbot's network check, and its pause after a failure | `NETWORK_CHECK_TIMEOUT_S`, `NETWORK_PAUSE_S` |
| a book without a stream is fed from REST | `REST_FALLBACK_AFTER_S`, `REST_BOOK_PERIOD_S` |
| the last run's orders are looked for and cancelled | `LOOKUP_LIMIT_S`, `LEFTOVERS_TIMEOUT_S` |
| that is repeated after a pause | `BACKOFF_MAXIMUM_S` |
| placing pauses after a refusal | `PLACEMENT_PAUSE_MAXIMUM_S` |
| the order is answered, or looked for | `REQUEST_TIMEOUT_S`, `LOOKUP_LIMIT_S` |
"""

from collections.abc import Callable, Collection

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from simulation.faults.process import DOWN_S

#: What Hummingbot's NetworkIterator waits after an error.
NETWORK_PAUSE_S = 60.0
BOUND_S = (
    DOWN_S[1]
    + CONSTANTS.BACKOFF_MAXIMUM_S
    + CONSTANTS.CONNECT_TIMEOUT_S
    + CONSTANTS.NETWORK_CHECK_TIMEOUT_S
    + NETWORK_PAUSE_S
    + CONSTANTS.REST_FALLBACK_AFTER_S
    + CONSTANTS.REST_BOOK_PERIOD_S
    + CONSTANTS.LOOKUP_LIMIT_S
    + CONSTANTS.LEFTOVERS_TIMEOUT_S
    + CONSTANTS.BACKOFF_MAXIMUM_S
    + CONSTANTS.PLACEMENT_PAUSE_MAXIMUM_S
    + CONSTANTS.REQUEST_TIMEOUT_S
    + CONSTANTS.LOOKUP_LIMIT_S
)
#: An order that has not become live by then is given up, and another one is placed.
RETRY_S = 15.0


class LivenessProbe:
    """One bot's way to an order that is live.

    :param place: places an order and returns its client order id; None where the bot is not ready
    :param live: the client order ids of the bot that were announced, and whose order has left `pending`
    :param has_room: whether the exchange takes another order of the member; else nobody can show that the bot trades
    :param has_books: whether the exchange publishes books that are not crossed; a bot that waits for them is not stuck
    """

    def __init__(
        self,
        bot: str,
        since_s: float,
        place: Callable[[], str | None],
        live: Callable[[], Collection[str]],
        has_room: Callable[[], bool] = lambda: True,
        has_books: Callable[[], bool] = lambda: True,
    ) -> None:
        self._bot = bot
        self._since_s = since_s
        self._place = place
        self._live = live
        self._has_room = has_room
        self._has_books = has_books
        self._placed: set[str] = set()
        self._next_s = since_s
        self._was_ready = False

    def is_done(self, at_s: float) -> bool:
        """Looks, and places another order where the last one has come to nothing."""
        if not self._placed.isdisjoint(self._live()) or not self._has_room():
            return True
        if self._is_overdue(at_s) and not self._has_books():
            return True
        if at_s >= self._next_s:
            client_order_id = self._place()
            if client_order_id is not None:
                self._was_ready = True
                self._placed.add(client_order_id)
                self._next_s = at_s + RETRY_S
        return False

    def complaint(self, at_s: float) -> str | None:
        """What is wrong once the bound has passed."""
        if not self._is_overdue(at_s) or not self._has_books():
            return None
        reached = "it never became ready" if not self._was_ready else f"of {len(self._placed)} orders none became live"
        return f"{self._bot} does not trade {BOUND_S:g} s after the last fault: {reached}"

    def _is_overdue(self, at_s: float) -> bool:
        return at_s - self._since_s > BOUND_S
