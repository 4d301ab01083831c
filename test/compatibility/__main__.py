"""Plays everything and writes docs/reference/compatibility.md: `make compatibility`."""

import asyncio
import logging
import sys

from test.compatibility.matrix import all_cells, play_all
from test.compatibility.page import PAGE, render


def main() -> int:
    """The exit code: 1 where something failed."""
    logging.getLogger().addHandler(logging.NullHandler())  # else what the connector logs goes to the terminal
    cells = all_cells()
    print(f"Playing {len(cells)} scenarios; this takes two minutes or so.", flush=True)
    outcomes = asyncio.run(play_all(cells))
    PAGE.write_text(render(outcomes), encoding="utf-8")
    failures = [outcome for outcome in outcomes.values() if outcome]
    print(*failures, f"{PAGE.name} written: {len(failures)} of {len(cells)} failed.", sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
