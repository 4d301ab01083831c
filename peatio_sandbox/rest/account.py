"""The account endpoints: who one is and what one owns (docs/protocol.md section 3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from aiohttp import web

from peatio_sandbox.exchange.decimals import ZERO, decimal_text
from peatio_sandbox.exchange.exchange import Exchange
from peatio_sandbox.exchange.market import Currency
from peatio_sandbox.rest.common import Routes, answer, member_of
from peatio_sandbox.rest.paging import read_page
from peatio_sandbox.rest.validation import ApiError, read_params


class AccountEndpoints:
    """Handlers of ``/account/…``."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._currencies = {currency.code: currency for currency in exchange.config.currencies}

    def add_to(self, routes: Routes) -> None:
        """Register every endpoint."""
        routes.get("/account/members/me", self.me)
        routes.get("/account/balances", self.balances)
        routes.get("/account/balances/{currency}", self.balance)

    async def me(self, request: web.Request) -> web.Response:
        """Return the member (Peatio 3.1)."""
        member = member_of(request)
        return answer({"uid": member.uid, "email": member.email, "group": self._exchange.group_of(member)})

    async def balances(self, request: web.Request) -> web.Response:
        """List the balances by currency code; a currency without an account is a row of zeros."""
        params = await read_params(request)
        page = read_page(params)
        nonzero = params.choice("nonzero", ("true", "false"), "account.balances.invalid_nonzero") == "true"
        params.finish()
        member = member_of(request)
        holdings = self._exchange.ledger.holdings(member.uid)
        rows = [_row(self._currencies[code], *holdings.get(code, (ZERO, ZERO))) for code in sorted(self._currencies)]
        if nonzero:
            rows = [row for row in rows if row["balance"] != "0.0" or row["locked"] != "0.0"]
        return answer(page.cut(rows), headers=page.headers(len(rows)))

    async def balance(self, request: web.Request) -> web.Response:
        """Return one balance; without an account there is nothing to find."""
        code = request.match_info["currency"]
        if code not in self._currencies:
            raise ApiError(422, "account.currency.doesnt_exist")
        member = member_of(request)
        if not self._exchange.ledger.has_account(member.uid, code):
            raise ApiError(404, "record.not_found")
        account = self._exchange.ledger.account(member.uid, code)
        return answer(_row(self._currencies[code], account.balance, account.locked))


def _row(currency: Currency, free: Decimal, locked: Decimal) -> dict[str, Any]:
    row: dict[str, Any] = {
        "currency": currency.code,
        "balance": decimal_text(free),
        "locked": decimal_text(locked),
    }
    if currency.kind == "coin":
        row["deposit_addresses"] = []
    return row
