"""The hedge journal against both exchanges' ledgers, when everything has ended."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from peatio_sandbox.exchange.records import FillRecord
from simulation.mirror.journal import FillKey, HedgeRow, JournalRecords
from simulation.mirror.ledger import ZERO, Ledgers, base_change, fills_of
from test.chaos.judge import Fault, Finding


def audit(
    ledgers: Ledgers, journal: JournalRecords, left_alone: Collection[str], settled: Mapping[int, str | None]
) -> Iterator[Finding]:
    """Each fill of both accounts is in the journal as it was, and none besides; each hedge is known to have ended.

    :param left_alone: ids of the orders that the mirror reported as left alone
    :param settled: by the number of a hedge the id of the order that it was, as the operator found out: what was filled
        of it is one fill in the journal; None where it was never placed
    """
    hedges = {order_id: number for number, order_id in settled.items() if order_id is not None}
    expected: dict[FillKey, tuple[Decimal, FillRecord]] = {}
    for venue, bot in (("own", ledgers.quotes), ("source", ledgers.hedges)):
        for fill in fills_of(bot):
            number = hedges.get(str(fill.order_id)) if venue == "source" else None
            if number is None and str(fill.order_id) in left_alone:
                continue
            key = venue, str(fill.trade_id) if number is None else f"settled {number}", fill.side == "buy"
            before = expected[key][0] if key in expected else ZERO
            expected[key] = before + base_change(fill), fill
    for key, (change, fill) in expected.items():
        name = f"trade {fill.trade_id} of order {fill.order_id} ({key[0]})"
        found = journal.fills.get(key)
        if found is None:
            yield Finding(Fault.LOST, f"{name} is not in the hedge journal", (str(fill.order_id),))
        elif found != change:
            text = f"{name} changed {found:f} in the hedge journal, {change:f} on the exchange"
            yield Finding(Fault.MISACCOUNTED, text, (str(fill.order_id),))
    for key in sorted(set(journal.fills) - set(expected)):
        text = f"the hedge journal has a fill that the exchange does not know: trade {key[1]} ({key[0]})"
        yield Finding(Fault.MISACCOUNTED, text, (key[1],))
    for row in under_way(ledgers, journal):
        text = f"hedge {row.number} ({row.client_order_id}) is {row.state} in the hedge journal"
        yield Finding(Fault.ORPHANED, text, (row.client_order_id or "",))


def under_way(ledgers: Ledgers, journal: JournalRecords) -> list[HedgeRow]:
    """The hedges whose end is not known, but for those that the source does not have: they count for some minutes, and
    the order journal watches for them."""
    watched = {key for key, row in ledgers.hedges.records().journal.items() if row.state == "watched"}
    return [row for row in journal.hedges if row.state != "ended" and row.client_order_id not in watched]
