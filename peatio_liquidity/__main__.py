"""`python -m peatio_liquidity settle FILE NUMBER`: the operator has seen that a hedge has ended."""

import argparse
import sys
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path

from peatio_liquidity.hedge_journal import HedgeJournalError
from peatio_liquidity.settlement import settle


def main(arguments: list[str] | None = None) -> int:
    """:return: 0 when the hedge is settled, 2 with one line of reason when it is not"""
    parser = argparse.ArgumentParser(prog="python -m peatio_liquidity", description=__doc__)
    command = parser.add_subparsers(required=True, metavar="settle").add_parser(
        "settle", help="write down what became of a hedge; stop the bot first"
    )
    command.add_argument("file", type=Path, help="the hedge journal, data/peatio_liquidity_NAME.sqlite")
    command.add_argument("number", type=int, help="of the hedge, from the bot's log")
    command.add_argument("--filled", default="0", help="how much of it was traded, in the base currency (0)")
    command.add_argument("--price", default="0", help="the average price of that, in the source's quote currency")
    command.add_argument(
        "--fee", nargs=2, metavar=("AMOUNT", "CURRENCY"), help="what was charged for it, such as 0.001 BTC (none)"
    )
    given = parser.parse_args(arguments)
    try:
        fee = None if given.fee is None else (given.fee[1].upper(), Decimal(given.fee[0]))
        hedge = settle(given.file, given.number, Decimal(given.filled), Decimal(given.price), time.time(), fee)
    except InvalidOperation:
        charged = "" if given.fee is None else f" --fee {' '.join(given.fee)}"
        print(f"--filled {given.filled} --price {given.price}{charged}: write numbers, such as 0.25", file=sys.stderr)
        return 2
    except HedgeJournalError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"settled: hedge {hedge.number}, {hedge.words(hedge.amount)}, of which {given.filled} was traded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
