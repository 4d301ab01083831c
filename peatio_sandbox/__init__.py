"""A local Peatio exchange for trying, testing and rehearsing without an account (docs/reference/sandbox.md)."""

from peatio_sandbox.config import Latencies, MemberAccount, MemberSpec, SandboxConfig
from peatio_sandbox.exchange.market import Currency, Market, TradingFee
from peatio_sandbox.exchange.records import FillRecord, OrderRecord
from peatio_sandbox.faults.faults import FaultError, FaultKind, Faults
from peatio_sandbox.server import Sandbox

__all__ = [
    "Currency",
    "FaultError",
    "FaultKind",
    "Faults",
    "FillRecord",
    "Latencies",
    "Market",
    "MemberAccount",
    "MemberSpec",
    "OrderRecord",
    "Sandbox",
    "SandboxConfig",
    "TradingFee",
]
