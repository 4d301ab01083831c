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
