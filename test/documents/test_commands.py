"""Every command on a page is run by a test: here, in the quickstart, or in the one that is named here."""

import asyncio
import os
import random
import re
import shlex
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.peg.coin import PeggedCoin, with_pegged_coin
from peatio_sandbox.peg.cycles import CyclePlan
from peatio_sandbox.peg.server import TrackerServer
from peatio_sandbox.peg.tracker import Tracker
from test.documents.commands import PAGES, ROOT, Command, documented

TEXT = "".join(page.read_text(encoding="utf-8") for page in PAGES)
COMMANDS = list(documented(*PAGES))
QUICKSTART = {command.text for command in COMMANDS if command.page == "quickstart.md"}
_STARTS_SANDBOX = re.compile(r"(-m peatio_sandbox|hummingbot-peatio sandbox)( |$)")
SANDBOX = [command for command in COMMANDS if _STARTS_SANDBOX.search(command.text)]
CURL = [command for command in COMMANDS if command.text.startswith("curl ")]
PEG_CURL = [command for command in CURL if "/sandbox/peg" in command.text]
TRACKER_CURL = [command for command in CURL if ":55779/" in command.text]

_CONSOLE = "test/peatio_cli/console/test_console.py::test_from_the_first_start_to_the_exit"
_PAPER = "test/peatio_cli/test_paper_trade.py::test_pure_market_making_on_paper"
# The others: which test runs it, or what it amounts to.
RUN_BY = {
    "make setup": "test/packaging/test_set_up_steps.py::test_the_second_run_does_nothing",
    "make test": "test/packaging/test_installed_wheel.py::test_these_tests_run_on_installed_packages",
    "make demo": "test/peatio_cli/demo/test_end_to_end.py::test_the_demo_trades_and_agrees_with_the_ledger",
    "make demo SECONDS=60": "test/peatio_cli/demo/test_end_to_end.py::test_the_demo_trades_and_agrees_with_the_ledger",
    "hummingbot-peatio demo --seconds 90 --pegged": (
        "test/peatio_cli/demo/test_end_to_end.py::test_two_bots_follow_a_pegged_coin_through_twenty_cycles"
    ),
    "hummingbot-peatio halo --user alice=10 --user bobby=50 --peg 51,53,56 --cycle-every 60": (
        "test/peatio_cli/demo/test_halo_command.py::test_it_serves_users_pegs_and_a_password_until_ctrl_c"
    ),
    "make replay": "test/conformance/test_rest_replay.py",
    "make live URL=https://exchange.example MARKET=btcusd": "test/acceptance/test_runner.py",
    "export PEATIO_MAKER_API_KEY=… PEATIO_MAKER_SECRET=…": "test/acceptance/test_runner.py",
    "export PEATIO_TAKER_API_KEY=… PEATIO_TAKER_SECRET=…": "test/acceptance/test_runner.py",
    "./hbot connect": _CONSOLE,
    "../.venv/bin/hummingbot-peatio doctor": "test/peatio_cli/doctor/test_sandbox.py",
    ".venv/bin/hummingbot-peatio console my-bot": _CONSOLE,
    "./hbot create cross_exchange_market_making --set maker_market=peatio_mycoin --set taker_market=peatio_other "
    "--set maker_market_trading_pair=BTC-USD --set taker_market_trading_pair=BTC-USD --set min_profitability=0.5 "
    "--set order_amount=0.01": "test/peatio_cli/test_two_exchanges.py",
    "make wheel": "test/packaging/test_wheel.py",
    "pip install 'dist/hummingbot_peatio-0.1.0-py3-none-any.whl[hummingbot]'": "test/packaging/test_installed_wheel.py",
    "pip install dist/hummingbot_peatio-0.1.0-py3-none-any.whl": "test/packaging/test_installed_wheel.py",
    "../.venv/bin/hummingbot-peatio report": "test/end_to_end/test_report.py",
    "hummingbot-peatio report": "test/end_to_end/test_report.py",
    "hummingbot-peatio guard": "test/peatio_cli/guard/test_processes.py",
    "hummingbot-peatio alert test": "test/peatio_cli/alerts/test_command.py",
    "hummingbot-peatio watch my-bot other-bot": "test/peatio_cli/watch/test_command.py::"
    "test_it_serves_until_ctrl_c_and_leaves_nothing_behind",
    "export WATCH_PEATIO_API_KEY=… WATCH_PEATIO_SECRET=…": "test/peatio_cli/watch/test_keys.py::"
    "test_a_read_only_key_comes_first_then_the_instances_own",
    "WATCH_PASSWORD_FILE=watch.password hummingbot-peatio watch my-bot --host 192.0.2.7 --certificate watch.pem": (
        "test/peatio_cli/watch/test_command.py::test_others_get_in_with_a_password_from_a_file_of_mode_0600_only"
    ),
    "pip install --upgrade ../dist/hummingbot_peatio-0.1.0-py3-none-any.whl": "test/packaging/test_installed_wheel.py",
    "../.venv/bin/python backtest.py": "test/strategies/test_backtest.py",
    "hummingbot-peatio init --from ~/hummingbot my-bot": "test/peatio_cli/install/test_strategy_files.py",
    "hummingbot-peatio init .": "test/peatio_cli/install/test_instance.py::test_an_instance_is_updated_from_inside",
    "hummingbot-peatio uninstall .": "test/peatio_cli/install/test_uninstall.py::test_a_directory_is_named_in_full",
    "pip uninstall hummingbot-peatio": "test/peatio_cli/install/test_uninstall.py::"
    "test_hummingbot_without_the_connector_starts_only_after_it",
    "mkdir -p conf/peatio_keys && mv conf/connectors/peatio*.yml conf/peatio_keys/": "test/peatio_cli/"
    "install/test_uninstall.py::test_the_documented_way_by_hand_does_the_same",
    "make test-older": "test/packaging/test_set_up_steps.py::test_an_older_release_has_an_environment_of_its_own",
    "make test-older HUMMINGBOT=20260901": "test/packaging/test_set_up_steps.py::"
    "test_a_release_without_a_lock_file_gets_its_own",
    "make release-check": "test/packaging/test_release.py::test_there_is_an_sdist_and_a_wheel_that_the_index_takes",
    "hummingbot-peatio link ~/hummingbot": "test/peatio_cli/install/test_link.py",
    "cd ~/hummingbot && ./start": "test/peatio_cli/install/test_link.py::test_hummingbot_knows_it_while_it_is_linked",
    "hummingbot-peatio link --volume ~/peatio-connector": "test/peatio_cli/install/test_link.py",
    "CONFIG_PASSWORD_FILE=secrets/keystore_password hummingbot-peatio run my-bot --name btc --broker localhost "
    "--share 33": "test/deploy/test_fleet.py::test_three_bots_one_account",
    "PEATIO_EXCHANGE_DOMAIN=https://exchange.example PEATIO_API_KEY_FILE=secrets/api_key "
    "PEATIO_SECRET_FILE=secrets/api_secret hummingbot-peatio run my-bot --name btc --broker localhost "
    "--keys-from-environment": "test/peatio_cli/fleet/test_keys.py::"
    "test_a_bot_trades_with_keys_from_files_and_no_key_store",
    "PEATIO_EXCHANGE_DOMAIN=https://exchange.example PEATIO_API_KEY_FILE=secrets/api_key "
    "PEATIO_SECRET_FILE=secrets/api_secret hummingbot-peatio guard my-bot --keys-from-environment": "test/peatio_cli/"
    "guard/test_command.py::test_where_the_bot_has_its_keys_from_the_environment_so_has_the_guard",
    ".venv/bin/hummingbot-peatio init paper-bot": _PAPER,
    "cd paper-bot": _PAPER,
    "./hbot config paper_trade.paper_trade_account_balance '{\"BTC\": 10, \"USD\": 500000}'": _PAPER,
    "./hbot create pure_market_making --name conf_paper.yml --set exchange=peatio_paper_trade --set market=BTC-USD "
    "--set bid_spread=1 --set ask_spread=1 --set order_amount=0.01 --set order_refresh_time=60": "test/documents/"
    "test_quickstart.py::test_every_strategy_of_a_page_can_be_created",
    "./hbot start conf_paper.yml": _PAPER,
    "hummingbot-peatio init deploy/bots/btc": "test/documents/test_quickstart.py",
    "./hbot create pure_market_making --name conf_btc.yml --set exchange=peatio --set market=BTC-USD "
    "--set bid_spread=0.5 --set ask_spread=0.5 --set order_amount=0.001 --set order_refresh_time=30": "test/documents/"
    "test_quickstart.py::test_every_strategy_of_a_page_can_be_created",
    "mosquitto_passwd -U deploy/secrets/mosquitto_passwords": "test/deploy/broker.py",
}
# What no test can run: there is no container engine where the tests run.
NOT_RUN = {
    "docker run -it -v ~/peatio-connector:/home/hummingbot/hummingbot/connector/exchange/peatio:ro … "
    "hummingbot/hummingbot:version-2.16.0",
    "docker compose -f deploy/compose.yml build",
    "docker compose -f deploy/compose.yml up -d",
    "docker compose -f deploy/compose.yml stop bot-btc",
}


