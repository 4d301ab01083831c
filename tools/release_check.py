"""Builds the distributions of a release and checks them: ``make release-check``.

The sdist is built from a copy of the files that git tracks, and the wheel from that sdist, so that an untracked file
cannot get into a release or hide that one is missing. ``twine check`` then applies the checks of the package index.
Nothing is uploaded or downloaded. ``python tools/release_check.py [FOLDER]`` puts both into FOLDER (default ``dist``)
and prints their paths; on a failure it prints one line to stderr and exits 1. The interpreter needs build and twine.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class ReleaseError(Exception):
    """The distributions cannot be released; the message is one line that says why."""


def known_files(root: Path) -> list[Path]:
    """The files of a checkout that git tracks, relative to ``root``. Raises ReleaseError without git."""
    try:
        listed = subprocess.run(
            ["git", "-C", root, "ls-files", "-z"], capture_output=True, text=True, check=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError) as error:
        raise ReleaseError(f"{root} is not a git checkout; build the release from one") from error
    return [Path(name) for name in listed if name and (root / name).is_file()]


def build(target: Path, root: Path = ROOT) -> list[Path]:
    """Builds sdist and wheel into ``target``, checks both, and returns them. Raises ReleaseError."""
    with tempfile.TemporaryDirectory(prefix="hummingbot-peatio-release-") as temporary:
        source, built = Path(temporary, "source"), Path(temporary, "built")
        for path in known_files(root):
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / path, source / path)
        _run("the distributions could not be built", "build", "--no-isolation", "--outdir", built, source)
        distributions = sorted(built.iterdir())
        _run("the package index would refuse them", "twine", "check", "--strict", *distributions)
        target.mkdir(parents=True, exist_ok=True)
        return [Path(shutil.copy2(path, target / path.name)) for path in distributions]


def _run(what: str, module: str, *arguments: str | Path) -> None:
    # -P: the modules of this folder must not shadow those of the tools.
    result = subprocess.run(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        lines = [line for line in result.stdout.splitlines() if line.strip()]
        raise ReleaseError(f"{what}: {' | '.join(lines[-3:])}")


if __name__ == "__main__":
    try:
        for made in build(Path(sys.argv[1] if len(sys.argv) > 1 else "dist")):
            print(made)
    except ReleaseError as error:
        sys.exit(f"release_check: {error}")
