"""Each measurement runs, with sizes that show no more than that. No figure is judged here."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hummingbot.connector.exchange.peatio.peatio_exchange import PeatioExchange

from bench import storms, test_suite
from bench.book import measure as measure_book
from bench.plan import BEFORE, GOALS, MEASUREMENTS, TEST_SUITE, WATCH
from bench.requests import TIMED, _quiet
from bench.worker import MEASUREMENTS as FUNCTIONS
from bench.worker import function
from test.browser.browsing import MISSING, find_chromium

MEMORY = ("markets", "growth")
# The build of before needs an environment of its own: test_before.py. The suite needs the history: below.
CASES = [
    (name, subject)
    for name, measurement in MEASUREMENTS.items()
    for subject in measurement.subjects
    if subject != BEFORE and name != TEST_SUITE
]


@pytest.mark.parametrize(("name", "subject"), CASES, ids=[f"{name}-{subject}" for name, subject in CASES])
def test_it_gives_the_figures_that_the_goals_need(name: str, subject: str) -> None:
    if name == WATCH and find_chromium() is None and not os.environ.get("CI"):
        pytest.skip(MISSING)
    figures = function(name)(subject=subject, **MEASUREMENTS[name].tiny)

    needed = {goal.figure[1] for goal in GOALS.values() if goal.figure[0] == name}
    assert needed <= set(figures)
    assert all(isinstance(value, (int, float)) for value in figures.values())
    # The memory of so little is less than the system counts in, or was there before.
    assert name in MEMORY or all(figures[figure] > 0 for figure in needed)


def test_every_measurement_serves_a_goal_and_every_goal_has_its_subjects() -> None:
    assert {goal.figure[0] for goal in GOALS.values()} == set(MEASUREMENTS) == set(FUNCTIONS)
    for goal in GOALS.values():
        subjects = MEASUREMENTS[goal.figure[0]].subjects
        assert "peatio" in subjects
        assert not goal.than or subjects["peatio"] == subjects[goal.than], "a ratio is taken round by round"


def test_every_request_of_a_poll_and_a_cancel_all_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = MEASUREMENTS["requests"].tiny
    expected = function("requests")(subject="peatio", **sizes)
    cancel_all, update_balances = PeatioExchange.cancel_all, PeatioExchange._update_all_balances

    async def asking_twice(connector: Any) -> None:
        await update_balances(connector)
        await update_balances(connector)

    async def asking_first(connector: Any, timeout_seconds: float) -> Any:
        await connector.rest.version()
        return await cancel_all(connector, timeout_seconds)

    monkeypatch.setattr(PeatioExchange, "_update_all_balances", asking_twice)
    monkeypatch.setattr(PeatioExchange, "cancel_all", asking_first)
    counted = function("requests")(subject="peatio", **sizes)
    assert counted["poll_requests"] == expected["poll_requests"] + 1
    assert counted["cancel_requests"] > expected["cancel_requests"]


async def test_what_is_asked_on_a_timer_keeps_no_measurement_waiting() -> None:
    class AskedForEver:
        count = 0

        async def requests(self) -> Counter[str]:
            self.count += 1
            return Counter({"GET /orders": 2, **dict.fromkeys(TIMED, self.count)})

    server: Any = AskedForEver()
    assert (await asyncio.wait_for(_quiet(server, quiet_s=0), timeout=60))["GET /orders"] == 2


def test_a_set_up_is_that_of_the_build_that_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a copy that has no environment yet, with no other environment's variables."""
    before = tmp_path / "sources" / "tools"
    before.mkdir(parents=True)
    (before / "setup").write_text("#!/bin/sh\nls -A; echo $DEV; pwd\n")
    (before.parent / ".venv").mkdir()
    monkeypatch.setattr("sys.prefix", str(tmp_path / "environment"))
    monkeypatch.setenv("DEV", "1")
    printed = []
    run = subprocess.run

    def noting(*arguments: Any, **options: Any) -> Any:
        done = run(*arguments, **options)
        printed.append(done.stdout.split())
        return done

    monkeypatch.setattr("subprocess.run", noting)
    figures = function("setup_warm")("peatio", ["sh", "tools/setup"], warm_up=True)
    assert figures["wall_s"] > 0
    assert [lines[0] for lines in printed] == ["tools", "tools"]
    assert all(len(lines) == 2 for lines in printed), "no .venv, no DEV"
    assert printed[0][1] != printed[1][1], "each in a folder of its own"


