"""Score every form of law on the measured curves: the table in laws.md, in seconds.

    python benchmarks/laws.py

Each curve of curves.jsonl is fitted up to a quarter of its largest amount of data, and forecast beyond. A form is
scored by the relative error of its forecasts and by how often what came lay in its 90 % interval. To score a new form,
add it to ``deepen.scaling.forms.FORMS`` and run this again.
"""

from __future__ import annotations

import json
import statistics
import time
from pathlib import Path

from deepen.scaling.cells import Cell, Curve, curves_of
from deepen.scaling.forms import FORMS
from deepen.scaling.law import Check, check

HERE = Path(__file__).parent
FEWEST = 5  # amounts of data of a curve, so that three remain to fit


def measured() -> dict[tuple[str, int], dict[str, Curve]]:
    """The curves by data set and study."""
    groups: dict[tuple[str, int], list[Cell]] = {}
    chance = {}
    for line in (HERE / "curves.jsonl").read_text().splitlines():
        record = json.loads(line)
        key = record.pop("data"), record.pop("study")
        record.pop("task")
        chance[key] = record.pop("chance")
        cell = Cell.from_dict(record)
        if cell.length == 1:
            groups.setdefault(key, []).append(cell)
    return {
        key: {n: c for n, c in curves_of(cells, chance[key]).items() if len(c) >= FEWEST}
        for key, cells in groups.items()
    }


def main() -> None:
    began = time.perf_counter()
    everything = measured()
    ways = {**{name: (name,) for name in FORMS}, "chosen": tuple(FORMS)}
    found: dict[str, list[tuple[str, str, list[Check]]]] = {way: [] for way in ways}
    for (data, _seed), curves in everything.items():
        for name, curve in curves.items():
            for way, forms in ways.items():
                found[way].append((data, name, check(curve, forms=forms)))
    sets = len({d for d, _ in everything})
    lines = [
        "# Laws of measured curves", "", "    python benchmarks/curves.py", "    python benchmarks/laws.py", "",
        f"{len(found['chosen'])} curves of {sets} data sets (curves.jsonl), each fitted up to a quarter of its largest "
        "amount of data. Relative errors are medians over the curves; coverage is how much of what came "
        "lay in the 90 % interval, over all held-out cells.", "",
        "| form | formula | off at full data, median | 90th percentile | at all held-out cells, median | coverage "
        "| forecasts |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for way in ways:
        last = sorted(checks[-1].off for *_, checks in found[way] if checks)
        every = [c for *_, checks in found[way] for c in checks]
        if not every:
            continue
        formula = f"`{FORMS[way].formula}`" if way in FORMS else "best at held-out cells"
        lines.append(
            f"| {way} | {formula} | {statistics.median(last):.1%} | {last[int(0.9 * (len(last) - 1))]:.1%} | "
            f"{statistics.median(c.off for c in every):.1%} | {statistics.mean(c.inside for c in every):.0%} | "
            f"{len(every)} |"
        )
    lines += [
        "", "Each curve by the chosen law, at its largest amount of data:", "",
        "| data | curve | form | fitted up to | rows | forecast | 90 % interval | came | off |",
        "|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for data, name, checks in found["chosen"]:
        if checks:
            c, missed = checks[-1], "" if checks[-1].inside else " (missed)"
            f = c.forecast
            lines.append(
                f"| {data} | {name} | {c.form} | {c.fitted_to:,.0f} | {f.rows:,.0f} | {f.error:.2%} | "
                f"{f.low:.2%} to {f.high:.2%}{missed} | {c.came:.2%} | {c.off:.1%} |"
            )
    (HERE / "laws.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines[8 : 12 + len(ways)]))
    print(f"{time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
