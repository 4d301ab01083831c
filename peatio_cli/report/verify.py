"""Asks the exchange for the accounts' own trades and compares the history with them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from hummingbot.connector.exchange.peatio.common.errors import MessageError, RequestError
from hummingbot.connector.exchange.peatio.execution.journal_lock import account_of
from hummingbot.connector.exchange.peatio.http.client import RestClient

from peatio_cli.doctor.target import NoCredentials, TargetError
from peatio_cli.report.exchange_trades import MARGIN_S, listed_trades, second_sides, with_own_ids
from peatio_cli.report.exchanges import ExchangeAccount
from peatio_cli.report.fill import Fill
from peatio_cli.report.history import History
from peatio_cli.report.period import Period
from peatio_cli.report.places import Places, without_secrets
from peatio_cli.report.verification import Verification, compare

# A bot that runs writes a fill down within moments of the exchange's answer having it.
RECENT_S = 60.0
LOOKS, LOOK_PAUSE_S = 5, 1.0


class Verifier:
    """:param now_s: epoch seconds"""

    def __init__(
        self,
        history: History,
        places: Places,
        period: Period,
        now_s: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._history = history
        self._places = places
        self._period = period
        self._now_s = now_s
        self._sleep = sleep

    async def verify(self, accounts: Sequence[ExchangeAccount]) -> Verification:
        """Every account, one after the other; of one that cannot be verified the reason."""
        result = Verification()
        for account in accounts:
            one = await self._verify(account)
            if one.compared == 0 and one.not_verified and not self._has_fills(account):
                one = Verification(remarks=[f"no fills here in this period; {line}" for line in one.not_verified])
            named = {
                what: [f"{account.label}: {line}" for line in getattr(one, what)]
                for what in ("differences", "remarks", "not_verified")
            }
            result = result.plus(Verification(one.compared, **named))
        return result

    async def _verify(self, account: ExchangeAccount) -> Verification:
        if not account.connectors:
            return _not_verified(account.why_not_asked)
        # Several connectors may be at one exchange, each with the key of another account.
        reasons = []
        for connector in account.connectors:
            try:
                target = self._places.private_target(connector)
            except TargetError as error:
                reasons.append(str(error))
                continue
            if isinstance(target.login, NoCredentials):
                reasons.append(f"{target.login.reason}. {target.login.remedy}")
                continue
            session = self._places.private_session(target)
            try:
                if await _is_account(session.rest, account, target.address.site, target.account):
                    return await self._compared(session.rest, account)
                reasons.append(
                    "the key at hand is not known to be of the account of these fills; remedy: use a key of that one"
                )
            except (RequestError, MessageError) as error:
                reasons.append(without_secrets(str(error), session))
        return Verification(not_verified=tuple(dict.fromkeys(reasons)))

    async def _compared(self, rest: RestClient, account: ExchangeAccount) -> Verification:
        # The history before and after the exchange's list: what it had before, the list has; what the list has, it has
        # now or within moments.
        before = self._fills(account)
        listed = await listed_trades(rest, self._period)
        listed = await with_own_ids(rest, listed, self._order_ids(account))
        short = self._history.orders_short_of_fills(self._period)
        own_short = [order_id for mark, order_id in short if mark in account.marks]
        second = await second_sides(rest, before, listed, own_short)
        for look in range(LOOKS):
            known = {fill.key for fill in self._fills(account)}
            own_orders = self._order_ids(account)
            late_s = self._now_s() - RECENT_S
            awaited = [
                trade
                for key, trade in listed.trades.items()
                if key not in known and trade.order_id in own_orders and trade.created_at_s > late_s
            ]
            if not awaited or look == LOOKS - 1:
                break
            await self._sleep(LOOK_PAUSE_S)
        trades = {**listed.trades, **second}
        result = compare(before, known, trades, own_orders, self._period, listed.complete_until_s)
        if listed.unreadable:
            line = f"{listed.unreadable} row(s) of the exchange's list of trades cannot be read"
            return result.plus(_not_verified(line))
        return result

    def _has_fills(self, account: ExchangeAccount) -> bool:
        return any(fill.account in account.marks for fill in self._history.fills(self._period))

    def _order_ids(self, account: ExchangeAccount) -> set[str]:
        return {order_id for mark, order_id in self._history.order_ids() if mark in account.marks}

    def _fills(self, account: ExchangeAccount) -> list[Fill]:
        start, end = self._period.from_s, self._period.to_s
        wider = Period(None if start is None else start - MARGIN_S, None if end is None else end + MARGIN_S)
        return [fill for fill in self._history.fills(wider) if fill.account in account.marks]


async def _is_account(rest: RestClient, account: ExchangeAccount, site: str, mark: str) -> bool:
    """Whether a login is of the account: its key is in the history, or is another key of the same member."""
    if mark in account.marks:
        return True
    if not account.member:
        return False
    uid = await rest.member_uid()
    return bool(uid) and account_of(site, str(uid)) == account.member


def _not_verified(reason: str) -> Verification:
    return Verification(not_verified=(reason,))
