#!/usr/bin/env bash
# simloop 0.2.2 (PyPI)
#
# Guess: a simulated host that crashes stops where it is, like a machine without power: none of its code runs any more.
# What happens: its tasks are cancelled, so each runs on through its `finally` and `except CancelledError` blocks, and
# what they write to the host's disk is there after the restart. A task made by `asyncio.Task(...)` instead of
# `create_task` is not cancelled at all: it goes on working on the crashed host.
#
# Observed:
#   on the disk after the crash: ['opened', 'closed in finally']
#   steps of the task of create_task after the crash: 0
#   steps of the asyncio.Task after the crash: 3
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv simloop==0.2.2

"$python" -I - <<'PYTHON' | check_observed
import asyncio

from simloop import SimLoop

loop = SimLoop(seed=1)
host = loop.net.host("server")
steps = {"create_task": 0, "Task": 0}
kept: list[asyncio.Task[None]] = []


async def serve() -> None:
    host.disk["journal"] = ["opened"]
    try:
        await asyncio.sleep(3600)
    finally:
        host.disk["journal"] = [*host.disk["journal"], "closed in finally"]


async def count(name: str) -> None:
    while True:
        await asyncio.sleep(1.0)
        steps[name] += 1


async def start() -> None:
    asyncio.create_task(count("create_task"))
    # As aiohttp does, to start a task at once.
    kept.append(asyncio.Task(count("Task"), loop=asyncio.get_running_loop()))


async def main() -> None:
    host.create_task(serve())
    host.create_task(start())
    await asyncio.sleep(2.5)
    host.crash()
    before = dict(steps)
    await asyncio.sleep(3.0)
    print("on the disk after the crash:", host.disk["journal"])
    print("steps of the task of create_task after the crash:", steps["create_task"] - before["create_task"])
    print("steps of the asyncio.Task after the crash:", steps["Task"] - before["Task"])
    kept[0].cancel()


loop.run_until_complete(main())
PYTHON
