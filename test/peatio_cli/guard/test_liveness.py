"""When a bot counts as dead, by a clock that the test moves."""

import pytest
from hummingbot.connector.exchange.peatio.guard.heartbeat import HeartbeatRecord

from peatio_cli.guard.liveness import LivenessMonitor, Seen

AFTER_S, PERIOD_S = 30.0, 0.5
EAST, WEST = HeartbeatRecord("peatio_east", "a", "east-owner", 1), HeartbeatRecord("peatio_west", "b", "west-owner", 1)


class Time:
    """A guard that looks every half second at bots whose hearts beat every second, or do not."""

    def __init__(self) -> None:
        self.watch = LivenessMonitor(AFTER_S, PERIOD_S)
        self.now_s = 1000.0
        self.stamps = {EAST: 1}
        self.beating = {EAST}

    def look(self) -> Seen:
        for pulse in self.beating:
            self.stamps[pulse] = int(self.now_s)
        return self.watch.look(self.stamps.items(), self.now_s)

    def pass_s(self, seconds: float) -> list[Seen]:
        looks = []
        for _ in range(int(seconds / PERIOD_S)):
            self.now_s += PERIOD_S
            looks.append(self.look())
        return looks


@pytest.fixture
def time() -> Time:
    return Time()


def dead(looks: list[Seen]) -> list[tuple[str, bool]]:
    return [(pulse.connector, was_alive) for seen in looks for pulse, was_alive in seen.died]


def test_a_beating_heart_never_dies(time: Time) -> None:
    assert time.look().started == (EAST,)
    looks = time.pass_s(300)
    assert dead(looks) == []
    assert not any(seen.started or seen.ended for seen in looks)
    assert time.watch.is_beating(EAST)


def test_silence_is_death_after_its_time_and_once(time: Time) -> None:
    time.look()
    time.pass_s(10)
    time.beating.clear()
    assert dead(time.pass_s(AFTER_S - 1)) == []
    assert dead(time.pass_s(3)) == [("peatio_east", True)]
    assert dead(time.pass_s(100)) == []
    assert not time.watch.is_beating(EAST)


def test_a_step_of_the_wall_clock_kills_nobody_and_hides_no_death(time: Time) -> None:
    """The stamp is only compared with itself: it may jump back by years."""
    time.look()
    time.pass_s(5)
    time.beating.clear()
    for stamp in (5, 4, -3, 10**18):
        time.stamps[EAST] = stamp
        assert dead(time.pass_s(20)) == []
    assert dead(time.pass_s(20)) == [("peatio_east", True)]


def test_a_bot_that_was_never_seen_alive_is_told_apart(time: Time) -> None:
    time.beating.clear()
    time.look()
    assert dead(time.pass_s(AFTER_S + 1)) == [("peatio_east", False)]
    assert not time.watch.is_beating(EAST)


def test_a_goodbye_is_no_death(time: Time) -> None:
    time.look()
    time.pass_s(5)
    time.beating.clear()
    time.stamps.clear()
    assert time.look().ended == (EAST,)
    assert dead(time.pass_s(100)) == []


def test_a_heart_that_beats_again_begins_anew_and_can_die_again(time: Time) -> None:
    time.look()
    time.pass_s(5)
    time.beating.clear()
    time.pass_s(AFTER_S + 1)
    time.beating.add(EAST)
    assert [seen.started for seen in time.pass_s(1)] == [(EAST,), ()]
    time.beating.clear()
    assert dead(time.pass_s(AFTER_S + 1)) == [("peatio_east", True)]


def test_another_process_is_another_bot(time: Time) -> None:
    time.look()
    time.pass_s(5)
    successor = HeartbeatRecord(EAST.connector, EAST.account, EAST.owner, 2)
    time.beating = {successor}
    time.stamps = {successor: 0}
    (first, *_) = time.pass_s(5)
    assert first.started == (successor,)
    assert dead(time.pass_s(100)) == []


@pytest.mark.parametrize("both_slept", [True, False])
def test_a_guard_that_stood_still_gives_the_bots_their_time_anew(time: Time, both_slept: bool) -> None:
    time.look()
    time.pass_s(5)
    if both_slept:
        time.beating.clear()
    time.now_s += 3600
    seen = time.look()
    assert seen.slept_s == 3600
    assert seen.died == ()
    if both_slept:
        assert dead(time.pass_s(AFTER_S - 1)) == []
        assert dead(time.pass_s(2)) == [("peatio_east", True)]
    else:
        assert dead(time.pass_s(100)) == []


def test_looks_that_are_a_little_late_are_no_sleep(time: Time) -> None:
    time.look()
    time.beating.clear()
    for _ in range(10):
        time.now_s += AFTER_S / 4
        seen = time.look()
        assert seen.slept_s == 0
        if seen.died:
            return
    pytest.fail("a busy machine must not keep a dead bot alive")


def test_the_connectors_of_a_process_die_together(time: Time) -> None:
    time.stamps = {EAST: 1, WEST: 1}
    time.beating = {EAST, WEST}
    time.look()
    time.pass_s(5)
    time.beating.discard(EAST)
    time.pass_s(1)
    time.beating.discard(WEST)
    assert sorted(dead(time.pass_s(AFTER_S))) == [("peatio_east", True), ("peatio_west", True)]


def test_a_bot_of_another_process_lives_on(time: Time) -> None:
    other = HeartbeatRecord("peatio_west", "b", "west-owner", 2)
    time.stamps = {EAST: 1, other: 1}
    time.beating = {EAST, other}
    time.look()
    time.pass_s(5)
    time.beating.discard(EAST)
    assert dead(time.pass_s(100)) == [("peatio_east", True)]
    assert time.watch.is_beating(other)
