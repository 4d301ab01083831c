"""The tracker's commands: their answers, the order of their checks, and the phases of a cycle."""

import random
import xmlrpc.client
from typing import Any

import pytest

from peatio_sandbox.peg import answers
from peatio_sandbox.peg.commands import Commands
from peatio_sandbox.peg.deposits import Spendable
from peatio_sandbox.peg.tracker import LONGEST_QUEUE, Tracker

ADDRESS = "B" + "a" * 33
COIN = 100_000_000


@pytest.fixture
def tracker() -> Tracker:
    tracker = Tracker(51, random.Random(1))
    tracker.credit("alice", 10 * COIN)
    tracker.credit("bobby", 50 * COIN)
    tracker.load()
    return tracker


@pytest.fixture
def commands(tracker: Tracker) -> Commands:
    return Commands(tracker)


def test_there_are_the_fifteen_documented_commands(commands: Commands) -> None:
    wallet = {"GenerateDepositAddress", "GetSpendable", "Deposit", "GetDeposits", "Withdraw", "CheckWithdraw"}
    exchange = {"SetPassword", "StartExchange", "ShutDown", "ExchangePassword", "ExchangeSettings", "API"}
    assert set(commands.names) == {"GetBalance", "Trade", "GetCycle"} | wallet | exchange
    assert len(commands.names) == 15


def test_a_balance_is_liquid_and_reserve_in_satoshi(commands: Commands) -> None:
    assert commands.call("GetBalance", ("alice",)) == {"liquid": 581_166_433, "reserve": 418_833_567}
    assert commands.call("GetBalance", ("nobody",)) is False
    whole = commands.call("GetBalance", ("exchange",))
    assert whole == {"liquid": 3_486_998_524, "reserve": 2_513_001_476, "subpremium": 0, "frozen": 0}
    assert commands.call("GetBalance", ("pool",)) == {"liquid": 0, "reserve": 0}


@pytest.mark.parametrize("name", ["alice", "GetCycle"])
def test_nothing_is_known_before_the_first_calculation(name: str) -> None:
    commands = Commands(Tracker(51, random.Random(1)))
    call = ("GetCycle", ()) if name == "GetCycle" else ("GetBalance", (name,))
    assert commands.call(*call) == answers.NOT_LOADED
    assert commands.call("StartExchange", ("", 1, 1)) is False


@pytest.mark.parametrize(
    ("parameters", "answer"),
    [
        (("alice", COIN, "bobby"), True),
        (("alice", COIN, "bobby", "reserve"), True),
        (("alice", COIN, "newcomer"), True),
        (("alice", 6 * COIN, "bobby"), "Insufficient liquid balance"),
        (("alice", 6 * COIN, "bobby", "reserve"), "Insufficient reserve balance"),
        (("alice", -1, "bobby"), answers.NEGATIVE_AMOUNT),
        (("ali", 1, "bobby"), answers.SHORT_NAME),
        (("alice", 1, "Frozen"), answers.RESERVED_NAME),
        (("POOL", 1, "bobby"), answers.RESERVED_NAME),
        (("alice", -COIN, ""), True),
        (("alice", COIN, ""), answers.pool_short_of("liquid")),
        (("alice", -6 * COIN, ""), "Insufficient liquid balance"),
    ],
)
def test_trades_are_checked(commands: Commands, parameters: tuple[Any, ...], answer: object) -> None:
    assert commands.call("Trade", parameters) == answer


def test_a_debit_to_the_pool_pays_a_credit_from_it(commands: Commands) -> None:
    assert commands.call("Trade", ("alice", -COIN, "")) is True
    assert commands.call("Trade", ("bobby", COIN, "")) is True
    assert commands.call("GetBalance", ("pool",)) == {"liquid": 0, "reserve": 0}
    assert commands.call("GetBalance", ("alice",)) == {"liquid": 481_166_433, "reserve": 418_833_567}


def test_names_are_checked_after_the_state_and_before_the_sign(tracker: Tracker, commands: Commands) -> None:
    assert commands.call("Trade", ("x", -1, "y")) == answers.RESERVED_NAME
    tracker.is_started = False
    assert commands.call("Trade", ("x", -1, "y")) == answers.STOPPED
    tracker.is_loaded = False
    assert commands.call("Trade", ("x", -1, "y")) == answers.NOT_LOADED
    tracker.begin_recalculation(52)
    tracker.begin_copying()
    assert commands.call("Trade", ("x", -1, "y")) == answers.BUSY


def test_a_cycle_is_shown_only_when_its_balances_can_be_read(tracker: Tracker, commands: Commands) -> None:
    tracker.begin_recalculation(53)
    assert commands.call("GetCycle", ()) == 1
    assert commands.call("GetBalance", ("alice",)) == {"liquid": 581_166_433, "reserve": 418_833_567}
    tracker.begin_copying()
    assert commands.call("GetBalance", ("alice",)) == answers.UPDATING
    assert commands.call("GetCycle", ()) == 1
    tracker.finish_copying()
    balance: Any = commands.call("GetBalance", ("alice",))
    assert balance["liquid"] < 581_166_433
    assert balance["liquid"] + balance["reserve"] == 10 * COIN
    assert commands.call("GetCycle", ()) == 1
    tracker.show_cycle()
    assert commands.call("GetCycle", ()) == 2


