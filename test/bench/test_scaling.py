"""The page that `make scaling` renews. That bots run side by side is shown by test/deploy/test_fleet.py."""

from pathlib import Path

from bench.conditions import Conditions
from bench.imports import PLACE as MEMORY_PLACE
from bench.imports import Memory, memory_after
from bench.imports import table as memory_table
from bench.pages import renewed
from bench.scaling import PLACE, Row, described, table

ROWS = (
    Row(1, 3.2, 240.4, 60.0, (0.030, 0.050, 0.040), 2.0),
    Row(8, 4.0, 241.0, 75.0, tuple(0.001 * number for number in range(1, 201)), 9.6),
)
CONDITIONS = Conditions(rounds=1, python="3.12.1", hummingbot="20260922", cpus=2, load_before=0.31, took_s=300.0)


def test_a_line_for_each_number_of_bots() -> None:
    lines = table(ROWS).splitlines()
    assert lines[0].startswith("| bots | CPU a bot |")
    assert lines[2:] == [
        "| 1 | 3.2 % | 240 MiB | 60 | 40 ms | 50 ms | 2 % |",
        "| 8 | 4.0 % | 241 MiB | 75 | 100 ms | 199 ms | 10 % |",
    ]


def test_how_many_bots_an_account_carries_follows_from_the_hungriest() -> None:
    text = described(ROWS, 60, CONDITIONS)
    assert "1200 requests a minute: 16 such bots." in text
    assert "2 CPUs for bots and exchange together, load 0.31 before the run" in text


def test_memory_is_counted_for_the_package_that_takes_it() -> None:
    memory = memory_after("import decimal, numpy")
    nothing = memory_after("pass")
    assert memory.resident > nothing.resident
    assert memory.packages["numpy"] > memory.packages.get("decimal", 0)
    assert "numpy" not in nothing.packages


def test_a_line_for_each_step_and_the_largest_packages_of_the_last() -> None:
    text = memory_table({"a": Memory(10.4, {}), "b": Memory(200.0, {"small": 1.0, "large": 30.6})})
    assert text.splitlines() == [
        "| loaded | resident memory |",
        "| --- | ---: |",
        "| a | 10 MiB |",
        "| b | 200 MiB |",
        "",
        "The largest packages, in MiB, each without what it imports: large 31, small 1.",
    ]
    page = (Path(__file__).parents[2] / "docs" / "operate" / "scaling.md").read_text(encoding="utf-8")
    assert text in renewed(page, MEMORY_PLACE, text)


def test_the_page_has_a_place_for_it() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operate" / "scaling.md").read_text(encoding="utf-8")
    assert "| 1 | 3.2 % |" in renewed(page, PLACE, table(ROWS))
