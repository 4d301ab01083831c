"""The supervisor of a connector's tasks."""

import asyncio
import logging

import pytest
from hummingbot.connector.exchange.peatio.common.tasks import RESTART_S, Tasks

LOGGER = logging.getLogger(__name__)


async def test_a_stop_cancels_every_task_and_waits_for_its_end() -> None:
    tasks, ended = Tasks(LOGGER), []

    async def work(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(number)

    for number in range(3):
        tasks.start(work(number), f"work {number}")
    await asyncio.sleep(0)
    await tasks.stop()
    assert sorted(ended) == [0, 1, 2]
    assert len(tasks) == 0


async def test_a_task_that_an_ending_task_starts_is_ended_too() -> None:
    tasks, ended = Tasks(LOGGER), []

    async def last() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("last")

    async def first() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tasks.start(last(), "last", is_eager=True)

    tasks.start(first(), "first")
    await asyncio.sleep(0)
    await tasks.stop()
    assert ended == ["last"]


async def test_a_task_that_stops_all_the_others_is_spared() -> None:
    tasks, done = Tasks(LOGGER), []

    async def stopper() -> None:
        await tasks.stop()
        done.append(True)

    await tasks.start(stopper(), "stopper")
    assert done == [True]


async def test_a_task_that_breaks_is_logged_with_its_name(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks(LOGGER)

    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await tasks.start(broken(), "dividing")
    assert "Task 'dividing' broke and is not started again." in caplog.text
    assert "ZeroDivisionError" in caplog.text


async def test_an_eager_task_runs_to_its_first_wait_at_once() -> None:
    tasks, ran = Tasks(LOGGER), []

    async def work() -> None:
        ran.append("before")
        await asyncio.sleep(0)
        ran.append("after")

    task = tasks.start(work(), "eager", is_eager=True)
    assert ran == ["before"]
    await task
    assert ran == ["before", "after"]


async def test_of_one_key_one_task_runs_at_a_time() -> None:
    tasks, running, runs = Tasks(LOGGER), dict[str, asyncio.Task[None]](), []
    may_end = asyncio.Event()

    async def work() -> None:
        runs.append(True)
        await may_end.wait()

    for _ in range(2):
        tasks.start_once(running, "key", work, "work")
        await asyncio.sleep(0)
    assert len(runs) == 1
    may_end.set()
    await running["key"]
    tasks.start_once(running, "key", work, "work")  # before anybody was informed of the end
    await asyncio.sleep(0)
    await tasks.stop()
    await asyncio.sleep(0)
    assert (len(runs), running) == (2, {})


async def test_a_task_of_hummingbots_is_supervised_from_its_adoption() -> None:
    tasks = Tasks(LOGGER)
    task = asyncio.create_task(asyncio.Event().wait())
    tasks.adopt(task, "adopted")
    await tasks.stop()
    assert task.cancelled()
    assert task.get_name() == "adopted"


async def test_persistent_work_that_breaks_is_logged_and_runs_again(caplog: pytest.LogCaptureFixture) -> None:
    waits_s, runs = [], []

    async def sleep(delay_s: float) -> None:
        waits_s.append(delay_s)
        await asyncio.sleep(0)

    async def work() -> None:
        runs.append(True)
        if len(runs) < 4:
            raise ZeroDivisionError
        await asyncio.Event().wait()

    tasks = Tasks(LOGGER)
    tasks.start_persistent(work, "dividing", sleep)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(runs) == 4
    assert waits_s == sorted(waits_s), "ever later"
    assert waits_s[0] > 0
    assert caplog.text.count("Task 'dividing' broke and is started again") == 3
    await tasks.stop()
    assert len(tasks) == 0


async def test_persistent_work_that_ran_for_long_is_started_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a task that breaks once a day is away for a minute each time."""
    now_s, waits_s, runs = [0.0], [], []
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now_s[0])

    async def sleep(delay_s: float) -> None:
        waits_s.append(delay_s)

    async def work() -> None:
        runs.append(True)
        if len(runs) == 10:
            return
        now_s[0] += 24 * 3600
        raise ZeroDivisionError

    await Tasks(LOGGER).start_persistent(work, "dividing", sleep)
    assert len(waits_s) == 9
    assert max(waits_s) <= RESTART_S
