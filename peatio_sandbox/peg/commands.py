"""The fifteen commands of Halo's tracker: their parameters, types, passwords and the order of their checks.

``passw`` is the last parameter of each, but the first of ``StartExchange``. A parameter of a wrong type is a fault, as
an error inside the real one is.
"""

from __future__ import annotations

import hmac
import xmlrpc.client
from collections.abc import Callable, Mapping
from typing import Any

from peatio_sandbox.peg import answers
from peatio_sandbox.peg.balances import Style
from peatio_sandbox.peg.tracker import Commission, Tracker, name_refusal

#: The fault that every error inside is answered with.
ERROR_INSIDE = 1

Method = Callable[..., object]


class Commands:
    """Answers method calls.

    Args:
        password: "" accepts any.
    """

    def __init__(self, tracker: Tracker, password: str = "") -> None:
        self._tracker = tracker
        self._password = password
        self._methods: Mapping[str, tuple[Method, bool]] = {
            # name: (method, whether a wrong password is answered with an array)
            "SetPassword": (self._set_password, False),
            "StartExchange": (self._start_exchange, False),
            "ShutDown": (self._shut_down, False),
            "ExchangePassword": (self._exchange_password, False),
            "GenerateDepositAddress": (self._generate_deposit_address, True),
            "GetSpendable": (self._get_spendable, False),
            "Deposit": (self._deposit, False),
            "GetDeposits": (self._get_deposits, False),
            "GetBalance": (self._get_balance, False),
            "Trade": (self._trade, False),
            "ExchangeSettings": (self._exchange_settings, False),
            "Withdraw": (self._withdraw, True),
            "CheckWithdraw": (self._check_withdraw, False),
            "GetCycle": (self._get_cycle, False),
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all commands."""
        return (*self._methods, "API")

    def call(self, name: str, parameters: tuple[Any, ...]) -> object:
        """Return the answer to a call.

        Raises:
            xmlrpc.client.Fault: there is no such command, or it does not take these parameters.
        """
        if name == "API":
            # It would run what it is sent. Here nothing of it is read, run or logged.
            return False
        if name not in self._methods:
            raise xmlrpc.client.Fault(ERROR_INSIDE, f"there is no method {name[:40]!r}")
        method, answers_array = self._methods[name]
        try:
            return method(*parameters)
        except _WrongPassword:
            return [answers.WRONG_PASSWORD, ""] if answers_array else answers.WRONG_PASSWORD
        except _WrongType as error:
            raise xmlrpc.client.Fault(ERROR_INSIDE, f"{name}: {error}") from error
        except TypeError as error:
            raise xmlrpc.client.Fault(ERROR_INSIDE, f"{name} does not take {len(parameters)} parameters") from error

    # The commands, with the parameters' names and order of PegAPI.txt.

    def _set_password(self, newpassw: object = "", passw: object = "") -> object:
        self._check(passw)
        self._password = _text(newpassw, "newpassw")
        return True

    def _start_exchange(self, passw: object = "", start: object = 1, isrunning: object = 0) -> object:
        self._check(passw)
        if _number(isrunning, "isrunning"):
            return self._tracker.is_loaded
        self._tracker.is_started = bool(_number(start, "start"))
        return True

    def _shut_down(self, passw: object = "") -> object:
        """Stops serving trades; the real one ends its process."""
        self._check(passw)
        self._tracker.is_started = False
        return True

    def _exchange_password(self, xpassw: object = "", passw: object = "") -> object:
        """The wallet's password, which the real one does not check either."""
        self._check(passw)
        return True

    def _generate_deposit_address(self, passw: object = "") -> object:
        self._check(passw)
        if not self._tracker.is_started:
            return [answers.STOPPED, ""]
        return [self._tracker.wallet.new_key(), True]

    def _get_spendable(self, address: object = "", passw: object = "") -> object:
        self._check(passw)
        if not self._tracker.is_loaded:
            return answers.NOT_LOADED
        return self._tracker.wallet.listed(_text(address, "address"))

    def _deposit(self, name: object, txids: object, passw: object = "") -> object:
        self._check(passw)
        user = _text(name, "name")
        if not isinstance(txids, list):
            raise _WrongType("txids is a list")
        refusal = name_refusal(user)
        if refusal is not None:
            return refusal
        if not self._tracker.is_started:
            return answers.STOPPED
        if not self._tracker.is_loaded:
            return answers.NOT_LOADED
        return self._tracker.wallet.deposit(user, [_text(txid, "txids") for txid in txids])

    def _get_deposits(self, txid: object = "", passw: object = "") -> object:
        self._check(passw)
        return self._tracker.wallet.deposits(_text(txid, "txid"))

    def _get_balance(self, user: object, passw: object = "") -> object:
        self._check(passw)
        return self._tracker.balance(_text(user, "user"))

    def _trade(
        self, user1: object, amount: object, user2: object, style: object = "liquid", passw: object = ""
    ) -> object:
        self._check(passw)
        names = _text(user1, "user1"), _text(user2, "user2")
        return self._tracker.trade(names[0], _number(amount, "amount"), names[1], _style(style))

    def _exchange_settings(
        self,
        exchangeaccounts: object = "",
        exchangefeeaccount: object = "",
        commission: object = "",
        exchangeconfirmations: object = "",
        passw: object = "",
    ) -> object:
        self._check(passw)
        if exchangeaccounts != "" and not isinstance(exchangeaccounts, list):
            return answers.BAD_ACCOUNTS
        if commission != "":
            refusal = self._set_commission(commission)
            if refusal is not None:
                return refusal
        if exchangeconfirmations != "" and not 7 <= _number(exchangeconfirmations, "exchangeconfirmations") <= 15:
            return answers.BAD_CONFIRMATIONS
        return True

    def _set_commission(self, given: object) -> str | bool | None:
        if not isinstance(given, dict):
            raise _WrongType("commission is a struct of min, max and percent")
        now = self._tracker.commission
        percent = given.get("percent", now.percent)
        if not isinstance(percent, int | float) or isinstance(percent, bool):
            raise _WrongType("percent is a number")
        new = Commission(
            _number(given.get("min", now.minimum), "min"), _number(given.get("max", now.maximum), "max"), float(percent)
        )
        if new.percent > 0.05:
            return answers.HIGH_COMMISSION
        if new.minimum < 10_000:
            return answers.LOW_MINIMUM
        if new.percent < 0 or new.maximum < new.minimum:
            return False
        self._tracker.commission = new
        return None

    def _withdraw(
        self, user: object, amount: object, address: object, style: object = "liquid", passw: object = ""
    ) -> object:
        self._check(passw)
        to = _text(address, "address")
        return self._tracker.withdraw(_text(user, "user"), _number(amount, "amount"), to, _style(style))

    def _check_withdraw(self, ID: object, clear: object = 0, passw: object = "") -> object:  # noqa: N803
        self._check(passw)
        return self._tracker.wallet.withdrawal(_text(ID, "ID"), bool(_number(clear, "clear")))

    def _get_cycle(self, passw: object = "") -> object:
        self._check(passw)
        return self._tracker.cycle if self._tracker.is_loaded else answers.NOT_LOADED

    def accepts(self, password: object) -> bool:
        """Return whether this is the password; in a time that does not depend on how much of it is right."""
        if not self._password:
            return True
        return isinstance(password, str) and hmac.compare_digest(password.encode(), self._password.encode())

    def _check(self, password: object) -> None:
        if not self.accepts(password):
            raise _WrongPassword


class _WrongPassword(Exception):
    pass


class _WrongType(Exception):
    pass


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _WrongType(f"{name} is a string")
    return value


def _number(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _WrongType(f"{name} is an integer")
    return value


def _style(value: object) -> Style:
    if value == "liquid":
        return "liquid"
    if value == "reserve":
        return "reserve"
    raise _WrongType("style is 'liquid' or 'reserve'")
