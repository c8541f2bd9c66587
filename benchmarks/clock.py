"""Whether the clock is kept: the whole process's seconds against the minutes named.

    python benchmarks/clock.py [--minutes 0.5 2 10]

For a folder of generated pictures and for MNIST, where the folder named by DEEPEN_DATA holds it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parent / ".." / "shared" / "data")).resolve()
SETS = ("images/mnist", "images/flowers.zip", "images/cifar10-jpeg.zip")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", nargs="*", type=float, default=[0.5, 2, 10])
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    arguments = parser.parse_args()
    print("| data | minutes | seconds allowed | seconds used | over |")
    print("|---|---|---|---|---|")
    for name in arguments.sets:
        for minutes in arguments.minutes:
            with tempfile.TemporaryDirectory() as folder:
                command = [
                    sys.executable,
                    "-m",
                    "deepen",
                    "train",
                    str(DATA / name),
                    "--minutes",
                    str(minutes),
                    "-q",
                ]
                began = time.monotonic()
                subprocess.run(
                    [*command, "--out", f"{folder}/model"], check=True, stdout=subprocess.DEVNULL,
                    env={**os.environ, "DEEPEN_CACHE": f"{folder}/cache"},
                )  # fmt: skip
                used = time.monotonic() - began
            over = used - 60 * minutes
            print(
                f"| {name} | {minutes:g} | {60 * minutes:.0f} | {used:.1f} | {over / 60 / minutes:+.1%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
