"""Every card, in the order of their numbers."""

# Each module adds its cards as it is imported.
from test.acceptance import fill_cards, market_cards, order_cards, recovery_cards
from test.acceptance.cards import CARDS, Card

__all__ = ["all_cards", "fill_cards", "market_cards", "order_cards", "recovery_cards"]


def all_cards() -> list[Card]:
    return sorted(CARDS, key=lambda card: card.number)
