"""Worlds that once failed, shrunk, and some that show much in little time; `make test` runs all of them.

`make simulate SEED=N SHRINK=1` prints the line to add.
"""

from simulation.case import Case

CASES: tuple[Case, ...] = ()
