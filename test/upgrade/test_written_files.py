"""Every file that a version wrote is read by the present one, and what a newer one wrote is refused, untouched.

`test/data/written-by-VERSION/` holds what each released version writes. It is never changed: where a form changes, this
version reads the old one, and a folder of the new one is added.
"""

import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.common.errors import ConfigError, JournalError
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.intent import Intent, IntentState
from hummingbot.connector.exchange.peatio.execution.intent_journal import IntentJournal
from hummingbot.connector.exchange.peatio.execution.journal_file import SCHEMA_VERSION, JournalFile
from hummingbot.connector.exchange.peatio.settings.connector import ConnectorSettings, load_settings
from hummingbot.connector.exchange.peatio.settings.exchanges import load_named_exchanges
from hummingbot.core.data_type.common import TradeType
from hummingbot.core.data_type.in_flight_order import OrderState

from peatio_cli.install.instance import MARKER_NAME, InstanceError, open_instance
from test.journals import open_journal

DATA = Path(__file__).parents[1] / "data"
WRITTEN_BY = sorted(DATA.glob("written-by-*"))
LOGGER = logging.getLogger("test")
RATES = FeeRates(Decimal("0.001"), Decimal("0.002"))

of_every_version = pytest.mark.parametrize("written", WRITTEN_BY, ids=lambda folder: folder.name)


def journal_file(written: Path, folder: Path) -> Path:
    """The journal that the version left, as SQLite had it."""
    path = folder / "peatio_journal.sqlite"
    database = sqlite3.connect(path)
    database.executescript((written / "journal.sql").read_text(encoding="utf-8"))
    database.close()
    return path


def opened(path: Path) -> IntentJournal:
    return open_journal(path, "owner", "account")


def intent(
    name: str,
    state: IntentState,
    order_id: str | None = None,
    rates: FeeRates | None = None,
    price: str | None = "0.00002431",
) -> Intent:
    return Intent(
        client_order_id=name,
        trading_pair="DOGE-BTC",
        market="dogebtc",
        is_buy=True,
        amount=Decimal("12345.67890123"),
        price=None if price is None else Decimal(price),
        created_at_s=1_795_207_684.5,
        state=state,
        exchange_order_id=order_id,
        fee_rates=rates,
    )


@of_every_version
def test_the_journal(written: Path, tmp_path: Path) -> None:
    journal = opened(journal_file(written, tmp_path))
    unfinished = {each.client_order_id: each for each in journal.unfinished()}
    assert unfinished == {
        "sent": intent("sent", IntentState.SENT),
        "live": intent("live", IntentState.LIVE, "11", RATES),
        "watched": intent("watched", IntentState.ABSENT),
        "ended": intent("ended", IntentState.ENDED, "12", RATES),
        "market": intent("market", IntentState.SENT, price=None),
    }
    assert journal.has_ended("closed")
    assert journal.is_claimed("13")
    journal.close("live")
    assert journal.has_ended("live")
    journal.record(replace(intent("new", IntentState.SENT), is_maker_only=True))


@of_every_version
def test_the_journal_read_by_a_guard(written: Path, tmp_path: Path) -> None:
    path = journal_file(written, tmp_path)
    before = path.read_bytes()
    looking = JournalFile(path, "owner", "account", is_read_only=True)
    assert {each.client_order_id for each in looking.unfinished()} == {"sent", "live", "watched", "ended", "market"}
    assert path.read_bytes() == before


@of_every_version
def test_an_order_that_hummingbot_saved(written: Path) -> None:
    order = TrackedOrder.from_json(json.loads((written / "order.json").read_text(encoding="utf-8")))
    assert (order.client_order_id, order.exchange_order_id) == ("hbot-1", "11")
    assert order.trade_type is TradeType.BUY
    assert (order.price, order.amount) == (Decimal("0.00002431"), Decimal("12345.67890123"))
    assert order.current_state is OrderState.OPEN
    assert order.fee_rates == RATES


