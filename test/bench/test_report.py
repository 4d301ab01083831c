"""From figures to results, table and picture."""

import json
import pstats
import select
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import pages, profiles
from bench.conditions import Observer
from bench.picture import COLOURS, SHOWN, draw
from bench.plan import BEFORE, GOALS, LONG, LONG_ONES, MEASUREMENTS, SET_UP, SPREAD_TOLERANCE, XEMM
from bench.report import Figures, Result, is_reached, results, rows, rows_beside, table, write_results
from bench.runner import ROOT

CONDITIONS = Observer().conditions()
BESIDE_XEMM = [name for name, goal in GOALS.items() if goal.than == XEMM]
COMPARED = [name for name, goal in GOALS.items() if goal.than == BEFORE]


def figures(rounds: int = 3) -> Figures:
    """Every figure of peatio is 10, 20, 30 … by rounds, of the others ten times as much."""
    told: dict[str, dict[str, list[dict[str, float]]]] = {}
    for name, measurement in MEASUREMENTS.items():
        names = {goal.figure[1] for goal in GOALS.values() if goal.figure[0] == name}
        told[name] = {
            subject: [
                dict.fromkeys(names, 10.0 * (number + 1) * (1 if subject == "peatio" else 10))
                for number in range(rounds)
            ]
            for subject in measurement.subjects
        }
    return told


#: A page's places for what every run measures.
EMPTY = "<!-- results -->\nold\n<!-- /results -->\n<!-- mirror -->\nold\n<!-- /mirror -->\n"


def test_ratios_are_taken_round_by_round_and_the_rest_as_it_is() -> None:
    told = results(figures())
    assert set(told) == set(GOALS)
    assert told["book_vs_binance"] == Result(0.1, 0.1, 0.1)
    assert told["ready_50_markets_s"] == Result(20.0, 10.0, 30.0)


def test_what_was_not_measured_has_no_result() -> None:
    assert results({})["growth_mb_30min"] is None
    assert "not measured" in table({})


def test_rounds_of_another_run_count_by_their_median() -> None:
    """A part that was measured again with another number of rounds, beside subjects that were not."""
    ours = [{"messages_per_cpu_s": rate} for rate in (100.0, 300.0, 400.0, 600.0)]
    told = {**figures(), "book": {**figures()["book"], "peatio": ours}}
    assert results(told)["book_vs_binance"] == Result(1.75, 0.5, 3.0)


def test_without_rounds_of_the_other_there_is_a_mistake() -> None:
    told = {"book": {"peatio": [{"messages_per_cpu_s": 1.0}], "binance": []}}
    with pytest.raises(ValueError, match="no median"):
        results(told)


def test_the_table_has_a_line_for_every_goal_and_says_which_are_missed() -> None:
    header, rule, *lines = table(figures()).splitlines()
    assert header.split()[0] == "measure"
    assert set(rule) == {"-", " "}
    end = lines.index("")
    assert lines[end + 1].split()[:3] == ["measure", "before", "(least"]
    lines = lines[:end] + lines[end + 3 :]
    end = lines.index("")
    assert lines[end + 1].split()[:3] == ["measure", "XEMMExecutor", "(least"]
    lines = lines[:end] + lines[end + 3 :]
    apart = [*COMPARED, *BESIDE_XEMM]
    names = [*(name for name in GOALS if name not in apart), *apart]
    verdicts = dict(zip(names, (line.split()[-1] for line in lines), strict=True))
    assert verdicts["book_vs_binance"] == "NO", "a tenth is less than 3.5 times"
    assert verdicts["order_latency_vs_binance"] == "yes"
    assert verdicts["ready_50_markets_s"] == "NO", "20 s are more than 3 s"
    assert verdicts["book_vs_before"] == "NO", "a tenth as many increments"
    assert verdicts["orders_vs_before"] == "yes"


@pytest.mark.parametrize(
    ("now", "is_within"),
    [(120 * SPREAD_TOLERANCE, True), (120 * SPREAD_TOLERANCE + 0.01, False), (1.0, True)],
)
def test_a_median_may_be_worse_than_the_worst_round_of_before_by_the_tolerance(now: float, is_within: bool) -> None:
    before = [{"cpu_us": value, "wall_us": value} for value in (100.0, 120.0, 90.0)]
    ours = [{"cpu_us": value, "wall_us": value} for value in (now, 0.5, 1000.0)]
    told = {"orders": {BEFORE: before, "peatio": ours}}
    result = results(told)["orders_vs_before"]
    assert result is not None
    assert is_reached(GOALS["orders_vs_before"], result, told) is is_within
    (_, row) = rows_beside(told, ["orders_vs_before"], BEFORE)
    assert row[1] == "100 (90 – 120)"
    assert row[4] == "≤ 126"
    assert row[5] == ("yes" if is_within else "NO")


