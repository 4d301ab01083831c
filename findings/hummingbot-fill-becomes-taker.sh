#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: what a fill's to_json writes, its from_json reads back.
# What happens: is_taker is written and not read, and its default is True: after a restart each fill that was saved with an
# order is a taker's.
#
# Observed:
#   saved:    is_taker False
#   restored: is_taker True
#   equal in everything else: True
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal

from hummingbot.core.data_type.in_flight_order import TradeUpdate
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee

one, price = Decimal(1), Decimal(30000)
fee = AddedToCostTradeFee(percent=Decimal("0.001"))
saved = TradeUpdate("fill", "mine", "theirs", "BTC-USD", 1.0, price, one, price, fee, is_taker=False)
restored = TradeUpdate.from_json(saved.to_json())
print("saved:    is_taker", saved.is_taker)
print("restored: is_taker", restored.is_taker)
print("equal in everything else:", restored._replace(is_taker=False) == saved)
PYTHON
