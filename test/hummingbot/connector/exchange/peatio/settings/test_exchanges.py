"""The exchanges named in conf/peatio.yml, and what becomes of mistakes in it."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.http import assistants
from hummingbot.connector.exchange.peatio.http.assistants import Connections
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange
from hummingbot.connector.exchange.peatio.peatio_utils import _keys_of
from hummingbot.connector.exchange.peatio.settings.connector import load_settings
from hummingbot.connector.exchange.peatio.settings.exchanges import (
    NAMED_EXCHANGES,
    Venue,
    load_named_exchanges,
)
from hummingbot.core.web_assistant.connections.connections_factory import ConnectionsFactory
from pydantic import SecretStr

from test.hummingbot.connector.exchange.peatio.fixtures import exchange_arguments

WHOLE = """\
leftovers: adopt
exchanges:
  mycoin:
    domain: https://mycoin.example
    rest_prefix: /api/v2/trade/
    order_prefix: /api/v2/trading
    websocket_prefix: /api/v2/stream
    example_pair: eth-usdt_erc20
    maker_fee: 0.001
    taker_fee: "0.0025"
    requests: 100
    interval_s: 10
    dialect: ranger-0.4
    proxy: http://user:pa55word@proxy.example:3128
  other_one:
    domain: other.example:8443
    login: jwt
    jwt:
      key_file: keys/other.pem
      uid: U1
      email: bot@other.example
      role: maker
      audience: [peatio, barong]
      issuer: barong
