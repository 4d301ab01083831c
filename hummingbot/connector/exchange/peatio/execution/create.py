"""One create on its way to the exchange, and all creates under way."""

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal

from hummingbot.connector.exchange.peatio.common.messages import OrderReport
from hummingbot.connector.exchange.peatio.execution.intent import Intent, OrderFingerprint
from hummingbot.core.data_type.common import OrderType, TradeType


@dataclass(eq=False)
class Create:
    """An order that Hummingbot handed in and whose create is not answered yet.

    :ivar market: Peatio's symbol of the trading pair; "" until it is known
    :ivar price: without meaning for a market order
    :ivar taken_at_s: when it was handed in, by a clock that never steps
    :ivar has_left: whether the request may be at the exchange
    :ivar is_way_clear: of a market order, whether the own orders that it would match were cancelled, as far as possible
    :ivar last_error: why it waits to be sent again; "" before its first request
    :ivar done: set once it was placed, refused, withdrawn or given up
    """

    client_order_id: str
    trading_pair: str
    trade_type: TradeType
    order_type: OrderType
    amount: Decimal
    price: Decimal
    taken_at_s: float
    market: str = ""
    has_left: bool = False
    is_way_clear: bool = False
    last_error: str = ""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    _withdrawal: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def is_buy(self) -> bool:
        return self.trade_type is TradeType.BUY

    @property
    def limit_price(self) -> Decimal | None:
        """None for a market order."""
        return None if self.order_type is OrderType.MARKET else self.price

    @property
    def fingerprint(self) -> OrderFingerprint:
        return self.market, self.is_buy, self.amount, self.limit_price

    def intent(self, created_at_s: float, newest_order_id: int) -> Intent:
        """
        :param created_at_s: by the exchange's clock
        :param newest_order_id: the highest id of another order that was reported so far
        """
        return Intent(
            self.client_order_id,
            self.trading_pair,
            self.market,
            self.is_buy,
            self.amount,
            self.limit_price,
            created_at_s,
            is_maker_only=self.order_type is OrderType.LIMIT_MAKER,
            newest_order_id=newest_order_id,
        )

    @property
    def withdrawal(self) -> str:
        """Why it must not be sent any more, and what it waited for; "" while it may."""
        if not self._withdrawal.done():
            return ""
        waited = f" (It waited: {self.last_error})" if self.last_error else ""
        return self._withdrawal.result() + waited

    def withdraw(self, reason: str) -> bool:
        """Takes the order back, wherever it waits.

        :return: False where its request may be at the exchange
        """
        if self.has_left:
            return False
        if not self._withdrawal.done():
            self._withdrawal.set_result(reason)
        return True

    async def withdrawn_or(self, work: "asyncio.Task[OrderReport]") -> None:
        """Waits until `work` has ended, or the order was withdrawn."""
        waits: set[asyncio.Future[OrderReport] | asyncio.Future[str]] = {work, self._withdrawal}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)


class CreatesUnderWay:
    """The creates that were admitted and are not answered yet, in the order of their admission."""

    def __init__(self) -> None:
        self._creates: dict[str, Create] = {}

    def add(self, create: Create) -> None:
        self._creates[create.client_order_id] = create

    def remove(self, create: Create) -> None:
        create.done.set()
        self._creates.pop(create.client_order_id, None)

    def __contains__(self, client_order_id: str) -> bool:
        return client_order_id in self._creates

    def withdraw(self, client_order_id: str, reason: str) -> bool:
        """Takes an order back that was not sent yet; False where there is none, or it is too late."""
        create = self._creates.get(client_order_id)
        return create is not None and create.withdraw(reason)

    async def wait_until_answered(self, client_order_id: str) -> None:
        """Waits while the order's create is under way."""
        create = self._creates.get(client_order_id)
        if create is not None:
            await create.done.wait()

    def withdraw_all(self, reason: str) -> list[Create]:
        """Takes back every order that was not sent yet; these."""
        return [create for create in self._creates.values() if create.withdraw(reason)]

    def precedes(self, client_order_id: str, create: Create) -> bool:
        """Whether an order was admitted before `create`."""
        for key in self._creates:
            if key == create.client_order_id:
                return False
            if key == client_order_id:
                return True
        return False
