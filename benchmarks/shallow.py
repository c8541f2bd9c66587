"""Deep and shallow learners on the same rows, with paired intervals: the table in shallow.md.

    python benchmarks/shallow.py [--rows digits Pima ...] [--seeds 0 1 2] [--minutes 1]

Every run is ``deepen.train`` in a process of its own, given the raw files and the minutes alone; the shallow learners
have a tenth of them. What it measured is appended to shallow.jsonl; shallow.md is written anew from all of it, the last
run of each data set, seed and number of minutes. The data sets are looked for in the folder named by DEEPEN_DATA, by
default ../shared/data.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

STARTED = time.monotonic()
HERE = Path(__file__).parent
FILE, TABLE = HERE / "shallow.jsonl", HERE / "shallow.md"

ROWS = {
    "digits": "scikit-learn digits", "Fashion-MNIST": "Fashion-MNIST", "spoken digits": "spoken digits",
    "SST-2": "SST-2", "adult": "adult", "California housing": "California housing", "Pima": "Pima diabetes",
}  # fmt: skip
"""What each is called in benchmarks/results.py."""


def one(name: str, seed: int, minutes: float | None) -> dict[str, Any]:
    """Train once, and tell what came."""
    from results import ROWS as GIVEN

    import deepen

    row = GIVEN[ROWS[name]]
    given, options = row.give(seed)
    asked = minutes or row.minutes
    model = deepen.train(*given, minutes=asked, seed=seed, started=STARTED, **options)
    assert model.beside is not None
    return {
        "row": name, "seed": seed, "minutes": asked, "seconds": time.monotonic() - STARTED,
        "sentence": model.beside.sentence, "beside": model.beside.to_dict(), "about": dict(model.about),
    }  # fmt: skip


def table(found: list[dict[str, Any]]) -> str:
    """Write shallow.md."""
    lines = [
        "# Deep and shallow", "",
        "    python benchmarks/shallow.py", "",
        "Each line is one run: a net and the shallow learner that did best on its validation part, scored on the",
        "same test rows. The difference is the net's figure less the shallow one's, with the 95 % interval of a paired",
        "bootstrap; p is McNemar's exact test. Both had the minutes alone, the shallow learners a tenth of them.", "",
        "| data | seed | minutes | test rows | net | shallow | learner | its rows, seconds | difference | p | better |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for r in found:
        b, p = r["beside"], r["beside"]["paired"]
        best = next(each for each in b["learners"] if each["name"] == b["chosen"])
        better = "net" if p["low"] > 0 else b["chosen"] if p["high"] < 0 else "neither"
        measure = {"accuracy": "", "r2": "R² ", "label_accuracy": "labels "}[p["measure"]]
        lines.append(
            f"| {r['row']} | {r['seed']} | {r['minutes']:g} | {p['n']:,} | {measure}{p['one']:.4f} | {p['other']:.4f} "
            f"| {b['chosen']} | {best['rows']:,} of {b['rows']:,}, {best['seconds']:.1f} s | "
            f"{p['one'] - p['other']:+.4f} [{p['low']:+.4f}, {p['high']:+.4f}] | "
            f"{'' if p['p'] is None else format(p['p'], '.2g')} | {better} |"
        )
    lines += [
        "",
        "Medians of the difference over the seeds, and every shallow learner on the validation part:",
        "",
    ]
    for name, minutes in dict.fromkeys((r["row"], r["minutes"]) for r in found):
        mine = [r for r in found if (r["row"], r["minutes"]) == (name, minutes)]
        apart = [r["beside"]["paired"]["one"] - r["beside"]["paired"]["other"] for r in mine]
        shown = "; ".join(
            f"{each['name']} {each['valid']:.3f}" if each["rows"] else f"{each['name']}: no time"
            for each in mine[0]["beside"]["learners"]
        )
        lines.append(
            f"- {name}, {minutes:g} minutes: {statistics.median(apart):+.4f}. Seed {mine[0]['seed']}: {shown}."
        )
    about = found[-1]["about"]
    lines += [
        "", f"{about['device']}; torch {about['torch']}, Python {about['python']}, deepen {about['deepen']}.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--rows", nargs="*", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--minutes", type=float, default=None, help="in place of each data set's own")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(one(asked.one[0], int(asked.one[1]), asked.minutes)))
        return
    more = [] if asked.minutes is None else ["--minutes", str(asked.minutes)]
    for name in asked.rows:
        for seed in asked.seeds:
            # A cache of its own, so that reading and decoding count in every run.
            with tempfile.TemporaryDirectory() as cache:
                ran = subprocess.run(
                    [sys.executable, __file__, "--one", name, str(seed), *more], capture_output=True, text=True,
                    env={**os.environ, "DEEPEN_CACHE": cache}, check=False,
                )  # fmt: skip
            if ran.returncode:
                print(name, seed, ran.stderr[-2000:], file=sys.stderr)
                continue
            found = json.loads(ran.stdout.splitlines()[-1])
            with FILE.open("a") as out:
                out.write(json.dumps(found) + "\n")
            print(f"{name}, seed {seed}, {found['seconds']:.1f} s: {found['sentence']}", flush=True)
    records = [json.loads(line) for line in FILE.read_text().splitlines()]
    last = {(r["row"], r["minutes"], r["seed"]): r for r in records}
    order = list(ROWS)
    TABLE.write_text(
        table(sorted(last.values(), key=lambda r: (order.index(r["row"]), r["minutes"], r["seed"])))
    )


if __name__ == "__main__":
    main()