"""


def write(folder: Path, text: str) -> Path:
    (folder / "peatio.yml").write_text(text)
    return folder


def test_an_exchange_has_all_that_its_entry_says(tmp_path: Path) -> None:
    named_exchanges, problems = load_named_exchanges(write(tmp_path, WHOLE))
    assert problems == []
    assert list(named_exchanges) == ["peatio_mycoin", "peatio_other_one"]
    mycoin = named_exchanges["peatio_mycoin"]
    assert mycoin.address.site == "https://mycoin.example"
    assert mycoin.address.rest_url("public/markets") == "https://mycoin.example/api/v2/trade/public/markets"
    orders = "https://mycoin.example/api/v2/trading/market/orders"
    assert mycoin.address.rest_url("market/orders/7/cancel") == f"{orders}/7/cancel"
    assert mycoin.address.rest_url("market/trades") == "https://mycoin.example/api/v2/trade/market/trades"
    assert mycoin.address.websocket_url("public") == "wss://mycoin.example/api/v2/stream/public"
    assert (mycoin.maker_fee, mycoin.taker_fee) == (Decimal("0.001"), Decimal("0.0025"))
    assert (mycoin.requests, mycoin.interval_s, mycoin.dialect.name) == (100, 10, "ranger-0.4")
    assert mycoin.example_pair == "ETH-USDT_ERC20"
    assert mycoin.jwt is None
    assert "pa55word" not in repr(mycoin)
    login = named_exchanges["peatio_other_one"].jwt
    assert login is not None
    assert login.key_file == tmp_path / "keys" / "other.pem"
    assert (login.uid, login.role, login.level, login.issuer) == ("U1", "maker", 3, "barong")
    assert login.audience == ("peatio", "barong")


def test_a_setting_without_a_value_has_its_default(tmp_path: Path) -> None:
    text = "exchanges:\n  a:\n    domain: a.example\n    proxy:\n    requests:\n    ca_file: ''\n    rest_prefix: ''\n"
    named_exchanges, problems = load_named_exchanges(write(tmp_path, text))
    assert problems == []
    venue = named_exchanges["peatio_a"]
    assert (venue.proxy, venue.requests, venue.ca_file) == ("", 6000, None)
    assert venue.address.rest_url("public/markets") == "https://a.example/public/markets"


def test_no_error_shows_the_password_of_a_proxy() -> None:
    with pytest.raises(ValueError, match="proxy is the URL of an HTTP proxy") as refusal:
        Venue(name="peatio_a", domain="a.example", proxy="socks5://user:pa55word@proxy.example")
    assert "pa55word" not in str(refusal.value)


def test_the_settings_beside_them_hold(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, WHOLE)).leftovers == "adopt"


@pytest.mark.parametrize("text", ["", "# nothing\n", "leftovers: adopt\n", "exchanges:\n", "exchanges: null\n", "- a"])
def test_a_file_without_exchanges_names_none(tmp_path: Path, text: str) -> None:
    assert load_named_exchanges(write(tmp_path, text)) == ({}, [])


def test_no_file_names_none(tmp_path: Path) -> None:
    assert load_named_exchanges(tmp_path) == ({}, [])


@pytest.mark.parametrize(
    ("entry", "line", "said"),
    [
        ("bad-name:\n    domain: a.example", 5, "a name is of lower-case letters"),
        ("x_perpetual:\n    domain: a.example", 5, "neither perpetual nor paper_trade"),
        ("empty:", 5, "lines of the form `setting: value`"),
        ("lost:\n    rest_prefix: /api", 5, "domain is missing"),
        ("bad:\n    domain: ftp://a.example", 5, "is not http or https"),
        ("bad:\n    domain: a.example\n    rest_prefix: api/v2", 5, "rest_prefix begins with a slash"),
        ("bad:\n    domain: a.example\n    maker_fee: 0,2", 5, "maker_fee is a fraction"),
        ("bad:\n    domain: a.example\n    taker_fee: 20", 5, "taker_fee is a fraction"),
        ("bad:\n    domain: a.example\n    requests: 0", 5, "requests is a whole number"),
        ("bad:\n    domain: a.example\n    dialect: klingon", 5, "dialect is one of auto"),
        ("bad:\n    domain: a.example\n    example_pair: btcusd", 5, "example_pair is written like BTC-USD"),
        ("bad:\n    domain: a.example\n    proxy: socks5://a", 5, "proxy is the URL of an HTTP proxy"),
        ("bad:\n    domain: a.example\n    proxy: http://u:hush@a:x", 5, "proxy is the URL of an HTTP proxy"),
        ("bad:\n    domain: a.example\n    domian: b.example", 5, "no setting domian (did you mean domain?)."),
        ("bad:\n    domain: [a.example]", 5, "domain is one value"),
        ("bad:\n    domain: a.example\n    login: jwt", 5, "lines of the form"),
        ("bad:\n    domain: a.example\n    login: password", 5, "login is one of api_key, jwt, not 'password'"),
        ("bad:\n    domain: a.example\n    jwt: {key_file: k, uid: U, email: e}", 5, "`jwt` needs login: jwt"),
        ("bad:\n    domain: a.example\n    name: other", 5, "there is no setting name"),
        ("bad:\n    domain: a.example\n    ca_file: [a.pem]", 5, "ca_file is the path of a file"),
        ("bad:\n    domain: a.example\n    login: jwt\n    jwt: {uid: U1}", 5, "key_file is missing"),
        ("bad:\n    domain: a.example\n    login: jwt\n    jwt: {key_file: k, uid: U, email: e, x: 1}", 5, "setting x"),
        ("good:\n    domain: b.example", 5, "there is another exchange of that name"),
    ],
)
def test_a_bad_entry_is_left_out_with_its_line_and_the_others_stay(
    tmp_path: Path, entry: str, line: int, said: str
) -> None:
    text = f"leftovers: cancel\nexchanges:\n  good:\n    domain: a.example\n  {entry}\n  last:\n    domain: c.example\n"
    named_exchanges, problems = load_named_exchanges(write(tmp_path, text))
    assert list(named_exchanges) == ["peatio_good", "peatio_last"]
    (problem,) = problems
    assert problem.startswith(f"{tmp_path / 'peatio.yml'}, line {line}: exchange ")
    assert "hush" not in problem
    assert said in problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exchanges:\n  good: [\n", "line 3: not YAML"),
        ("exchanges:\n  - good\n", "write a name and a colon"),
        ("a: !!python/object:os.system x\nexchanges:\n  b: !!python/x 1\n", "line 3: not YAML"),
        ("a: 1\n---\nb: 2\n", "not YAML"),
        ("exchanges: &a\n  b: *c\n", "not YAML"),
    ],
)
def test_a_broken_file_names_none_and_says_where(tmp_path: Path, text: str, said: str) -> None:
    named_exchanges, problems = load_named_exchanges(write(tmp_path, text))
    assert named_exchanges == {}
    (problem,) = problems
    assert said in problem


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "peatio.yml").write_bytes(b"\xff\xfe\x00")
    named_exchanges, problems = load_named_exchanges(tmp_path)
    assert named_exchanges == {}
    assert len(problems) == 1


@pytest.mark.parametrize("value", ["2026-13-45", "[" * 5000])
def test_a_value_that_yaml_itself_stumbles_over_breaks_nothing(tmp_path: Path, value: str) -> None:
    text = f"exchanges:\n  bad:\n    domain: {value}\n"
    named_exchanges, problems = load_named_exchanges(write(tmp_path, text))
    assert named_exchanges == {}
    assert len(problems) == 1


LIST = """
import sys
from pathlib import Path
from hummingbot import set_data_path
from hummingbot.client import settings
settings.CONF_DIR_PATH = Path(sys.argv[1])
settings.AllConnectorSettings.create_connector_settings()
from hummingbot.data_feed.candles_feed.candles_factory import CandlesFactory
assert "hummingbot.connector.exchange.peatio.peatio_exchange" not in sys.modules, "not for candles"
for name, setting in settings.AllConnectorSettings.get_connector_settings().items():
    if name.startswith("peatio"):
        print(name, setting.example_pair, setting.trade_fee_schema.maker_percent_fee_decimal,
              ",".join(key for key in type(setting.config_keys).model_fields if key != "connector"))
        assert CandlesFactory._candles_map[name].exchange_name == name
        setting.non_trading_connector_instance_with_default_configuration()
