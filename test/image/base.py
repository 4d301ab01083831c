"""The images that stand in for those of registries: Debian by debootstrap with this machine's Python 3.12, Hummingbot
from the package index, laid out as in its official image, and Debian's mosquitto.

Debian's packages come from where this machine's own come from.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from peatio_cli.install import strategy_files
from test.image.engine import Engine, ImageError, run, say

ROOT = Path(__file__).parents[2]
HOME = "/home/hummingbot"
PYTHON_IMAGE, HUMMINGBOT_IMAGE = "localhost/python", "localhost/hummingbot"
# As compose.yml calls it.
BROKER_IMAGE = "docker.io/library/eclipse-mosquitto"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Hummingbot's compiled modules need the last two.
PACKAGES = {"ca-certificates", "mosquitto", "libstdc++6", "libgomp1"}
_NOT_COPIED = ("__pycache__", "site-packages", "test", "idlelib", "tkinter", "config-3.12*")


def make_bases(engine: Engine, release: str, broker_version: str) -> None:
    """Make all images that are not there yet."""
    if not exists(engine, PYTHON_IMAGE):
        _make_python(engine, broker_version)
    if not exists(engine, f"{HUMMINGBOT_IMAGE}:{release}"):
        _make_hummingbot(engine, release)


def exists(engine: Engine, image: str) -> bool:
    """Whether the engine has an image."""
    return bool(engine.buildah("images", "--quiet", "--filter", f"reference={image}").strip())


def _make_python(engine: Engine, broker_version: str) -> None:
    mirror, suite = debian_source()
    packages = sorted(PACKAGES | _packages_of_python())
    say(f"debootstrap {suite} with {len(packages)} packages")
    with tempfile.TemporaryDirectory(dir=engine.folder) as temporary:
        root = Path(temporary) / "root"
        run(("debootstrap", "--variant=minbase", f"--include={','.join(packages)}", suite, root, mirror))
        shutil.rmtree(root / "var" / "cache" / "apt" / "archives")
        shutil.copyfile(CERTIFICATES, root / str(CERTIFICATES)[1:])
        broker = f"{BROKER_IMAGE}:{broker_version}"
        _commit(engine, root, broker, command="/usr/sbin/mosquitto -c /mosquitto/config/mosquitto.conf")
        say(f"Python {sys.version.split()[0]} of {sys.base_prefix}")
        _copy_python(root)
        _commit(engine, root, PYTHON_IMAGE, command="python")


def _make_hummingbot(engine: Engine, release: str) -> None:
    """Hummingbot's package and what it needs, in the image's Python; its package again in the home, as in the official
    image, whose Python finds it by the working directory."""
    say(f"Hummingbot {release} from the package index")
    with tempfile.TemporaryDirectory(dir=engine.folder) as temporary:
        root = Path(temporary) / "root"
        root.mkdir()
        # Without the hashes: with them pip would ask for those of everything that is not in the lock file.
        pins = Path(temporary) / "pins.txt"
        lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
        pins.write_text("".join(f"{pin}\n" for pin in re.findall(r"^\S+==\S+", lock, re.MULTILINE)), encoding="utf-8")
        run(
            (sys.executable, "-m", "pip", "install", "--quiet", "--root", root, "--prefix", "/usr/local",
             "--ignore-installed", "--no-warn-script-location", "--constraint", pins, "--build-constraint", pins,
             f"hummingbot=={release}"),
            timeout_s=1800,
        )  # fmt: skip
        packages = root / "usr" / "local" / "lib" / "python3.12" / "site-packages"
        home = root / HOME[1:]
        home.mkdir(parents=True)
        shutil.move(packages / "hummingbot", home / "hummingbot")
        # Ours comes with the image that is tested.
        shutil.rmtree(home / "hummingbot" / "connector" / "exchange" / "peatio", ignore_errors=True)
        strategy_files.put_own(home)
        container = engine.buildah("from", PYTHON_IMAGE).strip()
        engine.buildah("add", "--quiet", container, f"{root}/", "/")
        engine.buildah("config", "--workingdir", HOME, container)
        engine.buildah("commit", "--quiet", "--rm", "--format", "docker", container, f"{HUMMINGBOT_IMAGE}:{release}")


def _commit(engine: Engine, root: Path, image: str, command: str) -> None:
    container = engine.buildah("from", "scratch").strip()
    engine.buildah("add", "--quiet", container, f"{root}/", "/")
    engine.buildah("config", "--cmd", command, container)
    engine.buildah("commit", "--quiet", "--rm", "--format", "docker", container, image)


def debian_source() -> tuple[str, str]:
    """Where this machine's packages of Debian come from, and the name of its release.

    :raises ImageError: when this is no Debian, or its sources cannot be told
    """
    text = Path("/etc/os-release").read_text(encoding="utf-8")
    suite = re.search(r"^VERSION_CODENAME=(\w+)$", text, re.MULTILINE)
    listed = run(("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages"))
    for line in listed.splitlines():
        site, _, release = line.partition(" ")
        if suite is not None and release == suite[1]:
            return site, suite[1]
    raise ImageError("the sources of this machine's packages were not found; remedy: run this on a Debian")


def _packages_of_python() -> set[str]:
    """The packages of the shared libraries that Python and its modules need."""
    base = Path(sys.base_prefix)
    modules = [base / "bin" / "python3.12", *(base / "lib" / "python3.12" / "lib-dynload").glob("*.so")]
    needed = set(re.findall(r"=> (/\S+)", run(("ldd", *modules))))
    packages: set[str] = set()
    for library in needed:
        for path in {library, os.path.realpath(library), library.removeprefix("/usr"), f"/usr{library}"}:
            done = subprocess.run(["dpkg-query", "--search", path], capture_output=True, text=True)
            packages.update(line.partition(":")[0] for line in done.stdout.splitlines())
    return packages


def _copy_python(root: Path) -> None:
    source, target = Path(sys.base_prefix), root / "usr" / "local"
    shutil.copytree(
        source / "lib" / "python3.12", target / "lib" / "python3.12", ignore=shutil.ignore_patterns(*_NOT_COPIED),
        dirs_exist_ok=True,
    )  # fmt: skip
    (target / "lib" / "python3.12" / "site-packages").mkdir(exist_ok=True)
    for library in source.joinpath("lib").glob("libpython3*.so*"):
        shutil.copy2(library, target / "lib" / library.name, follow_symlinks=False)
    shutil.copy2(source / "bin" / "python3.12", target / "bin" / "python3.12")
    for name in ("python", "python3"):
        (target / "bin" / name).symlink_to("python3.12")
    run(("chroot", root, "/sbin/ldconfig"))
    run(("chroot", root, "/usr/local/bin/python3.12", "-m", "ensurepip"))
