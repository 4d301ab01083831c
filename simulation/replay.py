"""Runs a plan again with everything kept that a timeline shows."""

from pathlib import Path

from simulation import forks, timeline
from simulation.plan import Plan
from simulation.seeds import Run, run_plan
from simulation.timeline import View


def replay(plan: Plan, view: View, out: Path | None, picture: Path | None) -> Run:
    """Prints the timeline; the run itself comes to the same as without it.

    :param out: a file for the timeline, instead of the terminal
    :param picture: a file for the HTML page with a lane for each host
    """
    (run,) = forks.run_all([plan], 1, lambda plan: run_plan(plan, is_kept=True))
    lines = timeline.lines(run.events, view, run.outcome.violations)
    if out is None:
        for line in lines:
            print(line)
    else:
        with out.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        print(f"timeline: {out}")
    if picture is not None:
        picture.write_text(timeline.picture(run.events, view), encoding="utf-8")
        print(f"picture: {picture}")
    return run
