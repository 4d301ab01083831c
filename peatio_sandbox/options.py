"""What options of a command line say about an exchange, read into its configuration."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from peatio_sandbox.config import MemberSpec, SandboxConfig
from peatio_sandbox.exchange.decimals import fits_precision

#: Whose balance an option sets if it names no member.
DEFAULT_MEMBER = "bot"
#: What Peatio's columns hold, decimal(32, 16): digits before and after the point.
_TOO_MUCH = Decimal(10) ** 16
_DECIMALS = 16
_BALANCE = re.compile(r"(?:(?P<member>[^:=]+):)?(?P<currency>[^:=]+)=(?P<amount>.+)")


class OptionError(ValueError):
    """An option cannot be used; the text says what is wrong with it and what it may be instead."""


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
            form = "CURRENCY=AMOUNT or MEMBER:CURRENCY=AMOUNT, as in usd=20000"
            raise OptionError(f"{text!r} is no balance: write {form}")
        name, code = match["member"] or DEFAULT_MEMBER, match["currency"].lower()
        if name not in members:
            raise OptionError(f"{text!r}: there is no member {name!r}; the members are {', '.join(members)}")
        if code not in currencies:
            raise OptionError(f"{text!r}: there is no currency {code!r}; the currencies are {', '.join(currencies)}")
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
        raise OptionError(f"{option!r}: {text!r} is not a number")
    if not 0 <= amount < _TOO_MUCH or not fits_precision(amount, _DECIMALS):
        raise OptionError(f"{option!r}: an amount is at least 0 and below 10^16, with at most {_DECIMALS} decimals")
    return amount
