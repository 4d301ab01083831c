"""How orders, trades and markets look on the wire (docs/protocol.md sections 3 and 5)."""

from __future__ import annotations

from typing import Any

from peatio_sandbox.exchange.clock import iso_zulu
from peatio_sandbox.exchange.decimals import decimal_text, json_number, optional_decimal_text
from peatio_sandbox.exchange.engine import Increment, Snapshot
from peatio_sandbox.exchange.market import Currency, Market, TradingFee
from peatio_sandbox.exchange.records import Member, OrderRecord, PublicTrade, TradeRecord

Json = dict[str, Any]

#: Every market of the sandbox is a spot market.
MARKET_TYPE = "spot"


def order_body(order: OrderRecord) -> Json:
    """Return an order as lists, creates and cancels show it."""
    return {
        "id": order.id,
        "uuid": order.uuid,
        "side": order.side,
        "ord_type": order.ord_type,
        "price": optional_decimal_text(order.price),
        "avg_price": decimal_text(order.avg_price),
        "state": order.state,
        "market": order.market,
        "market_type": MARKET_TYPE,
        "created_at": iso_zulu(order.created_at_s),
        "updated_at": iso_zulu(order.updated_at_s),
        "origin_volume": decimal_text(order.origin_volume),
        "remaining_volume": decimal_text(order.remaining_volume),
        "executed_volume": decimal_text(order.executed_volume),
        "maker_fee": decimal_text(order.maker_fee),
        "taker_fee": decimal_text(order.taker_fee),
        "trades_count": order.trades_count,
    }


def full_order_body(order: OrderRecord) -> Json:
    """Return an order as ``GET market/orders/:id`` shows it: with its trades, which carry no fee."""
    return {**order_body(order), "trades": [_order_trade(trade, order) for trade in order.trades]}


def _order_trade(trade: TradeRecord, order: OrderRecord) -> Json:
    return {
        "id": trade.id,
        "price": decimal_text(trade.price),
        "amount": decimal_text(trade.amount),
        "total": decimal_text(trade.total),
        "market": trade.market,
        "market_type": MARKET_TYPE,
        "created_at": iso_zulu(trade.created_at_s),
        "taker_type": trade.taker_type,
        "side": order.side,
    }


def member_trade_body(trade: TradeRecord, member: Member) -> Json:
    """Return a trade as ``GET market/trades`` shows it to one of its two members."""
    order = trade.order_of(member)
    return {
        "id": trade.id,
        "price": decimal_text(trade.price),
        "amount": decimal_text(trade.amount),
        "total": decimal_text(trade.total),
        "fee_currency": order.income_currency,
        "fee": decimal_text(trade.fee_rate(order)),
        "fee_amount": decimal_text(trade.fee_amount(order)),
        "market": trade.market,
        "market_type": MARKET_TYPE,
        "created_at": iso_zulu(trade.created_at_s),
        "taker_type": trade.taker_type,
        "side": order.side,
        "order_id": order.id,
    }


def public_trade_body(trade: PublicTrade) -> Json:
    """Return a trade as ``public/markets/:market/trades`` shows it: JSON numbers and epoch seconds."""
    return {
        "id": trade.id,
        "price": json_number(trade.price),
        "amount": json_number(trade.amount),
        "total": json_number(trade.total),
        "market": trade.market,
        "created_at": int(trade.created_at_s),
        "taker_type": trade.taker_type,
    }


def market_body(market: Market) -> Json:
    """Return a market as ``public/markets`` shows it."""
    return {
        "id": market.symbol,
        "symbol": market.symbol,
        "name": market.name,
        "type": MARKET_TYPE,
        "base_unit": market.base,
        "quote_unit": market.quote,
        "min_price": decimal_text(market.min_price),
        "max_price": decimal_text(market.max_price),
        "min_amount": decimal_text(market.min_amount),
        "amount_precision": market.amount_precision,
        "price_precision": market.price_precision,
        "state": market.state,
    }


