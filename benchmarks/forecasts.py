"""How good forecasts come of known series in how many minutes: the table in forecasts.md.

    python benchmarks/forecasts.py [--rows airline ETTh1 ...] [--seeds 0 1 2] [--faster 4]

Every run is a process of its own, given the raw file and the minutes alone. What it measured is appended to
forecasts.jsonl; forecasts.md is written anew from all of it. The data sets are looked for in the folder named by
DEEPEN_DATA, by default ../shared/data. ``--faster 4`` takes a quarter of the minutes, for a glance.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STARTED = time.monotonic()
HERE = Path(__file__).parent
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parent / ".." / "shared" / "data")).resolve() / "series"
ETT = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
STOCKS = ("MSFT", "IBM", "SBUX", "AAPL", "GSPC")


@dataclass(frozen=True)
class Row:
    """One set of series: the file, what is forecast, the minutes, and what is wanted, in words."""

    file: str
    forecast: str | tuple[str, ...]
    horizon: int
    minutes: float
    wanted: str
    options: dict[str, Any] = field(default_factory=dict)


ROWS = {
    "airline": Row(
        "airline-passengers.csv", "Passengers", 12, 1, "MASE below 1 and below seasonal naive",
        {"test_share": 24 / 144},
    ),
    "airline, 24 ahead": Row(
        "airline-passengers.csv", "Passengers", 24, 1, "MASE below seasonal naive", {"test_share": 24 / 144}
    ),
    "ETTh1": Row("ETTh1.csv", ETT, 96, 10, "standardised MSE 0.45 or less"),
    "daily temperatures": Row("daily-min-temperatures.csv", "Temp", 7, 2, "no worse than the best simple forecast"),
    "sunspots": Row("monthly-sunspots.csv", "Sunspots", 12, 2, "no worse than the best simple forecast"),
    "pollution": Row("pollution.csv", "pm2.5", 24, 2, "no worse than the best simple forecast"),
    "stock prices": Row("stock-prices.csv", STOCKS, 5, 1, "says plainly that naive is as good"),
    "shampoo": Row("shampoo.csv", "Sales", 6, 0.5, "says plainly which simple forecast wins"),
}  # fmt: skip


def one(name: str, seed: int, faster: float) -> dict[str, Any]:
    """Train once, and tell what came."""
    import deepen

    row = ROWS[name]
    model: Any = deepen.train(
        DATA / row.file, forecast=row.forecast, horizon=row.horizon, minutes=row.minutes / faster, seed=seed,
        started=STARTED, **row.options,
    )  # fmt: skip
    return {
        "row": name, "seed": seed, "minutes": row.minutes / faster, "seconds": time.monotonic() - STARTED,
        "scores": {
            of: {m.name: [m.value, m.low, m.high] for m in score.measures.values()}
            for of, score in model.scores.items()
        },
        "about": dict(model.about), "notes": list(model.notes), "load": os.getloadavg()[0],
    }  # fmt: skip


def table(found: list[dict[str, Any]]) -> str:
    """Write the medians over the seeds."""
    lines = [
        "# Forecasts", "", "    python benchmarks/forecasts.py", "",
        "Medians over the seeds; the last fifth of each series is the test part (of airline the last 24 months), "
        "forecast from every origin in it. MASE below 1 is better than the seasonal naive forecast is on the training "
        "part; MSE is of targets standardised by the training part. Coverage is how much of what came lay within the "
        "80 % interval.", "",
        "| series | ahead | minutes | took | seeds | MASE, net | naive | seasonal naive | drift | smoothing | ridge "
        "| MSE, net | ridge | pinball, net | ridge | coverage 80 | wanted |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    told = ["", "What each run said of itself (first seed):", ""]
    for name, row in ROWS.items():
        runs = [r for r in found if r["row"] == name]
        if not runs:
            continue

        def middle(of: str, measure: str, runs: list[dict[str, Any]] = runs) -> str:
            values = [r["scores"][of][measure][0] for r in runs if measure in r["scores"].get(of, {})]
            return f"{statistics.median(values):.3f}" if values else ""

        cells = [
            name, str(row.horizon), f"{statistics.median(r['minutes'] for r in runs):g}",
            f"{statistics.median(r['seconds'] for r in runs):.0f} s", str(len(runs)), f"**{middle('test', 'mase')}**",
            *(middle(of, "mase") for of in ("naive", "seasonal naive", "drift", "smoothing", "ridge")),
            middle("test", "mse_standardised"), middle("ridge", "mse_standardised"), middle("test", "pinball"),
            middle("ridge", "pinball"), middle("test", "coverage_80"), row.wanted,
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
        kept = [n for n in runs[0]["notes"] if "MASE" in n or "chosen" in n or "% interval held" in n]
        told += [
            f"- **{name}**: {'; '.join(kept)}. {runs[0]['about']['net']}; {runs[0]['about']['training']}."
        ]
    devices = sorted({f"{r['about']['device']}, torch {r['about']['torch']}" for r in found})
    loads = [r["load"] for r in found]
    told += [
        "",
        f"On {'; '.join(devices)}; the machine's load was {min(loads):.0f} to {max(loads):.0f} meanwhile.",
        "",
    ]
    return "\n".join(lines + told)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS))
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--faster", type=float, default=1.0)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    a = parser.parse_args()
    kept = HERE / "forecasts.jsonl"
    if a.one:
        print(json.dumps(one(a.rows[0], a.seeds[0], a.faster)))
        return
    for seed in a.seeds:
        for name in a.rows:
            command = [
                sys.executable,
                __file__,
                "--one",
                "--rows",
                name,
                "--seeds",
                str(seed),
                "--faster",
                str(a.faster),
            ]
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            if ran.returncode:
                print(name, seed, ran.stderr.strip().splitlines()[-1:], file=sys.stderr)
                continue
            result = json.loads(ran.stdout.splitlines()[-1])
            print(name, seed, {of: round(s["mase"][0], 3) for of, s in result["scores"].items()}, flush=True)
            if a.faster == 1:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(ran.stdout.splitlines()[-1] + "\n")
    if kept.exists():
        newest = {(r["row"], r["seed"]): r for r in map(json.loads, kept.read_text().splitlines())}
        (HERE / "forecasts.md").write_text(table(list(newest.values())), encoding="utf-8")


if __name__ == "__main__":
    main()