def test_more_increments_are_better_beside_the_build_of_before_too() -> None:
    before = [{"messages_per_cpu_s": value} for value in (100.0, 120.0, 84.0)]
    for now, is_within in ((80.0, True), (79.9, False)):
        told = {"book": {BEFORE: before, "peatio": [{"messages_per_cpu_s": now}] * 3}}
        result = results(told)["book_vs_before"]
        assert result is not None
        assert is_reached(replace(GOALS["book_vs_before"], reach=None), result, told) is is_within


def test_without_the_build_of_before_the_rest_has_its_results(tmp_path: Path) -> None:
    alone = {
        name: {subject: rounds for subject, rounds in subjects.items() if subject != BEFORE}
        for name, subjects in figures().items()
    }
    assert {name for name, result in results(alone).items() if result is None} == set(COMPARED)
    page = tmp_path / pages.PAGE
    page.write_text(EMPTY + "<!-- before -->\nlast\n<!-- /before -->\n")
    pages.write(tmp_path, {name: told for name, told in alone.items() if name not in LONG_ONES}, CONDITIONS)
    text = page.read_text(encoding="utf-8")
    assert "increments into the book" in text
    assert "last" in text, "the last table stays"


def test_beside_the_build_of_before_alone_only_that_table_is_renewed(tmp_path: Path) -> None:
    compared = {
        name: {subject: told[subject] for subject in (BEFORE, "peatio")}
        for name, told in figures().items()
        if name not in LONG_ONES and BEFORE in told
    }
    page = tmp_path / pages.PAGE
    page.write_text("<!-- results -->\nold\n<!-- /results -->\n<!-- before -->\nlast\n<!-- /before -->\n")
    pages.write(tmp_path, compared, CONDITIONS)
    text = page.read_text(encoding="utf-8")
    assert "old" in text
    assert "last" not in text
    assert not (tmp_path / pages.PICTURE).exists()


def test_the_page_can_be_made_from_the_results_of_several_runs(tmp_path: Path) -> None:
    page, file = tmp_path / pages.PAGE, tmp_path / "results.json"
    page.write_text(EMPTY + "<!-- before -->\nold\n<!-- /before -->\n")
    told = {name: subjects for name, subjects in figures().items() if name not in LONG_ONES}
    write_results(file, {name: subjects for name, subjects in told.items() if name != "book"}, CONDITIONS)
    write_results(file, {"book": figures(rounds=7)["book"]}, replace(CONDITIONS, took_s=77.0))
    pages.write_from(file, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert "- book: Median of 7 rounds" in text
    assert "increments into the book" in text


def test_the_page_gets_what_was_measured_and_keeps_the_rest(tmp_path: Path) -> None:
    page = tmp_path / pages.PAGE
    places = {"results": "old", "before": "older", "growth": "seldom", "growth before": "seldom too"}
    places["setup_warm before"] = "seldom as well"
    places["mirror"] = "old"
    places["test_suite before"] = places["storms"] = places["storms before"] = "not at all"
    page.write_text("\n".join(f"<!-- {name} -->\n{text}\n<!-- /{name} -->" for name, text in places.items()))
    short = {name: told for name, told in figures().items() if name not in LONG_ONES}

    pages.write(tmp_path, short, CONDITIONS)
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert text.count("increments into the book") == 3
    assert "seldom" in text, "growth was not measured"
    assert (tmp_path / pages.PICTURE).exists()

    pages.write(tmp_path, {SET_UP: figures()[SET_UP]}, CONDITIONS)
    text = page.read_text(encoding="utf-8")
    line = "| `make setup` in a second folder, s | 200 (100 – 300) | 20 (10 – 30) | 0.10 | ≤ 0.15 × before | yes |"
    assert line in text
    assert "seldom too" in text, "growth was not measured"

    pages.write(tmp_path, {LONG: figures()[LONG]}, CONDITIONS)
    text = page.read_text(encoding="utf-8")
    assert "seldom" not in text
    assert "| growth in 30 minutes, MB | 20 |" in text
    assert "| memory after 30 minutes, MB | 200 (100 – 300) |" in text
    assert text.count("increments into the book") == 3, "the other results stay"


def test_a_page_without_a_place_for_the_results_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="0 places for results"):
        pages.renewed("nothing", "results", "text")


def test_the_documentation_has_a_line_for_every_goal() -> None:
    page = (ROOT / "docs" / "operate" / pages.PAGE).read_text(encoding="utf-8")
    for row in rows({}, [name for name in GOALS if name not in COMPARED]):
        assert f"| {row[0]} |" in page
    assert "| XEMMExecutor (least – most) | peatio_liquidity (least – most) |" in page
    _, compared = page.split("<!-- before -->")
    recorded = json.loads((ROOT / "bench" / "results.json").read_text(encoding="utf-8"))
    for name, row in zip(COMPARED, rows_beside(figures(), COMPARED, BEFORE)[1:], strict=True):
        assert (f"| {row[0]} |" in compared) == (name in recorded), "the page has what was measured"
    for name in GOALS:
        assert f"`{name}`" in page, "what is measured"


