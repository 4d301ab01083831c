"""What `watch` asks a bot about itself: as little as it reads."""

from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from hummingbot.connector.exchange.peatio.metrics.catalog import METRICS

from peatio_cli.watch.bot_metrics import NAMES
from peatio_cli.watch.self_report import self_report
from test.peatio_cli.watch.support import serving


@pytest.mark.parametrize(
    ("ready", "with_status", "asked"),
    [
        ("1.0", False, ["/metrics"]),
        ("0.0", False, ["/metrics", "/state"]),
        ("1.0", True, ["/metrics", "/state"]),
    ],
)
async def test_a_bot_that_is_ready_is_asked_for_the_metrics_alone(
    session: aiohttp.ClientSession, tmp_path: Path, ready: str, with_status: bool, asked: list[str]
) -> None:
    """Each answer costs the bot time; why it is not ready, and its status text, are asked for when they are shown."""
    seen: list[web.Request] = []

    async def bot(request: web.Request) -> web.Response:
        seen.append(request)
        if request.path == "/metrics":
            return web.Response(text=f'peatio_ready{{connector="peatio"}} {ready}\n')
        return web.json_response({"waits_for": {"peatio": ["user_stream"]}, "strategy": "Mine", "status": "all well"})

    async with serving(bot) as site:
        (tmp_path / "conf").mkdir()
        (tmp_path / "conf" / "peatio.yml").write_text(f"metrics_port: {site.port}\n")
        report = await self_report(tmp_path, session, with_status)
    assert report is not None
    assert [request.path for request in seen] == asked
    assert seen[0].query.getall("name[]") == list(NAMES)
    assert seen[0].headers["Accept-Encoding"] == "identity"
    assert dict(report.why_not_ready) == ({} if len(asked) == 1 else {"peatio": ("user_stream",)})
    assert report.status == ("" if len(asked) == 1 else "all well")


def test_what_is_asked_for_is_what_a_bot_exports() -> None:
    assert set(NAMES) <= {metric.name for metric in METRICS}
