"""What an operator does, and a death under guard, each alone in a small world: it happens, and nothing is lost."""

import asyncio
import json
from typing import Any

import pytest

from test.simulation.command import run_python

AT_S = 12.0


@pytest.fixture(scope="module")
def worlds() -> dict[str, dict[str, Any]]:
    code, output = asyncio.run(run_python("-m", "test.simulation.operator_worlds"))
    assert code == 0, output
    found: dict[str, dict[str, Any]] = json.loads(output.splitlines()[-1])
    return found


@pytest.mark.timeout(300)
def test_no_world_complains(worlds: dict[str, dict[str, Any]]) -> None:
    assert [complaint for facts in worlds.values() for complaint in facts["complaints"]] == []


def test_a_quiet_restart_has_no_trade_around_it(worlds: dict[str, dict[str, Any]]) -> None:
    facts = worlds["quiet restart"]
    assert facts["restarts"] == 1
    # Orders that were on their way may still meet, in the first moment; the bot itself goes on.
    quiet = [at_s for at_s in facts["traded_at_s"] if AT_S + 1 < at_s < AT_S + 12]
    assert [at_s for at_s in facts["traded_at_s"] if at_s < AT_S]
    assert not quiet
    assert [at_s for at_s in facts["traded_at_s"] if at_s > AT_S + 12]


def test_a_key_rotation_refuses_the_old_key_and_starts_the_bot_with_another(
    worlds: dict[str, dict[str, Any]]
) -> None:
    facts = worlds["key rotation"]
    (_, host, old_key), (started_s, next_host, new_key) = facts["lives"]
    assert (host, next_host) == ("bot.1", "bot.1"), "it was not killed"
    assert new_key != old_key
    assert facts["is_old_key_refused"]
    assert started_s >= AT_S + 2.0 + 3.0


def test_stop_and_start_make_a_second_life_in_the_same_process(worlds: dict[str, dict[str, Any]]) -> None:
    facts = worlds["stop and start"]
    (_, host, key), (started_s, next_host, next_key) = facts["lives"]
    assert (host, key) == (next_host, next_key)
    assert started_s >= AT_S + 5.0
    assert facts["open_at_start"] == [0, 0], "a stop cancels what is open"


def test_the_guard_of_a_bot_that_died_cancels_its_orders_before_the_next_life(
    worlds: dict[str, dict[str, Any]]
) -> None:
    facts = worlds["death under guard"]
    assert 1 in facts["guard_ends"], "BOT_DIED"
    assert facts["open_at_start"] == [0, 0]
    assert [life[1] for life in facts["lives"]] == ["bot.1", "bot.2"]
