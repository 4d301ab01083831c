"""A pegged coin in the simulation: what its cycles change without a trade, and the accounts without that."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal

from hummingbot.core.event.events import MarketEvent

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.exchange.records import OrderRecord
from peatio_sandbox.exchange.resize import Telling
from peatio_sandbox.peg.coin import PeggedCoin, with_pegged_coin
from test.chaos.evidence import DATABASE_STEP, Evidence, Ledger, LedgerOrder, Life, Records
from test.chaos.reports import Created, Ended, Filled, Line
from test.chaos.trader import PairScript

CURRENCIES = frozenset({"BAY", "BAYR"})
PAIRS = ("BAY-USD", "BAYR-USD", "BAY-BAYR")
MARKETS = frozenset(pair.replace("-", "").lower() for pair in PAIRS)
#: An order is so much of what there is: smaller ones are never resized, because free coins absorb a cycle.
PART = Decimal("0.3")
#: What Hummingbot's database says of an order, after what it recorded last.
_FILLED, _CANCELLED = MarketEvent.OrderFilled.name, MarketEvent.OrderCancelled.name


def with_peg(config: SandboxConfig, telling: str) -> SandboxConfig:
    """The exchange with a pegged coin, whose cycles are faults of the plan."""
    return with_pegged_coin(config, PeggedCoin(telling=Telling(telling)))


def large(script: PairScript, funds: Decimal) -> PairScript:
    """The same, with orders that a cycle resizes."""
    return replace(script, amount=max(funds * PART, script.amount)) if script.pair in PAIRS else script


@dataclass
class PegRecord:
    """What the cycles of one exchange did.

    :ivar moved: by member's uid and currency: how much more there is than trades gave
    :ivar successors: order id → the one in its place
    :ivar ended: the ids of the orders that a cycle ended with none in their place
    :ivar replaced_at_s: order id → when another one took its place, by the exchange's clock
    :ivar asked: the ids of the orders that somebody asked to cancel while they were open
    :ivar placed: order id → its volume before it was first resized
    :ivar places: order id → market, side and price of one that another one replaced
    :ivar resizes: by member: of its orders
    """

    moved: dict[str, dict[str, Decimal]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Decimal)))
    successors: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    replaced_at_s: dict[str, float] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    placed: dict[str, Decimal] = field(default_factory=dict)
    places: dict[str, tuple[str, str, Decimal | None]] = field(default_factory=dict)
    resizes: Counter[str] = field(default_factory=Counter)

    def attach(self, sandbox: Sandbox, creators: dict[int, str]) -> None:
        """Before the sandbox starts.

        :param creators: order id → the bot that sent it; an order in another one's place has the same
        """
        assert sandbox.pegged is not None
        adjust, resizer = sandbox.exchange.ledger.adjust, sandbox.pegged._resizer
        resize, cancel = resizer.resize, sandbox.exchange.cancel

        def cancelled(order: OrderRecord) -> None:
            if order.state in ("pending", "wait"):
                self.asked.add(str(order.id))
            cancel(order)

        def adjusted(uid: str, currency: str, change: Decimal) -> None:
            adjust(uid, currency, change)
            self.moved[uid][currency.upper()] += change

        def resized(order: OrderRecord, remaining: Decimal, telling: Telling) -> OrderRecord | None:
            self.placed.setdefault(str(order.id), order.origin_volume)
            self.resizes[order.member.name] += 1
            standing = resize(order, remaining, telling)
            if standing is None:
                self.ended.add(str(order.id))
            if standing is not None and standing is not order:
                self.successors[str(order.id)] = str(standing.id)
                self.replaced_at_s[str(order.id)] = sandbox.exchange.clock.now_s()
                self.places[str(order.id)] = order.market, order.side, order.price
                if order.id in creators:
                    creators[standing.id] = creators[order.id]
            return standing

        sandbox.exchange.cancel = cancelled  # type: ignore[method-assign]
        sandbox.exchange.ledger.adjust = adjusted  # type: ignore[method-assign]
        resizer.resize = resized  # type: ignore[method-assign]

    def has_ended(self, order_id: str) -> bool:
        """Whether a cycle ended the order, and nobody had asked for its cancel."""
        return (order_id in self.successors or order_id in self.ended) and order_id not in self.asked

    def left_nothing(self, ledger: Ledger) -> frozenset[str]:
        """The ids of the unfilled orders that a cycle ended, and that have none in their place, or only such that were
        rejected, or ended likewise."""
        filled = {fill.order_id for fill in ledger.fills}
        gone = self.ended | {order.order_id for order in ledger.orders if order.state == "reject"}
        for old in sorted(self.successors, key=int, reverse=True):  # the later ones first
            if self.successors[old] in gone and self.successors[old] not in filled:
                gone.add(old)
        return frozenset(order_id for order_id in gone if self.has_ended(order_id)) - filled

    def former(self, order_ids: Iterable[str]) -> frozenset[str]:
        """The ids of the orders in whose place these are."""
        replaced = {new: old for old, new in self.successors.items()}
        found = set()
        for order_id in order_ids:
            while order_id in replaced:
                order_id = replaced[order_id]
                found.add(order_id)
        return frozenset(found)

    def without_cycles(self, evidence: Evidence, uid: str) -> Evidence:
        """The accounts as the judge knows them: an order has one id, the size it was placed with, and funds change by
        trades alone."""
        successors = self._as_taken(evidence)
        first = {new: old for old, new in successors.items()}

        def root(order_id: str) -> str:
            while order_id in first:
                order_id = first[order_id]
            return order_id

        names = _Names(root, self.placed)
        return replace(
            evidence,
            lives=[replace(life, lines=[names.line(line) for line in life.lines]) for life in _mapped(evidence, names)],
            records=self._with_ends(names.records(evidence.records), evidence, successors),
            ledger=self._ledger(evidence, names, successors, uid),
        )

    def _as_taken(self, evidence: Evidence) -> dict[str, str]:
        """The successors as the bot took them, where nothing shows which of two like orders is whose: same market, side
        and price, and replaced in the same cycle. One of them may be an order that the bot leaves alone."""
        successors = dict(self.successors)
        for root, order_id in sorted(_held(evidence), key=lambda pair: int(pair[1])):
            former = {new: old for old, new in successors.items()}
            own = [root]
            while own[-1] in successors:
                own.append(successors[own[-1]])
            taken = order_id
            while order_id not in own and taken in former:
                theirs = former[taken]
                at_s = self.replaced_at_s.get(theirs)
                ours = next((each for each in own[:-1] if self.replaced_at_s.get(each) == at_s), None)
                if ours is not None and self.places.get(ours) == self.places.get(theirs):
                    successors[ours], successors[theirs] = taken, successors[ours]
                    break
                taken = theirs  # the two were taken for each other before, and this one was replaced once more
        return successors

    def _with_ends(self, records: Records, evidence: Evidence, successors: Mapping[str, str]) -> Records:
        """Hummingbot's recorder lets a fill take the place of the end in an order's row. One behind a cancel that was
        taken is recorded after that end."""
        cancelled = _told_as_cancelled(evidence)
        orders = {
            key: replace(row, last_status=_CANCELLED)
            if row.last_status == _FILLED and row.order_id in cancelled and self._was_asked(row.order_id, successors)
            else row
            for key, row in records.orders.items()
        }
        return replace(records, orders=orders)

    def _was_asked(self, order_id: str, successors: Mapping[str, str]) -> bool:
        """Whether somebody asked for the order's cancel before another one was in its place, be that not the first."""
        while order_id in successors:
            if order_id in self.asked:
                return True
            order_id = successors[order_id]
        return False

    def _ledger(self, evidence: Evidence, names: "_Names", successors: Mapping[str, str], uid: str) -> Ledger:
        ledger = evidence.ledger
        by_id = {order.order_id: order for order in ledger.orders}
        cancelled = _told_as_cancelled(evidence)
        orders = []
        for order in ledger.orders:
            if names.root(order.order_id) != order.order_id:
                continue
            last: LedgerOrder = order
            while last.order_id in successors and successors[last.order_id] in by_id:
                last = by_id[successors[last.order_id]]
            is_replaced = last is not order and order.order_id in cancelled
            # One in its place that was rejected never was open: the order ended with its cancel, or with the reject.
            is_rejected = is_replaced and last.state == "reject"
            # A cancel that was taken is an end for the bot before another order can be in the place of the cancelled
            # one. What that one is filled for is still to be recorded.
            is_filled = is_replaced and last.state == "done" and self._was_asked(order.order_id, successors)
            state = "cancel" if is_rejected or is_filled else last.state
            orders.append(replace(order, state=state, amount=self.placed.get(order.order_id, order.amount)))
        moved = self.moved.get(uid, {})
        return replace(
            ledger,
            orders=orders,
            fills=[replace(fill, order_id=names.root(fill.order_id)) for fill in ledger.fills],
            in_engine=frozenset(map(names.root, ledger.in_engine)),
            start={name: funds + moved.get(name, Decimal(0)) for name, funds in ledger.start.items()},
        )


