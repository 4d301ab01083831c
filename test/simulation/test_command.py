"""The command, in processes of its own: worlds pass, come to the same everywhere, and are replayed as they were."""

import asyncio
import re
import sys
from pathlib import Path

from simulation.cases import CASES
from simulation.folders import folders_of, sweep
from test.patience import eventually
from test.simulation.command import ROOT, hashes, run_python, simulate

# Short lives: a kill, a stall or a long fault of the exchange comes early in these.
SHORT = ("--trading-s", "40")
# A world that has both of two planted faults fails; the one between them does nothing.
PLANTED = """
import sys
import test
sys.path.append(sys.path.pop(0))
from simulation import runner
runner.install()
from simulation.command import main
from simulation.faults import catalog
from simulation.faults.kind import FaultType

begun = []

def begin(world, given):
    begun.append(given["letter"])
    if {"a", "c"} <= set(begun):
        world._outcome.failed.append("KeyError: both were there")

catalog.FAULTS.clear()
catalog.FAULTS["planted"] = FaultType(
    "planted", lambda rng, plan: [(6.0 + n, {"letter": letter}) for n, letter in enumerate("abc")], begin
)
sys.exit(main(["--seed", "7", "--trading-s", "10", "--shrink"]))
"""


async def test_a_seed_passes_and_comes_to_the_same_in_another_process_and_with_a_timeline(tmp_path: Path) -> None:
    code, first = await simulate("--first", "7", "--seeds", "1", *SHORT, "--twice", "1")
    assert code == 0, first
    assert "1 seeds were run twice: equal hashes" in first
    timeline, picture = tmp_path / "timeline.txt", tmp_path / "picture.html"
    code, traced = await simulate(
        "--seed", "7", *SHORT, "--trace", "--out", str(timeline), "--picture", str(picture)
    )
    assert code == 0, traced
    assert hashes(traced) == hashes(first)
    assert len(hashes(first)) == 1
    text = timeline.read_text()
    assert re.search(r"bot\.1 → exchange +message POST /api/v2/peatio/market/orders \{", text)
    assert re.search(r"exchange → bot\.1 +message websocket order \{", text)
    assert re.search(r"bot\.1 +event +created client_order_id=\S+ .* \[order \S+: \w+\S* at \w+\.py:\d+\]", text)
    assert " fault   " in text
    assert " log     " in text
    assert "<svg" in picture.read_text()


async def test_a_failing_world_is_shrunk_to_the_faults_it_needs() -> None:
    code, output = await run_python("-c", PLANTED)
    assert code == 1, output
    (line,) = re.findall(r"Case\(.*\),", output)
    assert "faults=('planted 1', 'planted 3')" in line
    assert "has_constant_latencies=True" in line
    assert "the smallest that still fails (failed: KeyError):" in output


async def test_every_case_passes() -> None:
    code, output = await simulate("--cases")
    assert code == 0, output
    assert output.splitlines()[-1].startswith(f"simulate: {len(CASES)} seeds, ")


async def test_a_killed_command_leaves_no_process_and_its_folders_go_with_the_next() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulation", "--seed", "7", "--twice", "0", cwd=ROOT
    )
    folders: set[Path] = set()

    def has_begun() -> bool:
        folders.update(folder for child in children_of(process.pid) for folder in folders_of(child))
        return bool(folders)

    await eventually(has_begun, "the fork has its folder", timeout_s=120.0)
    forked = children_of(process.pid)
    process.kill()
    await process.wait()
    await eventually(lambda: not any(Path(f"/proc/{child}").exists() for child in forked), "the fork has ended")
    sweep()
    assert not any(folder.exists() for folder in folders)


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
