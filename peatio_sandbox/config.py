"""What a sandbox is made of: its markets, members, money and delays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from peatio_sandbox.dialects import DEFAULT_DIALECT
from peatio_sandbox.exchange.market import ANY, Currency, Market, TradingFee
from peatio_sandbox.exchange.past import Series
from peatio_sandbox.exchange.scheduler import Delay
from peatio_sandbox.peg.coin import PeggedCoin

D = Decimal


@dataclass(frozen=True, slots=True)
class MemberSpec:
    """A member to create. ``inactive_key`` names a second, deactivated key of the same person."""

    name: str
    uid: str
    email: str
    balances: Mapping[str, Decimal] = field(default_factory=dict)
    level: int = 3
    group: str = "vip-0"
    otp: bool = True
    inactive_key: str | None = None


@dataclass(frozen=True, slots=True)
class MemberAccount:
    """A member together with the credentials of the API key made for it."""

    name: str
    uid: str
    email: str
    api_key: str
    secret: str = field(repr=False)


_ANSWER = Delay(0.002, 0.006, tail_s=0.25, tail_chance=0.03)
_PENDING_EVENT = Delay(0.0, 0.005)
_ORDER_PROCESSOR = Delay(0.015, 0.025)
_MATCHING = Delay(0.002, 0.006)
_PROCESSOR_EVENT = Delay(0.003, 0.010, tail_s=0.2, tail_chance=0.02)
_TRADE_EXECUTOR = Delay(0.020, 0.060)
_CANDLES = Delay(0.7, 1.8)


@dataclass(frozen=True)
class Latencies:
    """How long Peatio's processes take (the figures are of the order of those recorded, docs/reference/sandbox.md)."""

    #: From storing the order or handing on the cancel to the HTTP answer.
    answer: Delay = _ANSWER
    #: From storing the order to its ``pending`` event; shorter than ``answer`` in about three of four cases.
    pending_event: Delay = _PENDING_EVENT
    order_processor: Delay = _ORDER_PROCESSOR
    matching: Delay = _MATCHING
    #: From the order's change to ``wait``, ``cancel`` or ``reject`` to the event that tells of it.
    processor_event: Delay = _PROCESSOR_EVENT
    trade_executor: Delay = _TRADE_EXECUTOR
    #: From the end of a period until ``k-line`` has its trades again (InfluxDB's continuous query).
    candles: Delay = _CANDLES

    def scaled(self, factor: float) -> Latencies:
        """Return the same delays, ``factor`` times as long."""
        return Latencies(**{entry.name: getattr(self, entry.name).scaled(factor) for entry in fields(self)})


DEFAULT_CURRENCIES: tuple[Currency, ...] = (
    Currency("usd", "US Dollar", "fiat", 2, D("1")),
    Currency("btc", "Bitcoin", "coin", 8, D("30000"), blockchain="btc-testnet", protocol="BTC"),
    Currency("eth", "Ethereum", "coin", 8, D("2000"), blockchain="eth-rinkeby", protocol="Rinkeby", base_factor=10**18),
    Currency(
        "usdt", "Tether", "coin", 8, D("1"), "eth", blockchain="eth-rinkeby", protocol="Rinkeby", base_factor=10**6
    ),
    Currency(
        "trst", "WeTrust", "coin", 8, D("1"), "eth", blockchain="eth-rinkeby", protocol="Rinkeby", base_factor=10**6
    ),
    Currency("doge", "Dogecoin", "coin", 8, D("0.75"), blockchain="doge-testnet", protocol="DOGE"),
)

DEFAULT_MARKETS: tuple[Market, ...] = (
    Market("btcusd", "btc", "usd", 6, 2, D("0.01"), D("0"), D("0.0001")),
    Market("ethusd", "eth", "usd", 4, 2, D("0.01"), D("0"), D("0.001")),
    Market("ethbtc", "eth", "btc", 4, 6, D("0.000001"), D("10"), D("0.001")),
    Market("dogebtc", "doge", "btc", 8, 8, D("0.00000001"), D("0"), D("0.00000001")),
    Market("trstusd", "trst", "usd", 4, 4, D("0.0001"), D("0"), D("0.0001"), "disabled"),
)

DEFAULT_FEES: tuple[TradingFee, ...] = (TradingFee(ANY, ANY, D("0.001"), D("0.002")),)

_WELL_FUNDED = {"btc": D(1000), "eth": D(10_000), "usd": D(10_000_000), "doge": D(10_000_000), "usdt": D(100_000)}

