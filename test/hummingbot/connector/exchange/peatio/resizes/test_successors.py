"""Which order is in whose place after a cycle, compared with every history that leads to what the exchange lists."""

import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import chain, combinations

import pytest
from hummingbot.connector.exchange.peatio.common.messages import OrderReport, ReportedState, parse_order
from hummingbot.connector.exchange.peatio.resizes.successors import Replaced, successor

from test.hummingbot.connector.exchange.peatio.fixtures import WireOrder

D = Decimal
STEP = Fraction(1, 1000)
REPORT = parse_order(WireOrder(18).now("cancel").row())
CYCLE_S = REPORT.updated_at_s
WORLDS = 400


def cut(full: Decimal, part: Fraction) -> Decimal:
    """The exchange's rule: the same part of every full size, rounded down to the market's step."""
    steps = int(Fraction(full) * part / STEP)
    return (D(steps) / 1000).quantize(D("0.001"))


class World:
    """A cycle came over own orders, some of which had ended by their cancels before."""

    def __init__(self, rng: random.Random) -> None:
        part, former = Fraction(rng.randint(100, 1000), 1000), Fraction(rng.randint(400, 1000), 1000)
        self.own: list[Replaced] = []
        self.truth: dict[int, OrderReport] = {}
        self.taken: list[Replaced] = []
        for number in range(rng.randint(2, 5)):
            full = D(rng.choice(["0.5", "0.733", "0.8", "1.0", "1.0"]))
            left, is_wanted = cut(full, former), rng.random() < 0.5
            is_ended = is_wanted and rng.random() < 0.5
            if not is_ended and cut(full, part) == left:
                continue  # nothing changes, so that it stays
            ended_s = CYCLE_S - rng.choice([0, 0, 1, 2]) if is_ended else CYCLE_S
            report = replace(REPORT, order_id=str(18 + number), remaining_volume=left, updated_at_s=ended_s, uuid="")
            replaced = Replaced(report, full, is_wanted)
            self.own.append(replaced)
            if is_wanted and rng.random() < 0.5:
                self.taken.append(replaced)
            if not is_ended:
                self.truth[id(replaced)] = replace(
                    REPORT,
                    order_id=str(30 + number),
                    uuid="",
                    origin_volume=cut(full, part),
                    created_at_s=CYCLE_S,
                    state=ReportedState.WAIT,
                )
        self.listed = list(self.truth.values())

    def decided(self, replaced: Replaced) -> OrderReport | None:
        """As whoever looks for the order in its place asks."""
        held = [each for each in self.own if each not in self.taken]
        if any(replaced is each for each in self.taken):
            return successor(replaced, self.listed, [*held, *self.taken])
        wanted = [each for each in held if each.is_cancel_wanted]
        unwanted = [each for each in held if not each.is_cancel_wanted]
        if replaced.is_cancel_wanted:
            return successor(replaced, self.listed, [*unwanted, *wanted], self.taken)
        return successor(replaced, self.listed, unwanted, [*wanted, *self.taken])

    def histories(self) -> Iterator[dict[int, Decimal | None]]:
        """For every way in which the exchange can have come to what it lists: the sizes in the places of own ones."""
        parts = {Fraction(report.origin_volume) / Fraction(each.largest) for report in self.listed for each in self.own}
        volumes = sorted(report.origin_volume for report in self.listed)
        early = [each for each in self.own if each.report.updated_at_s < CYCLE_S]
        in_doubt = [each for each in self.own if each.is_cancel_wanted and each not in early]
        subsets = chain.from_iterable(combinations(in_doubt, count) for count in range(len(in_doubt) + 1))
        for ended in ([*early, *subset] for subset in subsets):
            replaced = [each for each in self.own if not any(each is one for one in ended)]
            for part in parts or {Fraction(1)}:
                sizes = {id(each): cut(each.largest, part) for each in replaced}
                is_whole = any(sizes[id(each)] == each.report.remaining_volume for each in replaced)
                if not is_whole and sorted(sizes.values()) == volumes:
                    yield {id(each): sizes.get(id(each)) for each in self.own}


@pytest.mark.parametrize("seed", range(5))
def test_each_goes_on_as_what_a_history_of_the_exchange_puts_in_its_place(seed: int) -> None:
    rng = random.Random(seed)
    known = 0
    for _ in range(WORLDS):
        world = World(rng)
        histories = list(world.histories())
        assert histories or not world.own, "the true one is among them"
        for each in world.own:
            found = world.decided(each)
            possible = {history[id(each)] for history in histories}
            assert (None if found is None else found.origin_volume) in possible
            known += len(possible) == 1
    assert known > WORLDS, "in most worlds the sizes and the times show whose they are"


def test_of_those_that_one_part_explains_none_is_given_to_another_that_could_have_it() -> None:
    """The largest that fits would be the third one's, whose cancel was taken."""
    fulls = {"18": "0.8", "19": "0.5", "20": "1.0"}
    own = [Replaced(replace(REPORT, order_id=key), D(full), key != "18") for key, full in fulls.items()]
    sizes = {"30": "0.490", "31": "0.613"}
    listed = [replace(REPORT, order_id=key, origin_volume=D(size), uuid="") for key, size in sizes.items()]
    elsewhere = [Replaced(replace(REPORT, price=D(price)), D("1.0")) for price in range(1, 20)]
    assert successor(own[0], listed, [*elsewhere, own[0]], own[1:]) == listed[0], "those of other prices do not count"
    assert successor(own[2], listed, own) == listed[1]
    assert successor(own[1], listed, own) is None


def test_like_ones_go_on_where_more_are_compared_than_is_tried() -> None:
    own = [Replaced(replace(REPORT, order_id=str(number)), D("1.0")) for number in range(18, 28)]
    listed = [replace(REPORT, order_id=str(number), origin_volume=D("0.5"), uuid="") for number in range(30, 40)]
    assert successor(own[3], listed, own) == listed[0]