def test_a_set_up_that_fails_is_no_figure() -> None:
    with pytest.raises(RuntimeError, match="false failed"):
        function("setup_warm")("peatio", ["false"], warm_up=False)


def project(folder: Path) -> tuple[Path, str]:
    """A clone whose first commit is the build of before, and that commit."""

    def git(*arguments: str) -> str:
        settings = ("-c", "user.name=a", "-c", "user.email=a@b")
        return subprocess.check_output(["git", *settings, *arguments], cwd=folder, text=True)

    tests = folder / "test"
    tests.mkdir(parents=True)
    git("init", "-q")
    (tests / "test_old.py").write_text("\n".join(f"old line {number}" for number in range(20)))
    (tests / "test_kept.py").write_text("kept\n")
    git("add", ".")
    git("commit", "-qm", "before")
    commit = git("rev-parse", "HEAD").strip()
    (tests / "moved").mkdir()
    (tests / "test_old.py").rename(tests / "moved" / "test_moved.py")
    (tests / "test_new.py").write_text("something else\n")
    (tests / "new_support.py").write_text("support\n")
    git("add", ".")
    git("commit", "-qm", "now")
    return folder, commit


@pytest.mark.parametrize(("is_before", "expected"), [
    (True, "test_kept.py test_old.py"),
    (False, "--ignore=test/test_new.py moved new_support.py test_kept.py test_new.py"),
])
def test_the_suites_of_both_builds_run_in_clones_without_files_that_are_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_before: bool, expected: str
) -> None:
    root, commit = project(tmp_path / "project")
    monkeypatch.setattr(test_suite, "ROOT", root)
    monkeypatch.setattr(test_suite, "COMMIT", commit)
    if is_before:
        (tmp_path / "sources").mkdir()
        monkeypatch.setattr("sys.prefix", str(tmp_path / "environment"))
    seen = tmp_path / "seen"
    command = f'echo "$@" $(ls test) > {seen}; test -f made && echo "2 failed, 7 passed, 1 error in 3 s"; exit 1'
    figures = test_suite.measure("peatio", ["touch", "made"], ["sh", "-c", command, "sh"])
    assert seen.read_text().split() == expected.split()
    assert (figures["passed"], figures["failed"]) == (7, 3)
    assert figures["wall_s"] > 0


def test_a_suite_without_a_test_that_passes_is_no_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, commit = project(tmp_path / "project")
    monkeypatch.setattr(test_suite, "ROOT", root)
    monkeypatch.setattr(test_suite, "COMMIT", commit)
    with pytest.raises(RuntimeError, match="no test passed"):
        test_suite.measure("peatio", ["true"], ["echo", "3 errors"])
    with pytest.raises(RuntimeError, match="false failed"):
        test_suite.measure("peatio", ["false"], ["echo", "1 passed"])


# A child burns CPU time after its parent has ended.
SEEDS = """
import os, sys, time
print("seed 1: ok, 250 orders, 330 simulated s, 1.0 CPU s")
print("seed 2: FAILED, 250 orders, 340 simulated s, 1.0 CPU s", flush=True)
if os.fork() == 0:
    os.close(1), os.close(2)
    os.setsid()
    # The kernel counts a process that ended in steps of a clock tick, so that a sum may lie a tick or two below this.
    while time.process_time() < 0.8:
        pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts the CPU time of descendants as Linux does")
def test_a_storm_counts_the_cpu_time_of_all_descendants_and_every_seed() -> None:
    figures = storms.counted([sys.executable, "-c", SEEDS], Path.cwd(), seeds=2)
    assert figures["cpu_s"] > 0.5
    assert figures["seeds_per_cpu_s"] == 2 / figures["cpu_s"]
    assert figures["simulated_s_per_cpu_s"] == 670 / figures["cpu_s"]
    assert figures["failed"] == 1
    with pytest.raises(RuntimeError, match="1 of 2 seeds ran"):
        storms.counted([sys.executable, "-c", "print('seed 1: ok, none')"], Path.cwd(), seeds=2)


def test_markets_without_their_books_are_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.wire.top_after", lambda levels, done: (1.0, 2.0))
    with pytest.raises(RuntimeError, match="is not there"):
        function("start")(subject="peatio", markets=2)


def test_a_book_that_ends_wrong_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.wire.top_after", lambda levels, done: (1.0, 2.0))
    with pytest.raises(RuntimeError, match="the book ended with"):
        measure_book("bare", changes=25, blasts=2, levels=20)
