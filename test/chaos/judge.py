"""Holds the accounts against each other, order by order, fill by fill, balance by balance. Pure.

The exchange's ledger is the truth, Hummingbot's database the authority on what is recorded once. A process can be
killed between two writes, so around a kill, and only there, two things are no fault: a fill (or creation) that was
told but not yet in the database is told again by the next life; and one that was in the database but not yet told is
not told at all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import Enum
from functools import cached_property

from test.chaos.evidence import DATABASE_STEP, Evidence, FillKey, LedgerFill, LedgerOrder, Life
from test.chaos.reports import Created, Ended, EndState, Filled, Intended

ZERO = Decimal(0)


class Fault(Enum):
    """How the accounts can differ."""

    LOST = "lost"
    DUPLICATED = "duplicated"
    ORPHANED = "orphaned"
    MISACCOUNTED = "mis-accounted"


@dataclass(frozen=True)
class Finding:
    """One difference, in a sentence. `ids` are what to look for in the log."""

    fault: Fault
    text: str
    ids: tuple[str, ...] = ()


_END_STATES: Mapping[str, EndState] = {"done": "filled", "cancel": "cancelled", "reject": "failed"}
_END_STATUSES: Mapping[str, EndState] = {
    "BuyOrderCompleted": "filled",
    "SellOrderCompleted": "filled",
    "OrderCancelled": "cancelled",
    "OrderFailure": "failed",
}


def judge(evidence: Evidence) -> list[Finding]:
    """Every difference, the gravest first."""
    trial = _Trial(evidence)
    findings = [
        *trial.identities(),
        *trial.by_hand(),
        *trial.exchange_orders(),
        *trial.intents(),
        *trial.tellings(),
        *trial.fills(),
        *trial.end(),
        *trial.balances(),
    ]
    order = list(Fault)
    return sorted(findings, key=lambda finding: order.index(finding.fault))


class _Trial:
    def __init__(self, evidence: Evidence) -> None:
        self._lives = evidence.lives
        self._records = evidence.records
        self._ledger = evidence.ledger
        self._status = evidence.status
        self._turned_up = evidence.turned_up
        self._intents = {line.client_order_id: line for line in self._lines(Intended)}
        self._created = {line.client_order_id: line for line in self._lines(Created)}
        self._ends = {line.client_order_id: line for line in self._lines(Ended)}
        self._fills_told: dict[FillKey, Filled] = {
            (line.client_order_id, line.trade_id): line for line in self._lines(Filled)
        }

    def _lines[T](self, kind: type[T]) -> Iterator[T]:
        for life in self._lives:
            yield from (line for line in life.lines if isinstance(line, kind))

    @cached_property
    def _claims(self) -> set[tuple[str, str]]:
        """Every (client order id, exchange order id) that anything of the bot's says belongs together."""
        claims = {(line.client_order_id, line.order_id) for line in self._lines(Created)}
        claims |= {(line.client_order_id, line.order_id) for line in self._lines(Filled)}
        claims |= {(order.client_order_id, order.order_id) for order in self._records.orders.values()}
        claims |= {
            (row.client_order_id, row.order_id) for row in self._records.journal.values() if row.order_id is not None
        }
        return claims

    @cached_property
    def _client_ids(self) -> dict[str, str]:
        return {order_id: client_order_id for client_order_id, order_id in self._claims}

    @cached_property
    def _order_ids(self) -> dict[str, str]:
        return dict(self._claims)

    # Which order is whose.

    def identities(self) -> Iterator[Finding]:
        """One intent, one order."""
        for client_order_id, count in Counter(client for client, _ in self._claims).items():
            if count > 1:
                ids = sorted(order_id for client, order_id in self._claims if client == client_order_id)
                text = f"intent {client_order_id} stands for {count} orders of the exchange: {', '.join(ids)}"
                yield Finding(Fault.DUPLICATED, text, (client_order_id, *ids))
        for order_id, count in Counter(order_id for _, order_id in self._claims).items():
            if count > 1:
                clients = sorted(client for client, order in self._claims if order == order_id)
                text = f"order {order_id} is held for {count} intents: {', '.join(clients)}"
                yield Finding(Fault.MISACCOUNTED, text, (order_id, *clients))
        known = {order.order_id for order in self._ledger.orders}
        for client_order_id, order_id in sorted(self._claims):
            if order_id not in known:
                text = f"intent {client_order_id} stands for order {order_id}, which the exchange does not know"
                yield Finding(Fault.MISACCOUNTED, text, (client_order_id, order_id))

    def by_hand(self) -> Iterator[Finding]:
        """What others placed on the account stands as they left it."""
        for order in self._ledger.by_hand:
            if order.state != "wait":
                text = f"{_name(order)}, placed by hand and none of the bot's business, is {order.state}"
                yield Finding(Fault.LOST, text, (order.order_id,))

    # Orders of the exchange.

    def exchange_orders(self) -> Iterator[Finding]:
        """Each is known, described alike, and has ended on both sides."""
        for order in self._ledger.orders:
            client_order_id = self._client_ids.get(order.order_id)
            if client_order_id is None:
                yield self._unknown(order)
            else:
                yield from self._description(order, client_order_id)
                yield from self._fate(order, client_order_id)
            if order.state in ("pending", "wait"):
                text = f"{_name(order)} is still {order.state} on the exchange"
                yield Finding(Fault.ORPHANED, text, (order.order_id, client_order_id or ""))
            elif order.order_id in self._ledger.in_engine:
                text = f"{_name(order)} is a ghost: {order.state}, but still in the engine's book"
                yield Finding(Fault.ORPHANED, text, (order.order_id, client_order_id or ""))

    def _unknown(self, order: LedgerOrder) -> Finding:
        """Sent once more than intended, or intended and then forgotten."""
        orders = sum(1 for other in self._ledger.orders if _likeness(other) == _likeness(order))
        intents = sum(1 for intent in self._intents.values() if self._intended(intent) == _likeness(order))
        if self._intents and orders > intents:
            text = f"{_name(order)} is unknown to Hummingbot: {orders} orders like it for {intents} intents"
            return Finding(Fault.DUPLICATED, text, (order.order_id,))
        return Finding(Fault.LOST, f"{_name(order)} ({order.state}) is unknown to Hummingbot", (order.order_id,))

    def _intended(self, intent: Intended) -> tuple[object, ...]:
        """What the intent asks for: the connector cuts what is finer than the exchange's steps."""
        amount_step, price_step = self._ledger.steps[intent.pair]
        price = None if intent.price is None else _cut(intent.price, price_step)
        return intent.pair, intent.side, _cut(intent.amount, amount_step), price

    def _description(self, order: LedgerOrder, client_order_id: str) -> Iterator[Finding]:
        intent = self._intents.get(client_order_id)
        if intent is not None and self._intended(intent) != _likeness(order):
            text = f"{_name(order)} is not what {client_order_id} intended: {_show(_likeness(order))}"
            yield Finding(Fault.MISACCOUNTED, text, (order.order_id, client_order_id))
        told = self._created.get(client_order_id)
        if told is not None:
            pairs: list[tuple[str, object, object]] = [
                ("pair", told.pair, order.pair),
                ("side", told.side, order.side),
                ("type", told.order_type, order.order_type),
                ("price", told.price, order.price),
                ("amount", told.amount, order.amount),
            ]
            yield from _differences(_name(order), "Hummingbot's event", pairs, (order.order_id, client_order_id))
        row = self._records.orders.get(client_order_id)
        if row is not None:
            pairs = [("amount", row.amount, _cut(order.amount))]
            if order.price is not None:
                pairs.append(("price", row.price, _cut(order.price)))
            yield from _differences(_name(order), "Hummingbot's database", pairs, (order.order_id, client_order_id))

    def _fate(self, order: LedgerOrder, client_order_id: str) -> Iterator[Finding]:
        expected = _END_STATES.get(order.state)
        if client_order_id in self._turned_up or expected is None:
            # Failed for Hummingbot long before; that it has ended, and its fills, are looked at elsewhere.
            return
        ids = (order.order_id, client_order_id)
        said = f"{_name(order)} ({client_order_id}) is {order.state} on the exchange"
        row = self._records.orders.get(client_order_id)
        if row is None:
            yield Finding(Fault.LOST, f"{said}, and not in Hummingbot's database", ids)
        elif _END_STATUSES.get(row.last_status) != expected:
            yield Finding(Fault.LOST, f"{said}, {row.last_status} in Hummingbot's database", ids)
        end = self._ends.get(client_order_id)
        if end is None and not self._was_recorded_at_a_kill(client_order_id):
            yield Finding(Fault.LOST, f"{said}, and Hummingbot never told its end", ids)
        elif end is not None and end.state != expected:
            yield Finding(Fault.LOST, f"{said}, Hummingbot told {end.state} {end.reason}".rstrip(), ids)
        elif end is not None and end.base is not None:
            fills = [fill for fill in self._ledger.fills if fill.order_id == order.order_id]
            sums: list[tuple[str, object, object]] = [
                ("base traded", end.base, sum(fill.amount for fill in fills)),
                ("quote traded", end.quote, sum(fill.total for fill in fills)),
            ]
            yield from _differences(_name(order), "Hummingbot's completed event", sums, ids)

    def _was_recorded_at_a_kill(self, client_order_id: str) -> bool:
        """Whether the end was in the database when a life began, so that only the telling was cut off."""
        rows = (life.before.orders.get(client_order_id) for life in self._lives)
        return any(row is not None and row.last_status in _END_STATUSES for row in rows)

    # Intents.

    def intents(self) -> Iterator[Finding]:
        """Each became an order or failed; only a kill may leave one open, which then never was an order."""
        for life in self._lives:
            told = {line.client_order_id for line in life.lines if isinstance(line, Created | Ended)}
            for line in life.lines:
                if not isinstance(line, Intended) or life.was_killed or line.client_order_id in told:
                    continue
                text = f"intent {line.client_order_id} became neither an order nor a failure"
                yield Finding(Fault.LOST, text, (line.client_order_id,))

    # What was told.

    def tellings(self) -> Iterator[Finding]:
        """Nothing is told twice."""
        for life in self._lives:
            yield from self._told_twice(life)
            for line in life.lines:
                if isinstance(line, Filled) and (line.client_order_id, line.trade_id) in life.before.fills:
                    text = f"{_fill_name(line.order_id, line.trade_id)} was recorded before the restart and told again"
                    yield Finding(Fault.DUPLICATED, text, (line.client_order_id, line.order_id))
                elif isinstance(line, Created) and line.client_order_id in life.before.orders:
                    text = f"the creation of {line.client_order_id} was recorded before the restart and told again"
                    yield Finding(Fault.DUPLICATED, text, (line.client_order_id,))

    @staticmethod
    def _told_twice(life: Life) -> Iterator[Finding]:
        fills = Counter((line.order_id, line.trade_id) for line in life.lines if isinstance(line, Filled))
        for (order_id, trade_id), count in fills.items():
            if count > 1:
                yield Finding(Fault.DUPLICATED, f"{_fill_name(order_id, trade_id)} was told {count} times", (order_id,))
        for kind, what in ((Created, "creation"), (Ended, "end")):
            for client_order_id, count in Counter(
                line.client_order_id for line in life.lines if isinstance(line, kind)
            ).items():
                if count > 1:
                    text = f"the {what} of {client_order_id} was told {count} times"
                    yield Finding(Fault.DUPLICATED, text, (client_order_id,))

    # Fills.

    def fills(self) -> Iterator[Finding]:
        """Each fill of the ledger once in the database, the history and the events, and none besides."""
        expected: dict[FillKey, LedgerFill] = {}
        for fill in self._ledger.fills:
            client_order_id = self._client_ids.get(fill.order_id)
            if client_order_id is None:
                text = f"{_fill_name(fill.order_id, fill.trade_id)} belongs to an order Hummingbot does not know"
                yield Finding(Fault.LOST, text, (fill.order_id,))
                continue
            expected[client_order_id, fill.trade_id] = fill
        for key, fill in expected.items():
            yield from self._fill(key, fill)
        for key in sorted({*self._records.fills, *self._fills_told, *self._records.history} - set(expected)):
            text = f"Hummingbot has a fill that the exchange does not know: trade {key[1]} of {key[0]}"
            yield Finding(Fault.MISACCOUNTED, text, key)

    def _fill(self, key: FillKey, fill: LedgerFill) -> Iterator[Finding]:
        name, ids = _fill_name(fill.order_id, fill.trade_id), (key[0], fill.order_id)
        row, told = self._records.fills.get(key), self._fills_told.get(key)
        if row is None:
            yield Finding(Fault.LOST, f"{name} of {key[0]} is not in Hummingbot's database", ids)
        else:
            pairs: list[tuple[str, object, object]] = [
                ("pair", row.pair, fill.pair),
                ("side", row.side, fill.side),
                ("price", row.price, _cut(fill.price)),
                ("amount", row.amount, _cut(fill.amount)),
                ("fee", _fees(row.fees), _fees(fill.fees)),
            ]
            yield from _differences(name, "Hummingbot's database", pairs, ids)
        kept = self._records.history.get(key)
        if kept is None:
            yield Finding(Fault.LOST, f"{name} of {key[0]} is not in the journal's history", ids)
        else:
            pairs = [
                (what, getattr(kept, what), getattr(fill, what))
                for what in ("order_id", "pair", "side", "price", "amount", "total")
            ]
            pairs.append(("fee", _fees(kept.fees), _fees(fill.fees)))
            yield from _differences(name, "the journal's history", pairs, ids)
        if told is None:
            if not any(key in life.before.fills for life in self._lives[1:]):
                yield Finding(Fault.LOST, f"{name} of {key[0]} was never told", ids)
            return
        pairs = [
            ("pair", told.pair, fill.pair),
            ("side", told.side, fill.side),
            ("price", told.price, fill.price),
            ("amount", told.amount, fill.amount),
            ("fee", _fees(told.fees), _fees(fill.fees)),
        ]
        yield from _differences(name, "Hummingbot's event", pairs, ids)

    # The end.

    def end(self) -> Iterator[Finding]:
        """Nothing is followed any more, and the journal is closed."""
        for client_order_id in self._status.followed:
            text = f"Hummingbot still follows {client_order_id}"
            yield Finding(Fault.ORPHANED, text, (client_order_id,))
        for row in self._records.journal.values():
            if row.state not in ("closed", "watched"):
                text = f"the journal still holds {row.client_order_id} (order {row.order_id}) for {row.state}"
                yield Finding(Fault.ORPHANED, text, (row.client_order_id,))

    # Money.

    def balances(self) -> Iterator[Finding]:
        """The connector's balances are the exchange's, and the fills told explain them to the last digit."""
        ledger = self._ledger
        for currency in sorted(ledger.free):
            total = ledger.free[currency] + ledger.locked[currency]
            pairs: list[tuple[str, object, object]] = [
                ("total", self._status.total.get(currency, ZERO), total),
            ]
            if self._status.available is not None:
                pairs.append(("available", self._status.available.get(currency, ZERO), ledger.free[currency]))
            yield from _differences(f"balance of {currency}", "the connector", pairs, (currency,))
        expected = dict(ledger.start)
        for key in {*self._fills_told, *self._records.fills}:
            self._apply(expected, key)
        for currency in sorted(ledger.free):
            total = ledger.free[currency] + ledger.locked[currency]
            result = expected.get(currency, ZERO)
            if result != total:
                text = f"the fills told lead to {_show(result)} {currency}, there is {_show(total)}"
                yield Finding(Fault.MISACCOUNTED, text, (currency,))

    def _apply(self, funds: dict[str, Decimal], key: FillKey) -> None:
        """A fill as it was told; one that a kill kept from being told, as the ledger has it."""
        told = self._fills_told.get(key)
        if told is not None:
            pair, side, price, amount, fees = told.pair, told.side, told.price, told.amount, told.fees
        else:
            order_id = self._order_ids.get(key[0])
            fill = next((f for f in self._ledger.fills if (f.order_id, f.trade_id) == (order_id, key[1])), None)
            if fill is None:
                return
            pair, side, price, amount, fees = fill.pair, fill.side, fill.price, fill.amount, dict(fill.fees)
        base, quote = pair.split("-")
        sign = 1 if side == "buy" else -1
        funds[base] = funds.get(base, ZERO) + sign * amount
        funds[quote] = funds.get(quote, ZERO) - sign * amount * price
        for currency, fee in fees.items():
            funds[currency] = funds.get(currency, ZERO) - fee


