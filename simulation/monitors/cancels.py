"""Every cancel that a strategy asks for is answered in bounded time: the order ends, cancelled, filled or failed.

**The bound** counts from the last of: the question, the end of the last fault, the moment when a bot that was started
again is ready. It adds up what may lie between, each part at its longest:

| part | constant |
| --- | --- |
| the create is not answered, or a request of the cancel hangs from the time of the fault | `REQUEST_TIMEOUT_S` |
| then the order is looked for | `LOOKUP_LIMIT_S`, and a last `REQUEST_TIMEOUT_S` |
| the order is still `pending` | `CANCEL_PENDING_LIMIT_S` |
| the pause before the cancel is repeated, grown under the fault | `CANCEL_REPEAT_MAXIMUM_S` |
| the server asked to wait (`Retry-After`), which counts for cancels only so long | `CANCEL_REPEAT_MAXIMUM_S` |
| the cancel, and the one that finds the end whose event was lost | `END_EVENT_LATE_S`, twice `REQUEST_TIMEOUT_S` |
| fills that are missing at the end are asked for, with pauses grown under the fault | `BACKOFF_MAXIMUM_S` |

While a fault is in force there is no bound: each attempt may meet it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS

from simulation.monitors.disturbances import Disturbances
from simulation.monitors.violation import Property, Violation

BOUND_S = (
    4 * CONSTANTS.REQUEST_TIMEOUT_S
    + CONSTANTS.LOOKUP_LIMIT_S
    + CONSTANTS.CANCEL_PENDING_LIMIT_S
    + 2 * CONSTANTS.CANCEL_REPEAT_MAXIMUM_S
    + CONSTANTS.END_EVENT_LATE_S
    + CONSTANTS.BACKOFF_MAXIMUM_S
)


@dataclass
class _Asked:
    who: str
    at_s: float


class CancelMonitor:
    """Follows each cancel from its question to the order's end."""

    def __init__(self, disturbances: Disturbances) -> None:
        self._disturbances = disturbances
        self._open: dict[str, _Asked] = {}
        self._ended: set[str] = set()

    def asked(self, at_s: float, who: str, client_order_id: str) -> None:
        """A strategy asks for the cancel of an order. The first question counts."""
        if client_order_id not in self._ended:
            self._open.setdefault(client_order_id, _Asked(who, at_s))

    def ended(self, client_order_id: str) -> None:
        """The bot announced the order's end."""
        self._ended.add(client_order_id)
        self._open.pop(client_order_id, None)

    def died(self, who: str, has_ended: Callable[[str], bool]) -> None:
        """The process that was asked died. What it had asked of the exchange its successor asks again, from the
        journal; an event may reach nobody any more, so that the exchange's record counts. What the disk refused to note
        before the process died nobody knows any more.

        :param has_ended: whether the order ended at the exchange, or never got there, as far as anything shows, or the
            question is not known any more
        """
        for client_order_id, asked in list(self._open.items()):
            if asked.who == who and has_ended(client_order_id):
                self.ended(client_order_id)

    def is_waiting(self, who: str, has_ended: Callable[[str], bool]) -> bool:
        """Whether a cancel of that bot has no outcome yet.

        :param has_ended: as for `died`
        """
        return any(asked.who == who and not has_ended(order) for order, asked in self._open.items())

    def check(
        self, at_s: float, who: str, ready_at_s: float, has_ended: Callable[[str], bool] | None = None
    ) -> Iterator[Violation]:
        """
        :param ready_at_s: when the bot's process became ready
        :param has_ended: as for `died`; asked about orders whose cancel an earlier process was asked for
        """
        for client_order_id, asked in list(self._open.items()):
            if asked.who != who:
                continue
            since_s = max(asked.at_s, self._disturbances.until_s, ready_at_s)
            if at_s - since_s <= BOUND_S:
                continue
            self.ended(client_order_id)
            if asked.at_s < ready_at_s and has_ended is not None and has_ended(client_order_id):
                continue
            text = (
                f"the cancel of {client_order_id}, asked for at {asked.at_s:.3f} s, has no outcome {BOUND_S:g} s after "
                f"{since_s:.3f} s"
            )
            yield Violation(Property.CANCELS, at_s, who, text)
