#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: `history` of `hbot` converts fees with the rate source that is configured, as other commands do, and says so
# where it cannot.
# What happens: it never reads the settings. The rate oracle's built-in source (gate_io) is asked whatever is
# configured, and a fee in a coin that it does not know counts as 0 in the table.
#
# Observed:
#   configured: binance, which knows BNB
#   after reading the settings the oracle asks: binance
#   history asks: gate_io
#   history shows fees 0 of 0.5 BNB
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

# Hummingbot keeps its files beside its package: a copy of one file and links to the rest keep them in here.
package=$("$python" -I -c 'from importlib.util import find_spec; print(find_spec("hummingbot").submodule_search_locations[0])')
mkdir -p home/hummingbot home/data home/logs home/conf/{connectors,strategies,scripts,controllers}
for child in "$package"/*; do ln -s "$child" home/hummingbot/; done
rm home/hummingbot/__init__.py
cp "$package/__init__.py" home/hummingbot/
cd home

cat >common.py <<'PYTHON'
import sys
from decimal import Decimal

sys.path.insert(0, ".")

from hummingbot.core.rate_oracle.sources.binance_rate_source import BinanceRateSource
from hummingbot.core.rate_oracle.sources.gate_io_rate_source import GateIoRateSource

asked = []


def answer(source, prices):
    """Instead of the exchange."""

    async def get_prices(self, quote_token=None):
        asked.append(self.name)
        return prices

    source.get_prices = get_prices


answer(BinanceRateSource, {"BNB-USDT": Decimal(600), "BTC-USDT": Decimal(30000)})
answer(GateIoRateSource, {"BTC-USDT": Decimal(30000)})
PYTHON

cat >settings.py <<'PYTHON'
import asyncio

from common import asked
from hummingbot.client.config.config_helpers import load_client_config_map_from_file, save_to_yml
from hummingbot.client.settings import CLIENT_CONFIG_PATH
from hummingbot.core.rate_oracle.rate_oracle import RateOracle

config = load_client_config_map_from_file()
config.rate_oracle_source = "binance"
save_to_yml(CLIENT_CONFIG_PATH, config)
print(f"configured: {load_client_config_map_from_file().rate_oracle_source.name}, which knows BNB")
asyncio.run(RateOracle.get_instance().rate_async("BNB-USDT"))
print("after reading the settings the oracle asks:", *asked)
PYTHON

cat >history.py <<'PYTHON'
import contextlib
import io
import logging
from decimal import Decimal

from common import asked
import hummingbot.model.order
import hummingbot.model.order_status
from hummingbot.cli.main import app
from hummingbot.model.trade_fill import TradeFill
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

logging.disable()
engine = create_engine("sqlite:///data/conf_a.sqlite")
TradeFill.metadata.create_all(engine)
fee = {"fee_type": "DeductedFromReturns", "percent": "0", "flat_fees": [{"token": "BNB", "amount": "0.5"}]}
texts = {"config_file_path": "conf_a.yml", "strategy": "s", "market": "m", "symbol": "BTC-USDT", "base_asset": "BTC"}
texts |= {"quote_asset": "USDT", "order_id": "o", "trade_type": "BUY", "order_type": "LIMIT", "exchange_trade_id": "1"}
with Session(engine) as session:
    session.add(TradeFill(**texts, price=Decimal(30000), amount=Decimal(1), timestamp=1, trade_fee=fee))
    session.commit()
table = io.StringIO()
with contextlib.redirect_stdout(table):
    app(["history", "conf_a"], standalone_mode=False)
lines = [[cell.strip() for cell in line.split("|")] for line in table.getvalue().splitlines() if line[:1] == "|"]
print("history asks:", *dict.fromkeys(asked))
print(f"history shows fees {dict(zip(lines[0], lines[-1]))['fees']} of 0.5 BNB")
PYTHON

for part in settings history; do
    "$python" -W ignore "$part.py" 2>"$work/errors" || fail "$part: $(cat "$work/errors")"
done | check_observed
