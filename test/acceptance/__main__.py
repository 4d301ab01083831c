"""`python -m test.acceptance --url https://… --market btcusd`: the acceptance cards against any Peatio exchange."""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.config import parse_domain

from test.acceptance.all_cards import all_cards
from test.acceptance.cards import Card
from test.acceptance.people import Keys
from test.acceptance.runner import Outcome, run_cards, summary
from test.acceptance.stage import open_stage

MAKER = ("PEATIO_MAKER_API_KEY", "PEATIO_MAKER_SECRET")
TAKER = ("PEATIO_TAKER_API_KEY", "PEATIO_TAKER_SECRET")


class UsageError(Exception):
    """The run cannot begin; the text says what is missing."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 where a card failed or something was left open, 2 where the run cannot begin."""
    options = _parser().parse_args(arguments)
    try:
        if not options.url or not options.market:
            raise UsageError("name the exchange and the market: make live URL=https://exchange.example MARKET=btcusd")
        url = parse_domain(options.url).site
        maker = _keys(os.environ, MAKER)
        taker = None if options.one_account else _keys(os.environ, TAKER)
        if taker is not None and taker.api_key == maker.api_key:
            raise UsageError("maker and taker are the same account: use two, or --one-account")
        cards = chosen_cards(options.cards)
    except (ConfigError, UsageError) as error:
        print(f"live: {error}", file=sys.stderr)
        return 2
    # What a card needs of the log is shown with it.
    handler = logging.FileHandler(options.log) if options.log else logging.NullHandler()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", handlers=[handler], force=True
    )
    secrets = [value for keys in (maker, taker) if keys for value in (keys.api_key, keys.secret)]
    try:
        return asyncio.run(run(url, options.market, maker, taker, cards, secrets))
    except KeyboardInterrupt:
        print("live: ended early")
        return 130


async def run(
    url: str, market: str, maker: Keys, taker: Keys | None, cards: Sequence[Card], secrets: Sequence[str]
) -> int:
    """Plays the cards and prints what comes of them, without the `secrets`; returns the exit code."""

    def say(line: str) -> None:
        for secret in secrets:
            line = line.replace(secret, "…")
        print(line, flush=True)

    with tempfile.TemporaryDirectory(prefix="peatio-live-") as folder:
        async with open_stage(url, market, maker, taker, Path(folder)) as stage:
            try:
                outcomes = await run_cards(cards, stage, say)
            finally:
                left = await stage.left_open()
                for line in left:
                    say(f"look at the exchange: {line}")
    print(summary(outcomes))
    return 1 if left or Outcome.FAILED in outcomes else 0


def _keys(environment: Mapping[str, str], names: tuple[str, str]) -> Keys:
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise UsageError(f"set {' and '.join(missing)} in the environment")
    api_key, secret = (environment[name] for name in names)
    return Keys(api_key, secret)


def chosen_cards(numbers: Sequence[str]) -> list[Card]:
    """The cards of these numbers and those that everything else stands on; all where none is named."""
    cards = all_cards()
    unknown = set(numbers) - {card.number for card in cards}
    if unknown:
        raise UsageError(f"there is no card {', '.join(sorted(unknown))}")
    return [card for card in cards if not numbers or card.is_basic or card.number in numbers]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m test.acceptance", description=__doc__)
    parser.add_argument("--url", required=True, help="the exchange: a host, host:port or URL")
    parser.add_argument("--market", required=True, help="the market's symbol, e.g. btcusd")
    parser.add_argument("--log", metavar="FILE", help="write the connector's log there")
    parser.add_argument("--one-account", action="store_true", help="skip the cards that need a second account")
    parser.add_argument("--cards", nargs="+", default=[], metavar="A07", help="play these (and the basic ones) only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