@of_every_version
def test_the_settings_and_named_exchanges(written: Path) -> None:
    assert load_settings(written / "conf") == ConnectorSettings(
        leftovers="adopt",
        refuse_self_trades=False,
        exclusive_account=True,
        pull_quotes=True,
        metrics_port=9464,
        metrics_host="0.0.0.0",
    )
    named_exchanges, problems = load_named_exchanges(written / "conf")
    assert problems == []
    assert named_exchanges["peatio_mycoin"].address.site == "http://127.0.0.1:18991"
    assert named_exchanges["peatio_mycoin"].maker_fee == Decimal("0.001")


@of_every_version
def test_the_instance(written: Path, tmp_path: Path) -> None:
    shutil.copyfile(written / "instance.json", tmp_path / MARKER_NAME)
    instance = open_instance(tmp_path)
    assert not instance.is_new
    assert instance.launcher.is_file()


# As Hummingbot logs in; in a process of its own, which finds the folder as its own.
LOG_IN = """
import sys
from pathlib import Path
from hummingbot.client import settings
settings.CONF_DIR_PATH = Path(sys.argv[1])
settings.CONNECTORS_CONF_DIR_PATH = settings.CONF_DIR_PATH / "connectors"
settings.AllConnectorSettings.create_connector_settings()
from hummingbot.client.config.config_crypt import ETHKeyFileSecretManger
from hummingbot.client.config.security import Security
assert Security.login(ETHKeyFileSecretManger("pw"))
for name in sorted(Security.all_decrypted_values()):
    print(name, *("%s=%s" % field for field in sorted(Security.api_keys(name).items())))
"""
STORED = [
    "peatio peatio_api_key=b8e0355e28c092d8 peatio_exchange_domain=http://127.0.0.1:18991 "
    "peatio_secret_key=0cdf8da793a475752be676f64546be69",
    "peatio_mycoin peatio_mycoin_api_key=b8e0355e28c092d8 peatio_mycoin_secret_key=0cdf8da793a475752be676f64546be69",
]


def log_in(configuration: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOG_IN, configuration],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=90,
        check=False,
    )


@of_every_version
def test_the_stored_keys(written: Path) -> None:
    done = log_in(written / "conf")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("peatio")] == STORED


def test_hummingbot_starts_with_stored_keys_of_an_exchange_that_is_no_longer_named(tmp_path: Path) -> None:
    """It would end with a bare KeyError otherwise, and with it the bots on all other exchanges."""
    configuration = tmp_path / "conf"
    shutil.copytree(WRITTEN_BY[-1] / "conf", configuration)
    (configuration / "peatio.yml").write_text("exchanges:\n  mycoin:\n    domian: http://127.0.0.1:18991\n")
    done = log_in(configuration)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("peatio")] == STORED
    assert "exchange mycoin is left out" in done.stderr
    assert "There are stored keys of peatio_mycoin, but conf/peatio.yml has no usable entry" in done.stderr


# What versions to come may write.


@pytest.mark.parametrize("form", [str(SCHEMA_VERSION + 1), "99", "2b"])
def test_a_newer_journal_is_refused_and_left_as_it_is(tmp_path: Path, form: str) -> None:
    path = tmp_path / "peatio_journal.sqlite"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)")
    database.execute("INSERT INTO meta VALUES ('schema_version', ?)", (form,))
    database.execute("CREATE TABLE intents (something_else TEXT)")
    database.commit()
    database.close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"newer version .* upgrade hummingbot-peatio"):
        opened(path)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name]


def test_a_setting_of_a_newer_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "peatio.yml").write_text("leftovers: adopt\nshiny: true\n")
    with pytest.raises(ConfigError, match="there is no setting shiny"):
        load_settings(tmp_path)


def test_an_instance_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / MARKER_NAME).write_text(json.dumps({"format": 2, "purpose": "ordinary"}))
    with pytest.raises(InstanceError, match="upgrade to that"):
        open_instance(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == [MARKER_NAME]
