"""What a bot does for its guard, with settling that goes as the test says."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio import peatio_constants as CONSTANTS
from hummingbot.connector.exchange.peatio.common.errors import FencedError, JournalError
from hummingbot.connector.exchange.peatio.common.tasks import Tasks
from hummingbot.connector.exchange.peatio.guard.dead_mans_switch import DeadMansSwitch
from hummingbot.connector.exchange.peatio.guard.fence import FenceFile
from hummingbot.connector.exchange.peatio.guard.heartbeat import heartbeat_records

OWNER = "an-owner"


class Bot:
    """A lifeline, and what was done and said over it."""

    def __init__(self, folder: Path) -> None:
        self.fence = FenceFile(folder, OWNER)
        self.said: list[str] = []
        self.waits_s: list[float] = []
        self.settlings = 0
        self.while_settling: Callable[[], bool] = lambda: True
        self.tasks = Tasks(logging.getLogger("test"))
        logger = logging.getLogger("test")
        self.dead_mans_switch = DeadMansSwitch(
            folder,
            "peatio",
            "an-account",
            self,
            self.said.append,
            self.tasks,
            self._sleep,
            logger,
            lambda: sum(self.waits_s),
        )
        self.dead_mans_switch.start(OWNER)

    async def settle(self) -> list[str]:
        self.settlings += 1
        await asyncio.sleep(0)
        return [] if self.while_settling() else ["order 12 to close", "order 17 to close"]

    async def _sleep(self, delay_s: float) -> None:
        self.waits_s.append(delay_s)
        await asyncio.sleep(0)

    async def settled(self) -> None:
        """The clock ticks, and what follows from it is over."""
        self.dead_mans_switch.tick(may_settle=True)
        while self.dead_mans_switch._is_settling:  # noqa: ASYNC110
            await asyncio.sleep(0)


@pytest.fixture
def bot(tmp_path: Path) -> Bot:
    return Bot(tmp_path)


async def test_without_a_fence_nothing_happens(bot: Bot) -> None:
    await bot.settled()
    assert (bot.settlings, bot.said) == (0, [])
    assert not bot.dead_mans_switch.is_fenced
    bot.dead_mans_switch.check()


async def test_a_fence_is_taken_down_once_everything_is_settled(bot: Bot) -> None:
    bot.fence.put_up("no heartbeat for 30 s")
    with pytest.raises(FencedError):
        bot.dead_mans_switch.check()
    results = [False, False, True]
    bot.while_settling = lambda: results.pop(0)
    await bot.settled()
    assert bot.settlings == 3
    assert len(bot.waits_s) == 2, "it waits between the attempts"
    assert not bot.dead_mans_switch.is_fenced
    assert ["no heartbeat for 30 s" in line for line in bot.said] == [True, False], "told once each way"


async def test_nothing_is_placed_between_the_fence_and_the_end_of_settling(bot: Bot) -> None:
    """Somebody else may take the fence away; what the bot does not know it does not know all the same."""
    bot.fence.put_up("why")

    def tidied_up() -> bool:
        bot.fence.path.unlink(missing_ok=True)
        with pytest.raises(FencedError):
            bot.dead_mans_switch.check()
        return True

    bot.while_settling = tidied_up
    await bot.settled()
    bot.dead_mans_switch.check()


async def test_a_fence_put_up_anew_meanwhile_is_settled_too(bot: Bot) -> None:
    first = bot.fence.put_up("first")

    def once_more() -> bool:
        if bot.settlings == 1:
            bot.fence.take_down(first)
            bot.fence.put_up("second")
        return True

    bot.while_settling = once_more
    await bot.settled()
    assert bot.settlings == 2
    assert not bot.fence.is_up
    assert [reason for line in bot.said for reason in ("first", "second") if reason in line] == ["first", "second"]


async def test_an_error_while_settling_keeps_the_fence(bot: Bot) -> None:
    bot.fence.put_up("why")

    def failing() -> bool:
        if bot.settlings < 3:
            raise JournalError("the disk is full")
        return True

    bot.while_settling = failing
    await bot.settled()
    assert bot.settlings == 3


async def test_why_placing_stays_paused_is_said_at_once_and_now_and_then(
    bot: Bot, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CONSTANTS, "BACKOFF_MAXIMUM_S", 4.0)
    bot.fence.put_up("why")
    told: list[int] = []

    def not_yet() -> bool:
        told.append(len(caplog.records))
        return sum(bot.waits_s) > 100

    bot.while_settling = not_yet
    await bot.settled()
    assert told[:2] == [0, 1], "at once"
    assert 3 <= len(caplog.records) <= 4, "every half minute of the hundred seconds"
    assert bot.settlings > len(caplog.records) + 1, "not for each attempt"
    assert all(
        record.message.endswith("waiting for order 12 to close and order 17 to close. Retrying.")
        for record in caplog.records
    )
    assert len(bot.said) == 2


async def test_another_reason_is_said_at_once(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    bot.fence.put_up("why")

    def failing() -> bool:
        if bot.settlings < 3:
            raise JournalError("the disk is full")
        return bot.settlings > 4

    bot.while_settling = failing
    await bot.settled()
    assert ["the disk is full" in record.message for record in caplog.records] == [True, False]


async def test_a_mistake_while_settling_is_told_once_and_waited_out(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    bot.fence.put_up("why")

    def broken() -> bool:
        if bot.settlings < 3:
            raise ZeroDivisionError("a mistake in the connector")
        return True

    bot.while_settling = broken
    await bot.settled()
    (record,) = caplog.records
    assert "ZeroDivisionError('a mistake in the connector')" in record.message
    assert record.exc_info, "with its traceback"
    assert (bot.settlings, len(bot.waits_s)) == (3, 2), "one task waits between the attempts"
    assert len(bot.said) == 2, "told once each way"


async def test_the_last_runs_orders_come_first(bot: Bot) -> None:
    bot.fence.put_up("why")
    bot.dead_mans_switch.tick(may_settle=False)
    await asyncio.sleep(0)
    assert bot.settlings == 0
    assert bot.dead_mans_switch.is_fenced


@pytest.mark.parametrize("has_open_orders", [True, False])
async def test_a_stop_says_goodbye_only_without_open_orders(bot: Bot, tmp_path: Path, has_open_orders: bool) -> None:
    bot.dead_mans_switch.stop(has_open_orders)
    assert bool(list(heartbeat_records(tmp_path))) is has_open_orders


async def test_a_stop_ends_the_settling_and_a_start_begins_it_again(bot: Bot) -> None:
    bot.fence.put_up("why")
    bot.while_settling = lambda: False
    bot.dead_mans_switch.tick(may_settle=True)
    await asyncio.sleep(0.01)
    await bot.tasks.stop()
    bot.dead_mans_switch.stop(has_open_orders=True)
    assert not bot.dead_mans_switch._is_settling
    assert bot.dead_mans_switch.is_fenced
    bot.while_settling = lambda: True
    bot.dead_mans_switch.start(OWNER)
    await bot.settled()
    assert not bot.dead_mans_switch.is_fenced
