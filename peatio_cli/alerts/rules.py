"""What is wrong with a bot, from its state. Pure: each rule says of each thing that it watches whether it is wrong.

A rule that does not know answers None: what was wrong stays open then, and nothing is reported as resolved
that may go on.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from peatio_cli.alerts.settings import AlertSettings
from peatio_cli.watch.bot_state import Activity, BotState, ConnectorState

#: An amount around its limit would begin and end all the time: it ends below this share of the limit.
RESOLVED_SHARE = Decimal("0.9")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one thing.

    :ivar key: the same from look to look; its first word is the rule's name
    :ivar is_wrong: None where it is not known
    :ivar begin, end: the sentence for the person when it begins to be wrong, and when it ends
    """

    key: str
    is_wrong: bool | None
    begin: str
    end: str


def verdicts(
    state: BotState,
    settings: AlertSettings,
    was_running: bool,
    losses: Mapping[str, Decimal | None],
    open_keys: Collection[str],
) -> list[Verdict]:
    """
    :param was_running: whether it has been seen running since these alerts began
    :param losses: quote currency → the loss of the day; None where a price is missing
    :param open_keys: what was wrong at the last look
    """
    found: list[Verdict] = []
    if settings.stopped:
        found += _stopped(state, was_running, open_keys)
    if settings.guard:
        found.append(_guard(state))
    if settings.book_untrusted_s:
        found += _books(state, settings.book_untrusted_s, open_keys)
    if settings.exposure_above is not None:
        found += _exposures(state, settings, open_keys)
    for currency, limit in settings.loss_above.items():
        found.append(_loss(currency, limit, losses.get(currency, Decimal(0)), open_keys))
    return found


def is_watched(key: str, settings: AlertSettings) -> bool:
    """Whether a rule is on that says something of it."""
    rule, _, name = key.partition(" ")
    return {
        "stopped": settings.stopped,
        "guard": settings.guard,
        "book": settings.book_untrusted_s > 0,
        "exposure": settings.exposure_above is not None,
        "loss": name in settings.loss_above,
    }.get(rule, False)


def _stopped(state: BotState, was_running: bool, open_keys: Collection[str]) -> Iterator[Verdict]:
    """A connector that died beside one that runs counts: there may be several bots in an instance."""
    present = set()
    for connector in state.connectors:
        key = f"stopped {connector.name} {connector.owner}"
        present.add(key)
        yield Verdict(
            key,
            connector.activity is Activity.SILENT,
            f"The bot died or hangs: no heartbeat of {connector.name} for {connector.silent_s:.0f} s.",
            f"The bot runs again on {connector.name}.",
        )
    for key in open_keys:
        if key.startswith("stopped ") and key not in present:
            yield Verdict(key, False, "", f"The bot has settled its orders on {key.split()[1]} and stopped.")
    if state.activity is not Activity.SILENT:
        is_wrong = False if state.is_running else True if was_running else None
        yield Verdict("stopped", is_wrong, "The bot was stopped; it left no order open.", "The bot runs again.")


def _guard(state: BotState) -> Verdict:
    reasons = ", ".join(f"{one.name}: {one.fence_reason}" for one in state.connectors if one.fence_reason is not None)
    return Verdict(
        "guard",
        state.has_guard_acted,
        f"The guard took over and cancels the bot's open orders ({reasons}).",
        "The bot has reconciled its orders and may trade again; the guard's fence is gone.",
    )


def _books(state: BotState, limit_s: float, open_keys: Collection[str]) -> Iterator[Verdict]:
    for connector in state.connectors:
        if connector.health is None:
            continue  # nobody knows: what was wrong stays so
        followed = set()
        for book in connector.health.books:
            key = _book_key(connector, book.trading_pair)
            followed.add(key)
            since_s = book.untrusted_since_s
            silent_s = 0.0 if since_s is None else state.looked_at_s - since_s
            faults = ", ".join(f"{name} {count}" for name, count in sorted(book.faults.items()))
            yield Verdict(
                key,
                not book.is_trusted and (key in open_keys or silent_s >= limit_s),
                f"The order book of {book.trading_pair} on {connector.name} has not been trusted for {silent_s:.0f} s"
                f"{f' (faults since the start: {faults})' if faults else ''}.",
                f"The order book of {book.trading_pair} on {connector.name} is trusted.",
            )
        start = _book_key(connector, "")
        for key in open_keys:
            if key.startswith(start) and key not in followed:
                pair = key.removeprefix(start)
                yield Verdict(key, False, "", f"The bot does not follow {pair} on {connector.name} any more.")


def _book_key(connector: ConnectorState, trading_pair: str) -> str:
    return f"book {connector.name} {trading_pair}"


def _exposures(state: BotState, settings: AlertSettings, open_keys: Collection[str]) -> Iterator[Verdict]:
    for exposure in state.exposures:
        limit = settings.exposure_limit(exposure.controller, exposure.trading_pair)
        if limit is None:
            continue
        key = f"exposure {exposure.markets}"
        yield Verdict(
            key,
            abs(exposure.base) > _limit(limit, key, open_keys),
            f"The unhedged exposure of {exposure.markets} is {exposure.base:f}, beyond {limit:f}; "
            f"{exposure.pending} hedge(s) are under way.",
            f"The unhedged exposure of {exposure.markets} is {exposure.base:f}.",
        )


def _loss(currency: str, limit: Decimal, loss: Decimal | None, open_keys: Collection[str]) -> Verdict:
    key = f"loss {currency}"
    return Verdict(
        key,
        None if loss is None else loss > _limit(limit, key, open_keys),
        f"The loss of the day is {_money(loss)} {currency}, beyond {limit:f}.",
        f"The loss of the day is {_money(loss)} {currency}.",
    )


def _money(loss: Decimal | None) -> str:
    return f"{loss or Decimal(0):.8f}".rstrip("0").rstrip(".")


def _limit(limit: Decimal, key: str, open_keys: Collection[str]) -> Decimal:
    return limit * RESOLVED_SHARE if key in open_keys else limit
