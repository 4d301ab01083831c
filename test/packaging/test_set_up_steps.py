"""What `make setup` does again and what it does not, with the steps themselves replaced by notes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def set_up(tool: Callable[[str], ModuleType]) -> ModuleType:
    return tool("set_up")


class World:
    """A project folder whose set-up takes notes instead of acting."""

    def __init__(self, root: Path, set_up: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.steps: list[str] = []
        self._set_up = set_up
        root.mkdir()
        for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
            (root / name).write_text(f"first {name}\n")
        (root / "requirements.txt").write_text("hummingbot==20260922 \\\n    --hash=sha256:aa\n")
        (root / "requirements-older.txt").write_text("hummingbot==20260729 \\\n    --hash=sha256:bb\n")
        (root / "peatio_cli").mkdir()
        (root / "peatio_cli" / "main.py").write_text("first\n")
        for step in ("install_wheel", "link_packages"):
            monkeypatch.setattr(set_up.SetUp, step, self._noting(step))
        monkeypatch.setattr(set_up.SetUp, "make_environment", lambda made: self._make_environment(made))
        monkeypatch.setattr(set_up, "build_wheel", lambda *_: self.steps.append("build_wheel"))

    def _noting(self, step: str) -> Any:
        return lambda *_: self.steps.append(step)

    def _make_environment(self, set_up: Any) -> None:
        self.steps.append("make_environment")
        python = set_up.venv / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.unlink(missing_ok=True)
        python.symlink_to(sys.executable)

    def run(self, *, linked: bool = False, release: str = "") -> list[str]:
        """Runs the set-up and returns the steps it took."""
        self.steps = []
        self._set_up.SetUp(self.root, linked=linked, release=release).run()
        return self.steps


@pytest.fixture
def world(tmp_path: Path, set_up: ModuleType, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "project", set_up, monkeypatch)


EVERYTHING = ["make_environment", "build_wheel", "install_wheel"]


def test_the_second_run_does_nothing(world: World) -> None:
    assert world.run() == EVERYTHING
    assert world.run() == []


def test_changed_sources_mean_a_new_wheel_only(world: World) -> None:
    world.run()
    (world.root / "peatio_cli" / "main.py").write_text("changed\n")
    assert world.run() == ["build_wheel", "install_wheel"]
    (world.root / "peatio_cli" / "more.py").write_text("")
    assert world.run() == ["build_wheel", "install_wheel"]
    assert world.run() == []


def test_a_cache_is_no_change(world: World) -> None:
    world.run()
    cache = world.root / "peatio_cli" / "__pycache__" / "main.cpython-312.pyc"
    cache.parent.mkdir()
    cache.write_bytes(b"")
    assert world.run() == []


def test_another_lock_file_means_another_environment(world: World) -> None:
    """From scratch: no package stays that is not in it, and no half-installed one."""
    world.run()
    (world.root / "requirements.txt").write_text("changed\n")
    assert world.run() == EVERYTHING
    assert world.run() == []


def test_a_changed_setup_py_means_new_metadata(world: World) -> None:
    world.run()
    (world.root / "setup.py").write_text("changed\n")
    assert world.run() == ["build_wheel", "install_wheel"]
    world.run(linked=True)
    (world.root / "setup.py").write_text("changed again\n")
    assert world.run(linked=True) == ["build_wheel", "install_wheel", "link_packages"]


def test_a_moved_folder_gets_a_new_venv(world: World) -> None:
    world.run()
    world.root = world.root.rename(world.root.with_name("moved"))
    assert world.run() == EVERYTHING


def test_a_venv_without_its_python_is_made_anew(world: World) -> None:
    world.run()
    (world.root / ".venv" / "bin" / "python").unlink()
    assert world.run() == EVERYTHING


def test_an_older_release_has_an_environment_of_its_own(world: World) -> None:
    assert world.run() == EVERYTHING
    assert world.run(release="20260729") == EVERYTHING
    assert world.run(release="20260729") == []
    assert world.run() == []
    assert (world.root / ".venv-20260729" / "bin" / "python").exists()


def test_an_older_release_is_installed_from_its_lock_file(world: World, set_up: ModuleType) -> None:
    world.run(release="20260729")
    assert set_up.SetUp(world.root, linked=False)._lock(NoUv()) == world.root / "requirements.txt"
    older = set_up.SetUp(world.root, linked=False, release="20260729")
    assert older._lock(NoUv()) == world.root / "requirements-older.txt"


def test_a_release_without_a_lock_file_gets_its_own(
    world: World, set_up: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It begins with what the older lock file pins."""
    begun = {}
    resolve = lambda _, root, lock, release: begun.update({(lock, release): lock.read_text()})  # noqa: E731
    monkeypatch.setattr(set_up, "resolve", resolve)
    world.run(release="20260901")
    own = world.root / ".venv-20260901" / "requirements.txt"
    assert set_up.SetUp(world.root, linked=False, release="20260901")._lock(NoUv()) == own
    assert begun == {(own, "20260901"): (world.root / "requirements-older.txt").read_text()}


