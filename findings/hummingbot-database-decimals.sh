#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the trade database, whose columns are typed as decimals, gives back the price and amount of a fill.
# What happens: it keeps whole millionths and cuts the rest off, never rounds. A price below a millionth becomes 0.
# What is more than 2^63 millionths (9.2 * 10^12) cannot be stored at all: an amount that cheap coins do reach.
#
# Observed:
#   price 0.00000745 -> 0.000007
#   price 0.00000099 -> 0
#   amount 1.9999999 -> 1.999999
#   amount 9200000000000 -> 9200000000000
#   amount 9300000000000 -> OverflowError: Python int too large to convert to SQLite INTEGER
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal

import hummingbot.model.order
import hummingbot.model.order_status
from hummingbot.model.trade_fill import TradeFill
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

engine = create_engine("sqlite://")
TradeFill.metadata.create_all(engine)


def stored(column: str, value: str) -> str:
    texts = {"config_file_path": "c", "strategy": "s", "market": "m", "symbol": "BAY-BTC", "base_asset": "BAY"}
    texts |= {"quote_asset": "BTC", "order_id": "o", "trade_type": "BUY", "order_type": "LIMIT"}
    numbers = {"price": Decimal(1), "amount": Decimal(1)} | {column: Decimal(value)}
    try:
        with Session(engine) as session:
            session.add(TradeFill(**texts, **numbers, timestamp=1, trade_fee={}, exchange_trade_id=value))
            session.commit()
        with Session(engine) as session:
            fill = session.query(TradeFill).filter_by(exchange_trade_id=value).one()
            return f"{getattr(fill, column):f}"
    except OverflowError as error:
        return f"OverflowError: {error}"


for column, value in (
    ("price", "0.00000745"),
    ("price", "0.00000099"),
    ("amount", "1.9999999"),
    ("amount", "9200000000000"),
    ("amount", "9300000000000"),
):
    print(f"{column} {value} -> {stored(column, value)}")
PYTHON
