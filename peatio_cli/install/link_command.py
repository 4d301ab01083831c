"""`hummingbot-peatio link CHECKOUT` and `unlink CHECKOUT`."""

import sys
from pathlib import Path

from peatio_cli.install.link import CONNECTOR_PATH, Done, LinkError, Shape, copy_to_volume, link, unlink

# The connector's folder in Hummingbot's own container image.
PLACE_IN_CONTAINER = Path("/home/hummingbot") / CONNECTOR_PATH


def run_link(checkout: Path, *, is_copy: bool, is_volume: bool, is_forced: bool) -> int:
    """Install the connector; returns exit code 1, with one line on stderr, on a failure."""
    try:
        if is_volume:
            done = copy_to_volume(checkout)
        else:
            done = link(checkout, Shape.COPY if is_copy else Shape.LINK, is_forced)
    except LinkError as error:
        print(f"link: {error}", file=sys.stderr)
        return 1
    _warn(done)
    print(f"{'Installed' if done.is_new else 'Updated'}: {done.place}")
    if is_volume:
        print(f"Mount it: docker run -v {done.place}:{PLACE_IN_CONTAINER}:ro …")
    else:
        print("Hummingbot there now knows peatio: connect peatio")
    return 0


def run_unlink(checkout: Path) -> int:
    """Remove the connector; returns exit code 1, with one line on stderr, on a failure."""
    try:
        done = unlink(checkout)
    except LinkError as error:
        print(f"unlink: {error}", file=sys.stderr)
        return 1
    _warn(done)
    print(f"Removed: {done.place}")
    return 0


def _warn(done: Done) -> None:
    for remark in done.remarks:
        print(f"warning: {remark}", file=sys.stderr)
