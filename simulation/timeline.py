"""The events of a run as lines to read: who, when, which message, which await. Pure."""

import heapq
import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from simloop import TraceEvent, timeline_html

from simulation.events import Event
from simulation.monitors.violation import Violation
from simulation.wire import Conversation

#: Of a message, an order event or a line of a log this many characters are shown.
SHOWN = 400
#: A market's stream: its sequence numbers are no orders' ids.
_PUBLIC = re.compile(r"websocket \w+\.")
#: What packets without a payload mean.
_SEGMENTS = {"syn": "connects", "accept": "accepts", "refuse": "refuses", "fin": "ends its direction", "rst": "resets"}
#: The first event of a packet tells what it says; what becomes of it is known from the later ones.
_FATES = {"deliver": "arrives at", "hold": "held at", "lost": "lost at", "drop": "dropped at"}


@dataclass(frozen=True)
class View:
    """What to show.

    :ivar about: ids of orders, the exchange's or Hummingbot's; faults and crashes are shown with them
    :ivar hosts: beginnings of names of hosts; a message is shown if either end matches
    :ivar from_s: simulated seconds since the start
    :ivar has_steps: whether every step of every task has a line
    """

    about: Collection[str] = ()
    hosts: Collection[str] = ()
    from_s: float = 0.0
    to_s: float = float("inf")
    has_steps: bool = False


@dataclass(frozen=True)
class Entry:
    """A line of the timeline.

    :ivar searched: the whole text, of which the line shows the beginning
    :ivar exchange: the same for a request and its answer
    """

    at_s: float
    kind: str
    hosts: tuple[str, ...]
    searched: str
    step: str = ""
    fate: str = ""
    exchange: tuple[int, int] | None = None

    def mentions(self, pattern: re.Pattern[str]) -> bool:
        """Whether it is about one of the orders."""
        if self.kind == "network" or _PUBLIC.match(self.searched):
            return False
        return bool(pattern.search(f"{self.searched} {self.step}"))

    def __str__(self) -> str:
        text = self.searched if self.kind in ("fault", "log") else _short(self.searched)
        who = " → ".join(self.hosts)
        line = f"{self.at_s:11.6f}  {who:<20} {self.kind:<7} {text}"
        if self.fate:
            line += f"  ({self.fate})"
        return f"{line}  [{self.step}]" if self.step else line


def lines(events: Sequence[Event], view: View, violations: Iterable[Violation] = ()) -> Iterator[str]:
    """The timeline, line by line, in the order of time.

    :param violations: what the monitors found on the way
    """
    names = _with_other_names(events, view.about)
    pattern = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, names))})(?![\w.])") if names else None
    broken = [Entry(one.at_s, "broken", (one.who,), f"{one.broken.value}: {one.text}") for one in violations]
    entries = list(heapq.merge(_entries(events, view.has_steps), broken, key=lambda entry: entry.at_s))
    found = {entry.exchange for entry in entries if pattern and entry.mentions(pattern)} - {None}
    for entry in entries:
        if not view.from_s <= entry.at_s <= view.to_s:
            continue
        if view.hosts and not any(host.startswith(tuple(view.hosts)) for host in entry.hosts):
            continue
        is_about = (
            not pattern
            or entry.kind in ("fault", "crash")
            or entry.exchange in found
            or entry.mentions(pattern)
        )
        if is_about:
            yield str(entry)


def picture(events: Sequence[Event], view: View) -> str:
    """The same time and hosts as an HTML page with a lane for each host, drawn by simloop."""
    drawn = [
        TraceEvent("net", event.at_s, getattr(event.packet, "uid", -1), event.text)
        if event.kind == "net"
        else TraceEvent("run", event.at_s, number, event.step or "step", event.host)
        for number, event in enumerate(events)
        if event.kind in ("net", "run")
        and view.from_s <= event.at_s <= view.to_s
        and (not view.hosts or event.host.startswith(tuple(view.hosts)))
    ]
    return timeline_html(drawn)


def _entries(events: Sequence[Event], has_steps: bool) -> Iterator[Entry]:
    fates = _fates(events)
    conversations: dict[int, tuple[str, Conversation]] = {}
    seen: set[int] = set()
    for event in events:
        if event.kind == "run":
            if has_steps:
                yield Entry(event.at_s, "step", (event.host,), event.step)
        elif event.kind == "log":
            yield Entry(event.at_s, "log", (event.host,), event.text, event.step)
        elif event.kind == "note":
            yield _note(event)
        elif event.packet is None:
            verb, _, host = event.text.partition(" ")
            yield Entry(event.at_s, verb, (host,), "", event.step)
        elif event.packet.uid not in seen:
            seen.add(event.packet.uid)
            yield from _messages(event, conversations, fates.get(event.packet.uid, "still on its way at the end"))


def _messages(event: Event, conversations: dict[int, tuple[str, Conversation]], fate: str) -> Iterator[Entry]:
    packet = event.packet
    ends = packet.src, packet.dst
    if packet.kind != "data":
        yield Entry(event.at_s, "network", ends, f"{_SEGMENTS.get(packet.kind, packet.kind)} #{packet.conn}", "", fate)
        # A connection is known by whoever opened it.
        conversations.setdefault(packet.conn, (packet.src, Conversation()))
        return
    client, conversation = conversations.setdefault(packet.conn, (packet.src, Conversation()))
    for message in conversation.read(packet.src == client, packet.payload):
        exchange = None if conversation.is_websocket else (packet.conn, conversation.requests)
        yield Entry(event.at_s, "message", ends, message, event.step, fate, exchange)


def _note(event: Event) -> Entry:
    if event.text.startswith("fault "):
        return Entry(event.at_s, "fault", (event.host,), event.text.removeprefix("fault "))
    if not event.text.startswith("{"):
        return Entry(event.at_s, "world", (event.host,), event.text)
    content = json.loads(event.text)
    kind = content.pop("kind")
    return Entry(
        event.at_s, "event", (event.host,), f"{kind} {' '.join(f'{k}={v}' for k, v in content.items())}", event.step
    )


def _fates(events: Iterable[Event]) -> dict[int, str]:
    """What became of each packet in the end, by its number."""
    fates: dict[int, str] = {}
    for event in events:
        if event.packet is None:
            continue
        verb = event.text.partition(" ")[0]
        if verb in _FATES:
            fates[event.packet.uid] = f"{_FATES[verb]} {event.at_s:.3f}"
    return fates


def _with_other_names(events: Iterable[Event], about: Collection[str]) -> set[str]:
    """These orders' ids and the other ones that the same orders have."""
    names = set(about)
    if not names:
        return names
    for event in events:
        if event.kind == "note" and '"order_id"' in event.text:
            content = json.loads(event.text)
            pair = {content["client_order_id"], content["order_id"]}
            if pair & set(about):
                names |= pair
    return names


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