DEFAULT_MEMBERS: tuple[MemberSpec, ...] = (
    MemberSpec("bot", "IDBOT0000001", "bot@example.com", _WELL_FUNDED),
    MemberSpec("maker", "IDMAKER0001", "maker@example.com", _WELL_FUNDED, inactive_key="inactive"),
    MemberSpec("taker", "IDTAKER0001", "taker@example.com", _WELL_FUNDED),
    MemberSpec("poor", "IDPOOR00001", "poor@example.com", {"usd": D(5)}),
    MemberSpec("low", "IDLOWLVL001", "low@example.com", {}, level=1),
    MemberSpec("you", "IDYOU0000001", "you@example.com", _WELL_FUNDED),
)
#: The member that the page's order form trades as (docs/reference/browser.md); without such a member there is no form.
MANUAL_TRADER = "you"


@dataclass(frozen=True)
class SandboxConfig:
    """Everything a :class:`peatio_sandbox.Sandbox` needs to know; the defaults make a ready exchange.

    Two sandboxes with equal configurations draw the same delays and make the same keys.
    """

    host: str = "127.0.0.1"
    #: 0 lets the system choose a free port.
    port: int = 0
    seed: int = 0
    #: Let seeded people trade on the markets they know (docs/reference/sandbox.md, "Traders").
    traders: bool = False
    #: Every pause of theirs is that many times as long.
    trader_slowness: float = 1.0
    markets: tuple[Market, ...] = DEFAULT_MARKETS
    currencies: tuple[Currency, ...] = DEFAULT_CURRENCIES
    members: tuple[MemberSpec, ...] = DEFAULT_MEMBERS
    trading_fees: tuple[TradingFee, ...] = DEFAULT_FEES
    minimum_level_for_trading: int = 3
    latencies: Latencies = field(default_factory=Latencies)
    #: The exchange's clock minus this machine's clock.
    clock_skew_s: float = 0.0
    #: How often ``global.tickers`` and k-lines are published.
    ticker_period_s: float = 5.0
    #: The list of all tickers is this old at most, as Peatio caches it.
    tickers_cached_s: float = 5.0
    #: Finished orders kept per member; the oldest are forgotten beyond this.
    finished_orders_kept: int = 20_000
    #: Which Peatio the sandbox speaks like (docs/reference/sandbox-dialects.md).
    dialect: str = DEFAULT_DIALECT
    #: Every enabled market has a past of this length, made up from the seed, that ends when the sandbox starts.
    history_s: int = 0
    #: These markets have this past instead, moved in time so that it ends when the sandbox starts.
    past: tuple[Series, ...] = ()
    #: Files of recorded markets, by the market that each is played on (docs/reference/recording.md).
    played: Mapping[str, Path] = field(default_factory=dict)
    #: Public keys, in PEM form, whose owner may sign tokens that log in (docs/reference/sandbox-dialects.md, "Tokens").
    operator_keys: tuple[str, ...] = ()
    #: A coin whose supply moves by a peg; add it with `peatio_sandbox.peg.coin.with_pegged_coin`.
    pegged: PeggedCoin | None = None
    #: One of these must be in a token's ``aud``; empty: it is not looked at.
    jwt_audience: tuple[str, ...] = ()
    #: What a token's ``iss`` must be; None: it is not looked at.
    jwt_issuer: str | None = None


def make_credentials(seed: int, name: str) -> tuple[str, str]:
    """Return the (key, secret) of a member's API key: throw-away values that depend on the seed alone."""
    digest = hashlib.sha256(f"peatio-sandbox {seed} {name}".encode()).hexdigest()
    return digest[:16], digest[16:48]


def load_start_state(path: Path) -> SandboxConfig:
    """Read a recorded start state (``start_state.json``) into a configuration.

    Raises:
        OSError: the file cannot be read.
        KeyError, ValueError: it is not a start state.
    """
    state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    inactive = {entry["uid"]: name for name, entry in state["members"].items() if entry.get("key") == "inactive"}
    members = tuple(
        MemberSpec(
            name=name,
            uid=entry["uid"],
            email=entry["email"],
            balances={code: D(amount) for code, amount in entry["balances"].items()},
            level=entry["level"],
            group=entry["group"],
            otp=entry["otp"],
            inactive_key=inactive.get(entry["uid"]),
        )
        for name, entry in state["members"].items()
        if entry.get("key") == "active"
    )
    markets = tuple(
        Market(
            entry["symbol"],
            entry["base"],
            entry["quote"],
            entry["amount_precision"],
            entry["price_precision"],
            D(entry["min_price"]),
            D(entry["max_price"]),
            D(entry["min_amount"]),
            entry["state"],
        )
        for entry in state["markets"]
    )
    fees = tuple(
        TradingFee(entry["group"], entry["market_id"], D(entry["maker"]), D(entry["taker"]))
        for entry in state["trading_fees"]
    )
    return SandboxConfig(
        markets=markets,
        currencies=tuple(c for c in DEFAULT_CURRENCIES if c.code in state["currencies"]),
        members=members,
        trading_fees=fees,
        minimum_level_for_trading=state["minimum_level_for_trading"],
    )
