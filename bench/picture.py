"""The results as a picture for the documentation: two bars a measure, drawn as SVG."""

from collections.abc import Iterator
from html import escape

from bench.plan import GOALS
from bench.report import Figures, median_of

#: What is drawn, with what tells the reader which way is good.
SHOWN = {
    "book_vs_binance": "order book increments handled per second of CPU time (more is better)",
    "fill_latency_vs_binance": "from a trade's frame to the OrderFilled event, µs (less is better)",
    "order_latency_vs_binance": "from buy() to the request on the wire, µs (less is better)",
    "ready_50_markets_s": "from the start to ready with 50 markets, s (less is better)",
    "poll_requests_100_orders": "requests per status poll with 100 open orders (less is better)",
    "memory_per_market_vs_binance": "memory per additional market, KB (less is better)",
}
COLOURS = {"peatio": "#1a7f6b", "binance": "#b9bec5"}
WIDTH, LEFT, RIGHT, BAR, ROW, TOP = 760, 80, 90, 16, 74, 12


def draw(figures: Figures) -> str:
    """The picture as SVG text; what was not measured for both is left out."""
    rows = []
    for name, title in SHOWN.items():
        values = {subject: median_of(figures, GOALS[name], subject) for subject in COLOURS}
        known = {subject: value for subject, value in values.items() if value is not None}
        if len(known) == len(COLOURS):
            rows.append((title, known))
    height = TOP + ROW * len(rows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13" fill="#24292f">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for number, (title, known) in enumerate(rows):
        lines.extend(_row(TOP + ROW * number, title, known))
    return "\n".join([*lines, "</svg>", ""])


def _row(top: int, title: str, values: dict[str, float]) -> Iterator[str]:
    yield f'<text x="{LEFT}" y="{top + 14}" font-weight="bold">{escape(title)}</text>'
    room, most = WIDTH - LEFT - RIGHT, max(values.values())
    for number, (subject, value) in enumerate(values.items()):
        y = top + 22 + number * (BAR + 4)
        width = max(1.0, room * value / most)
        yield f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{subject}</text>'
        yield f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[subject]}"/>'
        text = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
        yield f'<text x="{LEFT + width + 6:.1f}" y="{y + 13}">{text}</text>'
