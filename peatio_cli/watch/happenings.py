"""What happened to a bot between two looks, in words: faults and their ends. Pure."""

from collections.abc import Iterator, Mapping

from peatio_cli.watch.bot_state import Activity, BotState, ConnectorHealth, ConnectorState

_ACTIVITIES = {
    Activity.RUNNING: "The bot runs.",
    Activity.SILENT: "The bot fell silent: it died, or hangs.",
    Activity.STOPPED: "The bot was stopped.",
}


def happenings(before: BotState | None, after: BotState) -> Iterator[str]:
    """Sentences for a user, in the order of their weight."""
    if before is None:
        if not after.is_running:
            yield _ACTIVITIES[after.activity] if after.activity is Activity.SILENT else "The bot does not run."
        return
    if before.activity is not after.activity:
        yield _ACTIVITIES[after.activity]
    elif before.is_running and before.pid and after.pid and before.pid != after.pid:
        yield "The bot was started again."
    if before.guard.is_watching is not after.guard.is_watching:
        yield "A guard watches." if after.guard.is_watching else "No guard watches any more."
    known = {connector.owner: connector for connector in before.connectors}
    for connector in after.connectors:
        yield from _of_connector(known.get(connector.owner), connector)
    for problem in after.problems:
        if problem not in before.problems:
            yield problem


def _of_connector(before: ConnectorState | None, after: ConnectorState) -> Iterator[str]:
    was_fenced = before is not None and before.fence_reason is not None
    if after.fence_reason is not None and not was_fenced:
        yield f"{after.name}: the guard acted, its orders are cancelled ({after.fence_reason})."
    elif after.fence_reason is None and was_fenced:
        yield f"{after.name}: the fence is gone, it may place orders again."
    if before is not None and before.health is not None and after.health is not None:
        for sentence in _of_health(before.health, after.health):
            yield f"{after.name}: {sentence}"


def _of_health(before: ConnectorHealth, after: ConnectorHealth) -> Iterator[str]:
    if before.is_ready is not after.is_ready:
        why = f" ({', '.join(after.why_not_ready)})" if after.why_not_ready else ""
        yield "ready." if after.is_ready else f"not ready{why}."
    for stream, is_up in after.streams.items():
        if before.streams.get(stream, is_up) is not is_up:
            yield f"the {stream} stream is {'back' if is_up else 'down'}."
    books = {book.trading_pair: book for book in before.books}
    for book in after.books:
        known = books.get(book.trading_pair)
        if known is None:
            continue
        causes = _more(known.faults, book.faults)
        if known.is_trusted and not book.is_trusted:
            yield f"the book of {book.trading_pair} is not trusted{_because(causes)}."
        elif not known.is_trusted and book.is_trusted:
            yield f"the book of {book.trading_pair} is trusted again, after {book.untrusted_s:.1f} s in all."
        elif causes:
            took_s = book.untrusted_s - known.untrusted_s
            yield f"the book of {book.trading_pair} was not trusted for {took_s:.1f} s{_because(causes)}."
    if failed := _more(before.failures, after.failures):
        yield f"requests failed{_because(failed)}."
    if after.waits > before.waits:
        yield f"{after.waits - before.waits} request(s) waited for the request limit."
    if after.late_finds > before.late_finds:
        yield f"polling found {after.late_finds - before.late_finds} event(s) that the stream had not reported."


def _more(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """What was counted meanwhile; a bot that was started again counts from 0."""
    return {name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)}


def _because(counts: Mapping[str, int]) -> str:
    words = (name.replace("_", " ") + (f" ×{count}" if count > 1 else "") for name, count in counts.items())
    return f" ({', '.join(words)})" if counts else ""
