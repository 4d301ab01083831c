"""The scripts and controllers of an instance: ours, a checkout's, the user's."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from peatio_cli.install import init_command, instance, strategy_files
from peatio_cli.install.instance import InstancePurpose, create_instance, instance_environment
from peatio_liquidity.plugin import PeatioLiquidityConfig

VERSION = "dev-2.18.0"
OURS = (strategy_files.OWN_FOLDER / "v2_with_controllers.py").read_text()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with the shape of Hummingbot's, the connector in it."""
    package = tmp_path / "site-packages" / "hummingbot"
    (package / "connector" / "exchange" / "peatio").mkdir(parents=True)
    (package / "connector" / "exchange" / "peatio" / "peatio_utils.py").touch()
    (package / "VERSION").write_text(f"{VERSION}\n")
    (package / "__init__.py").touch()
    for module in (instance, init_command):
        monkeypatch.setattr(module, "hummingbot_package", lambda: package)
    # Of the real Hummingbot: see test_client_settings.py.
    monkeypatch.setattr(init_command, "write_client_settings", lambda _directory: [])
    return package


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What this command looks at in a source checkout of Hummingbot."""
    checkout = tmp_path / "checkout"
    files = {
        "hummingbot/VERSION": f"{VERSION}\n",
        "scripts/v2_with_controllers.py": "# theirs\n",
        "scripts/simple.py": "# a script\n",
        "controllers/__init__.py": "",
        "controllers/generic/__init__.py": "",
        "controllers/generic/deep/part.py": "# a part\n",
        "controllers/generic/grid.py": "# a grid\n",
        "controllers/generic/__pycache__/grid.pyc": "",
    }
    for name, text in files.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text)
    return checkout


def test_every_instance_has_a_script_that_runs_controllers(package: Path, tmp_path: Path) -> None:
    made = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY).directory
    assert (made / "scripts" / "v2_with_controllers.py").read_text() == OURS
    assert (made / "controllers" / "generic").is_dir()


def test_the_liquidity_controller_comes_on_request_and_stays_beside_a_checkout(
    package: Path, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "bot"
    assert init_command.run(directory) == 0
    controller = directory / strategy_files.LIQUIDITY
    assert not controller.exists()
    assert "create pure_market_making" in capsys.readouterr().out
    assert init_command.run(directory, liquidity=True) == 0
    printed = capsys.readouterr().out
    assert "The liquidity controller: controllers/market_making/peatio_liquidity.py" in printed
    assert "pure_market_making" not in printed
    values = dict(re.findall(r"--set (\w+)=(\S+)", printed[printed.index("create peatio_liquidity") :]))
    assert PeatioLiquidityConfig(id="mirror", **values).source_connector == "binance"
    assert init_command.run(directory, checkout) == 0
    assert "import PeatioLiquidityConfig" in controller.read_text()


def test_a_controller_of_the_user_with_that_name_stays(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "bot"
    assert init_command.run(directory) == 0
    controller = directory / strategy_files.LIQUIDITY
    controller.write_text("# mine\n")
    assert init_command.run(directory, liquidity=True) == 0
    assert controller.read_text() == "# mine\n"
    assert f"warning: {controller} stays as it is" in capsys.readouterr().err


def test_another_package_named_scripts_does_not_hide_it(package: Path, tmp_path: Path) -> None:
    made = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY).directory
    (made / "controllers" / "generic" / "own.py").touch()
    for name in ("scripts", "controllers"):
        (tmp_path / "others" / name).mkdir(parents=True)
        (tmp_path / "others" / name / "__init__.py").touch()
    program = "import scripts, controllers.generic.own as own; print(scripts.__file__, own.__file__)"
    environment = instance_environment(made) | {"PYTHONSAFEPATH": "1"}
    environment["PYTHONPATH"] += f":{tmp_path / 'others'}"
    printed = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == [f"{made}/scripts/__init__.py", f"{made}/controllers/generic/own.py"]


def test_a_checkouts_files_replace_ours(package: Path, checkout: Path, tmp_path: Path) -> None:
    assert init_command.run(tmp_path / "bot") == 0
    assert init_command.run(tmp_path / "bot", checkout) == 0
    made = tmp_path / "bot"
    assert (made / "scripts" / "v2_with_controllers.py").read_text() == "# theirs\n"
    assert (made / "scripts" / "simple.py").read_text() == "# a script\n"
    assert (made / "controllers" / "generic" / "deep" / "part.py").read_text() == "# a part\n"
    assert not (made / "controllers" / "generic" / "__pycache__").exists()

    assert init_command.run(made) == 0
    assert (made / "scripts" / "v2_with_controllers.py").read_text() == "# theirs\n"


def test_the_files_follow_the_checkout(package: Path, checkout: Path, tmp_path: Path) -> None:
    made = tmp_path / "bot"
    assert init_command.run(made, checkout) == 0
    (checkout / "scripts" / "simple.py").unlink()
    (checkout / "controllers" / "generic" / "grid.py").write_text("# a better grid\n")
    assert init_command.run(made, checkout) == 0
    assert not (made / "scripts" / "simple.py").exists()
    assert (made / "controllers" / "generic" / "grid.py").read_text() == "# a better grid\n"


def test_what_the_user_wrote_or_changed_stays(
    package: Path, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "bot"
    assert init_command.run(made, checkout) == 0
    mine = made / "controllers" / "generic" / "mine.py"
    mine.write_text("# mine\n")
    changed, gone = made / "controllers" / "generic" / "grid.py", made / "scripts" / "simple.py"
    changed.write_text("# a grid, changed\n")
    gone.write_text("# changed as well\n")
    (checkout / "scripts" / "simple.py").unlink()
    (checkout / "controllers" / "generic" / "grid.py").write_text("# a better grid\n")
    (checkout / "controllers" / "generic" / "mine.py").write_text("# theirs\n")
    capsys.readouterr()

    assert init_command.run(made, checkout) == 0

    assert mine.read_text() == "# mine\n"
    assert changed.read_text() == "# a grid, changed\n"
    assert gone.read_text() == "# changed as well\n"
    warned = capsys.readouterr().err
    assert f"{changed} stays as it is" in warned
    assert f"{mine} stays as it is" in warned


@pytest.mark.parametrize("text", [OURS + "# changed\n", ""])
def test_a_runner_that_the_user_changed_stays(package: Path, tmp_path: Path, text: str) -> None:
    runner = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY).directory / strategy_files.RUNNER
    runner.write_text(text)
    create_instance(tmp_path / "bot", InstancePurpose.ORDINARY)
    assert runner.read_text() == (text or OURS), "an empty file is nobody's work"


def test_our_runner_of_an_earlier_version_is_replaced(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    (earlier / "v2_with_controllers.py").write_text("# an earlier one\n")
    with monkeypatch.context() as then:
        then.setattr(strategy_files, "OWN_FOLDER", earlier)
        runner = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY).directory / strategy_files.RUNNER
    assert runner.read_text() == "# an earlier one\n"
    create_instance(tmp_path / "bot", InstancePurpose.ORDINARY)
    assert runner.read_text() == OURS


def test_a_checkout_of_another_version_is_refused(
    package: Path, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "hummingbot" / "VERSION").write_text("dev-2.17.0\n")
    assert init_command.run(tmp_path / "bot", checkout) == 1
    assert not (tmp_path / "bot").exists()
    message = capsys.readouterr().err
    assert message.startswith(f"init: {checkout} is Hummingbot dev-2.17.0, and {VERSION} is installed")
    assert "remedy: check out the installed version" in message
    assert message.count("\n") == 1


@pytest.mark.parametrize("missing", ["hummingbot/VERSION", "scripts/v2_with_controllers.py"])
def test_something_else_is_no_checkout(
    package: Path, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    (checkout / missing).unlink()
    assert init_command.run(tmp_path / "bot", checkout) == 1
    assert f"is not a checkout of Hummingbot: it has no {missing}; remedy: " in capsys.readouterr().err
    assert not (tmp_path / "bot").exists()


def test_what_cannot_be_copied_is_named_with_the_reason(
    package: Path, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_the_way = tmp_path / "bot" / "scripts" / "simple.py"
    assert init_command.run(tmp_path / "bot") == 0
    in_the_way.mkdir()
    capsys.readouterr()
    assert init_command.run(tmp_path / "bot", checkout) == 1
    assert capsys.readouterr().err == (
        f"init: not every script and controller was copied: {in_the_way}: Is a directory; remedy: correct that, then "
        "run this again\n"
    )


def test_an_instance_is_not_its_own_checkout(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "bot"
    assert init_command.run(made) == 0
    capsys.readouterr()
    assert init_command.run(made, made) == 1
    assert capsys.readouterr().err.startswith(f"init: {made} is the instance itself; remedy: name the folder that ")


def test_init_names_scripts_of_a_hummingbot_that_was_replaced(
    package: Path, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init_command.run(tmp_path / "bot", checkout) == 0
    assert capsys.readouterr().err == ""
    (package / "VERSION").write_text("dev-2.19.0\n")
    assert init_command.run(tmp_path / "bot") == 0
    assert "those of Hummingbot dev-2.18.0, and dev-2.19.0 is installed; remedy: --from" in capsys.readouterr().err


@pytest.mark.parametrize("record", ["", "[]", '{"format": 2}', '{"format": 1, "files": [], "version": null}'])
def test_without_a_readable_record_every_file_is_the_users(
    package: Path, checkout: Path, tmp_path: Path, record: str
) -> None:
    made = tmp_path / "bot"
    assert init_command.run(made, checkout) == 0
    (made / strategy_files.RECORD_NAME).write_text(record)
    (checkout / "controllers" / "generic" / "grid.py").write_text("# a better grid\n")
    assert init_command.run(made, checkout) == 0
    assert (made / "controllers" / "generic" / "grid.py").read_text() == "# a grid\n"
