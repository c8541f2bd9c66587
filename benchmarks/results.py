"""How good a net comes of known data sets in how many minutes: the table in results.md.

    python benchmarks/results.py [--rows digits mnist ...] [--seeds 0 1 2]

Every run is a process of its own, given the raw files and the minutes alone. What it measured is appended to
results.jsonl; results.md is written anew from all of it. The data sets are looked for in the folder named by
DEEPEN_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STARTED = time.monotonic()
HERE = Path(__file__).parent
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parent / ".." / "shared" / "data")).resolve()


@dataclass(frozen=True)
class Row:
    """One data set: how it is given, the minutes, and what is wanted of which measure."""

    give: Callable[[int], tuple[tuple[Any, ...], dict[str, Any]]]
    minutes: float
    wanted: dict[str, float]
    beside: bool = False  # whether scikit-learn's gradient boosting is fitted on the same split


def digits(_seed: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
    import numpy as np
    from sklearn.datasets import load_digits

    found = load_digits()
    return ((found.images * 255 / 16).astype(np.uint8), found.target), {}


def usps(_seed: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
    import h5py
    import numpy as np

    with h5py.File(DATA / "images/usps/usps.h5") as file:
        x, y = (np.concatenate([file[part][name][:] for part in ("train",)]) for name in ("data", "target"))
        test = file["test"]["data"][:].reshape(-1, 16, 16), file["test"]["target"][:]
    return (x.reshape(-1, 16, 16), y), {"test": test}


def file(name: str, **options: Any) -> Callable[[int], tuple[tuple[Any, ...], dict[str, Any]]]:
    def give(_seed: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        more = {k: str(DATA / v) if k == "test" else v for k, v in options.items()}
        return (str(DATA / name),), more

    return give


def halves(name: str, target: int, drop: tuple[int, ...] = ()) -> Callable[[int], Any]:
    """A small table, of which a fifth is held out by the seed, so that boosting gets the same rows."""

    def give(seed: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        import pandas as pd
        from sklearn.model_selection import train_test_split

        frame = pd.read_csv(DATA / name, header=None, na_values="?")
        frame.columns = [f"c{i}" for i in range(frame.shape[1])]
        goal = f"c{target}"
        frame = frame[frame[goal].notna()].drop(columns=[f"c{i}" for i in drop])
        train, test = train_test_split(frame, test_size=0.2, random_state=seed, stratify=frame[goal])
        return (train,), {"test": test, "target": goal, "kinds": {goal: "category"}}

    return give


def labelled(folder: str, train: str, test: str, valid: str | None = None) -> Callable[[int], Any]:
    """Files of lines that are a label, a blank and a sentence."""

    def frame(name: str) -> Any:
        import pandas as pd

        lines = (DATA / "text" / folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
        return pd.DataFrame([line.split(" ", 1) for line in lines], columns=["label", "text"])

    def give(_seed: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        more = {"test": frame(test)} | ({"valid": frame(valid)} if valid else {})
        return (frame(train),), more

    return give


def spoken(held: Callable[[list[str]], bool], group: str | None = None) -> Callable[[int], Any]:
    """The spoken digits, of which those are the test part whose names' parts (digit, speaker, take) are held.

    With the speakers as the group a speaker stands in the validation part alone, as one does in the test part.
    """

    def give(_seed: int) -> tuple[tuple[Any, ...], dict[str, Any]]:
        import zipfile

        import pandas as pd

        with zipfile.ZipFile(DATA / "audio/free-spoken-digits.zip") as archive:
            names = [name for name in archive.namelist() if name.endswith(".wav")]
            frame = pd.DataFrame({"audio": [archive.read(name) for name in names]})
        parts = [Path(name).stem.split("_") for name in names]
        frame["digit"] = [part[0] for part in parts]
        more: dict[str, Any] = {"target": "digit", "kinds": {"digit": "category"}}
        if group:
            frame[group] = [part[1] for part in parts]
            more["group"] = group
        test = pd.Series([held(part) for part in parts])
        return (frame[~test],), {"test": frame[test], **more}

    return give


SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")

ROWS = {
    "scikit-learn digits": Row(digits, 0.5, {"accuracy": 0.98}),
    "USPS": Row(usps, 2, {"accuracy": 0.96}),
    "MNIST": Row(file("images/mnist"), 3, {"accuracy": 0.993}),
    "Pima diabetes": Row(halves("tables/pima-indians-diabetes.csv", 8), 0.5, {}, beside=True),
    "sonar": Row(halves("tables/sonar.csv", 60), 0.5, {}, beside=True),
    "wine": Row(halves("tables/wine.csv", 13), 0.5, {}, beside=True),
    "horse colic": Row(halves("tables/horse-colic.csv", 23, (2, 24, 25, 26, 27)), 0.5, {}, beside=True),
    "adult": Row(
        file("tables/adult-train.csv", test="tables/adult-test.csv"), 3, {"accuracy": 0.855, "auc": 0.910}
    ),
    "California housing": Row(
        file("tables/california-housing.csv", target="median_house_value"), 3, {"r2": 0.80}
    ),
    "flowers": Row(file("images/flowers.zip"), 10, {"accuracy": 0.75}),
    "Fashion-MNIST": Row(file("images/fashion-mnist"), 10, {"accuracy": 0.93}),
    "CIFAR-10 (JPEG)": Row(file("images/cifar10-jpeg.zip"), 20, {"accuracy": 0.85}),
    "spoken digits": Row(spoken(lambda part: int(part[2]) < 5), 5, {"accuracy": 0.97}),
    **{
        f"spoken digits, {who} unheard": Row(
            spoken(lambda part, who=who: part[1] == who, group="speaker"), 5, {"accuracy": 0.80}
        )  # type: ignore[misc]
        for who in SPEAKERS
    },
    "ECG5000": Row(file("series/ecg5000.npz"), 2, {"accuracy": 0.940, "macro_f1": float("nan")}),
    "SMS spam": Row(file("text/sms-spam.tsv", target="Label"), 2, {"f1": 0.95}),
    "SST-2": Row(
        labelled("sst2", "stsa.binary.train", "stsa.binary.test", "stsa.binary.dev"), 5, {"accuracy": 0.82}
    ),
    "TREC": Row(labelled("trec", "TREC.train.all", "TREC.test.all"), 3, {"accuracy": 0.88}),
}


def one(name: str, seed: int) -> dict[str, Any]:
    """Train once, and tell what came."""
    import resource

    import deepen

    row = ROWS[name]
    given, options = row.give(seed)
    model = deepen.train(*given, minutes=row.minutes, seed=seed, started=STARTED, **options)
    seconds = time.monotonic() - STARTED
    found: dict[str, Any] = {
        "row": name, "seed": seed, "seconds": seconds, "minutes": row.minutes,
        "measures": {m.name: [m.value, m.low, m.high] for m in model.score.measures.values()},
        "shallow": _shallow(model), "about": dict(model.about),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip
    if row.beside:
        found["boosting"] = boosting(given[0], options)
    return found


def _shallow(model: Any) -> list[Any]:
    """The shallow learner chosen beside the net, and its score."""
    name = next(name for name in model.scores if name not in ("test", "majority"))
    return [name, model.scores[name].headline.value]


def boosting(train: Any, options: dict[str, Any]) -> list[float]:
    """The accuracy of scikit-learn's histogram gradient boosting on the same split, with its interval."""
    import numpy as np
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingClassifier

    from deepen.evidence.intervals import wilson

    goal = options["target"]
    whole = pd.concat([train, options["test"]])
    x = pd.get_dummies(whole.drop(columns=[goal]))
    fitted = HistGradientBoostingClassifier(random_state=0).fit(x[: len(train)], train[goal])
    right = int(np.sum(fitted.predict(x[len(train) :]) == options["test"][goal].to_numpy()))
    low, high = wilson(right, len(options["test"]))
    return [right / len(options["test"]), float(low), float(high)]


