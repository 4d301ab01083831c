"""Every command that takes a directory names what is wrong with the one it got."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from peatio_cli.install.instance import InstancePurpose, create_instance
from peatio_cli.typer_app import app

runner = CliRunner()

COMMANDS = (
    ("guard",), ("run",), ("doctor", "--instance"), ("uninstall",), ("link",), ("unlink",)
)  # fmt: skip
CREATING = (("init",), ("demo", "--dir"), ("link", "--volume"))


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HBOT_PASSWORD", "correct horse")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_directory_that_does_not_exist(command: tuple[str, ...], tmp_path: Path) -> None:
    result = runner.invoke(app, [*command, str(tmp_path / "nowhere")])
    assert result.exit_code in (1, 2)
    assert result.stderr.startswith(f"{command[0]}: {tmp_path}/nowhere does not exist; remedy: "), result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize("below", ["", "/x"])
@pytest.mark.parametrize("command", [*COMMANDS, *CREATING])
def test_a_file_where_a_directory_belongs(command: tuple[str, ...], below: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    result = runner.invoke(app, [*command, f"{tmp_path}/file{below}"])
    assert result.exit_code in (1, 2)
    who = "demo: failed — " if command[0] == "demo" else f"{command[0]}: "
    assert result.stderr.startswith(f"{who}{tmp_path}/file is not a directory; remedy: ")
    assert result.stderr.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"


def test_a_directory_that_is_no_instance_is_not_called_unconnected(tmp_path: Path) -> None:
    result = runner.invoke(app, ["guard", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stderr.startswith(f"guard: {tmp_path} is not an instance of Hummingbot: it has no conf/connectors")


def test_the_guard_needs_an_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peatio_cli.guard.start.exit_at_sigterm", lambda _: None)  # not for these tests' process
    instance = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY)
    result = runner.invoke(app, ["guard", str(instance.directory)])
    assert result.exit_code == 2
    assert "is not connected to a Peatio exchange; remedy: connect it first: ./hbot connect peatio" in result.stderr


def test_a_wrong_path_is_found_before_hummingbot_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("peatio_cli.guard.command")]:
        monkeypatch.delitem(sys.modules, module)
    runner.invoke(app, ["guard", str(tmp_path)])
    assert "peatio_cli.guard.command" not in sys.modules
