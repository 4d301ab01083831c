"""Events pass between two processes, also when one of them dies while it writes."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from peatio_cli.alerts.alert import Alert, Kind
from peatio_cli.alerts.event_file import EventFile

#: Puts an event, and is killed after ten bytes of it.
_KILLED = """
import os, signal, sys
from pathlib import Path
from peatio_cli.alerts.alert import Alert, Kind
from peatio_cli.alerts.event_file import EventFile

write = os.write

def write_a_part(descriptor, content):
    write(descriptor, content[:10])
    os.kill(os.getpid(), signal.SIGKILL)

os.write = write_a_part
EventFile(Path(sys.argv[1])).put(Alert(1.0, Kind.EVENT, "a part of this is written"))
"""


def event(text: str) -> Alert:
    return Alert(1.0, Kind.EVENT, text)


def test_what_a_killed_process_left_half_written_swallows_no_event_of_another_one(tmp_path: Path) -> None:
    events = EventFile(tmp_path)
    events.put(event("before"))
    ended = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], timeout=60)
    assert ended.returncode == -signal.SIGKILL
    assert not events.path.read_bytes().endswith(b"\n")
    events.put(event("after"))
    events.put(event("later"))
    assert events.take() == [event("before"), event("after"), event("later")]
    assert events.take() == []
    events.put(event("at last"))
    assert events.take() == [event("at last")]


def test_an_event_that_the_disk_takes_a_part_of_only_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = EventFile(tmp_path)
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:-5]))
    with pytest.raises(OSError, match="No space left"):
        events.put(event("too long"))
    monkeypatch.undo()
    events.put(event("there is space again"))
    assert events.take() == [event("there is space again")]


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    events = EventFile(tmp_path)
    previous = os.umask(0)
    try:
        events.put(event("an event"))
    finally:
        os.umask(previous)
    assert stat.S_IMODE(events.path.stat().st_mode) == 0o600
    assert json.loads(events.path.read_text())[2] == "an event"
