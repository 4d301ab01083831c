"""Converts the sandbox's ledger and the bot's reports into the values that `comparison` compares."""

from collections.abc import Iterable
from decimal import Decimal

from peatio_cli.demo.bot_report import OrderCreated, OrderEnded, OrderFilled, Report
from peatio_cli.demo.comparison import Account, FillFact, OrderFact, OrderState
from peatio_sandbox import Sandbox

PEATIO_STATES = {
    "pending": OrderState.OPEN,
    "wait": OrderState.OPEN,
    "done": OrderState.FILLED,
    "cancel": OrderState.CANCELLED,
    "reject": OrderState.FAILED,
}


def ledger_account(sandbox: Sandbox, member: str) -> Account:
    """A member's orders and fills according to the exchange's ledger."""
    return Account(
        tuple(
            OrderFact(
                str(order.id),
                order.side,
                order.price or Decimal(0),
                order.placed_volume,
                PEATIO_STATES[order.state],
            )
            for order in sandbox.orders(member)
        ),
        tuple(
            FillFact(
                str(fill.order_id),
                str(fill.trade_id),
                fill.side,
                fill.price,
                fill.amount,
                {fill.fee_currency.upper(): fill.fee_amount},
            )
            for fill in sandbox.fills(member)
        ),
    )


def total_balances(sandbox: Sandbox, member: str) -> dict[str, Decimal]:
    """A member's balances on the exchange, free and locked together, by upper-case currency."""
    return {code.upper(): free + locked for code, (free, locked) in sandbox.balances(member).items()}


def reported_account(reports: Iterable[Report]) -> Account:
    """The bot's orders and fills according to its events."""
    created: list[OrderCreated] = []
    states: dict[str, OrderState] = {}
    fills: list[FillFact] = []
    for report in reports:
        match report:
            case OrderCreated():
                created.append(report)
            case OrderEnded():
                states[report.client_order_id] = OrderState(report.state)
            case OrderFilled():
                fees: dict[str, Decimal] = {}
                for currency, fee in report.fees:
                    fees[currency] = fees.get(currency, Decimal(0)) + fee
                fills.append(FillFact(report.order_id, report.trade_id, report.side, report.price, report.amount, fees))
    orders = tuple(
        OrderFact(
            order.order_id,
            order.side,
            order.price,
            order.amount,
            states.get(order.client_order_id, OrderState.OPEN),
        )
        for order in created
    )
    return Account(orders, tuple(fills))