"""


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (
            WHOLE,
            [
                "peatio BTC-USD 0.002 peatio_exchange_domain,peatio_api_key,peatio_secret_key",
                "peatio_mycoin ETH-USDT_ERC20 0.001 peatio_mycoin_api_key,peatio_mycoin_secret_key",
                "peatio_other_one BTC-USD 0.002",
            ],
        ),
        ("exchanges: [", ["peatio BTC-USD 0.002 peatio_exchange_domain,peatio_api_key,peatio_secret_key"]),
    ],
)
def test_hummingbot_lists_them_as_connectors_of_their_own(tmp_path: Path, text: str, listed: list[str]) -> None:
    """In a process of its own, which starts as Hummingbot does. A broken file does not keep it from starting."""
    pem = tmp_path / "keys" / "other.pem"
    pem.parent.mkdir()
    pem.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    pem.chmod(0o600)
    write(tmp_path, text)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LIST, str(tmp_path)],
        capture_output=True, text=True, env=environment, timeout=60, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [line.strip() for line in done.stdout.splitlines() if line.startswith("peatio")] == listed
    assert ("not YAML" in done.stderr) is (text != WHOLE)


@pytest.fixture
def mycoin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Venue:
    named_exchanges, _ = load_named_exchanges(write(tmp_path, WHOLE))
    named_exchange = named_exchanges["peatio_mycoin"]
    monkeypatch.setitem(NAMED_EXCHANGES, "peatio_mycoin", named_exchange)
    monkeypatch.setattr(assistants, "_CONNECTIONS", {})
    return named_exchange


def exchange_named(name: str, folder: Path) -> PeatioExchange:
    arguments = {**exchange_arguments(folder, ["BTC-USD"]), "domain": name, "peatio_exchange_domain": ""}
    return PeatioExchange(**arguments)


async def test_its_connector_goes_to_its_address_with_its_limit_and_its_own_connections(
    mycoin: Venue, tmp_path: Path
) -> None:
    exchange = exchange_named("peatio_mycoin", tmp_path)
    assert exchange.name == "peatio_mycoin"
    assert exchange.site == "https://mycoin.example"
    assert exchange.venue.address.websocket_url("public") == "wss://mycoin.example/api/v2/stream/public"
    assert [(limit.limit, limit.time_interval) for limit in exchange.rate_limits_rules] == [(100, 10)]
    plain = exchange_named("peatio", tmp_path)
    factories = [each._web_assistants_factory._connections_factory for each in (exchange, plain)]
    own, shared = [(await factory._get_shared_client()).connector for factory in factories]
    assert own is not shared
    assert shared is (await ConnectionsFactory()._get_shared_client()).connector
    await ConnectionsFactory().close()
    again = (await factories[1]._get_shared_client()).connector
    assert not again.closed, "Hummingbot has closed its own, for another connector's sake"
    for factory in factories:
        await factory.close()
    assert own.closed
    assert again.closed


async def test_a_name_that_nobody_gave_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no exchange peatio_gone: add it under `exchanges`"):
        exchange_named("peatio_gone", tmp_path)


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used as certificates"):
        Connections(tmp_path / "none.pem", "")


def test_the_documentation_names_every_setting_and_its_example_works(tmp_path: Path) -> None:
    text = (Path(__file__).parents[6] / "docs" / "operate" / "exchanges.md").read_text()
    for setting in Venue.model_fields.keys() - {"name"}:
        assert f"| `{setting}` |" in text, setting
    example = text.split("```yaml\n")[1].split("```")[0]
    named_exchanges, problems = load_named_exchanges(write(tmp_path, example))
    assert problems == []
    assert list(named_exchanges) == ["peatio_mycoin", "peatio_other"]


def test_an_operator_can_preset_the_exchange_for_their_users() -> None:
    script = (
        "from hummingbot.connector.exchange.peatio.peatio_utils import KEYS\n"
        "for name, field in type(KEYS).model_fields.items():\n"
        "    extra = field.json_schema_extra or {}\n"
        "    prompt = extra.get('prompt')\n"
        "    print('said:', name, extra.get('is_connect_key'), prompt(KEYS) if callable(prompt) else prompt)\n"
        "from hummingbot.connector.exchange.peatio.config import parse_domain\n"
        "print('said:', parse_domain('').rest)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PEATIO_EXCHANGE_DOMAIN": "own.example"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True, text=True, env=environment, timeout=60, check=True,
    )
    assert [line[6:] for line in done.stdout.splitlines() if line.startswith("said:")] == [
        "connector None None",
        "peatio_exchange_domain False Enter the exchange's domain or URL (own.example)",
        "peatio_api_key True Enter your API key for own.example",
        "peatio_secret_key True Enter your API secret for own.example",
        "https://own.example/api/v2/peatio",
    ]


def test_openfinex_has_its_orders_elsewhere_unless_told_otherwise(tmp_path: Path) -> None:
    text = "exchanges:\n  a: {domain: a.example, dialect: openfinex}\n"
    text += "  b: {domain: b.example, dialect: openfinex, order_prefix: /orders}\n"
    named_exchanges, problems = load_named_exchanges(write(tmp_path, text))
    assert problems == []
    assert named_exchanges["peatio_a"].address.orders == "https://a.example/api/v2/finex"
    assert named_exchanges["peatio_a"].address.rest == "https://a.example/api/v2/peatio"
    assert named_exchanges["peatio_b"].address.orders == "https://b.example/orders"


def test_the_answers_to_a_named_exchanges_questions_become_secrets(mycoin: Venue) -> None:
    """Or Hummingbot would save them unencrypted."""
    keys = _keys_of(mycoin)
    keys.peatio_mycoin_api_key = " a-key\n"
    keys.peatio_mycoin_secret_key = "a-secret\t"
    assert keys.peatio_mycoin_api_key.get_secret_value() == "a-key"
    assert keys.peatio_mycoin_secret_key.get_secret_value() == "a-secret"
    assert isinstance(keys.peatio_mycoin_api_key, SecretStr)
    assert isinstance(keys.peatio_mycoin_secret_key, SecretStr)
    assert "a-secret" not in repr(keys)
