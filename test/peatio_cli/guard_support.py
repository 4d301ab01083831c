"""What the tests of the guard share: a dead bot's journal and orders, and what the guard says and does about them."""

import logging
import re
import time
from decimal import Decimal
from pathlib import Path

from hummingbot.connector.exchange.peatio.config import parse_domain
from hummingbot.connector.exchange.peatio.execution.intent import Intent
from hummingbot.connector.exchange.peatio.execution.journal_file import JOURNAL_NAME
from hummingbot.connector.exchange.peatio.execution.journal_lock import account_of
from hummingbot.connector.exchange.peatio.guard.heartbeat import Heartbeat, HeartbeatRecord

from peatio_cli.doctor.target import Credentials, Target
from peatio_sandbox import Sandbox
from test.end_to_end.support import Person
from test.journals import open_journal

OWNER = "the-dead-bot"
LOGGER = logging.getLogger("test")


class DeadBot:
    """What a killed bot leaves: its journal, its heartbeat, and orders on the exchange.

    :param hand: trades with the bot's own key; what it places without the journal is somebody's by hand
    """

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        hand: Person,
        connector: str = "peatio",
        owner: str = OWNER,
        pid: int = 4711,
    ) -> None:
        self.sandbox = sandbox
        self.hand = hand
        member = sandbox.members["bot"]
        account = account_of(parse_domain(sandbox.url).site, member.api_key)
        self.pulse = HeartbeatRecord(connector, account, owner, pid)
        self.heartbeat = Heartbeat(folder, self.pulse, LOGGER)
        self.heartbeat.begin()
        self.journal = open_journal(folder / JOURNAL_NAME, owner, account)
        self.target = Target(connector, parse_domain(sandbox.url), Credentials(member.api_key, member.secret, "a test"))

    def noted(self, name: str, side: str, amount: str, price: str | None) -> None:
        """Written down, its request not answered yet."""
        self.journal.record(
            Intent(
                name,
                "BTC-USD",
                "btcusd",
                side == "buy",
                Decimal(amount),
                None if price is None else Decimal(price),
                time.time(),
            )
        )
        self.journal.sent(name, time.time())

    async def placed(self, name: str, side: str, amount: str, price: str) -> int:
        """Placed, and the answer written down."""
        self.noted(name, side, amount, price)
        order_id = await self.hand.place("btcusd", side, amount, price)
        self.journal.live(name, str(order_id), None)
        await self.sandbox.settle()
        return order_id

    def states(self) -> list[str]:
        return [order.state for order in self.sandbox.orders("bot")]


def plain(line: str) -> str:
    """A line of the guard's output without its time."""
    return re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", "", line)
