"""What the tracker's wallet could spend, what was deposited of it, and what was withdrawn. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random
from typing import Any

from peatio_sandbox.peg import answers
from peatio_sandbox.peg.balances import Style

#: A BitBay address: base58 that begins with a B.
_ADDRESS = re.compile(r"B[1-9A-HJ-NP-Za-km-z]{25,34}")
#: A deposit key is no key: nobody shall send coins to it.
_FAKE_KEY = "FAKE-KEY-of-a-sandbox-do-not-send-coins-"


@dataclass(frozen=True, slots=True)
class Spendable:
    """An output of the wallet; amounts in satoshi."""

    amount: int
    address: str
    is_change: bool = False
    confirmations: int = 10

    def described(self) -> dict[str, Any]:
        """Return it as ``GetSpendable`` does: numbers as strings, but for ``supply``."""
        row: dict[str, Any] = {
            "amount": str(self.amount),
            "rtotal": "0",
            "ltotal": str(self.amount),
            "nfreeze": "0",
            "confirmations": str(self.confirmations),
            "supply": 0,
            "address": self.address,
        }
        return {**row, "change": 1} if self.is_change else row


@dataclass(slots=True)
class _Deposit:
    name: str
    amount: int
    is_registered: bool = False

    def described(self) -> dict[str, Any]:
        return {"name": self.name, "registered": 1} if self.is_registered else {"name": self.name}


@dataclass(slots=True)
class Withdrawal:
    """A withdrawal on its way; it is built at one cycle and complete at the second after it."""

    user: str
    amount: int
    style: Style
    address: str
    txid: str
    status: str = ""
    cycle: int = 0

    def described(self, withdrawal_id: str) -> dict[str, Any]:
        """Return it as ``CheckWithdraw`` does."""
        return {
            "status": self.status,
            "txid": self.txid,
            "ID": withdrawal_id,
            "block": self.cycle * 200,
            "in0": f"{self.txid}:0",
        }


_NEXT = {"": "unconfirmed", "unconfirmed": "Processing", "Processing": "Complete"}


@dataclass(slots=True)
class Wallet:
    """The tracker's wallet.

    Args:
        rng: draws ids and keys.
    """

    rng: Random
    spendable: dict[str, Spendable] = field(default_factory=dict)
    _deposits: dict[str, _Deposit] = field(default_factory=dict)
    _withdrawals: dict[str, Withdrawal] = field(default_factory=dict)

    def new_key(self) -> str:
        """Return what stands for a deposit key."""
        return f"{_FAKE_KEY}{self.rng.getrandbits(64):016x}"

    def new_id(self) -> str:
        """Return 32 hexadecimal digits."""
        return f"{self.rng.getrandbits(128):032x}"

    def listed(self, address: str) -> dict[str, Any]:
        """Return what can be spent, of one address or of all for ""."""
        return {
            output: entry.described()
            for output, entry in self.spendable.items()
            if address in ("", entry.address) and output not in self._deposits
        }

    def deposit(self, name: str, outputs: list[str]) -> str | bool:
        """Take outputs for a user's deposit; they count from the next cycle on."""
        for output in outputs:
            entry = self.spendable.get(output)
            if entry is None or output in self._deposits:
                return answers.not_spendable(output)
            if entry.is_change:
                return answers.NO_CHANGE
        for output in outputs:
            self._deposits[output] = _Deposit(name, self.spendable[output].amount)
        return True

    def deposits(self, txid: str) -> dict[str, Any] | bool:
        """Return the deposits by output, or one of them; False for one that is not known."""
        if not txid:
            return {output: entry.described() for output, entry in self._deposits.items()}
        entry = self._deposits.get(txid)
        return False if entry is None else entry.described()

    def register(self) -> list[tuple[str, int]]:
        """Return (user, satoshi) of the deposits that count from now on."""
        new = [entry for entry in self._deposits.values() if not entry.is_registered]
        for entry in new:
            entry.is_registered = True
        return [(entry.name, entry.amount) for entry in new]

    @staticmethod
    def is_address(text: str) -> bool:
        """Return whether coins can be sent there."""
        return _ADDRESS.fullmatch(text) is not None

    def withdraw(self, user: str, amount: int, style: Style, address: str) -> str:
        """Note a withdrawal; return its id."""
        withdrawal_id = self.new_id()
        txid = f"{self.rng.getrandbits(256):064x}"
        self._withdrawals[withdrawal_id] = Withdrawal(user, amount, style, address, txid)
        return withdrawal_id

    def withdrawal(self, withdrawal_id: str, is_cleared: bool) -> dict[str, Any] | str:
        """Return how a withdrawal stands, and forget it where that is asked for."""
        entry = self._withdrawals.get(withdrawal_id)
        if entry is None or not entry.status:
            return answers.UNKNOWN_ID
        if is_cleared:
            del self._withdrawals[withdrawal_id]
        return entry.described(withdrawal_id)

    def advance(self, cycle: int) -> list[Withdrawal]:
        """Take every withdrawal a step further; return those that are complete now."""
        complete = []
        for entry in self._withdrawals.values():
            if entry.status == "Complete":
                continue
            entry.status = _NEXT[entry.status]
            entry.cycle = cycle
            if entry.status == "Complete":
                complete.append(entry)
        return complete