def test_a_trade_while_it_calculates_shows_as_temporary_and_counts_after_it(
    tracker: Tracker, commands: Commands
) -> None:
    tracker.begin_recalculation(53)
    assert commands.call("Trade", ("bobby", 2 * COIN, "alice")) is True
    shown: Any = commands.call("GetBalance", ("alice",))
    assert shown == {
        "liquid": 581_166_433,
        "reserve": 418_833_567,
        "temp": {"liquid": 781_166_433, "reserve": 418_833_567},
    }
    tracker.begin_copying()
    tracker.finish_copying()
    after: Any = commands.call("GetBalance", ("alice",))
    assert "temp" not in after
    assert after["liquid"] + after["reserve"] == 12 * COIN


def test_what_a_cycle_leaves_short_is_taken_from_the_other_style(tracker: Tracker, commands: Commands) -> None:
    tracker.begin_recalculation(500)
    assert commands.call("Trade", ("alice", 5 * COIN, "bobby")) is True
    tracker.begin_copying()
    tracker.finish_copying()
    alice: Any = commands.call("GetBalance", ("alice",))
    assert alice["liquid"] == 0
    assert alice["reserve"] == 5 * COIN


def test_a_wrong_password_is_answered_with_a_string_or_an_array(tracker: Tracker) -> None:
    commands = Commands(tracker, "right")
    assert commands.call("GetCycle", ()) == answers.WRONG_PASSWORD
    assert commands.call("GetCycle", ("right",)) == 1
    assert commands.call("StartExchange", ("right",)) is True
    assert commands.call("StartExchange", ("wrong",)) == answers.WRONG_PASSWORD
    assert commands.call("GenerateDepositAddress", ("wrong",)) == [answers.WRONG_PASSWORD, ""]
    assert commands.call("Withdraw", ("alice", COIN, ADDRESS, "liquid", "wrong")) == [answers.WRONG_PASSWORD, ""]
    assert commands.call("SetPassword", ("new", "wrong")) == answers.WRONG_PASSWORD
    assert commands.call("SetPassword", ("new", "right")) is True
    assert commands.call("GetCycle", ("new",)) == 1


def test_the_code_that_api_is_sent_is_never_looked_at(commands: Commands) -> None:
    class Untouchable:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(f"{name} was looked at")

    assert commands.call("API", (Untouchable(),)) is False
    assert commands.call("API", ()) is False


def test_a_deposit_counts_from_the_next_cycle_on(tracker: Tracker, commands: Commands) -> None:
    tracker.wallet.spendable = {"aa:0": Spendable(COIN, ADDRESS), "aa:1": Spendable(COIN, ADDRESS, is_change=True)}
    spendable: Any = commands.call("GetSpendable", ())
    assert spendable["aa:0"]["amount"] == "100000000"
    assert spendable["aa:1"]["change"] == 1
    assert commands.call("Deposit", ("carol", ["bb:0"])) == "bb:0 not in Spendable list yet."
    assert commands.call("Deposit", ("carol", ["aa:1"])) == answers.NO_CHANGE
    assert commands.call("Deposit", ("carol", ["aa:0"])) is True
    assert commands.call("Deposit", ("carol", ["aa:0"])) == "aa:0 not in Spendable list yet."
    assert commands.call("GetDeposits", ()) == {"aa:0": {"name": "carol"}}
    assert commands.call("GetBalance", ("carol",)) is False
    tracker.change_peg(51)
    assert commands.call("GetDeposits", ("aa:0",)) == {"name": "carol", "registered": 1}
    assert commands.call("GetDeposits", ("cc:0",)) is False
    balance: Any = commands.call("GetBalance", ("carol",))
    assert balance["liquid"] + balance["reserve"] == COIN


def test_a_withdrawal_is_set_aside_built_and_completed(tracker: Tracker, commands: Commands) -> None:
    assert commands.call("Withdraw", ("alice", 2 * COIN, "nowhere")) == [answers.BAD_ADDRESS, ""]
    assert commands.call("Withdraw", ("alice", COIN, ADDRESS)) == [answers.LOW_AMOUNT, ""]
    short: Any = commands.call("Withdraw", ("alice", 6 * COIN, ADDRESS))
    assert short[0] == "Insufficient liquid balance"
    done: Any = commands.call("Withdraw", ("alice", 2 * COIN, ADDRESS))
    assert done[0] is True
    assert len(done[1]) == 32
    assert commands.call("GetBalance", ("withdraws",)) == {"liquid": 2 * COIN, "reserve": 0}
    assert commands.call("CheckWithdraw", (done[1],)) == answers.UNKNOWN_ID
    statuses = []
    for _ in range(3):
        tracker.change_peg(51)
        status: Any = commands.call("CheckWithdraw", (done[1],))
        statuses.append(status["status"])
    assert statuses == ["unconfirmed", "Processing", "Complete"]
    assert commands.call("GetBalance", ("withdraws",)) == {"liquid": 0, "reserve": 0}
    assert commands.call("CheckWithdraw", (done[1], 1)) != answers.UNKNOWN_ID
    assert commands.call("CheckWithdraw", (done[1],)) == answers.UNKNOWN_ID


