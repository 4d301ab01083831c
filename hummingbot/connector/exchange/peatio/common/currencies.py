"""Hummingbot's names of the exchange's currencies. No I/O."""

from collections import defaultdict
from collections.abc import Iterable, Iterator


def currency_name(code: str) -> str:
    """Hummingbot's name of a currency: upper case, and `_` for `-`, at which Hummingbot splits a trading pair.

    :param code: as Peatio writes it, e.g. "usdt-erc20"
    """
    return code.upper().replace("-", "_")


class SharedNames:
    """The names that more than one currency would get. None of these currencies can be used: a balance of one might
    be taken for one of another.

    :param codes: of every currency; letter case makes no difference, as in Peatio's database
    """

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes: defaultdict[str, set[str]] = defaultdict(set)
        for code in codes:
            self._codes[currency_name(code)].add(code.lower())

    def __contains__(self, code: str) -> bool:
        return len(self._codes[currency_name(code)]) > 1

    def troubles(self) -> Iterator[str]:
        """A sentence for each such name."""
        for name, codes in self._codes.items():
            if len(codes) > 1:
                yield f"The currencies {' and '.join(sorted(codes))} are left out: both would be {name} in Hummingbot."
