"""What the execution engine needs from outside: the connector around it, and whose orders they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.execution.in_flight_order import TrackedOrder
from hummingbot.connector.exchange.peatio.execution.journal_lock import account_of
from hummingbot.connector.exchange.peatio.execution.trade_records import OrderRecord
from hummingbot.connector.exchange.peatio.order_books.sync import BookSync
from hummingbot.connector.trading_rule import TradingRule
from hummingbot.core.data_type.order_book import OrderBook


class EngineHost(Protocol):
    """What the engine needs of the connector around it."""

    @property
    def order_books(self) -> Mapping[str, OrderBook]:
        """Hummingbot's order books by trading pair."""

    @property
    def market_books(self) -> Mapping[str, BookSync]:
        """The state of the order books by trading pair."""

    @property
    def trading_rules(self) -> Mapping[str, TradingRule]:
        """The trading rules by trading pair."""

    async def exchange_symbol_associated_to_pair(self, trading_pair: str) -> str:
        """Peatio's symbol of a pair. Raises KeyError where there is none."""

    def pair_of(self, market: str) -> str | None:
        """The trading pair of Peatio's symbol of a market, None where it is not known."""

    async def market_to_trade(self, trading_pair: str) -> str:
        """As `exchange_symbol_associated_to_pair`, once the exchange's clock is known as well."""

    def usual_rates(self, trading_pair: str) -> FeeRates | None:
        """The fee rates that public/trading_fees has for a pair, if known."""

    def strategy_database(self) -> str | None:
        """The running strategy's database in Hummingbot; None where nothing records."""

    def order_record(self, client_order_id: str) -> OrderRecord:
        """What Hummingbot's database has of an order."""

    async def reconcile_everything(self) -> Sequence[str]:
        """Asks the exchange for orders, trades and balances; what could not be asked."""

    def on_funds_changed(self) -> None:
        """Something moved or locked money."""

    def on_resized(self, order: TrackedOrder) -> None:
        """The exchange changed the order's size without a trade."""

    async def update_all_balances(self) -> None:
        """Asks the exchange for the balances; a failure is logged."""

    def on_rules_doubted(self) -> None:
        """The exchange refused an order that the trading rules allow."""

    def notify(self, text: str) -> None:
        """Shows a line to the user."""


@dataclass(frozen=True)
class EngineIdentity:
    """Whose orders they are.

    :ivar folder: the instance's data folder, where the journal lies
    :ivar instance: which Hummingbot instance this is
    :ivar site: the exchange's URL
    :ivar login: what identifies the account there: the key id, or the user id of a JWT login
    :ivar connector: the connector's name in Hummingbot
    """

    folder: Path
    instance: str
    site: str
    login: str
    connector: str

    @property
    def account(self) -> str:
        """Which account at which exchange."""
        return account_of(self.site, self.login)
