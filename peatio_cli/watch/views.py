"""What a page can choose between: each bot on each of its exchanges, and where that is read."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from peatio_cli.watch.account_feed import AccountFeed
from peatio_cli.watch.exchange_reader import Answer, ExchangeReader, PathRefusedError
from peatio_cli.watch.journal_rows import fill_row, order_row, selected
from peatio_cli.watch.own_stream import OwnStream
from peatio_cli.watch.watched_bot import WatchedBot

MOST_ROWS = 1000


@dataclass
class Account:
    """An account of the exchange, read with a key.

    :ivar key_source: where its key is from, for the user
    """

    reader: ExchangeReader
    key_source: str
    stream: OwnStream = field(init=False)
    feed: AccountFeed = field(init=False)

    def __post_init__(self) -> None:
        self.stream = OwnStream(is_up=False, clean=self.reader.without_secrets)
        self.feed = AccountFeed(self.reader, self.stream)


@dataclass
class View:
    """One bot on one exchange.

    :ivar id: in addresses
    :ivar connector: the exchange's name in the bot's instance
    :ivar is_only: whether the bot has no other exchange: then rows without one are its
    :ivar account: None without a key
    """

    id: str
    bot: WatchedBot
    connector: str
    exchange_id: str
    exchange: ExchangeReader
    is_only: bool
    account: Account | None = None

    @property
    def site(self) -> str:
        return self.exchange.venue.address.site

    def about(self) -> dict[str, Any]:
        """What the page knows of it."""
        return {
            "id": self.id,
            "bot": self.bot.name,
            "connector": self.connector,
            "exchange": self.exchange_id,
            "site": self.site,
            "account": self.account is not None,
        }

    def journal(self, path: str, query: list[tuple[str, str]]) -> list[dict[str, Any]]:
        """The bot's own record, as the exchange answers; the latest first.

        :raises PathRefusedError: when there is no such list
        """
        journal = self.bot.reader.journal
        if path == "market/orders":
            orders = (*journal.ended, *(self.bot.state.open_orders if self.bot.state else ()))
            return selected(map(order_row, (each for each in orders if self._has(each.account))), query, MOST_ROWS)
        if path == "market/trades":
            rows = [
                fill_row(one, journal.symbols.get(one.fill.trading_pair, ""))
                for one in journal.fills
                if self._has(one.fill.account)
            ]
            return selected(rows, query, MOST_ROWS)
        if path == "account/balances":
            return []
        raise PathRefusedError

    def _has(self, account: str) -> bool:
        site = self.bot.reader.journal.sites.get(account, "")
        return site == self.site or (self.is_only and not site)

    def journal_stream(self) -> OwnStream:
        return self.bot.stream(self.site)


def answered(answer: Answer) -> web.Response:
    """What an exchange answered, for the page."""
    return web.Response(
        text=answer.text, status=answer.status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )
