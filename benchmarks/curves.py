"""Measure learning curves of known data sets, for benchmarks/laws.py to score laws on: curves.jsonl.

    python benchmarks/curves.py [--rows digits adult ...] [--minutes 30] [--seed 0]

Each is a study (``deepen.study``) of the raw files, in a folder of its own under benchmarks/studies/, which a later
call goes on with; its cells are written into curves.jsonl in place of those of the same data and seed. The data sets
are looked for in the folder named by DEEPEN_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from results import ROWS as GIVEN

import deepen

HERE = Path(__file__).parent
FILE = HERE / "curves.jsonl"

ROWS: dict[str, dict[str, Any]] = {
    "digits": {"of": "scikit-learn digits"},
    "adult": {"of": "adult"},
    "spoken digits": {"of": "spoken digits"},
    "Fashion-MNIST": {"of": "Fashion-MNIST"},
    "CIFAR-10 (JPEG)": {"of": "CIFAR-10 (JPEG)"},
    "MNIST": {"of": "MNIST"},
    "USPS": {"of": "USPS"},
    "SMS spam": {"of": "SMS spam"},
    "SST-2": {"of": "SST-2"},
    "California housing": {"of": "California housing"},
}


def measure(
    name: str, minutes: float, seed: int, sizes: list[str] | None, learners: list[str] | None
) -> None:
    given, more = GIVEN[ROWS[name]["of"]].give(seed)
    place = HERE / "studies" / f"{name}, seed {seed}"
    found = deepen.study(*given, to=place, minutes=minutes, seed=seed, sizes=sizes, learners=learners, **more)
    old = [json.loads(line) for line in FILE.read_text().splitlines()] if FILE.exists() else []
    kept = [r for r in old if (r["data"], r["study"]) != (name, seed)]
    new = [
        {"data": name, "study": seed, "task": found.task, "chance": round(found.chance, 5), **cell.to_dict()}
        for cell in found.cells
    ]
    FILE.write_text("".join(json.dumps(record) + "\n" for record in kept + new))
    print(f"{name}: {len(new)} cells in {found.about['seconds']} s")
    for text in found.advice:
        print(" ", text)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", nargs="*", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sizes", nargs="*", default=None)
    parser.add_argument("--learners", nargs="*", default=None)
    asked = parser.parse_args()
    for name in asked.rows:
        measure(name, asked.minutes, asked.seed, asked.sizes, asked.learners)


if __name__ == "__main__":
    main()
