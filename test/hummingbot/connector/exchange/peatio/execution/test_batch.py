"""Turns: so many at a time, in the order of their coming, and nobody's is lost."""

import asyncio

import pytest
from hummingbot.connector.exchange.peatio.common.errors import WithdrawnError
from hummingbot.connector.exchange.peatio.execution.batch import SubmissionQueue

from test.hummingbot.connector.exchange.peatio.fixtures import settle


class Queue:
    """Orders that take turns; each is under way until the test ends it."""

    def __init__(self, limit: int) -> None:
        self.turns = SubmissionQueue(limit)
        self.under_way: list[str] = []
        self.most = 0
        self._ends: dict[str, asyncio.Event] = {}

    def come(self, name: str) -> "asyncio.Task[None]":
        self._ends[name] = asyncio.Event()
        return asyncio.create_task(self._send(name))

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await settle()

    async def _send(self, name: str) -> None:
        async with self.turns.turn(name):
            self.under_way.append(name)
            self.most = max(self.most, len(self.under_way))
            await self._ends[name].wait()
            self.under_way.remove(name)


async def test_so_many_at_a_time_and_in_their_order() -> None:
    queue = Queue(2)
    tasks = [queue.come(name) for name in "abcde"]
    await settle()
    assert queue.under_way == ["a", "b"]
    await queue.end("b")
    assert queue.under_way == ["a", "c"]
    for name in "acde":
        await queue.end(name)
    await asyncio.gather(*tasks)
    assert queue.most == 2


async def test_turns_come_free_again() -> None:
    queue = Queue(1)
    for name in "ab":
        task = queue.come(name)
        await settle()
        assert queue.under_way == [name]
        await queue.end(name)
        await task


async def test_who_waits_can_be_withdrawn_and_who_is_under_way_cannot() -> None:
    queue = Queue(1)
    first, second, third = (queue.come(name) for name in "abc")
    await settle()
    assert not queue.turns.withdraw("a", "it was cancelled")
    assert queue.turns.withdraw("b", "it was cancelled")
    assert not queue.turns.withdraw("b", "it was cancelled"), "once"
    assert not queue.turns.withdraw("unknown", "it was cancelled")
    with pytest.raises(WithdrawnError, match="had not come when it was cancelled"):
        await second
    await queue.end("a")
    assert queue.under_way == ["c"], "its place in the queue is nobody's"
    await queue.end("c")
    await asyncio.gather(first, third)


async def test_all_who_wait_can_be_withdrawn() -> None:
    queue = Queue(1)
    first, *others = (queue.come(name) for name in "abc")
    await settle()
    queue.turns.withdraw_all("the connector stopped")
    for task in others:
        with pytest.raises(WithdrawnError):
            await task
    await queue.end("a")
    await first


async def test_a_turn_whose_owner_goes_in_the_same_moment_is_handed_on() -> None:
    queue = Queue(1)
    first, second, third = (queue.come(name) for name in "abc")
    await settle()
    queue._ends["a"].set()
    await asyncio.sleep(0)  # a has ended and b's turn has come, but b has not noticed
    assert queue.under_way == []
    second.cancel()
    await settle()
    assert second.cancelled()
    assert queue.under_way == ["c"]
    await queue.end("c")
    await asyncio.gather(first, third)


async def test_who_is_withdrawn_and_goes_in_the_same_moment_had_no_turn_to_hand_on() -> None:
    queue = Queue(1)
    first, second, third, fourth = (queue.come(name) for name in "abcd")
    await settle()
    assert queue.turns.withdraw("b", "it was cancelled")
    second.cancel()
    await settle()
    assert second.cancelled()
    assert queue.under_way == ["a"], "the one turn is taken"
    for name in "acd":
        await queue.end(name)
    await asyncio.gather(first, third, fourth)
    assert queue.most == 1
