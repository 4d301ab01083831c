"""One row that cannot be read hides no other, in any list, and is reported once."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from aioresponses import aioresponses
from hummingbot.connector.exchange.peatio.account.fees import fee_rates_for
from hummingbot.connector.exchange.peatio.common.messages import FeeRates
from hummingbot.connector.exchange.peatio.http.client import RestClient

from test.hummingbot.connector.exchange.peatio.ranger_server import web_sessions
from test.hummingbot.connector.exchange.peatio.recorded import answer
from test.hummingbot.connector.exchange.peatio.rest_support import Http, Remeasured, rest_of

D = Decimal
NO_ROWS: list[Any] = [None, "", 5, [], {}]
#: Path, a recorded answer, rows that cannot be read beside it, and what is read.
LISTS: list[tuple[str, str, list[Any], Callable[[RestClient], Awaitable[object]]]] = [
    ("account/balances?limit=1000&page=1", "balances", [{"currency": "x", "balance": None}], RestClient.balances),
    (
        "public/markets/btcusd/k-line?period=1",
        "k-line",
        [[1795207740, "NaN", 1, 1, 1, 1]],
        lambda rest: rest.candles("btcusd", 1),
    ),
    (
        "market/trades?time_from=5&limit=1000&page=1",
        "trades maker",
        [{"id": 4711, "price": "NaN"}],
        lambda rest: rest.trades(5),
    ),
    (
        "market/orders?market=btcusd&type=buy&time_from=5&limit=1000",
        "list type=buy",
        [{"id": 4711}],
        lambda rest: rest.orders_of("btcusd", True, 5),
    ),
]


@pytest.fixture(autouse=True)
async def _sessions() -> AsyncIterator[None]:
    async with web_sessions():
        yield


@pytest.fixture
async def rest() -> RestClient:
    return rest_of(Remeasured())


@pytest.fixture
def http() -> Iterator[Http]:
    with aioresponses() as mock:
        yield Http(mock)


def rows_of(found: object) -> Any:
    return list(getattr(found, "rows", found))  # type: ignore[call-overload]


@pytest.mark.parametrize(("path", "recorded", "odd", "ask"), LISTS, ids=[recorded for _, recorded, _, _ in LISTS])
async def test_of_a_list_every_readable_row_is_read(
    path: str,
    recorded: str,
    odd: list[Any],
    ask: Callable[[RestClient], Awaitable[object]],
    rest: RestClient,
    http: Http,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = answer(recorded)
    http.answer(path, body=rows)
    expected = rows_of(await ask(rest))
    assert len(expected) == len(rows) > 0
    assert caplog.text == ""
    for _ in range(2):
        http.answer(path, body=[*NO_ROWS, *rows, *odd])
        assert rows_of(await ask(rest)) == expected
    # `{}` and null say as little of whose row it was.
    assert caplog.text.count("a row cannot be read and is skipped") == len(NO_ROWS) + len(odd) - 1


@pytest.mark.parametrize("odd", [None, "", [], "NaN", {"ticker": None}, {"ticker": {"last": "NaN"}}, {"last": "x"}])
async def test_the_ticker_of_another_market_takes_no_price(
    odd: Any, rest: RestClient, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = answer("tickers after trades")
    for _ in range(2):
        http.answer("public/markets/tickers", body={"oddusd": odd, **recorded})
        assert await rest.last_prices() == {"btcusd": D("29500.0")}
    assert caplog.text.count("In the list of public/markets/tickers, a row cannot be read and is skipped") == 1


async def test_balances_say_whether_one_is_missing(rest: RestClient, http: Http) -> None:
    for rows, is_complete in ((answer("balances"), True), ([*answer("balances"), None], False)):
        http.answer("account/balances?limit=1000&page=1", body=rows)
        assert (await rest.balances()).is_complete is is_complete


RATES = FeeRates(maker=D("0.001"), taker=D("0.002"))
UNREADABLE = {"maker": "", "taker": None}


@pytest.mark.parametrize(
    ("odd", "rates"),
    [
        ({"group": "any", "market_id": "ethusd", **UNREADABLE}, RATES),
        ({"group": "vip-9", "market_id": "any", **UNREADABLE}, RATES),
        # It would apply, so that no other does.
        ({"group": "any", "market_id": "btcusd", **UNREADABLE}, None),
        # Whom it concerns is not known. The row for all is readable.
        (None, RATES),
    ],
)
async def test_a_fee_row_that_cannot_be_read_hides_no_other_and_none_stands_in_for_it(
    odd: Any, rates: FeeRates | None, rest: RestClient, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    http.answer("public/trading_fees?limit=1000&page=1", body=[*answer("public trading_fees"), odd])
    assert fee_rates_for(await rest.trading_fees(), "vip-0", "btcusd") == rates
    assert caplog.text.count("In the list of public/trading_fees, ") == 1


async def test_without_any_readable_fee_row_trading_is_not_taken_to_be_free(rest: RestClient, http: Http) -> None:
    http.answer("public/trading_fees?limit=1000&page=1", body=[None])
    assert fee_rates_for(await rest.trading_fees(), "vip-0", "btcusd") is None
