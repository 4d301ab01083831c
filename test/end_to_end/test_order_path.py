"""An order goes through few modules from `buy()` to its request."""

import sys
from types import FrameType
from typing import Any

import aiohttp
import pytest
from hummingbot.connector.exchange.peatio.execution.submission import Submission
from hummingbot.core.data_type.common import OrderType, TradeType

from test.end_to_end.support import Bot

FOLDER = "/hummingbot/connector/exchange/peatio/"
MOST_MODULES = 12


def functions_on_the_stack(frame: FrameType | None) -> list[str]:
    """The connector's functions, the outermost first: an awaiting coroutine's frame is below that of what it awaits."""
    found = []
    while frame is not None:
        _, is_ours, module = frame.f_code.co_filename.rpartition(FOLDER)
        if is_ours:
            found.append(f"{module} {frame.f_code.co_qualname}")
        frame = frame.f_back
    return found[::-1]


async def test_from_buy_to_the_request_an_order_passes_at_most_twelve_modules(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    path: list[str] = []
    submit: Any = Submission.submit
    request: Any = aiohttp.ClientSession._request

    async def submitted(*args: Any, **kwargs: Any) -> Any:
        path.extend(functions_on_the_stack(sys._getframe()))
        return await submit(*args, **kwargs)

    async def requested(self: Any, method: str, url: Any, **kwargs: Any) -> Any:
        if method.upper() == "POST" and str(url).endswith("/market/orders"):
            path.extend(functions_on_the_stack(sys._getframe()))
        return await request(self, method, url, **kwargs)

    buy = bot.exchange.buy
    monkeypatch.setattr(Submission, "submit", submitted)
    monkeypatch.setattr(aiohttp.ClientSession, "_request", requested)
    order_id = bot.place("BTC-USD", TradeType.BUY, "0.01", "29000", OrderType.LIMIT)
    await bot.live(order_id)
    functions = list(dict.fromkeys([f"peatio_order_entry.py {buy.__qualname__}", *path]))
    modules = list(dict.fromkeys(function.split()[0] for function in functions))
    assert modules[-1].startswith("http/"), functions
    assert len(modules) <= MOST_MODULES, "\n".join(functions)
