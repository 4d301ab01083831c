"""Which exchange and account the rows of the history belong to. Pure computation.

A new API key of the same member is another account for the journal and the same one here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from peatio_cli.report.history import AccountNote

# How much of an account's mark is shown where nothing better is known of it.
SHOWN_OF_MARK = 8


@dataclass(frozen=True)
class ExchangeAccount:
    """One member at one exchange.

    :ivar label: for the user
    :ivar site: the exchange's URL; "" where the journal does not note it
    :ivar connectors: the names that its exchange has in this instance; none where no connector has this address now
    :ivar marks: the journal's marks of the account, one an API key
    :ivar member: the journal's mark of the member; "" where it has none
    """

    label: str
    site: str
    connectors: tuple[str, ...]
    marks: tuple[str, ...]
    member: str = ""

    @property
    def connector(self) -> str:
        """One of them, for requests without a login; "" where there is none."""
        return next(iter(self.connectors), "")

    @property
    def why_not_asked(self) -> str:
        """Why nothing can be asked of the exchange, where `connector` is empty."""
        if not self.site:
            return "the order journal does not say at which exchange this account is"
        return f"no exchange of this instance is at {self.site}; remedy: connect it, or name it in conf/peatio.yml"


def exchange_accounts(notes: Sequence[AccountNote], sites: Mapping[str, str]) -> list[ExchangeAccount]:
    """:param sites: connector's name → the URL of its exchange"""
    groups: dict[tuple[str, str], list[AccountNote]] = {}
    for note in notes:
        groups.setdefault((note.site, note.member or note.account), []).append(note)
    found: list[ExchangeAccount] = []
    for (site, _), group in groups.items():
        connectors = tuple(name for name, address in sites.items() if site and address == site)
        is_only = sum(other == site for other, _ in groups) == 1
        name = connectors[0] if len(connectors) == 1 else site.partition("://")[2]
        last = group[-1]
        shown = last.key or last.account[:SHOWN_OF_MARK]
        label = name if name and is_only else f"{name or 'account'} ({shown})"
        if any(other.label == label for other in found):  # keys and uids may begin alike; markets go by the label
            label = f"{name or 'account'} ({shown} {last.account[:SHOWN_OF_MARK]})"
        marks = tuple(note.account for note in group)
        found.append(ExchangeAccount(label, site, connectors, marks, last.member))
    return found
