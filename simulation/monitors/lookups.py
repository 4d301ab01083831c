"""An order is not given up unasked: before a create counts as not placed, the exchange is asked for the order.

The connector may announce that a limit order failed although the exchange has it: the exchange may store an order after
it was asked for the last time (docs/protocol.md section 4.11). What it may not do is announce so without a question.

So where an order of the bot is open that no announcement and no row of its journal claims, and an intent that asks for
just such an order is announced as failed, the exchange must have answered a question for orders of that market and side
since the intent.
"""

from collections.abc import Iterator, Sequence

from simulation.monitors.violation import Property, Violation


class LookupMonitor:
    """Has no state: what is compared is of one moment."""

    @staticmethod
    def check(
        at_s: float, who: str, client_order_id: str, unclaimed: Sequence[str], rivals: int, answers: int
    ) -> Iterator[Violation]:
        """
        :param client_order_id: of an intent that is announced as failed
        :param unclaimed: ids of the bot's open orders that look like it and that nothing claims
        :param rivals: how many other intents that look like it still wait for an order
        :param answers: how often the exchange has listed orders of the market and side to the bot since the intent
        """
        if len(unclaimed) > rivals and not answers:
            text = (
                f"{client_order_id} is announced as failed, and the exchange was not asked for it; order "
                f"{', '.join(unclaimed)} is open"
            )
            yield Violation(Property.OWNERS, at_s, who, text)
