"""The lines between the bot's process and the demo."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from peatio_cli.demo.bot_report import (
    BotAssignment,
    OrderCreated,
    OrderEnded,
    OrderFilled,
    Phase,
    Quote,
    Report,
    ReportReader,
    Snapshot,
)

D = Decimal

REPORTS: list[Report] = [
    Phase(name="started"),
    OrderCreated(client_order_id="HBOT-1", order_id="7", side="buy", price=D("1E-8"), amount=D("0.12345678")),
    OrderFilled(
        client_order_id="HBOT-1",
        order_id="7",
        trade_id="9",
        side="buy",
        price=D("0.00000001"),
        amount=D("123456789.12345678"),
        fees=(("DOGE", D("0.1234567890123456789")),),
    ),
    OrderEnded(client_order_id="HBOT-1", state="cancelled"),
    Snapshot(
        mid_price=None,
        quotes=(Quote(side="sell", price=D(2), amount=D("0.5")),),
        balances={"BTC": D("1.0")},
    ),
]


def test_reports_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    path.write_text("".join(report.model_dump_json() + "\n" for report in REPORTS))
    assert list(ReportReader(path).read_new()) == REPORTS


def test_a_reader_gives_each_line_once_and_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    reader = ReportReader(path)
    assert list(reader.read_new()) == []

    line = Phase(name="started").model_dump_json() + "\n"
    with path.open("w") as file:
        file.write(line + line[:10])
        file.flush()
        assert list(reader.read_new()) == [Phase(name="started")]
        assert list(reader.read_new()) == []
        file.write(line[10:])
        file.flush()
        assert list(reader.read_new()) == [Phase(name="started")]


@pytest.mark.parametrize("line", ["{}", '{"kind": "other"}', '{"kind": "phase", "name": "lost"}'])
def test_a_line_of_another_kind_is_an_error(tmp_path: Path, line: str) -> None:
    path = tmp_path / "report.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(ValidationError):
        list(ReportReader(path).read_new())


def test_an_assignment_shows_its_secrets_only_where_it_is_sent() -> None:
    assignment = BotAssignment(
        exchange_domain="http://127.0.0.1:1",
        api_key="kid",
        secret_key=SecretStr("hidden-secret"),
        password=SecretStr("hidden-password"),
        strategy_file="conf_demo.yml",
        strategy={"order_amount": "1"},
        trading_pair="BTC-USD",
        report_file=Path("report.jsonl"),
    )
    assert "hidden" not in repr(assignment)
    assert "hidden" not in str(assignment.model_dump())
    sent = assignment.model_dump_json()
    assert "hidden-secret" in sent
    assert BotAssignment.model_validate_json(sent) == assignment
