"""The build of before: the wheel of an earlier commit in an environment of its own, measured beside the present one.

Only the three packages of the wheel differ. Everything else, Hummingbot too, is linked from the environment that runs
this. The connector lies inside Hummingbot's package, so the folders above it are real and their content is linked: a
second folder on ``sys.path`` would not do, because Python imports a package from the first folder that has its
``__init__.py``, and ours has none.
"""

import io
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
#: The last commit before the connector was divided into packages.
COMMIT = "ed41214"
#: Each of these folders belongs to several distributions, or to ours alone.
SHARED = (Path("hummingbot"), Path("hummingbot/connector"), Path("hummingbot/connector/exchange"))
_PACKAGES = ("hummingbot/connector/exchange/peatio", "peatio_page", "peatio_sandbox", "peatio_cli", "peatio_liquidity")
OWN = (*SHARED, *(Path(name) for name in _PACKAGES))
DISTRIBUTION = "hummingbot_peatio-*.dist-info"


class BeforeError(Exception):
    """There is no such build; the message is one line that says why."""


@contextmanager
def environment(commit: str = "") -> Iterator[Path]:
    """The interpreter of a temporary environment with the wheel of `commit`, by default `COMMIT`.

    :raises BeforeError: where the sources of that commit are not at hand (a shallow clone, no clone), or do not build
    """
    archive = _archive(commit or COMMIT)
    with TemporaryDirectory(prefix="bench-before-") as temporary:
        folder = Path(temporary)
        with tarfile.open(fileobj=io.BytesIO(archive)) as sources:
            sources.extractall(folder / "sources", filter="data")
        wheel = _run(sys.executable, str(folder / "sources" / "tools" / "build_wheel.py"), str(folder / "wheel"))
        venv.create(folder / "environment", symlinks=True, with_pip=False)
        python = folder / "environment" / "bin" / "python"
        _link_packages(Path(sysconfig.get_path("purelib")), _site_packages(python))
        pip = (sys.executable, "-m", "pip", "--python", str(python), "install")
        _run(*pip, "--no-deps", "--no-index", "--disable-pip-version-check", wheel.splitlines()[-1])
        yield python


def _archive(commit: str) -> bytes:
    try:
        done = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=False)
    except OSError as error:
        raise BeforeError(f"git cannot be run: {error.strerror}") from error
    if done.returncode != 0:
        raise BeforeError(f"commit {commit} is not in this clone; remedy: git fetch --unshallow")
    return done.stdout


def _link_packages(installed: Path, target: Path) -> None:
    """Links all that is in `installed`, except what the wheel brings itself."""
    for folder in (Path(), *SHARED):
        (target / folder).mkdir(exist_ok=True)
        for entry in (installed / folder).iterdir():
            is_own = folder / entry.name in OWN or (not folder.parts and entry.match(DISTRIBUTION))
            if not is_own and entry.name != "__pycache__":
                (target / folder / entry.name).symlink_to(entry)


def _site_packages(python: Path) -> Path:
    return Path(_run(str(python), "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        last_line = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        raise BeforeError(f"{' '.join(command[:3])} failed: {last_line}")
    return done.stdout
