"""`hummingbot-peatio init` and the instance directories it makes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from peatio_cli.install import init_command, instance
from peatio_cli.install.instance import HOOK, InstanceError, InstancePurpose, create_instance, in_use

ROOT = Path(__file__).parents[3]
ORDINARY, DEMO = InstancePurpose.ORDINARY, InstancePurpose.DEMO


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with the shape of Hummingbot's, the connector in it."""
    package = tmp_path / "site-packages" / "hummingbot"
    (package / "connector" / "exchange" / "peatio").mkdir(parents=True)
    (package / "connector" / "exchange" / "peatio" / "peatio_utils.py").write_text("")
    (package / "__pycache__").mkdir()
    (package / "client").mkdir()
    (package / "VERSION").write_text("dev-2.18.0\n")
    (package / "__init__.py").write_text("# first\n")
    monkeypatch.setattr(instance, "hummingbot_package", lambda: package)
    # Of the real Hummingbot: see test_client_settings.py.
    monkeypatch.setattr(init_command, "write_client_settings", lambda _directory: [])
    return package


def contents(directory: Path) -> dict[str, str]:
    """Every file's text and every link's target, by path."""
    found = {}
    for folder, subfolders, files in os.walk(directory):
        for name in (*subfolders, *files):
            path = Path(folder, name)
            relative = str(path.relative_to(directory))
            if path.is_symlink():
                found[relative] = f"-> {path.readlink()}"
            elif path.is_file():
                found[relative] = path.read_text()
            else:
                found[relative] = "directory"
    return found


def test_an_instance_is_a_copy_of_init_and_links_for_the_rest(package: Path, tmp_path: Path) -> None:
    made = create_instance(tmp_path / "a" / "bot", ORDINARY)

    assert made.is_new
    own = made.directory / "hummingbot"
    assert not own.is_symlink()
    assert not (own / "__init__.py").is_symlink()
    assert (own / "__init__.py").read_text() == "# first\n" + HOOK
    links = {child.name: child.readlink() for child in own.iterdir() if child.is_symlink()}
    assert links == {name: package / name for name in ("connector", "client", "VERSION")}
    for name in ("conf/connectors", "conf/strategies", "conf/scripts", "conf/controllers", "logs", "data"):
        assert (made.directory / name).is_dir()
    assert os.access(made.launcher, os.X_OK)


def test_a_second_init_changes_nothing(package: Path, tmp_path: Path) -> None:
    made = create_instance(tmp_path / "bot", ORDINARY)
    (made.directory / "conf" / "connectors" / "peatio.yml").write_text("secret")
    before = contents(made.directory)

    again = create_instance(tmp_path / "bot", ORDINARY)

    assert not again.is_new
    assert contents(made.directory) == before


def test_init_follows_another_hummingbot(package: Path, tmp_path: Path) -> None:
    made = create_instance(tmp_path / "bot", ORDINARY)
    (package / "__init__.py").write_text("# second\n")
    (package / "VERSION").unlink()
    (package / "new").mkdir()
    (made.directory / "hummingbot" / "client").unlink()
    (made.directory / "hummingbot" / "client").symlink_to("/nowhere")

    create_instance(tmp_path / "bot", ORDINARY)

    own = made.directory / "hummingbot"
    assert (own / "__init__.py").read_text() == "# second\n" + HOOK
    assert (own / "client").readlink() == package / "client"
    assert (own / "new").readlink() == package / "new"
    assert not (own / "VERSION").is_symlink()


