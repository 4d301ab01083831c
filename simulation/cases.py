"""Worlds that once failed, shrunk, and some that show much in little time; `make test` runs all of them.

`make simulate SEED=N SHRINK=1` prints the line to add.
"""

from simulation.case import Case

CASES: tuple[Case, ...] = (
    Case(seed=1, trading_s=60.0, why="a death, and orders taken late"),
    Case(seed=2, trading_s=60.0, why="hundreds of spoiled requests"),
    Case(seed=4, trading_s=60.0, why="websockets dropped together, and a death"),
    Case(seed=20271, trading_s=90.0, why="engines restart twice: a sequence goes on from the old one by chance"),
)
