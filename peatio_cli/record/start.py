"""Looks at what `record-market` was given before Hummingbot is loaded, which takes seconds."""

import sys
from pathlib import Path


def start(
    connector: str, pair: str, path: Path, seconds: float, url: str | None, is_daily: bool = False
) -> int:
    """:return: exit code 0 when something was recorded"""
    problem = _problem(connector, pair, path, url)
    if problem is not None:
        print(f"record-market: {problem}", file=sys.stderr)
        return 1
    from peatio_cli.record.command import run

    return run(connector, pair, path, seconds, url, is_daily)


def _problem(connector: str, pair: str, path: Path, url: str | None) -> str | None:
    if [bool(part) for part in pair.split("-")] != [True, True]:
        return f"{pair} is no trading pair; remedy: write BASE-QUOTE, as in BTC-USDT"
    if url is not None and connector != "peatio":
        return f"--url is the address of a Peatio, and the connector is {connector}; remedy: leave it out"
    if path.suffix != ".npz":
        return f"{path} is no name for a recording; remedy: let it end with .npz, as in day.npz"
    if path.exists():
        return f"{path} is there already; remedy: name another file"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}; remedy: make it"
    return None
