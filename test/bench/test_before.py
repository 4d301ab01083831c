"""The environment with the wheel of before: only the three packages differ, and every measurement runs on it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from bench import before
from bench.plan import BEFORE, GOALS, MEASUREMENTS
from bench.runner import ROOT, run_one

LOOK = """
import json, sys
import hummingbot, hummingbot.connector.exchange.binance as binance, peatio_cli, peatio_sandbox
import hummingbot.connector.exchange.peatio as peatio
from hummingbot.client.settings import AllConnectorSettings
from importlib.metadata import version
own = [peatio.__path__[0], peatio_cli.__path__[0], peatio_sandbox.__path__[0]]
print(json.dumps({
    "own": own, "binance": binance.__path__[0], "hummingbot": version("hummingbot"),
    "found": "peatio" in AllConnectorSettings.get_connector_settings(),
}))
"""


@pytest.fixture(scope="module")
def python() -> Iterator[Path]:
    try:
        with before.environment() as found:
            yield found
    except before.BeforeError as error:
        pytest.skip(str(error))


def test_the_connector_of_before_is_imported_and_the_rest_is_shared(python: Path, tmp_path: Path) -> None:
    done = subprocess.run([python, "-I", "-c", LOOK], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    own = python.parents[1]
    assert all(Path(path).is_relative_to(own) and not Path(path).is_symlink() for path in seen["own"])
    assert (Path(seen["own"][0]) / "peatio_order_desk.py").is_file(), "a module that only the build of before has"
    assert Path(seen["binance"]).resolve().is_relative_to(Path(sys.prefix).resolve())
    assert seen["hummingbot"] == version("hummingbot")
    assert seen["found"], "Hummingbot lists the connector"


@pytest.mark.parametrize("name", [name for name, one in MEASUREMENTS.items() if BEFORE in one.subjects])
def test_a_measurement_runs_on_the_build_of_before(python: Path, name: str) -> None:
    figures = run_one(name, BEFORE, MEASUREMENTS[name].tiny, python)
    assert {goal.figure[1] for goal in GOALS.values() if goal.figure[0] == name and goal.than == BEFORE} <= set(figures)


def test_a_clone_without_the_commit_says_so() -> None:
    with pytest.raises(before.BeforeError, match="commit 0000000 is not in this clone"), before.environment("0000000"):
        pytest.fail("there is no such commit")


def test_a_run_without_the_commit_leaves_the_build_of_before_out(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    script = (
        "import sys; from bench import before, __main__ as run; before.COMMIT = '0000000'; "
        f"sys.argv[1:] = ['--tiny', '--rounds', '1', '--only', 'orders', '--results', {str(results)!r}]; run.main()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "bench: the build of before is left out: commit 0000000 is not in this clone" in done.stderr
    content = json.loads(results.read_text(encoding="utf-8"))
    assert "order_latency_vs_binance" in content
    assert "orders_vs_before" not in content
