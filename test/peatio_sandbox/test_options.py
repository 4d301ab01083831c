"""What the options of the command lines make of a configuration, and what is said about those that cannot be used."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.__main__ import main
from peatio_sandbox.options import OptionError, with_balances

D = Decimal


def test_a_balance_replaces_one_currency_of_one_member() -> None:
    texts = ["usd=20000", "maker:BTC=0.5", "poor:usd=1", "poor:usd=0", "low:eth=1e-8"]
    before, after = Sandbox(), Sandbox(with_balances(SandboxConfig(), texts))
    assert after.balances("bot") == {**before.balances("bot"), "usd": (D(20000), D(0))}
    assert after.balances("maker") == {**before.balances("maker"), "btc": (D("0.5"), D(0))}
    assert after.balances("poor") == {"usd": (D(0), D(0))}
    assert after.balances("low") == {"eth": (D("0.00000001"), D(0))}
    assert after.balances("taker") == before.balances("taker")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("usd", "'usd' is no balance; remedy: write --balance CURRENCY=AMOUNT or MEMBER:CURRENCY=AMOUNT, as in"),
        ("", "'' is no balance"),
        ("usd=", "'usd=' is no balance"),
        ("=5", "'=5' is no balance"),
        (":usd=5", "':usd=5' is no balance"),
        ("nobody:usd=5", "there is no member 'nobody'; remedy: one of bot, maker, taker, poor, low"),
        ("xyz=5", "there is no currency 'xyz'; remedy: one of usd, btc, eth, usdt, trst, doge"),
        ("usd=much", "--balance usd=much: 'much' is not a number; remedy: write an amount"),
        ("usd=NaN", "'NaN' is not a number"),
        ("usd=Infinity", "'Infinity' is not a number"),
        ("usd=-1", "-1 is no amount; remedy: from 0 to below 10^16, with at most 16 decimals"),
        ("usd=1e16", "remedy: from 0 to below 10^16"),
        ("usd=1e-17", "remedy: from 0 to below 10^16"),
    ],
)
def test_what_is_no_balance_is_named_with_the_remedy(
    text: str, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(OptionError) as error:
        with_balances(SandboxConfig(), [text])
    assert said in str(error.value)
    recording = tmp_path / "run.jsonl"
    assert main(["--port", "0", f"--balance={text}", "--record", str(recording)]) == 1
    assert capsys.readouterr().err == f"{error.value}.\n"
    assert not recording.exists()


def test_a_key_that_cannot_be_used_leaves_no_recording(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    key, recording = tmp_path / "key.pem", tmp_path / "run.jsonl"
    key.write_text("no key")
    assert main(["--port", "0", "--operator-key", str(key), "--record", str(recording)]) == 1
    assert "Not a public key in PEM form" in capsys.readouterr().err
    assert not recording.exists()