def _created(evidence: Evidence) -> dict[str, str]:
    """Client order id → the order's first id."""
    return {
        line.client_order_id: line.order_id
        for life in evidence.lives
        for line in life.lines
        if isinstance(line, Created)
    }


def _held(evidence: Evidence) -> set[tuple[str, str]]:
    """What the bot holds for its orders: (first id, id that was filled or that the journal has last)."""
    first = _created(evidence)
    found = {
        (line.client_order_id, line.order_id) for life in evidence.lives for line in life.lines
        if isinstance(line, Filled)
    }
    found |= {
        (key, row.order_id) for key, row in evidence.records.journal.items() if row.order_id is not None
    }
    found |= {(key, fill.order_id) for (key, _), fill in evidence.records.history.items()}
    return {(first[key], order_id) for key, order_id in found if key in first}


def _told_as_cancelled(evidence: Evidence) -> set[str]:
    """The first ids of the orders that ended as cancelled for the bot."""
    first = _created(evidence)
    return {
        first[line.client_order_id]
        for life in evidence.lives
        for line in life.lines
        if isinstance(line, Ended) and line.state == "cancelled" and line.client_order_id in first
    }


def _mapped(evidence: Evidence, names: "_Names") -> list[Life]:
    return [replace(life, before=names.records(life.before)) for life in evidence.lives]


class _Names:
    """Calls every order by its first id and gives it its first size."""

    def __init__(self, root: Callable[[str], str], placed: Mapping[str, Decimal]) -> None:
        self.root = root
        self._placed = placed

    def line(self, line: Line) -> Line:
        if isinstance(line, Created):
            order_id = self.root(line.order_id)
            amount = self._placed.get(order_id, line.amount)
            return line.model_copy(update={"order_id": order_id, "amount": amount})
        if isinstance(line, Filled):
            return line.model_copy(update={"order_id": self.root(line.order_id)})
        return line

    def records(self, records: Records) -> Records:
        orders = {}
        for key, order in records.orders.items():
            order_id = self.root(order.order_id)
            placed = self._placed.get(order_id)
            amount = order.amount if placed is None else placed.quantize(DATABASE_STEP, rounding=ROUND_DOWN)
            orders[key] = replace(order, order_id=order_id, amount=amount)
        return replace(
            records,
            orders=orders,
            journal={
                key: row if row.order_id is None else replace(row, order_id=self.root(row.order_id))
                for key, row in records.journal.items()
            },
            history={
                key: replace(fill, order_id=self.root(fill.order_id)) for key, fill in records.history.items()
            },
        )
