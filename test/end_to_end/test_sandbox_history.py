"""What a bot has of a sandbox with a past."""

import pytest

from peatio_sandbox import Sandbox, SandboxConfig
from test.end_to_end.test_candles import DAY_S, feed_of, k_line, ready, rows, running


@pytest.mark.parametrize(("interval", "records", "history_s"), [("1m", 105, 2 * 3600), ("1h", 160, 7 * DAY_S)])
async def test_a_controller_has_all_its_candles_as_soon_as_the_sandbox_runs(
    monkeypatch: pytest.MonkeyPatch, interval: str, records: int, history_s: int
) -> None:
    """`pmm_dynamic` waits for 105 candles of a minute; without a past that takes as many minutes."""
    async with Sandbox(SandboxConfig(history_s=history_s)) as exchange:
        async with running(feed_of(exchange, monkeypatch, interval, records)) as feed:
            await ready(feed)
            shown = rows(feed)
            assert len(shown) == records
            # Whatever ended meanwhile is at either end.
            told = await k_line(exchange, interval, records)
            assert [row for row in shown[2:-2] if row not in told] == []
            assert shown[-1][4] == 30_000
