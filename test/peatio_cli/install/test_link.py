"""`hummingbot-peatio link` and `unlink`: into checkouts and volumes, and never over what is not ours."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from peatio_cli.install import link as module
from peatio_cli.install.instance import InstancePurpose, create_instance, hummingbot_package
from peatio_cli.install.link import (
    CONNECTOR_PATH,
    MARKER_NAME,
    OLDEST_TESTED_VERSION,
    TESTED_VERSION,
    LinkError,
    Shape,
    copy_to_volume,
    link,
    own_connector,
    unlink,
)
from peatio_cli.typer_app import app
from test.peatio_cli.checkout import lay_out_as_checkout

runner = CliRunner()
SHAPES = pytest.mark.parametrize("shape", list(Shape))


def make_checkout(root: Path, version: str = "dev-2.18.0") -> Path:
    """A folder with the shape of Hummingbot's checkout."""
    exchanges = root / CONNECTOR_PATH.parent
    exchanges.mkdir(parents=True)
    (root / "hummingbot" / "VERSION").write_text(f"{version}\n")
    (exchanges / "__init__.py").touch()
    (exchanges / "binance").mkdir()
    return root


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "hummingbot-source")


def contents(folder: Path) -> dict[str, str]:
    """Everything in a folder: a link's target, a file's text, or that it is a folder."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            what = f"-> {path.readlink()}" if path.is_symlink() else path.read_text() if path.is_file() else "folder"
            found[str(path.relative_to(folder))] = what
    return found


# Putting it there and taking it away.


def test_a_link_leads_to_the_installed_connector(checkout: Path) -> None:
    before = contents(checkout)
    done = link(checkout, Shape.LINK)

    assert (done.place, done.is_new, done.remarks) == (checkout / CONNECTOR_PATH, True, ())
    assert done.place.readlink() == own_connector()
    assert (done.place / "peatio_utils.py").is_file()

    unlink(checkout)
    assert contents(checkout) == before
    assert (own_connector() / "peatio_utils.py").is_file()


def test_a_copy_is_whole_and_needs_us_no_more(checkout: Path) -> None:
    before = contents(checkout)
    done = link(checkout, Shape.COPY)

    assert not done.place.is_symlink()
    wanted = {path.name for path in own_connector().iterdir()} - {"__pycache__"}
    assert {path.name for path in done.place.iterdir()} == wanted | {MARKER_NAME}
    assert not any(path.is_symlink() for path in done.place.rglob("*"))

    (done.place / "__pycache__").mkdir()
    (done.place / "__pycache__" / "config.pyc").write_bytes(b"compiled")
    unlink(checkout)
    assert contents(checkout) == before


@SHAPES
@pytest.mark.parametrize("earlier", list(Shape))
def test_a_second_link_renews_the_first(checkout: Path, earlier: Shape, shape: Shape) -> None:
    link(checkout, earlier)
    done = link(checkout, shape)
    assert not done.is_new
    assert done.place.is_symlink() is (shape is Shape.LINK)
    unlink(checkout)
    assert not done.place.exists()


def test_a_link_to_a_connector_that_is_gone_is_renewed(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "own_connector", lambda: tmp_path / "gone")
        link(checkout, Shape.LINK)
    assert not link(checkout, Shape.LINK).is_new
    assert (checkout / CONNECTOR_PATH / "peatio_utils.py").is_file()


def test_an_older_copy_is_brought_up_to_date(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = tmp_path / "older"
    older.mkdir()
    (older / "peatio_old.py").write_text("# gone since")
    with monkeypatch.context() as patch:
        patch.setattr(module, "own_connector", lambda: older)
        link(checkout, Shape.COPY)
    link(checkout, Shape.COPY)
    assert not (checkout / CONNECTOR_PATH / "peatio_old.py").exists()
    assert (checkout / CONNECTOR_PATH / "peatio_utils.py").is_file()


# What is not ours.


@SHAPES
@pytest.mark.parametrize("kind", ["folder", "file", "link", "link to ours"])
def test_what_is_not_ours_is_left_alone(checkout: Path, tmp_path: Path, kind: str, shape: Shape) -> None:
    place = checkout / CONNECTOR_PATH
    if kind == "folder":
        place.mkdir()
        (place / "peatio_utils.py").write_text("# somebody else's")
    elif kind == "file":
        place.write_text("# somebody else's")
    else:
        place.symlink_to(own_connector() if kind == "link to ours" else tmp_path)
    before = contents(checkout)

    with pytest.raises(LinkError, match="this command"):
        link(checkout, shape, is_forced=True)
    with pytest.raises(LinkError, match="this command"):
        unlink(checkout)
    assert contents(checkout) == before


@SHAPES
@pytest.mark.parametrize("change", ["changed", "added"])
def test_a_copy_that_was_changed_is_left_alone(checkout: Path, change: str, shape: Shape) -> None:
    place = link(checkout, Shape.COPY).place
    name = "config.py" if change == "changed" else "mine.py"
    (place / name).write_text("# my own exchange")
    before = contents(checkout)

    with pytest.raises(LinkError, match=rf"was changed since it was copied \({name}\)"):
        link(checkout, shape, is_forced=True)
    with pytest.raises(LinkError, match=rf"was changed since it was copied \({name}\)"):
        unlink(checkout)
    assert contents(checkout) == before


def test_a_link_that_was_changed_is_left_alone(checkout: Path, tmp_path: Path) -> None:
    place = link(checkout, Shape.LINK).place
    place.unlink()
    place.symlink_to(tmp_path)
    with pytest.raises(LinkError, match="did not create"):
        unlink(checkout)
    assert place.readlink() == tmp_path


def test_a_link_replaced_by_a_folder_is_left_alone(checkout: Path) -> None:
    place = link(checkout, Shape.LINK).place
    place.unlink()
    place.mkdir()
    (place / "mine.py").write_text("")
    with pytest.raises(LinkError, match="was not created by this command"):
        unlink(checkout)
    assert (place / "mine.py").exists()


@pytest.mark.parametrize("marker", ["", "[]", '{"format": 2, "files": {}}', '{"format": 1}'])
def test_an_unreadable_marker_makes_nothing_ours(checkout: Path, marker: str) -> None:
    place = link(checkout, Shape.COPY).place
    (place / MARKER_NAME).write_text(marker)
    with pytest.raises(LinkError, match="was not created by this command"):
        unlink(checkout)
    assert (place / "peatio_utils.py").exists()


def test_an_empty_folder_is_nobodys(checkout: Path) -> None:
    (checkout / CONNECTOR_PATH).mkdir()
    assert link(checkout, Shape.COPY).is_new


def test_an_installed_hummingbot_keeps_its_connector() -> None:
    site = hummingbot_package().parent
    before = sorted((site / CONNECTOR_PATH).iterdir())
    with pytest.raises(LinkError, match="this command"):
        link(site, Shape.LINK)
    with pytest.raises(LinkError, match="this command"):
        unlink(site)
    assert sorted((site / CONNECTOR_PATH).iterdir()) == before


def test_an_instance_is_no_volume(tmp_path: Path) -> None:
    made = create_instance(tmp_path / "bot", InstancePurpose.ORDINARY)
    before = sorted(made.directory.iterdir())
    with pytest.raises(LinkError, match="this command"):
        unlink(made.directory)
    with pytest.raises(LinkError, match="looks like a checkout"):
        copy_to_volume(made.directory)
    assert sorted(made.directory.iterdir()) == before


# Where it may go.


@pytest.mark.parametrize("missing", ["hummingbot/VERSION", "hummingbot/connector/exchange/__init__.py"])
def test_a_folder_that_is_no_checkout(checkout: Path, missing: str) -> None:
    (checkout / missing).unlink()
    with pytest.raises(LinkError, match="is not a checkout of Hummingbot"):
        link(checkout, Shape.LINK)
    # `unlink` has no option --volume.
    with pytest.raises(LinkError, match=r"is not a checkout .* or the folder that was given to `link --volume`"):
        unlink(checkout)


def test_the_tested_versions_are_those_that_the_tests_run_on() -> None:
    here = (hummingbot_package() / "VERSION").read_text()
    assert any(".".join(map(str, version)) in here for version in (OLDEST_TESTED_VERSION, TESTED_VERSION))


@pytest.mark.parametrize("version", ["dev-2.18.0", "2.18.0", "2.18.3", "2.17.0", "2.16.0"])
def test_a_tested_version_is_no_matter(tmp_path: Path, version: str) -> None:
    assert link(make_checkout(tmp_path / "hb", version), Shape.LINK).remarks == ()


def test_a_later_version_is_a_warning(tmp_path: Path) -> None:
    done = link(make_checkout(tmp_path / "hb", "2.19.0"), Shape.LINK)
    assert done.remarks[0].startswith("this is Hummingbot 2.19.0, the connector was tested with 2.16 to 2.18")


@pytest.mark.parametrize("version", ["2.15.0", "1.28.0", "3.0.0", "unknown", ""])
def test_another_version_is_refused_unless_forced(tmp_path: Path, version: str) -> None:
    checkout = make_checkout(tmp_path / "hb", version)
    before = contents(checkout)
    with pytest.raises(LinkError, match="or give --force"):
        link(checkout, Shape.LINK)
    assert contents(checkout) == before
    assert "it may not work" in link(checkout, Shape.LINK, is_forced=True).remarks[0]


# Volumes.


def test_a_volume_is_a_copy_to_mount(tmp_path: Path) -> None:
    volume = tmp_path / "volumes" / "peatio"
    done = copy_to_volume(volume)
    assert (done.place, done.is_new) == (volume, True)
    assert (volume / "peatio_utils.py").is_file()
    assert volume.stat().st_mode & 0o005 == 0o005  # a container's user is another one

    assert not copy_to_volume(volume).is_new
    unlink(volume)
    assert not volume.exists()


def test_a_volume_that_is_something_else(tmp_path: Path, checkout: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    with pytest.raises(LinkError, match="was not created by this command"):
        copy_to_volume(tmp_path / "notes")
    with pytest.raises(LinkError, match="looks like a checkout"):
        copy_to_volume(checkout)
    assert contents(tmp_path / "notes") == {"mine.txt": "mine"}


# The commands.


def test_the_commands_say_what_they_did(checkout: Path) -> None:
    (checkout / "conf" / "connectors").mkdir(parents=True)
    (checkout / "conf" / "connectors" / "peatio.yml").touch()

    put = runner.invoke(app, ["link", str(checkout)])
    assert (put.exit_code, put.stderr) == (0, "")
    assert put.stdout.startswith(f"Installed: {checkout / CONNECTOR_PATH}\n")
    assert runner.invoke(app, ["link", str(checkout), "--copy"]).stdout.startswith("Updated: ")

    removed = runner.invoke(app, ["unlink", str(checkout)])
    assert (removed.exit_code, removed.stdout) == (0, f"Removed: {checkout / CONNECTOR_PATH}\n")
    assert "does not start while" in removed.stderr

    again = runner.invoke(app, ["unlink", str(checkout)])
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == f"unlink: there is nothing at {checkout / CONNECTOR_PATH}\n"


def test_the_volume_command_names_the_mount(tmp_path: Path) -> None:
    put = runner.invoke(app, ["link", "--volume", str(tmp_path / "peatio")])
    assert put.exit_code == 0
    assert f"-v {tmp_path / 'peatio'}:/home/hummingbot/hummingbot/connector/exchange/peatio:ro" in put.stdout


def test_the_command_refuses_in_one_line(tmp_path: Path) -> None:
    refused = runner.invoke(app, ["link", str(tmp_path)])
    assert (refused.exit_code, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert refused.stderr.startswith("link: ")


def test_a_place_that_cannot_be_written_is_one_line(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", full)
    refused = runner.invoke(app, ["link", str(checkout), "--copy"])
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "No space left on device" in refused.stderr
    assert not list((checkout / CONNECTOR_PATH.parent).glob(".peatio-*"))


# A real Hummingbot.

LIST = """
import json, sys
from hummingbot.client.settings import AllConnectorSettings
setting = AllConnectorSettings.get_connector_settings().get("peatio")
if setting is None:
    print(json.dumps(None))
else:
    from importlib import import_module
    module = import_module(setting.module_path())
    made = getattr(module, setting.class_name())("key", "secret", "https://exchange.example")
    print(json.dumps([setting.type.name, made.name, made.domain, module.__file__]))
"""


@pytest.fixture
def real_checkout(tmp_path: Path) -> Path:
    return lay_out_as_checkout(tmp_path / "checkout")


def listed(checkout: Path) -> list[str] | None:
    """What Hummingbot, run from the checkout, knows of the connector: its type, name, domain and file."""
    ended = subprocess.run(
        [sys.executable, "-c", LIST],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    found: list[str] | None = json.loads(ended.stdout.splitlines()[-1])
    return found


@SHAPES
def test_hummingbot_knows_it_while_it_is_linked(real_checkout: Path, shape: Shape) -> None:
    link(real_checkout, shape)
    assert listed(real_checkout) == [
        "Exchange",
        "peatio",
        "https://exchange.example",
        str(real_checkout / CONNECTOR_PATH / "peatio_exchange.py"),
    ]
    unlink(real_checkout)
    assert listed(real_checkout) is None
