"""The page's arithmetic and its book, apart from everything else."""

import random
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pytest

from test.browser.conftest import Open

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

_CALCULATE = """async pairs => {
    const decimal = await import("/web/js/decimal.js");
    return pairs.map(([a, b, places]) => {
        const [x, y] = [decimal.parse(a), decimal.parse(b)];
        return [decimal.plain(decimal.add(x, y)), decimal.plain(decimal.subtract(x, y)),
            decimal.plain(decimal.multiply(x, y)), decimal.plain(decimal.half(x)), decimal.sign(x),
            decimal.fixed(x, places), decimal.short(x, places)];
    });
}"""


def plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def expected(a: str, b: str, places: int) -> list[Any]:
    x, y = Decimal(a), Decimal(b)
    rounded = x.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    sign = (x > 0) - (x < 0)
    values = [plain(x + y), plain(x - y), plain(x * y), plain(x / 2)]
    return [*values, sign, f"{rounded:,f}", grouped(rounded)]


def grouped(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


async def test_decimals_are_exact(open_page: Open) -> None:
    rng = random.Random(8)
    cases: list[tuple[str, str, int]] = [("1.2e-7", "0.1", 8), ("0.1", "0.2", 2), ("3e5", "-1", 0), ("0", "0.0", 2)]
    for _ in range(300):
        a, b = (f"{rng.choice(['', '-'])}{rng.randrange(10**9)}.{rng.randrange(10**9):09}" for _ in range(2))
        cases.append((a, b, rng.randrange(12)))
    async with open_page() as page:
        answers = await page.ask(_CALCULATE, cases)
    with localcontext(prec=60):
        for case, answer in zip(cases, answers, strict=True):
            assert [str(part) for part in answer] == [str(part) for part in expected(*case)], case


_FOLLOW = """async messages => {
    const { Book } = await import("/web/js/book.js");
    const book = new Book();
    return messages.map(([kind, payload]) => {
        const isWhole = kind === "inc" ? book.increment(payload) : book[kind](payload);
        return [isWhole ?? null, book.isSound, book.sorted("asks"), book.sorted("bids")];
    });
}"""
SNAPSHOT = {"asks": [["10.5", "1"], ["9.0", "2"]], "bids": [["8.0", "3"]], "sequence": 7}


async def test_a_book_follows_the_sequence_and_every_form_of_an_increment(open_page: Open) -> None:
    asks, bids = [["9.0", "2"], ["10.5", "1"]], [["8.0", "3"]]
    messages: list[tuple[str, dict[str, Any]]] = [
        ("inc", {"asks": ["1", "1"], "sequence": 8}),  # before a snapshot: passed over
        ("snapshot", SNAPSHOT),
        ("inc", {"asks": ["9.0", ""], "sequence": 8}),
        ("inc", {"asks": [["9.0", "2"], ["10.5", None]], "bids": None, "sequence": 9}),
        ("inc", {"asks": [], "bids": ["8.0", "0.0"], "sequence": 10}),
        ("inc", {"bids": ["8.0", "1"], "sequence": 10}),  # the same again: a break
        ("inc", {"bids": ["8.0", "5"], "sequence": 11}),  # not believed any more
        ("snapshot", {**SNAPSHOT, "sequence": 1}),
        ("inc", {"bids": ["8.5", "1"], "sequence": 3}),  # a gap
    ]
    async with open_page() as page:
        answers = await page.ask(_FOLLOW, messages)
    assert answers == [
        [True, False, [], []],
        [None, True, asks, bids],
        [True, True, [["10.5", "1"]], bids],
        [True, True, [["9.0", "2"]], bids],
        [True, True, [["9.0", "2"]], []],
        [False, False, [["9.0", "2"]], []],
        [True, False, [["9.0", "2"]], []],
        [None, True, asks, bids],
        [False, False, asks, bids],
    ]


_DRAW = """async () => {
    const { Model } = await import("/web/js/model.js");
    const model = new Model();
    const drawn = [];
    model.on(["notes"], () => { throw new Error("this view is broken"); });
    model.on(["notes"], () => drawn.push("the other"));
    model.note("something");
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return drawn;
}"""


async def test_one_broken_view_leaves_the_others_alone_and_is_reported(open_page: Open) -> None:
    async with open_page() as page:
        assert await page.ask(_DRAW) == ["the other"]
        assert any("this view is broken" in error for error in page.errors)


_PROFIT = """async ([fills, mids]) => {
    const { Account } = await import("/web/js/account.js");
    const { plain } = await import("/web/js/decimal.js");
    const account = new Account();
    fills.forEach(([id, side, price, amount, at_s]) => account.takeFill({
        id, order_id: id, market: "btcusd", side, price, amount, total: String(Number(price) * Number(amount)),
        fee_amount: "0.0", fee_currency: "usd", created_at: at_s,
    }));
    const market = {symbol: "btcusd", base_unit: "btc", quote_unit: "usd"};
    const { points, now } = account.profit(market, mids.map(([time, price]) => ({time, price})));
    return [points.map(({time, value}) => [time, value]), now === null ? null : plain(now)];
}"""


async def test_profit_and_the_end_of_its_line_are_one_figure(open_page: Open) -> None:
    bought = [1, "buy", "100", "2", 50]
    async with open_page() as page:
        assert await page.ask(_PROFIT, [[], [[50, 100]]]) == [[], None]
        # At the middle while there is one, at the fill's price long after the last one: a book was lost.
        assert await page.ask(_PROFIT, [[bought], [[50, 110], [51, 110]]]) == [[[50, 20], [51, 20]], "20"]
        late = [[bought, [2, "sell", "130", "1", 90]], [[50, 110], [51, 110]]]
        assert await page.ask(_PROFIT, late) == [[[50, 20], [51, 20], [90, 60]], "60"]
        # The exchange's clock was set back: the line's times still rise.
        odd = [[bought, [2, "sell", "130", "1", 45]], [[60, 120]]]
        assert await page.ask(_PROFIT, odd) == [[[45, 0], [50, 30], [60, 50]], "50"]
        many = [[number, "buy", "100", "1", number] for number in range(1, 5001)]
        points, now = await page.ask(_PROFIT, [many, [[5001, 101]]])
        assert len(points) <= 1000
        assert (points[-1], now) == ([5001, 5000], "5000")
