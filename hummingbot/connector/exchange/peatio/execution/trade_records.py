"""What Hummingbot's own database says about an order: the authority on what is recorded.

Hummingbot's recorder is not imported here: it brings all strategies and 80 MiB with it, which a bot has anyway, and
others do not need. Where nobody has imported it, nothing records.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hummingbot.connector.connector_base import ConnectorBase

if TYPE_CHECKING:
    from hummingbot.connector.markets_recorder import MarketsRecorder

# What Hummingbot's recorder writes down of an order's end. A fill that follows replaces it in the order's own row.
_ENDS = ("BuyOrderCompleted", "SellOrderCompleted", "OrderCancelled", "OrderFailure", "OrderExpired")

RECORDER_MODULE = "hummingbot.connector.markets_recorder"


@dataclass(frozen=True)
class OrderRecord:
    """Whether the order's creation and its end are recorded, the ids of its recorded trades, and the exchange's id of
    it when it was created."""

    is_created: bool = False
    trade_ids: frozenset[str] = frozenset()
    has_ended: bool = False
    exchange_order_id: str | None = None


def database_of(connector: ConnectorBase) -> str | None:
    """The file name of the running strategy's database; None where nothing records this connector."""
    recorder = _recorder_of(connector)
    return None if recorder is None else Path(recorder.sql_manager.db_path).name


def record_of(connector: ConnectorBase, client_order_id: str) -> OrderRecord:
    """Hummingbot's record of an order; empty where nothing records this connector."""
    recorder = _recorder_of(connector)
    if recorder is None:
        return OrderRecord()
    from hummingbot.model.order import Order
    from hummingbot.model.order_status import OrderStatus
    from hummingbot.model.trade_fill import TradeFill

    with recorder.sql_manager.get_new_session() as session:
        created = session.query(Order.exchange_order_id).filter(Order.id == client_order_id).first()
        trades = session.query(TradeFill.exchange_trade_id).filter(TradeFill.order_id == client_order_id).all()
        of_end = (OrderStatus.order_id == client_order_id, OrderStatus.status.in_(_ENDS))
        has_ended = session.query(OrderStatus.id).filter(*of_end).first() is not None
    order_id = None if created is None else created[0]
    return OrderRecord(created is not None, frozenset(str(trade_id) for (trade_id,) in trades), has_ended, order_id)


def _recorder_of(connector: ConnectorBase) -> "MarketsRecorder | None":
    module = sys.modules.get(RECORDER_MODULE)
    if module is None:
        return None
    recorder: MarketsRecorder | None = module.MarketsRecorder._shared_instance
    return recorder if recorder is not None and connector in recorder._markets else None
