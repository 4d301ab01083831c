"""The result of one order of a batch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BatchResult:
    """
    :ivar error: why it is not placed, or did not end; None for a success. A placed order may still be rejected later,
        as any other (docs/protocol.md section 4.1).
    """

    client_order_id: str
    error: Exception | None = None

    @property
    def is_success(self) -> bool:
        return self.error is None
