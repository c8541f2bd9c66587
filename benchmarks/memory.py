"""Whether pictures larger than the memory allowed still train.

    python benchmarks/memory.py

Writes a picture set whose pixels take ten times the memory that the training process may take (a limit on its private
memory, RLIMIT_DATA, above what PyTorch and the rest have taken once they are loaded), trains on it, and tells the peak.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

SIDE, ROWS, ALLOWED_MB = 64, 200_000, 230  # 2,458 MB of pixels
RUN = """
import resource, sys
import deepen, torch
from deepen.training.run import run
def private():
    return sum(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('RssAnon')) / 1024
from sklearn.datasets import load_digits
digits = load_digits()
deepen.train(digits.images.astype("uint8")[:200], digits.target[:200], epochs=1)  # loads all that is loaded late
page = resource.getpagesize()
data = int(open('/proc/self/statm').read().split()[5]) * page
limit = data + {allowed} * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
before = private()
model = deepen.train(sys.argv[1], minutes=1, size="tiny", batch=64)
print("RESULT", round(before), round(private()), model.score, model.about["training"])
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        pixels = np.lib.format.open_memmap(
            path / "x.npy", mode="w+", dtype=np.uint8, shape=(ROWS, SIDE, SIDE, 3)
        )
        rng = np.random.default_rng(0)
        y = rng.integers(0, 2, ROWS)
        for at in range(0, ROWS, 10_000):
            block = rng.integers(0, 200, (10_000, SIDE, SIDE, 3), dtype=np.uint8)
            block[:, :, :, 0] += (40 * y[at : at + 10_000, None, None]).astype(np.uint8)
            pixels[at : at + 10_000] = block
        pixels.flush()
        code = RUN.format(allowed=ALLOWED_MB).replace(
            "deepen.train(sys.argv[1]", "deepen.train(__import__('numpy').load(sys.argv[1] + '/x.npy', mmap_mode='r'), "
            "__import__('numpy').load(sys.argv[1] + '/y.npy')",
        )  # fmt: skip
        np.save(path / "y.npy", y)
        ran = subprocess.run(
            [sys.executable, "-c", code, folder], capture_output=True, text=True, check=False
        )
        print(ran.stdout[-500:], ran.stderr[-1500:])
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        pixels_mb = ROWS * SIDE * SIDE * 3 / 2**20
        print(f"pixels {pixels_mb:,.0f} MB, private memory allowed {ALLOWED_MB} MB, peak RSS {peak:,.0f} MB")


if __name__ == "__main__":
    main()
