"""How soon a second run on the same data trains: seconds from the process's start to its first training step.

    python benchmarks/second_run.py [SOURCE] [--times 5] [--options --steps 1]

By default for CIFAR-10 as 60,000 JPEG files, in the folder named by DEEPEN_DATA. Beside the seconds on the clock
stand those of the processor, which other work on the machine does not lengthen by much.
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

HERE = Path(__file__).parent
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parent / ".." / "shared" / "data")).resolve()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("source", nargs="?", default=str(DATA / "images/cifar10-jpeg.zip"))
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=["--steps", "1"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DEEPEN_CACHE": os.environ.get("DEEPEN_CACHE", f"{folder}/cache")}
        found = []
        for run in range(arguments.times + 1):
            command = [sys.executable, __file__, "--child", str(time.time())]
            command += ["train", arguments.source, *arguments.options, "-q", "--out", f"{folder}/{run}"]
            ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment, text=True)
            found.append(json.loads(ran.stdout.splitlines()[-1]))
            print(
                f"{'first' if run == 0 else 'again'}: {found[-1][0]:.2f} s, {found[-1][1]:.2f} of the processor"
            )
    seconds, processor = (statistics.median(column) for column in zip(*found[1:], strict=True))
    print(f"median of {arguments.times}: {seconds:.2f} s, {processor:.2f} of the processor")


def child(began: float, arguments: list[str]) -> None:
    """Run deepen's command until its first training step; trial steps before it do not count."""
    import deepen.training.learn as learn

    fit = learn.fit

    def first_step(_net: Any, _batch: Any) -> None:
        print(json.dumps([time.time() - began, time.process_time()]), flush=True)
        os._exit(0)

    learn.fit = lambda net, batches, _step, *more, **options: fit(net, batches, first_step, *more, **options)
    from deepen.cli import main

    sys.argv = ["deepen", *arguments]
    main()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(float(sys.argv[2]), sys.argv[3:])
    else:
        main()