def test_every_command_on_a_page_is_run_by_a_test() -> None:
    here = {command.text for command in (*SANDBOX, *CURL)}
    unknown = {command for command in COMMANDS if command.text not in here | QUICKSTART | RUN_BY.keys() | NOT_RUN}
    assert unknown == set(), "name the test that runs it in RUN_BY"
    assert {*RUN_BY, *NOT_RUN} <= {command.text for command in COMMANDS}, "no page says that any more"


@pytest.mark.parametrize("node", sorted(set(RUN_BY.values())))
def test_the_test_that_runs_it_exists(node: str) -> None:
    file, _, name = node.partition("::")
    assert f"def {name}" in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:^|`)make ([a-z-]+)", TEXT, re.M))))
def test_every_target_of_make_that_a_page_names_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.M)


@pytest.mark.parametrize("command", SANDBOX, ids=lambda command: command.text)
async def test_a_sandbox_starts_as_documented(command: Command, tmp_path: Path) -> None:
    ours = {"python": [sys.executable], "hummingbot-peatio": [sys.executable, "-m", "peatio_cli"]}
    name, *arguments = shlex.split(re.sub(r" --port \d+", "", command.text))
    public = generate_private_key(public_exponent=65537, key_size=2048).public_key()
    (tmp_path / "operator.pub.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    process = await asyncio.create_subprocess_exec(
        *ours[Path(name).name], *arguments, "--port", "0", stdout=PIPE, stderr=STDOUT, cwd=tmp_path, env=os.environ
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            while b"http://127.0.0.1:" not in (line := await process.stdout.readline()):
                assert line, "it ended without an address"
    finally:
        process.send_signal(signal.SIGINT)
    rest, _ = await process.communicate()
    assert process.returncode in (0, 130), rest.decode()


async def test_faults_are_controlled_with_curl_as_documented() -> None:
    async with Sandbox(SandboxConfig()) as sandbox:
        for command in CURL:
            if command not in (*TRACKER_CURL, *PEG_CURL):
                await _run_curl(command.text.replace("localhost:8090", sandbox.url.removeprefix("http://")))
        assert sandbox.faults.active() == []


async def test_the_tracker_of_a_pegged_coin_is_controlled_with_curl_as_documented() -> None:
    tracker = Tracker(51, random.Random(0))
    async with TrackerServer(tracker, CyclePlan(busy_s=0.0, updating_s=0.0)) as server:
        address = server.url.removeprefix("http://").removesuffix("/RPC2")
        for command in TRACKER_CURL:
            await _run_curl(command.text.replace("127.0.0.1:55779", address))
    assert (tracker.peg, tracker.cycle, tracker.oddities.drift) == (53, 2, 3)


async def test_a_pegged_coin_is_controlled_with_curl_as_documented() -> None:
    async with Sandbox(with_pegged_coin(SandboxConfig(), PeggedCoin())) as sandbox:
        for command in PEG_CURL:
            await _run_curl(command.text.replace("localhost:8090", sandbox.url.removeprefix("http://")))
        assert sandbox.pegged is not None
        state = sandbox.pegged.described()
        assert (state["busy"], state["reachable"]) == (True, False)


async def _run_curl(text: str) -> None:
    process = await asyncio.create_subprocess_exec(*shlex.split(text), "--fail-with-body", stdout=PIPE, stderr=PIPE)
    answer, errors = await process.communicate()
    assert process.returncode == 0, f"{text}: {answer.decode()} {errors.decode()}"
