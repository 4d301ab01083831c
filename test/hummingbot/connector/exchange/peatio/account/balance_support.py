"""Balances by a line each, for the tests of `Balances`."""

from decimal import Decimal

from hummingbot.connector.exchange.peatio.account.balances import Balances
from hummingbot.connector.exchange.peatio.common.balance_messages import Balance


def balances_of(**funds: tuple[str, str]) -> Balances:
    balances = Balances()
    take(balances, False, **funds)
    return balances


def take(balances: Balances, is_confirmed: bool = False, **funds: tuple[str, str]) -> None:
    """A snapshot is requested and answered; with `is_confirmed` our orders and trades were asked for after it."""
    with balances.snapshot() as snapshot:
        balances.compare(snapshot, rows_of(**funds))
        if is_confirmed:
            balances.accept(snapshot)


def rows_of(**funds: tuple[str, str]) -> list[Balance]:
    return [Balance(name, Decimal(free), Decimal(locked)) for name, (free, locked) in funds.items()]


def buy(balances: Balances, key: str, costs: int | str, is_answered: bool = True, is_live: bool = True) -> None:
    """A limit order that buys BTC for USD."""
    balances.reserve(key, "USD", "BTC", Decimal(costs), is_answered)
    if is_live:
        balances.live(key)


def fill(balances: Balances, key: str, spent: int | str, received: int | str) -> None:
    balances.fill(key, ("USD", Decimal(spent)), ("BTC", Decimal(received)))


def funds(balances: Balances, currency: str) -> tuple[str, str]:
    """Available and total."""
    return f"{balances.available[currency]:f}", f"{balances.total[currency]:f}"