def _told(found: dict[str, Any]) -> str:
    """The shallow learner's score; the earliest runs had a ridge regression alone."""
    name, value = found.get("shallow", ("ridge", found.get("linear", math.nan)))
    return f"{value:.3f} ({name})"


def table(found: list[dict[str, Any]]) -> str:
    """Write results.md: the medians over the seeds."""
    lines = [
        "# Results", "",
        "Medians over the seeds, lowest and highest in brackets; every run is a process of its own, given the raw",
        "files and the minutes alone. The seconds are the whole process's, imports included. Where a seed had one",
        "thread, two runs stood side by side, each on a core of its own: half of what the minutes are meant for.",
        "Made by `python benchmarks/results.py`.", "",
        "| data | minutes | measure | wanted | reached (lowest, highest) | one run's interval | shallow | seconds |"
        " peak MB | threads of each seed |", "|---|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, row in ROWS.items():
        mine = [f for f in found if f["row"] == name]
        if not mine:
            continue
        wanted = row.wanted or {"accuracy": float("nan")}
        for measure, least in wanted.items():
            values = [f["measures"][measure][0] for f in mine]
            first = mine[0]["measures"][measure]
            goal = "" if math.isnan(least) else f"{least:.3f}"
            if row.beside:
                value, low, high = (statistics.median(f["boosting"][i] for f in mine) for i in range(3))
                goal = f"boosting {value:.3f} [{low:.3f}, {high:.3f}]"
            reached = f"**{statistics.median(values):.4f}** ({min(values):.4f}, {max(values):.4f})"
            seconds = statistics.median(f["seconds"] for f in mine)
            cells = (
                name, f"{row.minutes:g}", measure, goal, reached, f"[{first[1]:.4f}, {first[2]:.4f}]",
                _told(mine[-1]), f"{seconds:.0f}", f"{max(f['peak_mb'] for f in mine):.0f}",
                ", ".join(_threads(f) for f in mine),
            )  # fmt: skip
            lines.append("| " + " | ".join(cells) + " |")
    about = found[-1]["about"]
    lines += [
        "",
        f"{about['device']}; torch {about['torch']}, Python {about['python']}, deepen {about['deepen']}.",
        "",
    ]
    lines += [
        "What was chosen, in the last run of each:",
        "",
        "| data | net | training | augmentation | precision |",
        "|---|---|---|---|---|",
    ]
    for name in ROWS:
        mine = [f for f in found if f["row"] == name]
        if mine:
            a = mine[-1]["about"]
            lines.append(
                f"| {name} | {a['net']} | {a['training']} | {a['augmentation']} | {a['precision']} |"
            )
    return "\n".join([*lines, ""])


def _threads(found: dict[str, Any]) -> str:
    """How many threads a run had, as its device says: ``CPU, 2 threads, AVX512``."""
    return str(found["about"]["device"].split(", ")[1].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--rows", nargs="*", default=list(ROWS))
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(one(arguments.one[0], int(arguments.one[1]))))
        return
    kept = HERE / "results.jsonl"
    for name in arguments.rows:
        for seed in arguments.seeds:
            # A cache of its own, so that reading and decoding count in every run.
            with tempfile.TemporaryDirectory() as cache:
                ran = subprocess.run(
                    [sys.executable, __file__, "--one", name, str(seed)], capture_output=True, text=True,
                    env={**os.environ, "DEEPEN_CACHE": cache}, check=False,
                )  # fmt: skip
            if ran.returncode:
                print(name, seed, ran.stderr[-2000:], file=sys.stderr)
                continue
            found = json.loads(ran.stdout.splitlines()[-1])
            with kept.open("a") as out:
                out.write(json.dumps(found) + "\n")
            print(
                name,
                seed,
                f"{found['seconds']:.1f} s",
                {k: round(v[0], 4) for k, v in found["measures"].items()},
                flush=True,
            )
    rows = [json.loads(line) for line in kept.read_text().splitlines()]
    (HERE / "results.md").write_text(table(list({(r["row"], r["seed"]): r for r in rows}.values())))


if __name__ == "__main__":
    main()
