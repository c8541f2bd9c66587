"""Moves of experts at Go: how often a net trained for some minutes would have played as they did.

    python benchmarks/play/experts.py --minutes 20 --seeds 0 >> benchmarks/play/experts.jsonl
    python benchmarks/play/experts.py --table benchmarks/play/experts.jsonl > benchmarks/play/experts.md

The games are KGS games of strong players on 19x19 (``go/*.tar.gz``), divided by game; passes are not counted, as in
AlphaGo's figures. A line of JSON for each run, with the curve. The data are looked for in the folder named by
DEEPEN_DATA, by default ../shared/data.
"""

import argparse
import json
import os
import time
from pathlib import Path

import torch

from deepen.experts.run import learn_from_records

HERE = Path(__file__).parent
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parent.parent / ".." / "shared" / "data")).resolve() / "go"

PUBLISHED = (
    (
        "AlphaGo's policy, 13 layers of 192 channels, 48 planes, 28 million positions",
        0.570,
        "Silver et al. 2016",
    ),
    ("the same, of the raw board and the move history alone", 0.557, "Silver et al. 2016"),
    ("12 layers", 0.550, "Maddison et al. 2015"),
    ("8 layers, on KGS games", 0.444, "Clark and Storkey 2015"),
)


def run(minutes: float, seed: int, size: str | None) -> dict[str, object]:
    """Train once, and say what came of it."""
    began, processor = time.perf_counter(), time.process_time()
    learned = learn_from_records(DATA, minutes=minutes, seed=seed, size=size)
    return {
        "minutes": minutes, "seed": seed,
        "scores": {
            part: {name: [round(m.value, 4), round(m.low, 4), round(m.high, 4), m.n] for name, m in s.measures.items()}
            for part, s in learned.scores.items()
        },
        "curve": [
            [m.step, round(m.epoch, 3), round(m.seconds, 1), *(round(m.valid[k], 4) for k in ("score", "low", "high"))]
            for m in learned.history.moments
        ],
        "plan": learned.plan.to_dict(), "about": dict(learned.about), "notes": list(learned.notes),
        "seconds": round(time.perf_counter() - began, 1), "processor_seconds": round(time.process_time() - processor),
        "threads": torch.get_num_threads(), "torch": torch.__version__,
    }  # fmt: skip


def table(path: Path) -> str:
    """Write the runs as a page."""
    runs = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    lines = [
        "# Experts' moves", "",
        "How often a net would have played as a strong player did, on games of 19x19 Go that it has not seen: KGS",
        "games of 6 dan and up, divided by game, passes not counted. Intervals by games, drawn as wholes. Made by",
        "`python benchmarks/play/experts.py --minutes 20 --seeds 0`.", "",
        "| | first choice | among the first five | winner told | positions seen | seconds, of the processor |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for found in runs:
        test = found["scores"]["test"]
        shown = [_shown(test[name]) for name in ("accuracy", "top_5_accuracy", "winner_accuracy")]
        seen = found["curve"][-1][0] * found["plan"]["batch"]
        lines.append(
            f"| {found['minutes']:g} minutes, {found['about']['net']} | **{shown[0]}** | {shown[1]} | {shown[2]} "
            f"| {seen:,} | {found['seconds']:,.0f}, {found['processor_seconds']:,} |"
        )
    lines.append(
        f"| the commonest move, always | {_shown(runs[-1]['scores']['commonest']['accuracy'])} | | | | |"
    )
    lines += [f"| {name} ({source}) | {value:.3f} | | | | |" for name, value, source in PUBLISHED]
    last = runs[-1]
    lines += [
        "", f"{last['about']['device']}, torch {last['torch']}; other work went on beside, so the processor's seconds "
        "say what was computed. The figures below the line of the commonest move are the papers' own, on other games.",
        "", f"The last run: {last['about']['training']}, {last['about']['precision']}. Its curve, as it was validated:",
        "", "| seconds | positions | first choice |", "|---|---|---|",
    ]  # fmt: skip
    curve = [
        moment for at, moment in enumerate(last["curve"]) if at == 0 or moment[0] > last["curve"][at - 1][0]
    ]
    for moment in curve:
        lines.append(f"| {moment[2]:,.0f} | {moment[0] * last['plan']['batch']:,} | {_shown(moment[3:])} |")
    lines += ["", *(f"- {note}" for note in last["notes"])]
    return "\n".join(lines)


def _shown(measure: list[float]) -> str:
    return f"{measure[0]:.3f} [{measure[1]:.3f}, {measure[2]:.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--size", help="of the net; by default what fits the clock")
    parser.add_argument("--table", type=Path)
    options = parser.parse_args()
    if options.table is not None:
        print(table(options.table))
        return
    for seed in options.seeds:
        print(json.dumps(run(options.minutes, seed, options.size)), flush=True)


if __name__ == "__main__":
    main()
