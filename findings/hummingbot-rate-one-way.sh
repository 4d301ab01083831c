#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a rate that the oracle finds over two markets it finds in the other direction too, as it does over one.
# What happens: the way over a second market begins only at a market whose base is the currency asked about. From BAY,
# the base of BAY-BTC, there is a way to EUR; from EUR, which is nowhere a base, there is none back to BAY.
#
# Observed:
#   BAY-EUR 15000
#   EUR-BAY None
#   BTC-EUR 30000
#   EUR-BTC 0.00003333
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal

from hummingbot.core.rate_oracle.utils import find_rate

prices = {"BTC-EUR": Decimal("30000"), "BAY-BTC": Decimal("0.5")}
for pair in ("BAY-EUR", "EUR-BAY", "BTC-EUR", "EUR-BTC"):
    rate = find_rate(prices, pair)
    print(pair, rate if rate is None else f"{round(rate, 8).normalize():f}")
PYTHON
