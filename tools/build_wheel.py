"""Builds the wheel of this project from a clean copy of its sources.

A build in the tree itself could include other files (an old ``build/``, caches) and would leave such files there.
``python tools/build_wheel.py [FOLDER]`` puts the wheel into FOLDER (default ``dist``) and prints its path. The
interpreter must have build and setuptools; nothing is downloaded.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE_FOLDERS = (
    "hummingbot/connector/exchange/peatio",
    "peatio_page",
    "peatio_sandbox",
    "peatio_cli",
    "peatio_liquidity",
)
BUILD_FILES = ("setup.py", "pyproject.toml", "README.md", "LICENSE")


class BuildError(Exception):
    """The wheel could not be built; the message is one line that says why."""


def source_files(root: Path = ROOT) -> Iterator[Path]:
    """Yields every source file of the wheel, sorted, relative to ``root``.

    Raises BuildError if one of the build files is missing.
    """
    for name in sorted(BUILD_FILES):
        if not (root / name).is_file():
            raise BuildError(f"{name} is missing in {root}")
        yield Path(name)
    for folder in sorted(PACKAGE_FOLDERS):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                yield path.relative_to(root)


def source_digest(root: Path = ROOT) -> str:
    """Returns a digest that changes with the name or content of any source file of the wheel."""
    digest = hashlib.sha256()
    for path in source_files(root):
        digest.update(f"{path.as_posix()}\0".encode())
        digest.update(hashlib.sha256((root / path).read_bytes()).digest())
    return digest.hexdigest()


def build_wheel(target: Path, python: Path, root: Path = ROOT, log: Path | None = None) -> Path:
    """Builds the wheel with ``python`` and returns its path in ``target``; removes an older wheel there.

    Raises BuildError if a source file is missing or the build fails.
    """
    with tempfile.TemporaryDirectory(prefix="hummingbot-peatio-wheel-") as temporary:
        copy, built = Path(temporary, "source"), Path(temporary, "built")
        for path in source_files(root):
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / path, copy / path)
        result = subprocess.run(
            [python, "-P", "-m", "build", "--wheel", "--no-isolation", "--outdir", built, copy],
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if log is not None:
            with log.open("a", encoding="utf-8") as stream:
                stream.write(result.stdout)
        if result.returncode != 0:
            raise BuildError(f"the wheel could not be built: {result.stdout.strip().splitlines()[-1]}")
        (wheel,) = built.glob("*.whl")
        target.mkdir(parents=True, exist_ok=True)
        for old in target.glob("hummingbot_peatio-*.whl"):
            old.unlink()
        return Path(shutil.move(wheel, target / wheel.name))


if __name__ == "__main__":
    try:
        print(build_wheel(Path(sys.argv[1] if len(sys.argv) > 1 else "dist"), Path(sys.executable)))
    except BuildError as error:
        sys.exit(f"build_wheel: {error}")
