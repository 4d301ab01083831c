#!/usr/bin/env bash
# pyte 0.8.2
#
# Guess: when a full-screen program ends, pyte's screen shows again what stood there before, as every terminal does.
# What happens: pyte does not know the alternate screen (mode 1049). The program draws over the only screen there is,
# and its picture stays after the end. A test that looks for what a console left behind sees the console itself.
#
# Observed:
#   before: ['$ start', '']
#   inside: ['a full screen', '']
#   after:  ['a full screen', '']
set -eu
. "$(dirname "$0")/lib.bash"

fresh_venv --constraint "$pins" pyte==0.8.2

"$python" -I - <<'PYTHON' | check_observed
import pyte

screen = pyte.Screen(20, 2)
stream = pyte.ByteStream(screen)


def show(moment: str) -> None:
    print(f"{moment:7} {[line.rstrip() for line in screen.display]}")


stream.feed(b"$ start")
show("before:")
stream.feed(b"\x1b[?1049h\x1b[2J\x1b[Ha full screen")
show("inside:")
stream.feed(b"\x1b[?1049l")
show("after:")
PYTHON