def _name(order: LedgerOrder) -> str:
    price = "market" if order.price is None else f"at {_show(order.price)}"
    return f"order {order.order_id} ({order.side} {_show(order.amount)} {order.pair} {price})"


def _fill_name(order_id: str, trade_id: str) -> str:
    return f"fill (order {order_id}, trade {trade_id})"


def _likeness(order: LedgerOrder) -> tuple[object, ...]:
    """What the exchange can tell orders apart by."""
    return order.pair, order.side, order.amount, order.price


def _differences(
    name: str, source: str, values: list[tuple[str, object, object]], ids: tuple[str, ...]
) -> Iterator[Finding]:
    """:param values: what, as `source` has it, as the exchange has it"""
    for what, found, expected in values:
        if found != expected:
            text = f"{name}: {what} is {_show(found)} in {source}, {_show(expected)} on the exchange"
            yield Finding(Fault.MISACCOUNTED, text, ids)


def _cut(value: Decimal, step: Decimal = DATABASE_STEP) -> Decimal:
    return value.quantize(step, rounding=ROUND_DOWN)


def _fees(fees: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Without zeros: whether a free fill names a currency is no difference."""
    return {currency: fee for currency, fee in fees.items() if fee != ZERO}


def _show(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dict):
        return ", ".join(f"{_show(fee)} {currency}" for currency, fee in value.items()) or "none"
    if isinstance(value, tuple):
        return " ".join(_show(part) for part in value)
    return str(value)