@pytest.mark.parametrize(
    ("parameters", "answer"),
    [
        ((), True),
        (("account",), answers.BAD_ACCOUNTS),
        ((["account"],), True),
        (("", "", {"percent": 0.06}), answers.HIGH_COMMISSION),
        (("", "", {"min": 9_999}), answers.LOW_MINIMUM),
        (("", "", {"percent": -0.01}), False),
        (("", "", {"min": 10_000, "max": 9_999}), False),
        (("", "", "", 16), answers.BAD_CONFIRMATIONS),
        (("", "", "", 7), True),
    ],
)
def test_settings_are_checked(commands: Commands, parameters: tuple[Any, ...], answer: object) -> None:
    assert commands.call("ExchangeSettings", parameters) == answer


@pytest.mark.parametrize(
    ("name", "parameters", "text"),
    [
        ("Trade", ("alice", "1", "bobby"), "Trade: amount is an integer"),
        ("Trade", ("alice", True, "bobby"), "Trade: amount is an integer"),
        ("Trade", ("alice", 1, "bobby", "frozen"), "Trade: style is 'liquid' or 'reserve'"),
        ("Trade", ("alice",), "Trade does not take 1 parameters"),
        ("GetBalance", (1,), "GetBalance: user is a string"),
        ("Nothing", (), "there is no method 'Nothing'"),
    ],
)
def test_wrong_calls_are_faults(commands: Commands, name: str, parameters: tuple[Any, ...], text: str) -> None:
    with pytest.raises(xmlrpc.client.Fault) as caught:
        commands.call(name, parameters)
    assert (caught.value.faultCode, caught.value.faultString) == (1, text)


def test_a_stopped_exchange_says_so(commands: Commands) -> None:
    assert commands.call("ShutDown", ()) is True
    assert commands.call("GetBalance", ("alice",)) == answers.STOPPED
    assert commands.call("GenerateDepositAddress", ()) == [answers.STOPPED, ""]
    assert commands.call("GetCycle", ()) == 1
    assert commands.call("StartExchange", ()) is True
    assert commands.call("GetBalance", ("alice",)) != answers.STOPPED


def test_a_deposit_key_says_that_it_is_none(commands: Commands) -> None:
    key: Any = commands.call("GenerateDepositAddress", ())
    assert key[0].startswith("FAKE-KEY-")
    assert key[1] is True


class TestOddities:
    def test_none_is_on_by_default(self, tracker: Tracker) -> None:
        for _ in range(20):
            tracker.change_peg(51)
        assert tracker.cycle == 21
        assert tracker.balance("alice") == {"liquid": 581_166_433, "reserve": 418_833_567}

    def test_cycles_jump(self, tracker: Tracker) -> None:
        tracker.oddities.jumps = True
        for _ in range(20):
            tracker.change_peg(51)
        assert tracker.cycle > 25

    def test_a_trade_moves_although_it_is_answered_as_busy(self, tracker: Tracker) -> None:
        tracker.oddities.busy_although_moved = True
        tracker.begin_recalculation(51)
        assert tracker.trade("alice", COIN, "bobby", "liquid") == answers.BUSY
        tracker.begin_copying()
        tracker.finish_copying()
        assert tracker.balance("alice") == {"liquid": 481_166_433, "reserve": 418_833_567}

    def test_balances_drift_and_the_sum_stays(self, tracker: Tracker) -> None:
        tracker.oddities.drift = 50
        before: Any = tracker.balance("exchange")
        for _ in range(20):
            tracker.change_peg(51)
        assert tracker.balance("alice") != {"liquid": 581_166_433, "reserve": 418_833_567}
        assert tracker.balance("exchange") == before

    def test_a_queue_that_stands_still_fills_up(self, tracker: Tracker) -> None:
        tracker.oddities.stands_still = True
        for _ in range(LONGEST_QUEUE):
            assert tracker.trade("alice", 1, "bobby", "liquid") is True
        assert tracker.trade("alice", 1, "bobby", "liquid") == answers.TOO_MANY_TRADES


@pytest.mark.parametrize("peg", [-1, 1199])
def test_a_peg_out_of_bounds_is_refused(tracker: Tracker, peg: int) -> None:
    with pytest.raises(ValueError, match="a peg is a number from 0 to 1198"):
        tracker.begin_recalculation(peg)
    assert not tracker.is_busy