def test_a_profile_tells_the_most_costly_functions_without_the_waiting(tmp_path: Path) -> None:
    path = tmp_path / "profile"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(profiles.VARIABLE, str(path))
        with profiles.measured():
            sorted(range(1000))
            select.select([], [], [], 0.01)
    lines = list(profiles.table(pstats.Stats(str(path))))
    assert any("`built-in method builtins.sorted` | 1 |" in line for line in lines)
    assert not any("select" in line for line in lines)


def test_the_picture_has_two_bars_for_each_measure_shown() -> None:
    svg = ElementTree.fromstring(draw(figures()))
    bars = [bar for bar in svg.iter("{http://www.w3.org/2000/svg}rect") if bar.get("fill") in COLOURS.values()]
    assert len(bars) == len(COLOURS) * len(SHOWN)
    widths = [float(bar.get("width", 0)) for bar in bars]
    assert all(abs(longer / shorter - 10) < 0.1 for shorter, longer in zip(widths[::2], widths[1::2], strict=True))
    assert len(list(ElementTree.fromstring(draw({})))) == 1, "nothing but the background"


def test_the_command_writes_the_results(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    command = [sys.executable, "-m", "bench", "--tiny", "--rounds", "1", "--only", "book"]
    command += ["--subjects", "bare,binance,peatio", "--results", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["book_vs_binance"] > 0
    assert set(content) & set(GOALS) == {"book_vs_binance", "book_vs_bare"}, "no number for what was not measured"
    assert set(content["measured"]) == {"book_vs_binance", "book_vs_bare"}
    assert content["measured"]["book_vs_bare"]["rounds"] == 1
    assert "increments into the book" in done.stdout


def test_what_takes_a_minute_is_measured_once_unless_more_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    command = [sys.executable, "-m", "bench", "--tiny", "--only", "orders,requests", "--subjects", "peatio"]
    done = subprocess.run([*command, "--results", str(path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(path.read_text(encoding="utf-8"))["figures"]
    assert {name: len(subjects["peatio"]) for name, subjects in told.items()} == {"orders": 3, "requests": 1}


def test_a_run_of_a_part_keeps_what_it_did_not_measure(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    every = figures()
    earlier = replace(CONDITIONS, commit="before", date="2026-11-21")
    write_results(path, every, earlier)
    before = json.loads(path.read_text(encoding="utf-8"))
    assert set(before) >= set(GOALS)
    part = {"journal": {"peatio": [{"journal_ms": 0.5}]}}
    write_results(path, part, replace(CONDITIONS, commit="after", date="2026-11-29"))
    after = json.loads(path.read_text(encoding="utf-8"))
    assert after["journal_ms_median"] == 0.5
    assert after["spread"]["journal_ms_median"] == [0.5, 0.5]
    changed = {"journal_ms_median"}
    for name in set(GOALS) - changed:
        assert after[name] == before[name]
        assert (after["measured"][name]["commit"], after["measured"][name]["date"]) == ("before", "2026-11-21")
    assert (after["measured"]["journal_ms_median"]["commit"], after["measured"]["journal_ms_median"]["date"]) == (
        "after",
        "2026-11-29",
    )
    assert after["figures"] == {**before["figures"], **part}


def test_a_run_of_some_subjects_keeps_the_rounds_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    every = figures()
    write_results(path, every, CONDITIONS)
    some = {"orders": {subject: every["orders"][subject][:1] for subject in (BEFORE, "peatio")}}
    write_results(path, some, CONDITIONS)
    kept = json.loads(path.read_text(encoding="utf-8"))["figures"]["orders"]
    assert kept == {**every["orders"], **some["orders"]}


def test_every_result_on_record_is_a_plain_number_with_its_commit_and_date() -> None:
    content = json.loads((ROOT / "bench" / "results.json").read_text(encoding="utf-8"))
    recorded = set(content) & set(GOALS)
    assert recorded == set(content["measured"]) == set(content["spread"])
    assert {"journal_ms_0_rows", "journal_ms_100k_rows", "journal_ms_1m_rows"} <= recorded
    for name in recorded:
        assert type(content[name]) in (int, float)
        assert content["measured"][name]["commit"]
        assert content["measured"][name]["date"]


@pytest.mark.parametrize(("option", "message"), [("--only", "no measurement x"), ("--subjects", "no subject x")])
def test_an_unknown_measurement_or_subject_is_refused(option: str, message: str) -> None:
    done = subprocess.run([sys.executable, "-m", "bench", option, "x"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert message in done.stderr
