"""buildah and podman with a storage of their own, so that nothing of this is left on the machine but one folder."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = (
    "buildah", "podman", "runc", "debootstrap", "docker-compose", "mosquitto_passwd", "netavark", "aardvark-dns",
    "iptables",
)  # fmt: skip


class ImageError(Exception):
    """A step failed; the text says which, and the end of its output."""


@dataclass(frozen=True)
class Engine:
    """:param folder: where images, containers and logs are kept"""

    folder: Path

    def buildah(self, *arguments: str | Path, timeout_s: float = 900) -> str:
        """Run buildah; returns what it printed.

        :raises ImageError: when it fails
        """
        return run(("buildah", *self._storage(), *arguments), timeout_s)

    def podman(self, *arguments: str | Path, timeout_s: float = 120) -> str:
        """Run podman; returns what it printed.

        :raises ImageError: when it fails
        """
        return run((*self.podman_command(), *arguments), timeout_s)

    def podman_command(self) -> Sequence[str | Path]:
        """podman on this storage."""
        return ("podman", *self._storage())

    def close(self) -> None:
        """Release the storage's folder, which podman leaves mounted on itself: it could not be removed."""
        place = str(self.folder / "storage" / "overlay")
        mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
        for _ in range(mounted.count(place)):
            run(("umount", place))

    def _storage(self) -> Sequence[str | Path]:
        return ("--root", self.folder / "storage", "--runroot", self.folder / "run")


def missing_programs() -> list[str]:
    """Those of the needed programs that this machine does not have."""
    path = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/podman"
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


def run(command: Sequence[str | Path], timeout_s: float = 900) -> str:
    """Run a command; returns its output.

    :raises ImageError: when it fails or takes too long
    """
    name = " ".join(map(str, command[:1])) + " … " + str(command[-1])[:80]
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise ImageError(f"{name} took longer than {timeout_s:.0f} s") from error
    if done.returncode:
        raise ImageError(f"{name} failed with code {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


def say(text: str) -> None:
    """A line about the progress."""
    print(f"make image: {text}", file=sys.stderr, flush=True)
