"""What an exchange does while a snapshot of `test_balances_model` is under way."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from test.hummingbot.connector.exchange.peatio.account.model_orders import Order


class Happenings:
    """A part of the models: rules of theirs, called in one go, so that few steps come to what many seldom do."""

    happenings: tuple[str, ...] = ("fill", "end", "live", "report", "hand")

    @property
    def live(self) -> list[Order]:
        raise NotImplementedError

    @property
    def pending(self) -> list[Order]:
        raise NotImplementedError

    @property
    def known(self) -> list[Order]:
        raise NotImplementedError

    def something_happens(self, data: st.DataObject) -> None:
        """Nothing, or up to three things."""
        for what in data.draw(st.lists(st.sampled_from(self.happenings), max_size=3), "happenings"):
            self.happens(what, data)

    def happens(self, what: str, data: st.DataObject) -> None:
        rules: Any = self
        if what == "live" and self.pending:
            rules.goes_live_or_is_rejected(data)
        elif what == "report" and self.known:
            rules.is_reported(data, data.draw(st.sampled_from(["live", "fill", "end"]), "report"))
        elif what == "end" and self.live:
            rules.ends(data)
        elif what == "fill" and self.live:
            rules.is_filled(data, data.draw(st.sampled_from([Decimal(1), Decimal("0.5")]), "part"), False)
        elif what == "hand":
            amount = data.draw(st.sampled_from([Decimal(1), Decimal(2), Decimal("0.5")]), "amount")
            rules.place_by_hand(data.draw(st.sampled_from(["BTC", "USD"]), "currency"), amount)
