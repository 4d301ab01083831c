"""`make image`: build deploy/Dockerfile for real, and run deploy/compose.yml and deploy/mirror.compose.yml from it.

Needs Debian, root, and the packages that it names where they are missing; not part of `make test`. The
bases are made on this machine (test/image/base.py), so no registry of images is asked.
"""

import argparse
import asyncio
import os
import re
import sys

import yaml

from peatio_cli.install.version import TESTED_HUMMINGBOT
from test.image.base import CERTIFICATES, HUMMINGBOT_IMAGE, PYTHON_IMAGE, ROOT, make_bases
from test.image.engine import Engine, ImageError, missing_programs, say
from test.image.mirror import play_mirror
from test.image.play import play

FOLDER = ROOT / "build" / "image"
DEPLOY = ROOT / "deploy"


def build(engine: Engine, release: str, image: str) -> None:
    """Build the Dockerfile's target `bot` on the bases made here."""
    say(f"deploy/Dockerfile, target bot: {image}")
    pip = engine.folder / "pip.conf"
    pip.write_text(f"[global]\ncert = {CERTIFICATES}\n", encoding="utf-8")
    engine.buildah(
        "bud", "--quiet", "--format", "docker", "--isolation", "chroot", "--pull-never", "--target", "bot",
        "--file", DEPLOY / "Dockerfile", "--ignorefile", DEPLOY / "Dockerfile.dockerignore",
        "--build-arg", f"HUMMINGBOT_IMAGE={HUMMINGBOT_IMAGE}:{release}", "--build-arg", f"PYTHON_IMAGE={PYTHON_IMAGE}",
        "--volume", f"{pip}:/etc/pip.conf:ro", "--tag", f"docker.io/{image}", ROOT,
    )  # fmt: skip


def main() -> int:
    """Build and run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make image", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--release", default=TESTED_HUMMINGBOT[-1], help="the Hummingbot to install from the index")
    parser.add_argument("--build-only", action="store_true", help="run nothing")
    parser.add_argument("--only", choices=("play", "play_mirror"), help="run one of the two files of deploy/")
    options = parser.parse_args()
    missing = missing_programs()
    if missing or os.geteuid() != 0:
        what = f"{', '.join(missing)} missing" if missing else "not root"
        packages = "buildah podman runc debootstrap docker-compose mosquitto netavark aardvark-dns iptables"
        print(f"make image: {what}; remedy: as root, apt-get install {packages}", file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    engine = Engine(FOLDER)
    services = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))["services"]
    broker_version = re.search(r":(\S+)$", services["broker"]["image"])
    assert broker_version is not None
    try:
        make_bases(engine, options.release, broker_version[1])
        build(engine, options.release, services["bot-btc"]["image"])
        if not options.build_only:
            for run in (play, play_mirror):
                if options.only in (None, run.__name__):
                    asyncio.run(run(engine))
    except (ImageError, AssertionError) as error:
        print(f"make image: FAILED: {error}", file=sys.stderr)
        return 1
    finally:
        engine.close()
    print("make image: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
