"""The fence between a bot and the exchange, put up by its guard before that cancels the bot's orders.

A file beside the journal. A bot that was taken for dead and wakes up finds it right before a create would leave, places
nothing, reconciles, and takes it away.
"""

import json
import os
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path


@dataclass(frozen=True)
class Fence:
    """One fence, identified by its id, so that nobody removes another fence than the one they saw.

    :param reason: what the guard says of it
    :param is_work_done: whether the guard has nothing more to do behind it
    """

    id: str
    reason: str = field(default="", compare=False)
    is_work_done: bool = field(default=False, compare=False)


class FenceFile:
    """The fence of one owner of journal rows, seen from either side."""

    def __init__(self, folder: Path, owner: str) -> None:
        self.path = folder / f"peatio_fence_{owner}.json"
        self._done_path = self.path.with_suffix(".done")

    @property
    def is_up(self) -> bool:
        """Costs a few microseconds: asked before every create."""
        return os.path.exists(self.path)

    def put_up(self, reason: str) -> Fence:
        """The fence that stands from now on: a new one, or the one that stood already. It appears whole or not at all.

        :raises OSError: when it cannot be written
        """
        made = Fence(uuid.uuid4().hex, reason)
        scratch = self.path.with_suffix(f".{os.getpid()}")
        scratch.write_text(json.dumps({"id": made.id, "reason": made.reason}), encoding="utf-8")
        try:
            while True:
                try:
                    os.link(scratch, self.path)
                    return made
                except FileExistsError:
                    stands = self.seen()  # of a guard that was interrupted; the bot has not noticed it yet
                if stands is not None:
                    return stands
                # A bot that wakes up took it away in this very moment; ours is put in its place.
        finally:
            scratch.unlink()

    def note_work_done(self, fence: Fence) -> None:
        """What was to be cancelled behind that fence is; a guard that is started again need not look.

        In a file of its own: one that the bot takes away meanwhile must not come back.

        :raises OSError: when it cannot be written
        """
        if self.seen() == fence:
            self._done_path.write_text(fence.id, encoding="utf-8")

    def seen(self) -> Fence | None:
        """The fence that stands, None where there is none.

        :raises OSError: when it cannot be read
        """
        try:
            fence = _read(self.path)
        except FileNotFoundError:
            return None
        return replace(fence, is_work_done=_has_text(self._done_path, fence.id))

    def take_down(self, fence: Fence) -> bool:
        """Takes that one away; whether none stands any more.

        :raises OSError: when it cannot be taken away
        """
        if self.seen() == fence:
            self.path.unlink(missing_ok=True)
            self._done_path.unlink(missing_ok=True)
        return not self.is_up


def _read(path: Path) -> Fence:
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return Fence(**json.loads(text))
    except (ValueError, TypeError):
        return Fence(text)  # not written by this guard, but a fence


def _has_text(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8", errors="replace") == text
    except FileNotFoundError:
        return False
