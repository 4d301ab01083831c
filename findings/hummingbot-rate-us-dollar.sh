#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the rate oracle treats USD as any other currency: what it finds over a second pair for EUR it finds for USD.
# What happens: it looks up a pair as it is called, and only then renames USD to USDT. From there on it sees no market
# quoted in USD: neither the inverse nor the way over another pair is found. Where both currencies have a market
# (USDT-USD at 0.97), the inverse is 1 all the same.
#
# Observed:
#   EUR: BTC-EUR 30000, EUR-BTC 0.00003333, BAY-EUR 15000
#   USD: BTC-USD 30000, USD-BTC None, BAY-USD None
#   USDT-USD 0.97, USD-USDT 1
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal

from hummingbot.core.rate_oracle.utils import find_rate


def show(prices: dict[str, str], *pairs: str) -> str:
    decimals = {pair: Decimal(price) for pair, price in prices.items()}
    found = ((pair, find_rate(decimals, pair)) for pair in pairs)
    return ", ".join(f"{pair} {rate if rate is None else f'{round(rate, 8).normalize():f}'}" for pair, rate in found)


for quote in ("EUR", "USD"):
    prices = {f"BTC-{quote}": "30000", "BAY-BTC": "0.5"}
    print(f"{quote}:", show(prices, f"BTC-{quote}", f"{quote}-BTC", f"BAY-{quote}"))
print(show({"USDT-USD": "0.97"}, "USDT-USD", "USD-USDT"))
PYTHON
