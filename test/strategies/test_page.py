"""The table on the page is what `make strategies` saw."""

from test.strategies.cases import CHECKOUT, OWN
from test.strategies.results import read_results, render, table_on_the_page


def test_the_page_has_the_results() -> None:
    assert table_on_the_page() == render(read_results())


def test_every_strategy_was_run() -> None:
    names = [case.name for case in (*OWN, *CHECKOUT)]
    assert len(set(names)) == len(names)
    assert read_results().keys() == set(names), "run `make strategies CHECKOUT=…`"


def test_nothing_on_the_page_disagrees_with_the_ledger() -> None:
    results = read_results().values()
    assert {result.discrepancies for result in results} == {0}
    assert all(result.orders for result in results)
