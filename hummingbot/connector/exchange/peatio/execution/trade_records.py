"""What Hummingbot's own database says about an order: the authority on what is recorded."""

from dataclasses import dataclass

from hummingbot.connector.connector_base import ConnectorBase
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.model.order import Order
from hummingbot.model.trade_fill import TradeFill


@dataclass(frozen=True)
class OrderRecord:
    """Whether the order's creation is recorded, and the ids of its recorded trades."""

    is_created: bool = False
    trade_ids: frozenset[str] = frozenset()


def record_of(connector: ConnectorBase, client_order_id: str) -> OrderRecord:
    """Hummingbot's record of an order; empty where nothing records this connector."""
    recorder = MarketsRecorder._shared_instance
    if recorder is None or connector not in recorder._markets:
        return OrderRecord()
    with recorder.sql_manager.get_new_session() as session:
        is_created = session.query(Order.id).filter(Order.id == client_order_id).first() is not None
        trades = session.query(TradeFill.exchange_trade_id).filter(TradeFill.order_id == client_order_id).all()
    return OrderRecord(is_created, frozenset(str(trade_id) for (trade_id,) in trades))
