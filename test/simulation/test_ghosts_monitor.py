"""`simulation.monitors.ghosts` on hand-made ghosts."""

from collections.abc import Collection
from dataclasses import replace

from simulation.monitors.disturbances import Disturbances
from simulation.monitors.ghosts import NOTICED_S, Ghost, GhostMonitor

GHOST = Ghost("7", creator="bot", is_cancelled_again=False, returned_at_s=None)


def found(
    ghost: Ghost,
    *rows: str,
    known: Collection[str] = ("7",),
    at_s: float = 100.0,
    ready_at_s: float = 1.0,
    until_s: float = 0.0,
    is_journal_whole: bool = True,
) -> int:
    disturbances = Disturbances()
    disturbances.extend(until_s)
    monitor = GhostMonitor(disturbances)
    return len(list(monitor.check(at_s, "bot", [ghost], rows, known, ready_at_s, is_journal_whole)))


def test_a_ghost_in_no_row_of_the_journal_is_found_at_once() -> None:
    assert found(GHOST, "8") == 1


def test_an_open_row_or_a_second_cancel_will_end_it() -> None:
    assert found(GHOST, "7") == 0
    assert found(replace(GHOST, is_cancelled_again=True)) == 0


def test_ghosts_of_others_are_not_looked_at() -> None:
    assert found(replace(GHOST, creator="second")) == 0
    assert found(replace(GHOST, creator="")) == 0


def test_one_that_a_cycle_ended_is_cancelled_again_once_the_bot_has_its_id() -> None:
    """Pegged seed 82707: its create had no answer, and it was stored too late to be surely the bot's."""
    ended = replace(GHOST, is_ended_by_cycle=True)
    assert found(ended, known=()) == 0
    assert found(ended, known=("7",)) == 1
    assert found(GHOST, known=()) == 1


def test_one_that_came_back_into_the_engine_has_time_to_be_noticed() -> None:
    back = replace(GHOST, returned_at_s=90.0)
    late_s = 90.0 + NOTICED_S + 1
    assert found(back) == 0
    assert found(back, at_s=late_s) == 1
    assert found(back, at_s=late_s, until_s=91.5) == 0
    assert found(back, at_s=late_s, ready_at_s=91.5) == 0


def test_one_whose_id_the_disk_refused_is_found_again_in_time() -> None:
    """Seeds 150799 and 150861: its create had no answer at first, and the disk was full when it turned up."""
    late_s = 1.0 + NOTICED_S + 1
    assert found(GHOST, known=(), at_s=50.0, is_journal_whole=False) == 0
    assert found(GHOST, known=(), at_s=late_s, is_journal_whole=False) == 1
    assert found(GHOST, known=("7",), at_s=50.0, is_journal_whole=False) == 1


def test_one_that_stays_is_reported_once() -> None:
    monitor = GhostMonitor(Disturbances())
    counts = [len(list(monitor.check(at_s, "bot", [GHOST], (), (), 1.0))) for at_s in (1.0, 2.0)]
    assert counts == [1, 0]
