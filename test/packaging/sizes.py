"""How many lines the modules have. `python -m test.packaging.sizes` prints them by package."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from test.packaging.test_imports import CONNECTOR_FOLDER, PACKAGES

#: What users get, and what measures and checks it.
MEASURED = (*PACKAGES, "simulation", "bench", "findings", "tools")
TESTS = ("test",)


def lines_of(root: Path, folders: Iterable[str]) -> dict[Path, int]:
    """The lines of each module below those folders, by its path."""
    paths = [path for folder in folders for path in (root / folder).rglob("*.py")]
    return {path.relative_to(root): len(path.read_text("utf-8").splitlines()) for path in paths}


def main() -> None:
    root = Path(__file__).parents[2]
    totals: Counter[str] = Counter()
    for path, lines in lines_of(root, (*MEASURED, *TESTS)).items():
        is_connector = path.is_relative_to(CONNECTOR_FOLDER)
        totals[CONNECTOR_FOLDER if is_connector else path.parts[0]] += lines
    for name, total in totals.most_common():
        print(f"{total:>7,}  {name}")


if __name__ == "__main__":
    main()