def test_what_is_no_release_is_told(world: World, set_up: ModuleType) -> None:
    with pytest.raises(set_up.SetUpError, match="HUMMINGBOT is a release such as 20260729"):
        world.run(release="../elsewhere")


def test_an_incomplete_folder_is_told(world: World, set_up: ModuleType) -> None:
    (world.root / "LICENSE").unlink()
    with pytest.raises(set_up.BuildError, match="LICENSE is missing"):
        world.run()


class NoUv:
    """Stands for a uv that is not asked."""


def interrupted(*_: Any) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_environment_is_made_again(world: World, set_up: ModuleType) -> None:
    """However far it came: what is half-installed cannot be told from what is whole."""
    world.run()
    (world.root / "requirements.txt").write_text("changed\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(set_up.SetUp, "make_environment", interrupted)
        with pytest.raises(KeyboardInterrupt):
            world.run()
    assert world.run() == EVERYTHING


def test_an_interrupted_wheel_is_installed_again(world: World, set_up: ModuleType) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(set_up.SetUp, "install_wheel", interrupted)
        with pytest.raises(KeyboardInterrupt):
            world.run()
    assert world.run() == ["build_wheel", "install_wheel"]


def test_sources_put_back_after_an_interruption_are_installed(world: World, set_up: ModuleType) -> None:
    world.run()
    source = world.root / "peatio_cli" / "main.py"
    before = source.read_text()
    source.write_text("changed\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(set_up.SetUp, "link_packages", interrupted)
        with pytest.raises(KeyboardInterrupt):
            world.run(linked=True)
    source.write_text(before)
    assert world.run() == ["build_wheel", "install_wheel"]


def test_links_and_wheel_replace_each_other(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.run()
    capsys.readouterr()
    assert world.run(linked=True) == ["build_wheel", "install_wheel", "link_packages"]
    (world.root / "peatio_cli" / "main.py").write_text("changed\n")
    assert world.run(linked=True) == []
    assert "takes the place" not in capsys.readouterr().out
    assert world.run() == ["build_wheel", "install_wheel"]
    assert "the wheel takes the place of the linked sources; DEV=1 keeps the links" in capsys.readouterr().out


def test_links_are_no_way_for_pip_to_the_sources(
    tmp_path: Path, set_up: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uninstalling deletes what RECORD lists, so nothing behind a link may stand there."""
    linking = set_up.SetUp(tmp_path, linked=True)
    record = linking.site_packages / "hummingbot_peatio-0.1.0.dist-info" / "RECORD"
    record.parent.mkdir(parents=True)
    record.write_text("../../../bin/hummingbot-peatio,,\npeatio_cli/main.py,,\npeatio_sandbox/__init__.py,,\n")
    for folder in set_up.PACKAGE_FOLDERS:
        (linking.site_packages / folder).mkdir(parents=True)
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "main.py").write_text("source\n")

    linking.link_packages()

    assert (linking.site_packages / "peatio_cli" / "main.py").read_text() == "source\n"
    assert record.read_text() == "../../../bin/hummingbot-peatio,,\n"
    linking.remove_package()
    assert not (linking.site_packages / "peatio_cli").exists()
    assert (tmp_path / "peatio_cli" / "main.py").exists()


def test_this_environment_is_up_to_date(project: Path, set_up: ModuleType) -> None:
    """The real set-up, run again, does nothing and says nothing."""
    state = project / ".venv" / "set-up.json"
    package = json.loads(state.read_text())["package"]
    linked = package.startswith("linked")
    assert linked or package == set_up.source_digest(project), "run `make setup` first"
    result = subprocess.run(
        [project / "tools" / "setup"],
        env=os.environ | {"DEV": "1" if linked else ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
