#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a connector's `quantize_order_price` takes the nearest price of the grid, or the one that is no worse for the
# side of the order.
# What happens: it is not told the side and always cuts off: a sell at 100.009 is placed at 100.00, below what was
# asked for. `quantize_order_amount` cuts too, down to an amount of 0.
#
# Observed:
#   price 100.009 -> 100.00
#   price 100.001 -> 100.00
#   amount 1.9999 -> 1.999
#   amount 0.0009 -> 0.000
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal

from hummingbot.connector.connector_base import ConnectorBase


class Connector(ConnectorBase):
    def get_order_price_quantum(self, trading_pair: str, price: Decimal) -> Decimal:
        return Decimal("0.01")

    def get_order_size_quantum(self, trading_pair: str, order_size: Decimal) -> Decimal:
        return Decimal("0.001")


connector = Connector()
for price in ("100.009", "100.001"):
    print(f"price {price} -> {connector.quantize_order_price('BTC-USD', Decimal(price))}")
for amount in ("1.9999", "0.0009"):
    print(f"amount {amount} -> {connector.quantize_order_amount('BTC-USD', Decimal(amount))}")
PYTHON
