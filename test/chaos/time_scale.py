"""One factor for every interval of the connector and of Hummingbot around it.

A seed lasts half a minute and must hold outages that are long compared with every time-out and poll. So all intervals
are multiplied by `FACTOR`; the exchange's own delays are not, which makes its answers come late more often than in
reality. Not scaled: margins against times that the exchange tells in whole seconds.

`scale_time` comes before the import of anything else of the connector: some constants are default arguments, read once.
"""

import sys

from hummingbot.connector.client_order_tracker import ClientOrderTracker
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.execution import order_matching
from hummingbot.connector.exchange_py_base import ExchangePyBase
from hummingbot.core.data_type import in_flight_order
from hummingbot.core.network_iterator import NetworkIterator

from peatio_sandbox.exchange import engine

FACTOR = 0.1

# Seconds of the exchange's clock, which tells no fractions.
_WHOLE_SECONDS = frozenset({"CLOCK_UNCERTAINTY_S", "CLOCK_MARGIN_S"})

LONG_POLL_S = ExchangePyBase.LONG_POLL_INTERVAL * FACTOR
TICK_S = 1.0 * FACTOR
# What Hummingbot's NetworkIterator waits; set on the connector, for they are no constants there.
NETWORK_CHECK_S = 10.0 * FACTOR
NETWORK_ERROR_WAIT_S = 60.0 * FACTOR


def scale_time() -> None:
    """Scales every constant; a second call in the same process does nothing.

    :raises ImportError: when it comes too late
    """
    if ExchangePyBase.LONG_POLL_INTERVAL == LONG_POLL_S:
        return
    if "hummingbot.connector.exchange.peatio.peatio_exchange" in sys.modules:
        raise ImportError("the connector was imported before its constants were scaled")
    # By when an order was stored is compared with a stamp in whole seconds as well.
    request_timeout_s = CONSTANTS.REQUEST_TIMEOUT_S
    for name, value in vars(CONSTANTS).items():
        if name.endswith("_S") and isinstance(value, int | float) and name not in _WHOLE_SECONDS:
            setattr(CONSTANTS, name, value * FACTOR)
    order_matching.latest_s = lambda intent: intent.created_at_s + request_timeout_s
    ExchangePyBase.SHORT_POLL_INTERVAL *= FACTOR
    ExchangePyBase.LONG_POLL_INTERVAL *= FACTOR
    ExchangePyBase.TICK_INTERVAL_LIMIT *= FACTOR
    ClientOrderTracker.CACHED_ORDER_TTL *= FACTOR
    ClientOrderTracker.TRADE_FILLS_WAIT_TIMEOUT *= FACTOR
    in_flight_order.GET_EX_ORDER_ID_TIMEOUT *= FACTOR


def scale_network(connector: NetworkIterator) -> None:
    """The intervals that each connector holds for itself."""
    connector.check_network_interval = NETWORK_CHECK_S
    connector.network_error_wait_time = NETWORK_ERROR_WAIT_S


def scale_sandbox() -> None:
    """How often the exchange's engine sends a whole book: after a restart of Ranger there is no book before."""
    engine.SNAPSHOT_MIN_PERIOD_S *= FACTOR
    engine.SNAPSHOT_MAX_PERIOD_S *= FACTOR
