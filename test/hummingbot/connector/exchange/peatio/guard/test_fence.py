"""The fence, from both sides."""

import os
from pathlib import Path

import pytest
from hummingbot.connector.exchange.peatio.guard.fence import Fence, FenceFile


@pytest.fixture
def fence(tmp_path: Path) -> FenceFile:
    return FenceFile(tmp_path, "an-owner")


def test_it_stands_until_it_is_taken_down(fence: FenceFile, tmp_path: Path) -> None:
    assert not fence.is_up
    assert fence.seen() is None
    put_up = fence.put_up("no heartbeat for 30 s")
    assert fence.is_up
    seen = fence.seen()
    assert seen == put_up
    assert seen is not None
    assert seen.reason == "no heartbeat for 30 s"
    assert fence.take_down(seen)
    assert list(tmp_path.iterdir()) == [], "nothing is left lying about"


def test_the_first_fence_stays(fence: FenceFile) -> None:
    first = fence.put_up("first")
    assert fence.put_up("second") == first


def test_nobody_takes_down_a_fence_they_did_not_see(fence: FenceFile) -> None:
    seen = fence.put_up("first")
    assert fence.take_down(seen)
    second = fence.put_up("second")
    assert second != seen
    assert not fence.take_down(seen)
    assert fence.seen() == second


def test_it_is_the_same_fence_when_the_guard_is_done(fence: FenceFile) -> None:
    put_up = fence.put_up("why")
    assert not put_up.is_work_done
    fence.note_work_done(put_up)
    seen = fence.seen()
    assert seen == put_up
    assert seen is not None
    assert seen.is_work_done
    assert seen.reason == "why"
    assert fence.take_down(seen)
    assert list(fence.path.parent.iterdir()) == [], "nothing is left lying about"


def test_a_fence_that_is_gone_does_not_come_back(fence: FenceFile) -> None:
    put_up = fence.put_up("why")
    fence.take_down(put_up)
    fence.note_work_done(put_up)
    assert not fence.is_up


def test_one_that_is_taken_down_while_it_is_noted_does_not_come_back(
    fence: FenceFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_up = fence.put_up("why")
    write_text = Path.write_text

    def write_as_the_bot_wakes(path: Path, text: str, encoding: str) -> int:
        fence.take_down(put_up)
        return write_text(path, text, encoding=encoding)

    monkeypatch.setattr(Path, "write_text", write_as_the_bot_wakes)
    fence.note_work_done(put_up)
    monkeypatch.undo()
    assert not fence.is_up
    again = fence.put_up("a second death")
    seen = fence.seen()
    assert seen == again
    assert seen is not None
    assert not seen.is_work_done, "what was noted was of the first"


def test_one_that_is_taken_down_while_another_is_put_up_is_replaced(
    fence: FenceFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard would otherwise cancel the orders of a bot that wakes up with no fence between them."""
    old = fence.put_up("of a guard that was interrupted")
    link = os.link

    def link_as_the_bot_wakes(source: Path, target: Path) -> None:
        try:
            link(source, target)
        except FileExistsError:
            fence.take_down(old)
            raise

    monkeypatch.setattr(os, "link", link_as_the_bot_wakes)
    stands = fence.put_up("no heartbeat for 30 s")
    assert stands != old
    assert fence.seen() == stands


def test_one_that_is_taken_down_at_once_is_told_from_the_next(
    fence: FenceFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard goes by what it put up, and sees that it is gone."""
    link = os.link

    def link_and_wake(source: Path, target: Path) -> None:
        link(source, target)
        fence.path.unlink()

    monkeypatch.setattr(os, "link", link_and_wake)
    assert fence.put_up("why").reason == "why"
    assert fence.seen() is None


def test_a_folder_that_is_gone_is_an_error_and_not_a_fence(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        FenceFile(tmp_path / "nowhere", "an-owner").put_up("why")


@pytest.mark.parametrize("content", ["", "[1]", '{"what": 1}', "no JSON"])
def test_whatever_stands_there_is_a_fence(fence: FenceFile, content: str) -> None:
    fence.path.write_text(content)
    seen = fence.seen()
    assert seen == Fence(content)
    assert fence.is_up
    assert fence.take_down(seen)
