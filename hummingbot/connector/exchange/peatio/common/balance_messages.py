"""Payloads with the account's balances (docs/protocol.md sections 3 and 5). No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hummingbot.connector.exchange.peatio.common.fields import as_decimal, as_name, as_object, required


@dataclass(frozen=True, slots=True)
class Balance:
    """`currency` as Peatio writes it (lower case)."""

    currency: str
    free: Decimal
    locked: Decimal


@dataclass(frozen=True, slots=True)
class AccountBalances:
    """An answer of account/balances.

    :ivar is_complete: whether every row could be read; a currency without a row may still be there where not
    """

    rows: tuple[Balance, ...]
    is_complete: bool


def parse_balance(payload: Any) -> Balance:
    """A row of account/balances."""
    row = as_object(payload, "balance")
    return Balance(
        currency=as_name(required(row, "currency", "balance"), "currency"),
        free=as_decimal(required(row, "balance", "balance"), "balance"),
        locked=as_decimal(row.get("locked") or "0", "locked"),
    )


def pushed_balance_rows(message: Mapping[str, Any]) -> list[Any]:
    """The rows, as for `parse_balance`, of OpenFinex's `{"balances": {"btc": ["free", "locked"]}}` or zsmartex's
    `{"balance": {…}}`, which is one currency with the fields of REST. Peatio itself never pushes balances (section 5).
    """
    payload = message.get("balances")
    if not isinstance(payload, dict):
        return [message["balance"]] if isinstance(message.get("balance"), dict) else []
    return [
        {"currency": currency, "balance": amounts[0], "locked": amounts[1]}
        if isinstance(amounts, list) and len(amounts) == 2
        else (currency, amounts)  # no row that can be read
        for currency, amounts in payload.items()
    ]