def test_an_empty_directory_is_taken(package: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert create_instance(tmp_path / "empty", ORDINARY).is_new


@pytest.mark.parametrize("name", ["notes.txt", "hummingbot/__init__.py"])
def test_a_foreign_directory_is_refused_and_left_alone(package: Path, tmp_path: Path, name: str) -> None:
    foreign = tmp_path / "foreign"
    (foreign / name).parent.mkdir(parents=True)
    (foreign / name).write_text("mine")
    before = contents(foreign)

    with pytest.raises(InstanceError, match="not empty and not an instance"):
        create_instance(foreign, ORDINARY)

    assert contents(foreign) == before


def test_a_file_is_refused(package: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InstanceError, match="is not a directory"):
        create_instance(tmp_path / "file", ORDINARY)


@pytest.mark.parametrize(("first", "second"), [(ORDINARY, DEMO), (DEMO, ORDINARY)])
def test_a_demo_never_meets_real_keys(
    package: Path, tmp_path: Path, first: InstancePurpose, second: InstancePurpose
) -> None:
    create_instance(tmp_path / "bot", first)
    with pytest.raises(InstanceError, match="choose another directory"):
        create_instance(tmp_path / "bot", second)


@pytest.mark.parametrize("marker", ["", "[]", '{"format": 2, "purpose": "ordinary"}', '{"format": 1}'])
def test_an_unreadable_marker_is_named(package: Path, tmp_path: Path, marker: str) -> None:
    made = create_instance(tmp_path / "bot", ORDINARY)
    (made.directory / instance.MARKER_NAME).write_text(marker)
    with pytest.raises(InstanceError, match="this version cannot read"):
        create_instance(tmp_path / "bot", ORDINARY)


def test_the_marker_says_the_purpose(package: Path, tmp_path: Path) -> None:
    made = create_instance(tmp_path / "bot", DEMO)
    assert json.loads((made.directory / instance.MARKER_NAME).read_text()) == {"format": 1, "purpose": "demo"}


def test_without_the_connector_nothing_is_made(package: Path, tmp_path: Path) -> None:
    shutil.rmtree(package / "connector")
    with pytest.raises(InstanceError, match="connector is not beside Hummingbot"):
        create_instance(tmp_path / "bot", ORDINARY)
    assert not (tmp_path / "bot").exists()


def test_without_hummingbot_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(instance, "find_spec", lambda _name: None)
    with pytest.raises(InstanceError, match=r"pip install 'hummingbot-peatio\[hummingbot\]'"):
        create_instance(tmp_path / "bot", ORDINARY)


def test_an_instance_is_used_by_one_at_a_time(package: Path, tmp_path: Path) -> None:
    made = create_instance(tmp_path / "bot", DEMO)
    with in_use(made), pytest.raises(InstanceError, match="in use"), in_use(made):
        pass
    with in_use(made):
        pass


def test_the_command_tells_what_to_do_next(package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "my bot"
    assert init_command.run(directory) == 0
    output = capsys.readouterr().out
    assert output.startswith(f"Hummingbot instance created: {directory}\n")
    assert f"cd '{directory}'" in output

    assert init_command.run(directory) == 0
    assert "updated" in capsys.readouterr().out


def test_an_instance_is_updated_from_inside(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = create_instance(tmp_path / "my-bot", ORDINARY)
    monkeypatch.chdir(made.directory)
    assert init_command.run(Path()) == 0
    assert capsys.readouterr().out.startswith(f"Hummingbot instance updated: {made.directory}\n")


def test_no_instance_is_made_inside_another(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`init my-bot`, given in my-bot itself."""
    made = create_instance(tmp_path / "my-bot", ORDINARY)
    before = contents(made.directory)
    monkeypatch.chdir(made.directory)
    assert init_command.run(Path("my-bot")) == 1
    assert f"lies in the instance {made.directory}; remedy: " in capsys.readouterr().err
    assert contents(made.directory) == before


def test_the_next_steps_can_be_typed_as_printed(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the environment is not activated, the program is named by its path, as README does."""
    program = tmp_path / ".venv" / "bin" / "hummingbot-peatio"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(program.parent / "python"))
    monkeypatch.setenv("PATH", "/usr/bin")
    assert init_command.run(tmp_path / "bot") == 0
    printed = capsys.readouterr().out
    assert "\n  ../.venv/bin/hummingbot-peatio doctor " in printed
    assert (tmp_path / "bot" / "../.venv/bin/hummingbot-peatio").samefile(program)
    assert printed.endswith("\n  ../.venv/bin/hummingbot-peatio console\n")
    # Far away the whole path is shorter.
    far = tmp_path / "/".join("abcdefghijklmnopqrstuvwxyz" * 2)
    assert init_command.run(far) == 0
    assert f"\n  {program} doctor " in capsys.readouterr().out

    monkeypatch.setenv("PATH", str(program.parent))
    assert init_command.run(tmp_path / "bot") == 0
    assert "\n  hummingbot-peatio console\n" in capsys.readouterr().out


def test_the_next_steps_are_those_of_the_readme(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command for the instance's directory in README's section, in its order, and none else."""
    program = tmp_path / ".venv" / "bin" / "hummingbot-peatio"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(program.parent / "python"))
    monkeypatch.setenv("PATH", "/usr/bin")
    assert init_command.run(tmp_path / "my-bot") == 0
    printed = capsys.readouterr().out.split("Next:\n")[1]
    readme = (ROOT / "README.md").read_text().split("\n## Trade on a real exchange\n")[1].split("\n## Settings\n")[0]
    assert commands(printed.replace(f"{tmp_path}/", "")) == [
        *commands(readme), "../.venv/bin/hummingbot-peatio console"
    ]  # fmt: skip


def commands(text: str) -> list[str]:
    """The shell commands of a page or of printed steps, each on one line, without comments."""
    whole = re.sub(r"\s*\\\n\s*", " ", text)
    lines = re.findall(r"^ +((?:\./|\.\./|cd ).*)$", whole, re.MULTILINE)
    return [line.partition("  #")[0].rstrip() for line in lines]


def test_the_command_refuses_in_one_line(package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("")
    assert init_command.run(tmp_path) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("init: ")
    assert captured.err.count("\n") == 1


def test_the_launcher_quotes_what_it_must(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "a b" / "python"
    python.parent.mkdir()
    python.symlink_to("/bin/echo")
    monkeypatch.setattr(sys, "executable", str(python))
    made = create_instance(tmp_path / "my bot", ORDINARY)

    printed = subprocess.run([made.launcher, "status", "a b"], capture_output=True, text=True, check=True)

    assert printed.stdout == """-c from hummingbot.cli.main import app; app(prog_name="hbot") status a b\n"""


def test_the_launcher_calls_itself_by_its_name(tmp_path: Path) -> None:
    made = create_instance(tmp_path / "bot", ORDINARY)
    for arguments, usage in (["--help"], "hbot [OPTIONS] COMMAND"), (["connect", "--help"], "hbot connect [OPTIONS]"):
        printed = subprocess.run([made.launcher, *arguments], cwd="/", capture_output=True, text=True, check=True)
        assert f"Usage: {usage} " in printed.stdout
    wrong = subprocess.run([made.launcher, "--nonsense"], cwd="/", capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "Try 'hbot -h' for help" in wrong.stderr


def test_an_instance_in_a_checkout_is_no_part_of_it(package: Path, tmp_path: Path) -> None:
    """Neither git nor ruff takes a user's keys and Hummingbot's sources for the project's."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    made = create_instance(tmp_path / "my-bot", ORDINARY)
    (made.directory / "conf" / "connectors" / "peatio.yml").write_text("secret")
    listed = subprocess.run(
        ["git", "status", "--porcelain", "--", "my-bot"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert listed.stdout == ""