def currency_body(currency: Currency, position: int) -> Json:
    """Return a currency as ``public/currencies`` shows it; coins carry one network."""
    return {
        "id": currency.code,
        "status": "enabled",
        "name": currency.name,
        "description": None,
        "homepage": None,
        "price": decimal_text(currency.price),
        "type": currency.kind,
        "precision": currency.precision,
        "position": position,
        "networks": [_network_body(currency)] if currency.kind == "coin" else [],
    }


def _network_body(currency: Currency) -> Json:
    parent = {"parent_id": currency.parent} if currency.parent else {}
    return {
        "blockchain_key": currency.blockchain,
        "currency_id": currency.code,
        **parent,
        "deposit_enabled": True,
        "withdrawal_enabled": True,
        "deposit_fee": "0.0",
        "min_deposit_amount": "0.0001",
        "withdraw_fee": "0.0005",
        "min_withdraw_amount": "0.001",
        "base_factor": currency.base_factor,
        "explorer_transaction": f"https://{currency.blockchain}.example.com/tx/#{{txid}}",
        "explorer_address": f"https://{currency.blockchain}.example.com/address/#{{address}}",
        "description": None,
        "warning": None,
        "protocol": currency.protocol,
        "min_confirmations": 6,
    }


def trading_fee_body(fee: TradingFee, row_id: int, created_at_s: float) -> Json:
    """Return a row of ``public/trading_fees``."""
    return {
        "id": row_id,
        "group": fee.group,
        "market_id": fee.market_id,
        "market_type": MARKET_TYPE,
        "maker": decimal_text(fee.maker),
        "taker": decimal_text(fee.taker),
        "created_at": iso_zulu(created_at_s),
        "updated_at": iso_zulu(created_at_s),
    }


def order_event(order: OrderRecord) -> Json:
    """Return the payload of a private ``order`` event: no uuid, times in epoch seconds."""
    return {
        "id": order.id,
        "market": order.market,
        "kind": "bid" if order.side == "buy" else "ask",
        "side": order.side,
        "ord_type": order.ord_type,
        "price": optional_decimal_text(order.price),
        "avg_price": decimal_text(order.avg_price),
        "state": order.state,
        "origin_volume": decimal_text(order.origin_volume),
        "remaining_volume": decimal_text(order.remaining_volume),
        "executed_volume": decimal_text(order.executed_volume),
        "at": int(order.created_at_s),
        "created_at": int(order.created_at_s),
        "updated_at": int(order.updated_at_s),
        "trades_count": order.trades_count,
    }


def trade_event(trade: TradeRecord, member: Member) -> Json:
    """Return the payload of a private ``trade`` event; of a trade with oneself it names the maker's order."""
    order = trade.order_of(member)
    return {
        "id": trade.id,
        "price": decimal_text(trade.price),
        "amount": decimal_text(trade.amount),
        "total": decimal_text(trade.total),
        "market": trade.market,
        "side": order.side,
        "taker_type": trade.taker_type,
        "created_at": int(trade.created_at_s),
        "order_id": order.id,
    }


def public_trade_event(trade: TradeRecord) -> Json:
    """Return the payload of a public ``trades`` event."""
    return {
        "trades": [
            {
                "tid": trade.id,
                "taker_type": trade.taker_type,
                "date": int(trade.created_at_s),
                "price": decimal_text(trade.price),
                "amount": decimal_text(trade.amount),
            }
        ]
    }


def increment_event(increment: Increment) -> Json:
    """Return the payload of ``ob-inc``: one side, one flat pair; a level that is gone has the volume ``""``."""
    total = "" if increment.total is None else decimal_text(increment.total)
    key = "bids" if increment.side == "buy" else "asks"
    return {key: [decimal_text(increment.price), total], "sequence": increment.sequence}


def snapshot_event(snapshot: Snapshot) -> Json:
    """Return the payload of ``ob-snap``."""
    return {
        "asks": [[decimal_text(price), decimal_text(total)] for price, total in snapshot.asks],
        "bids": [[decimal_text(price), decimal_text(total)] for price, total in snapshot.bids],
        "sequence": snapshot.sequence,
    }
