"""Modules stay small enough to have one job."""

from pathlib import Path

from test.packaging.sizes import MEASURED, TESTS, lines_of
from test.packaging.test_imports import CONNECTOR_FOLDER

MOST_LINES = 400
MOST_LINES_OF_A_TEST = 450
#: Directly in the connector's folder: what Hummingbot loads by name, and its base classes.
MOST_FILES_AT_THE_TOP = 14


def longer(lines: dict[Path, int], most: int) -> dict[Path, int]:
    return {path: count for path, count in lines.items() if count > most}


def test_no_module_is_longer_than_400_lines(project: Path) -> None:
    lines = lines_of(project, MEASURED)
    assert len(lines) > 300, "the folders are found"
    assert longer(lines, MOST_LINES) == {}, "split it by job"


def test_no_test_is_longer_than_450_lines(project: Path) -> None:
    lines = lines_of(project, TESTS)
    assert len(lines) > 300, "the folder is found"
    assert longer(lines, MOST_LINES_OF_A_TEST) == {}, "split it by subject"


def test_few_files_lie_directly_in_the_connectors_folder(project: Path) -> None:
    files = sorted(path.name for path in (project / CONNECTOR_FOLDER).glob("*.py"))
    assert "peatio_exchange.py" in files
    assert len(files) <= MOST_FILES_AT_THE_TOP, files


def test_a_module_that_is_too_long_is_found(tmp_path: Path) -> None:
    (tmp_path / "package" / "part").mkdir(parents=True)
    (tmp_path / "package" / "part" / "long.py").write_text("pass\n" * 5)
    (tmp_path / "package" / "short.py").write_text("pass\n" * 4)
    assert longer(lines_of(tmp_path, ["package"]), 4) == {Path("package/part/long.py"): 5}
