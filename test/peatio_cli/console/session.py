"""Somebody in front of Hummingbot's console: the steps from its first start to a running strategy."""

import sys
from importlib.metadata import version
from pathlib import Path

from peatio_cli.install.instance import InstancePurpose, create_instance
from peatio_sandbox import Sandbox
from test.peatio_cli.terminal import Reader

PASSWORD = "correct horse"
STRATEGY_FILE = "conf_pure_mm_1.yml"
COMMAND = (sys.executable, "-m", "peatio_cli", "console")
# Hummingbot's console stored keys that the exchange had refused, and asked whether to replace them.
KEEPS_REFUSED_KEYS = version("hummingbot") <= "20260729"


# No metrics are sent, no markets are fetched for paper trading.
CLIENT_CONFIGURATION = "anonymized_metrics_mode: {}\npaper_trade:\n  paper_trade_exchanges: []\n"


def make_instance(directory: Path) -> Path:
    """A new instance that asks nobody but its exchange, for rates too."""
    made = create_instance(directory, InstancePurpose.ORDINARY).directory
    (made / "conf" / "conf_client.yml").write_text(CLIENT_CONFIGURATION)
    (made / "conf" / "peatio.yml").write_text("rates: peatio\n")
    return made


async def start_for_the_first_time(reader: Reader) -> None:
    """Through Hummingbot's welcome and its questions for a password."""
    await reader.confirms("Welcome to Hummingbot")
    await reader.confirms("PLEASE READ THIS CAREFULLY")
    await reader.confirms("SET A SECURE PASSWORD")
    await reader.fills_in("Enter your new password", PASSWORD)
    await reader.fills_in("re-enter your password", PASSWORD)
    await reader.sees("Useful Commands")


async def connect(reader: Reader, domain: str, key: str, secret: str, is_again: bool = False) -> None:
    """Answer the questions of `connect peatio`."""
    await reader.enters("connect peatio")
    if is_again and KEEPS_REFUSED_KEYS:
        await reader.answers("Would you like to replace your existing peatio API key", "Yes")
    await reader.answers("Enter the exchange's domain or URL .*>>>", domain)
    await reader.answers(f"Enter your API key for {domain} >>>", key)
    await reader.answers(f"Enter your API secret for {domain} >>>", secret)


async def create_a_strategy(reader: Reader) -> None:
    """Answer the questions of `create` for a market maker whose quotes the other traders do not reach by themselves."""
    await reader.enters("create")
    await reader.answers("Enter the strategy name", "pure_market_making")
    await reader.answers("Enter your maker spot connector", "peatio")
    await reader.answers("Enter the token trading pair", "BTC-USD")
    await reader.answers("first bid order", "1")
    await reader.answers("first ask order", "1")
    await reader.answers("How often do you want to cancel", "120")
    await reader.answers("What is the amount of BTC per order", "0.01")
    await reader.answers(r"ping pong .*>>> No$", "")
    await reader.answers(f"Enter a new file name .*{STRATEGY_FILE}", "")
    await reader.sees('Enter "start" to start market making')


def open_orders(sandbox: Sandbox) -> list[object]:
    return [order for order in sandbox.orders("bot") if order.state in ("pending", "wait")]
