"""The ledger: free and locked money per member and currency, and the fees the exchange has earned.

Pure bookkeeping without I/O. Every operation either happens whole or raises and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from peatio_sandbox.exchange.decimals import EXACT, ZERO


class InsufficientFundsError(Exception):
    """An account does not hold what an operation wants to take from it."""


@dataclass(slots=True)
class Account:
    """Money of one member in one currency: ``balance`` is free, ``locked`` is bound in orders."""

    balance: Decimal = ZERO
    locked: Decimal = ZERO


class Ledger:
    """All accounts of the exchange."""

    def __init__(self) -> None:
        self._accounts: dict[str, dict[str, Account]] = {}
        self._fees: dict[str, Decimal] = {}
        #: Called with uid and currency whenever an account has changed.
        self.on_change: Callable[[str, str], None] = lambda _uid, _currency: None

    def has_account(self, uid: str, currency: str) -> bool:
        """Return whether the member has ever had to do with the currency."""
        return currency in self._accounts.get(uid, {})

    def account(self, uid: str, currency: str) -> Account:
        """Return the account, opening it if need be."""
        return self._accounts.setdefault(uid, {}).setdefault(currency, Account())

    def holdings(self, uid: str) -> dict[str, tuple[Decimal, Decimal]]:
        """Return currency -> (free, locked) for every account of the member."""
        accounts = self._accounts.get(uid, {})
        return {currency: (account.balance, account.locked) for currency, account in accounts.items()}

    def deposit(self, uid: str, currency: str, amount: Decimal) -> None:
        """Add free money.

        Raises:
            ValueError: the amount is negative.
        """
        if amount < ZERO:
            raise ValueError(f"a deposit cannot be negative: {amount}")
        account = self.account(uid, currency)
        account.balance = EXACT.add(account.balance, amount)
        self.on_change(uid, currency)

    def adjust(self, uid: str, currency: str, change: Decimal) -> None:
        """Change free money without a trade: a pegged coin's cycle.

        Raises:
            InsufficientFundsError: less than that is free.
        """
        account = self.account(uid, currency)
        balance = EXACT.add(account.balance, change)
        if balance < ZERO:
            raise InsufficientFundsError(f"cannot take {EXACT.minus(change)} {currency}, free is {account.balance}")
        if change != ZERO:
            account.balance = balance
            self.on_change(uid, currency)

    def lock(self, uid: str, currency: str, amount: Decimal) -> None:
        """Bind free money in an order.

        Raises:
            InsufficientFundsError: less than ``amount`` is free.
        """
        account = self.account(uid, currency)
        if amount < ZERO or account.balance < amount:
            raise InsufficientFundsError(f"cannot lock {amount} {currency}, free is {account.balance}")
        account.balance = EXACT.subtract(account.balance, amount)
        account.locked = EXACT.add(account.locked, amount)
        self.on_change(uid, currency)

    def unlock(self, uid: str, currency: str, amount: Decimal) -> None:
        """Set bound money free.

        Raises:
            InsufficientFundsError: less than ``amount`` is locked.
        """
        account = self.account(uid, currency)
        if amount < ZERO or account.locked < amount:
            raise InsufficientFundsError(f"cannot unlock {amount} {currency}, locked is {account.locked}")
        account.locked = EXACT.subtract(account.locked, amount)
        account.balance = EXACT.add(account.balance, amount)
        self.on_change(uid, currency)

    def spend_locked(self, uid: str, currency: str, amount: Decimal) -> None:
        """Take bound money away: what a trade costs its payer.

        Raises:
            InsufficientFundsError: less than ``amount`` is locked.
        """
        account = self.account(uid, currency)
        if amount < ZERO or account.locked < amount:
            raise InsufficientFundsError(f"cannot spend {amount} {currency}, locked is {account.locked}")
        account.locked = EXACT.subtract(account.locked, amount)
        self.on_change(uid, currency)

    def receive(self, uid: str, currency: str, income: Decimal, fee: Decimal) -> None:
        """Credit a trade's income less the fee, which goes to the exchange."""
        account = self.account(uid, currency)
        account.balance = EXACT.add(account.balance, EXACT.subtract(income, fee))
        self._fees[currency] = EXACT.add(self._fees.get(currency, ZERO), fee)
        self.on_change(uid, currency)

    def fees_earned(self, currency: str) -> Decimal:
        """Return what the exchange has taken in fees."""
        return self._fees.get(currency, ZERO)

    def total(self, currency: str) -> Decimal:
        """Return all money of a currency: free, locked and earned in fees. Trading never changes it."""
        result = self.fees_earned(currency)
        for accounts in self._accounts.values():
            account = accounts.get(currency)
            if account is not None:
                result = EXACT.add(result, EXACT.add(account.balance, account.locked))
        return result
