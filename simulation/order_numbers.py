"""Orders by their number at the exchange, whatever its dialect calls them: some name an order by its uuid."""

from collections.abc import Callable
from dataclasses import replace

from peatio_sandbox import Sandbox
from test.chaos.evidence import Records
from test.chaos.reports import Created, Filled, Line

#: The number of an order, of an id that a bot knows.
NumberOf = Callable[[str], str]


def number_in(sandbox: Sandbox, order_id: str) -> str:
    """The order's number; an id that the exchange does not know stays as it is."""
    order = None if order_id.isdecimal() else sandbox.exchange.store.order_by_uuid(order_id)
    return order_id if order is None else str(order.id)


def numbered_line(line: Line, number_of: NumberOf) -> Line:
    """What a bot announces."""
    if isinstance(line, Created | Filled):
        return line.model_copy(update={"order_id": number_of(line.order_id)})
    return line


def numbered_records(records: Records, number_of: NumberOf) -> Records:
    """What a bot has on its disk."""
    return replace(
        records,
        orders={key: replace(order, order_id=number_of(order.order_id)) for key, order in records.orders.items()},
        journal={
            key: row if row.order_id is None else replace(row, order_id=number_of(row.order_id))
            for key, row in records.journal.items()
        },
        history={key: replace(fill, order_id=number_of(fill.order_id)) for key, fill in records.history.items()},
    )
