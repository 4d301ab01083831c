"""One life of orders on every dialect: placed, filled in part, cancelled, filled at market, both sides told right.

The taker is a connector as well, so that nothing here needs to speak a dialect.
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.peatio_profiles import PROFILES, load_profiles
from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.dialects import DIALECTS
from test.end_to_end.support import Bot, engine_levels, eventually, running_bot

BUY, SELL = TradeType.BUY, TradeType.SELL
# What a user has to set by hand.
SET_BY_HAND = {"openfinex": "openfinex", "zsmartex": "zsmartex", "ruby-ranger-0.4": "ranger-0.4"}

Fill = tuple[str, str, str, str, str]


@pytest.fixture(params=sorted(DIALECTS))
async def spoken(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxConfig(seed=11, dialect=request.param)) as exchange:
        yield exchange
    assert exchange.handler_errors == []


def name_exchange(sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch, more: str = "") -> str:
    """Names the sandbox in `folder`/peatio.yml as a user would, and gives its connector's name."""
    dialect = SET_BY_HAND.get(sandbox.config.dialect, "auto")
    entry = f"    domain: {sandbox.url}\n    dialect: {dialect}\n{more}"
    (folder / "peatio.yml").write_text(f"exchanges:\n  spoken:\n{entry}")
    profiles, problems = load_profiles(folder)
    assert problems == []
    monkeypatch.setitem(PROFILES, "peatio_spoken", profiles["peatio_spoken"])
    return "peatio_spoken"


def told(bot: Bot) -> set[Fill]:
    fills = bot.of(MarketEvent.OrderFilled)
    keys = {
        (
            str(fill.exchange_trade_id),
            f"{fill.price.normalize():f}",
            f"{fill.amount.normalize():f}",
            str(fill.trade_fee.flat_fees[0].token),
            f"{fill.trade_fee.flat_fees[0].amount.normalize():f}",
        )
        for fill in fills
    }
    assert len(keys) == len(fills), "each fill once"
    return keys


def booked(sandbox: Sandbox, member: str) -> set[Fill]:
    return {
        (
            str(fill.trade_id),
            f"{fill.price.normalize():f}",
            f"{fill.amount.normalize():f}",
            fill.fee_currency.upper(),
            f"{fill.fee_amount.normalize():f}",
        )
        for fill in sandbox.fills(member)
    }


@pytest.mark.timeout(100)
async def test_orders_live_on_every_dialect(
    spoken: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 1.0)  # the oldest Ranger greets nobody
    name, pairs = name_exchange(spoken, tmp_path, monkeypatch), ["BTC-USD"]
    async with (
        running_bot(
            spoken.url, spoken.members["taker"], pairs, domain=name, instance="taker", closes_client=False
        ) as taker,
        running_bot(spoken.url, spoken.members["bot"], pairs, domain=name, instance="maker") as maker,
    ):
        ask, bid = maker.place("BTC-USD", SELL, "0.1", "30000"), maker.place("BTC-USD", BUY, "0.1", "29000")
        for order_id in (ask, bid):
            await maker.live(order_id)
        await eventually(lambda: taker.exchange.get_price("BTC-USD", True) == 30000, "the taker's book has the ask")

        limit = taker.place("BTC-USD", BUY, "0.04", "30000")
        await taker.event(MarketEvent.BuyOrderCompleted, limit)
        market = taker.place("BTC-USD", BUY, "0.02", None, OrderType.MARKET)
        await taker.event(MarketEvent.BuyOrderCompleted, market)
        await eventually(lambda: told(maker) == booked(spoken, "bot"), "the maker knows its two fills")
        await eventually(lambda: told(taker) == booked(spoken, "taker"), "the taker knows its two fills")
        assert len(told(maker)) == 2
        assert maker.order(ask).executed_amount_base == Decimal("0.06")

        for order_id in (ask, bid):
            maker.exchange.cancel("BTC-USD", order_id)
            await maker.event(MarketEvent.OrderCancelled, order_id)
        await eventually(lambda: engine_levels(spoken, "btcusd") == ([], []), "nothing is left in the engine's book")
        await eventually(lambda: maker.exchange.get_price("BTC-USD", True).is_nan(), "nor in the connector's")
        free, locked = spoken.balances("bot")["btc"]
        assert locked == 0
        await eventually(lambda: maker.available("BTC") == free, "the balance is exact")


@pytest.mark.timeout(100)
@pytest.mark.parametrize("dialect", ["peatio-3.1", "ruby-ranger", "ruby-ranger-0.4"])
async def test_a_token_logs_in_on_rest_and_on_every_websocket(
    dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "ACK_TIMEOUT_S", 1.0)
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = tmp_path / "key.pem"
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    pem.chmod(0o600)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    config = SandboxConfig(seed=11, dialect=dialect, operator_keys=(public,), jwt_audience=("peatio",))
    async with Sandbox(config) as sandbox:
        account = sandbox.members["bot"]
        login = (
            "    login: jwt\n    jwt:\n      key_file: key.pem\n      audience: [peatio]\n"
            f"      uid: {account.uid}\n      email: {account.email}\n"
        )
        name = name_exchange(sandbox, tmp_path, monkeypatch, login)
        async with running_bot(sandbox.url, account, ["BTC-USD"], domain=name, secret="") as bot:
            order_id = bot.place("BTC-USD", BUY, "0.1", "29000")
            await bot.live(order_id)
            bot.exchange.cancel("BTC-USD", order_id)
            await bot.event(MarketEvent.OrderCancelled, order_id)
    assert sandbox.handler_errors == []
