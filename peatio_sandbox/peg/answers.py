"""The texts that Halo's tracker answers with, as they were seen or read."""

WRONG_PASSWORD = "Incorrect Password"
NOT_LOADED = "Exchange is not loaded yet."
STOPPED = "Exchange is stopped."
UPDATING = "Balance is updating"
BUSY = "Exchange is busy. Please try again in a few minutes."
TOO_MANY_TRADES = "Server is busy"
RESERVED_NAME = "Name reserved for exchange operations. Please use different name."
SHORT_NAME = "Name is too short in length."
NEGATIVE_AMOUNT = "Amount can not be negative if both users are known"
NO_CHANGE = "You can not deposit change transactions."
BAD_ADDRESS = "Withdraw address not valid"
LOW_AMOUNT = "Withdraw amount is too low"
UNKNOWN_ID = "ID not found"
BAD_ACCOUNTS = "The exchange accounts must be a list."
HIGH_COMMISSION = "The commission can not be above 5 percent."
LOW_MINIMUM = "The minimum commission can not be below 10000."
BAD_CONFIRMATIONS = "The confirmations must be between 7 and 15."


def not_spendable(txid: str) -> str:
    """Return the answer to a deposit of what the wallet does not list."""
    return f"{txid} not in Spendable list yet."


def short_of(style: str) -> str:
    """Return the answer to a trade or withdrawal that a user cannot pay."""
    return f"Insufficient {style} balance"


def pool_short_of(style: str) -> str:
    """Return the answer to a credit that the pool cannot pay."""
    return f"Insufficient funds in {style} pool. Please make the debit before the credit."
