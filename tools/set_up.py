"""Creates or repairs ``.venv`` with the locked dependencies and the wheel of this project.

``tools/setup`` finds a Python 3.12 and runs this script with it; uv does the work (`uv_program`).
``.venv/set-up.json`` records the completed steps, so that a second run does nothing unless something changed: after a
change of the lock file, of Python or of the folder's path ``.venv`` is made from scratch (seconds, as long as uv's
cache has the packages), after a change of the sources a new wheel is built. With ``DEV=1`` in the environment the
three packages are linked into ``.venv`` instead, so that an edit takes effect at once; without it the next run
installs the wheel again. With ``HUMMINGBOT_RELEASE=20260729`` in the environment ``.venv-20260729`` is set up with
that release of Hummingbot instead of the pinned one.

An error that the user can correct is printed as one line on stderr, with the remedy; the exit code is 1.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bytecode
import uv_program
from build_wheel import PACKAGE_FOLDERS, ROOT, BuildError, build_wheel, source_digest
from caches import cache_folder
from compiler import CompilerError, check_compiler, compile_variables
from lock import LOCK, OLDER_LOCK, resolve
from pip_settings import PipSettingsError
from uv_errors import reason_of
from uv_program import Uv, UvError, UvMissingError


class SetUpError(Exception):
    """An error that the user can correct; the message is one line with the cause and the remedy."""


class SetUp:
    """The set-up of one project folder."""

    def __init__(self, root: Path, *, linked: bool, release: str = "") -> None:
        """``linked``: link the sources into .venv instead of installing the wheel.

        ``release``: which Hummingbot to install, the pinned one if empty. Raises SetUpError where it is none.
        """
        if release and not release.isdecimal():
            raise SetUpError(f"HUMMINGBOT is a release such as 20260729, not {release!r}")
        self.root = root
        self.linked = linked
        self.release = release
        self.venv = root / (f".venv-{release}" if release else ".venv")
        self.python = self.venv / "bin" / "python"
        self.site_packages = self.venv / "lib" / "python3.12" / "site-packages"
        self.log = self.venv / "set-up.log"
        self.state = self.venv / "set-up.json"
        self._opened: Uv | None = None

    def run(self) -> None:
        """Runs the steps that are not done yet. Raises SetUpError, BuildError or CompilerError."""
        done, wanted = self._read_state(), self._wanted_state()
        if done == wanted and self._venv_works():
            return
        started_s = time.monotonic()
        # An interrupted step must be repeated: its entry is missing until it is complete.
        was_linked = done.pop("package", "").startswith("linked")
        if done != {"environment": wanted["environment"]} or not self._venv_works():
            self.make_environment()
        elif was_linked and not self.linked:
            print("make setup: the wheel takes the place of the linked sources; DEV=1 keeps the links", flush=True)
        self._write_state({"environment": wanted["environment"]})
        self.remove_package()
        self.install_wheel(build_wheel(self.venv / "wheel", self.python, self.root, self.log))
        if self.linked:
            self.link_packages()
        self._write_state(wanted)
        print(f"make setup: {self.venv.name} is ready ({time.monotonic() - started_s:.0f} s)")

    def make_environment(self) -> None:
        """Makes an environment with all that the lock file pins; what was there before is deleted."""
        source_digest(self.root)  # raises BuildError now, and not after minutes
        folder = self._uv_folder()
        if not uv_program.is_installed(folder):
            # On a machine without uv nothing is compiled yet either.
            check_compiler()
        print(f"make setup: creating {self.venv.name} with {sys.executable}", flush=True)
        try:
            venv.create(self.venv, clear=True, symlinks=True, with_pip=False, prompt="hummingbot-peatio")
        except OSError as error:
            raise SetUpError(f"{self.venv.name} could not be created: {error}") from error
        uv = self._uv()
        self._sync(uv, self._lock(uv))
        bytecode.fill(self.site_packages, cache_folder(os.environ, self.root) / "bytecode")

    def install_wheel(self, wheel: Path) -> None:
        """Installs only ``wheel``."""
        try:
            self._uv().run("install", *self._into_venv(), "--offline", "--no-index", "--no-deps", wheel)
        except UvError as error:
            raise self._told(error) from error
        bytecode.compile_packages(
            self.site_packages, list(bytecode.packages(self.site_packages, "hummingbot_peatio-*"))
        )

    def remove_package(self) -> None:
        """Removes this project's packages from the environment, links as well as half-installed ones."""
        for folder in (self.site_packages / name for name in PACKAGE_FOLDERS):
            if folder.is_symlink():
                folder.unlink()
            elif folder.exists():
                shutil.rmtree(folder)
        for folder in self.site_packages.glob("hummingbot_peatio-*.dist-info"):
            shutil.rmtree(folder)

    def link_packages(self) -> None:
        """Replaces the installed packages by links to the sources."""
        for folder in PACKAGE_FOLDERS:
            shutil.rmtree(self.site_packages / folder)
            (self.site_packages / folder).symlink_to(self.root / folder)
        # pip must never delete files through these links; RECORD lists the files that it deletes.
        (record,) = self.site_packages.glob("hummingbot_peatio-*.dist-info/RECORD")
        lines = record.read_text("utf-8").splitlines(keepends=True)
        record.write_text("".join(line for line in lines if not line.startswith(PACKAGE_FOLDERS)), "utf-8")

    def _sync(self, uv: Uv, lock: Path) -> None:
        """Installs what ``lock`` pins: from uv's cache alone if that has everything, else from the index too."""
        command = ("sync", *self._into_venv(), "--require-hashes", "--build-constraints", lock, lock)
        variables = compile_variables(self.venv)
        try:
            uv.run(*command, "--offline", activity="looking into the cache", **variables)
        except UvError:
            check_compiler()
            print(
                "make setup: installing Hummingbot and its dependencies. Hummingbot is compiled from source,\n"
                f"which takes minutes the first time (5 to 10 on two cores). Log: {self._log_name()}",
                flush=True,
            )
            try:
                uv.run(*command, activity="asking the package index", **variables)
            except UvError as error:
                raise self._told(error) from error

    def _uv(self) -> Uv:
        """Returns the pinned uv, installed if necessary."""
        if self._opened is None:
            self._opened = self._open_uv()
        return self._opened

    def _open_uv(self) -> Uv:
        folder = self._uv_folder()
        try:
            if not uv_program.is_installed(folder):
                if importlib.util.find_spec("ensurepip") is None:
                    raise SetUpError(
                        f"{sys.executable} cannot create virtual environments; install its venv module"
                        " (Debian, Ubuntu: apt install python3.12-venv)"
                    )
                print(f"make setup: installing {folder.name} into {folder.parent}", flush=True)
                uv_program.install_uv(self.root / LOCK, folder, self.log)
            return uv_program.open_uv(folder, self.root, self.log)
        except UvMissingError as error:
            raise SetUpError(f"{reason_of(str(error), 'uv')}. Log: {self._log_name()}") from error
        except PipSettingsError as error:
            raise SetUpError(f"pip cannot read its configuration ({error}). Correct that and run it again") from error

    def _uv_folder(self) -> Path:
        try:
            return uv_program.uv_folder(self.root / LOCK, self.root)
        except OSError as error:
            raise SetUpError(f"there is no folder for a cache ({error}). Name one with XDG_CACHE_HOME") from error

    def _lock(self, uv: Uv) -> Path:
        """Returns the lock file for the release of Hummingbot that is installed; resolves one if there is none."""
        if not self.release:
            return self.root / LOCK
        lock = self.root / OLDER_LOCK
        if uv_program.pinned_version(lock, "hummingbot") == self.release:
            return lock
        print(f"make setup: no lock file is for Hummingbot {self.release}: resolving its dependencies", flush=True)
        own = Path(shutil.copyfile(lock, self.venv / "requirements.txt"))
        try:
            resolve(uv, self.root, own, self.release)
        except UvError as error:
            raise self._told(error) from error
        return own

    def _into_venv(self) -> tuple[str | Path, ...]:
        return ("--python", self.python)

    def _told(self, error: UvError) -> SetUpError:
        return SetUpError(f"{reason_of(error.output)}. Log: {self._log_name()}")

    def _log_name(self) -> Path:
        return self.log.relative_to(self.root)

    def _venv_works(self) -> bool:
        try:
            result = subprocess.run(
                [self.python, "-I", "-c", "import sys; print(*sys.version_info[:2])"],
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            return False
        return result.stdout.split() == ["3", "12"]

    def _wanted_state(self) -> dict[str, str]:
        locks = [self.root / LOCK, *([self.root / OLDER_LOCK] if self.release else [])]
        # The scripts in the .venv of a moved or copied folder contain the old path.
        environment = _digest(str(self.root), sys.executable, *(lock.read_text("utf-8") for lock in locks))
        # What is linked changes by itself; its metadata is in setup.py.
        package = f"linked {_digest((self.root / 'setup.py').read_text('utf-8'))}"
        return {"environment": environment, "package": package if self.linked else source_digest(self.root)}

    def _read_state(self) -> dict[str, str]:
        try:
            state = json.loads(self.state.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _write_state(self, state: dict[str, str]) -> None:
        self.state.write_text(json.dumps(state, indent=2) + "\n", "utf-8")


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Prevents two set-ups of the same folder from running at the same time."""
    folder = os.open(root, os.O_RDONLY)
    os.set_inheritable(folder, True)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("make setup: waiting for another set-up of this folder to end", flush=True)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def main() -> int:
    """Updates .venv; returns the exit code."""
    try:
        with _alone(ROOT):
            linked = os.environ.get("DEV", "") not in ("", "0")
            SetUp(ROOT, linked=linked, release=os.environ.get("HUMMINGBOT_RELEASE", "")).run()
    except (SetUpError, BuildError, CompilerError) as error:
        print(f"make setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmake setup: interrupted; the next run continues from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
