"""`simulation.sabotage` and `simulation.self_check`: what is broken on purpose is found, and by what."""

import pytest
from hummingbot.connector.exchange.peatio.execution.journal_file import JournalFile

from simulation import forks
from simulation.monitors.violation import Property, Violation
from simulation.self_check import first_complaint
from simulation.world import Outcome
from test.chaos.judge import Fault, Finding
from test.chaos.sabotage import sabotage
from test.simulation.command import simulate


@pytest.mark.timeout(300)
async def test_a_task_that_outlives_its_connector_is_found_in_a_whole_world() -> None:
    code, output = await simulate("--self-check", "let_an_old_task_live", "--trading-s", "20")
    assert code == 0, output
    assert "let_an_old_task_live: found in seed 1 of 20 (seed 1): active after stop: bot." in output
    assert output.splitlines()[-1] == "self-check: 1 of 1 sabotages found, each within 1 seed(s)"


def test_a_forgotten_journal_answers_whatever_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that raises is another breakage: the connector does not start, and nothing is orphaned."""
    monkeypatch.setattr(JournalFile, "unfinished", JournalFile.unfinished)  # put back afterwards
    sabotage("forget_journal")
    file = JournalFile.__new__(JournalFile)
    assert file.unfinished() == file.unfinished("owner", settled_of="database") == []


def test_only_a_complaint_about_what_was_broken_counts() -> None:
    outcome = Outcome(1, stuck=["bot does not trade"], failed=["bot ended"])
    outcome.findings = [Finding(Fault.ORPHANED, "order 6 is open"), Finding(Fault.LOST, "order 7 is unknown")]
    outcome.violations = [Violation(Property.OWNERS, 1.0, "bot", "order 7 is open")]
    assert first_complaint(outcome, [Fault.LOST]) == "lost: order 7 is unknown"
    assert first_complaint(outcome, [Property.OWNERS]) == "without owner: bot at 1.000 s: order 7 is open"
    assert first_complaint(outcome, [Property.BALANCES]) is None
    assert first_complaint(Outcome(1), [Fault.LOST]) is None


def test_a_simulation_that_failed_shows_nothing() -> None:
    outcome = Outcome(1, failed=[f"{forks.BROKEN}: KeyError"], stuck=["bot does not trade"])
    with pytest.raises(RuntimeError, match="KeyError"):
        first_complaint(outcome, [Fault.LOST])
