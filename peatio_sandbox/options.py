"""What options of a command line say about an exchange, read into its configuration."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from peatio_sandbox.candle_file import CandleFileError, read_candles
from peatio_sandbox.config import MemberSpec, SandboxConfig
from peatio_sandbox.exchange.decimals import fits_precision
from peatio_sandbox.exchange.market import ACTIVE_STATES
from peatio_sandbox.exchange.past import Series
from peatio_sandbox.exchange.resize import Telling
from peatio_sandbox.market_file import MarketFileError, read_market
from peatio_sandbox.peg.coin import PeggedCoin, with_pegged_coin
from peatio_sandbox.peg.columns import HIGHEST_PEG

#: Whose balance an option sets if it names no member.
DEFAULT_MEMBER = "bot"
#: What Peatio's columns hold, decimal(32, 16): digits before and after the point.
_TOO_MUCH = Decimal(10) ** 16
_DECIMALS = 16
_BALANCE = re.compile(r"(?:(?P<member>[^:=]+):)?(?P<currency>[^:=]+)=(?P<amount>.+)")

_SPAN = re.compile(r"(?P<count>\d+)(?P<unit>[mhdw])")
_UNITS_S = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST_S = 5 * 366 * 86_400


class OptionError(ValueError):
    """An option cannot be used; the text says what is wrong with it and what to write instead."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}; remedy: {remedy}")


def with_pegged(
    config: SandboxConfig, code: str, pegs: str, every_s: float | None, telling: str
) -> SandboxConfig:
    """Return the configuration with a pegged coin: two currencies, three markets, and the cycles to come.

    Args:
        code: of the liquid currency, as in bay.
        pegs: the peg and those of the cycles, as in 51,53,56.
        every_s: seconds between two cycles; None: only by command.
        telling: how resized orders are shown (`peatio_sandbox.exchange.resize.Telling`).

    Raises:
        OptionError: one of them cannot be used.
    """
    numbers = [part.strip() for part in pegs.split(",")]
    wrong = next((part for part in numbers if not part.isdecimal() or int(part) > HIGHEST_PEG), None)
    if wrong is not None:
        raise OptionError(f"--peg {pegs}: {wrong!r} is no peg", f"numbers from 0 to {HIGHEST_PEG}, as in 51,53,56")
    if telling not in list(Telling):
        raise OptionError(f"there is no telling {telling!r}", f"one of {', '.join(Telling)}")
    if not code.isascii() or not code.isalpha() or not code.islower():
        raise OptionError(f"--pegged {code}: it is no currency's code", "lower-case letters, as in bay")
    coin = PeggedCoin(code, tuple(int(part) for part in numbers), every_s, telling=Telling(telling))
    try:
        return with_pegged_coin(config, coin)
    except ValueError as error:
        raise OptionError(f"--pegged {code}: {error}", "another code, as in bay") from None


def with_balances(config: SandboxConfig, texts: Sequence[str]) -> SandboxConfig:
    """Return the configuration with other balances: ``usd=20000``, or ``maker:btc=2`` for another member than `bot`.

    A member's other currencies keep their amounts. Of two amounts for the same currency the later one counts.

    Raises:
        OptionError: a text is none of the kind, or names a member or a currency that there is not.
    """
    members = {member.name: member for member in config.members}
    currencies = [currency.code for currency in config.currencies]
    for text in texts:
        match = _BALANCE.fullmatch(text)
        if match is None:
            remedy = "write --balance CURRENCY=AMOUNT or MEMBER:CURRENCY=AMOUNT, as in usd=20000"
            raise OptionError(f"{text!r} is no balance", remedy)
        name, code = match["member"] or DEFAULT_MEMBER, match["currency"].lower()
        if name not in members:
            raise OptionError(f"--balance {text}: there is no member {name!r}", f"one of {', '.join(members)}")
        if code not in currencies:
            raise OptionError(f"--balance {text}: there is no currency {code!r}", f"one of {', '.join(currencies)}")
        members[name] = _with_balance(members[name], code, _amount(text, match["amount"]))
    return replace(config, members=tuple(members.values()))


def _with_balance(member: MemberSpec, code: str, amount: Decimal) -> MemberSpec:
    return replace(member, balances={**member.balances, code: amount})


def _amount(option: str, text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise OptionError(f"--balance {option}: {text!r} is not a number", "write an amount such as 20000 or 0.5")
    if not 0 <= amount < _TOO_MUCH or not fits_precision(amount, _DECIMALS):
        problem = f"--balance {option}: {text} is no amount"
        raise OptionError(problem, f"from 0 to below 10^16, with at most {_DECIMALS} decimals")
    return amount


def with_history(config: SandboxConfig, texts: Sequence[str]) -> SandboxConfig:
    """Return the configuration with a past: of a span of time, ``7d``, or of files, ``btcusd=FILE``.

    A file without a market is the first market's. Markets without a file have the past that the seed makes up.

    Raises:
        OptionError: a text is neither, or its file has no candles.
    """
    past = {series.market.symbol: series for series in config.past}
    history_s = config.history_s
    for text in texts:
        match = _SPAN.fullmatch(text)
        if match is None:
            series = _read_past(config, text)
            past[series.market.symbol] = series
            continue
        history_s = int(match["count"]) * _UNITS_S[match["unit"]]
        if not 0 < history_s <= _LONGEST_S:
            raise OptionError(f"--history {text}: not so long", "from 1m to 5 years (1830d)")
    return replace(config, history_s=history_s, past=tuple(past.values()))


def with_played(config: SandboxConfig, texts: Sequence[str]) -> SandboxConfig:
    """Return the configuration with recorded markets: ``btcusd=FILE``, or ``FILE`` for the first market.

    Raises:
        OptionError: there is no such market, or the file is no recorded market.
    """
    markets = [market.symbol for market in config.markets if market.state in ACTIVE_STATES]
    played = dict(config.played)
    for text in texts:
        symbol, separator, name = text.partition("=")
        if not separator or os.path.exists(text):
            symbol, name = markets[0], text
        if symbol not in markets:
            raise OptionError(f"--play {text}: there is no market {symbol!r}", f"one of {', '.join(markets)}")
        try:
            next(read_market(Path(name)), None)
        except MarketFileError as error:
            raise OptionError(f"--play {text}: {error}", "a file of `hummingbot-peatio record-market`") from None
        except OSError as error:
            raise OptionError(f"--play {text}: cannot read {name}: {error.strerror}", "another file") from None
        played[symbol] = Path(name)
    return replace(config, played=played)


def _read_past(config: SandboxConfig, text: str) -> Series:
    markets = {market.symbol: market for market in config.markets if market.state in ACTIVE_STATES}
    symbol, separator, name = text.partition("=")
    if not separator or os.path.exists(text):
        symbol, name = next(iter(markets)), text
    if symbol not in markets:
        raise OptionError(f"--history {text}: there is no market {symbol!r}", f"one of {', '.join(markets)}")
    try:
        return read_candles(Path(name), markets[symbol])
    except CandleFileError as error:
        raise OptionError(f"--history {error.problem}", error.remedy) from None
    except OSError as error:
        raise OptionError(
            f"--history {text}: cannot read {name}: {error.strerror}", "a span of time such as 7d, or a file of candles"
        ) from None
