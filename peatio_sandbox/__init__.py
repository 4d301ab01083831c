"""A local Peatio exchange for trying, testing and rehearsing without an account (docs/reference/sandbox.md)."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

#: Each is imported at its first use: the address of a sandbox (`listening`) does not need what it answers with.
_MODULES = {
    "Currency": "peatio_sandbox.exchange.market",
    "FaultError": "peatio_sandbox.faults.faults",
    "FaultKind": "peatio_sandbox.faults.faults",
    "Faults": "peatio_sandbox.faults.faults",
    "FillRecord": "peatio_sandbox.exchange.records",
    "Latencies": "peatio_sandbox.config",
    "Market": "peatio_sandbox.exchange.market",
    "MemberAccount": "peatio_sandbox.config",
    "MemberSpec": "peatio_sandbox.config",
    "OrderRecord": "peatio_sandbox.exchange.records",
    "Sandbox": "peatio_sandbox.server",
    "SandboxConfig": "peatio_sandbox.config",
    "TradingFee": "peatio_sandbox.exchange.market",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return found
