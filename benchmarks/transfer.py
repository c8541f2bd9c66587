"""Few labels, with and without a net that was trained on something else: the table in transfer.md.

    python benchmarks/transfer.py [--rows digits usps questions voices] [--labels 100 300] [--seeds 0 1 2] [--choose]

A net is trained first on the source set (a few minutes, or --epochs, kept in the folder named by --kept); then, for
each seed, nets are trained on so many labelled rows of the target set, as many passes as the recipe wants: from
nothing, and from that net with its levels at several rates or held. What it measured is appended to transfer.jsonl, and
transfer.md is written anew from all of it. With --choose the nets are scored on other rows of the target's training
part, by which the default was chosen, and nothing is written. The data sets are looked for in the folder named by
DEEPEN_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import deepen

HERE = Path(__file__).parent
FILE, TABLE = HERE / "transfer.jsonl", HERE / "transfer.md"
DATA = Path(os.environ.get("DEEPEN_DATA", HERE / ".." / ".." / "shared" / "data"))
SIZE = "tiny"  # of all nets, so that the whole table takes minutes on one core
SCORED = 1000  # rows that are scored at the most, drawn by a fixed seed

WAYS: dict[str, dict[str, Any] | None] = {
    "from nothing": None,
    "the head alone": {"freeze": "all"},
    "rates 0.4": {"level_rate": 0.4},
    "rates 0.7": {"level_rate": 0.7},
    "rates 0.9": {"level_rate": 0.9},
    "all alike": {"level_rate": 1.0},
}

Pair = tuple[Any, Any]


def idx(name: str) -> tuple[Pair, Pair]:
    """MNIST or Fashion-MNIST as arrays: train and test."""
    import gzip

    def read(which: str, skip: int) -> np.ndarray:
        found = np.frombuffer(gzip.decompress((DATA / "images" / name / which).read_bytes()), np.uint8)[skip:]
        return found.reshape(-1, 28, 28).copy() if skip == 16 else found.astype(int)

    return tuple(  # type: ignore[return-value]
        (read(f"{part}-images-idx3-ubyte.gz", 16), read(f"{part}-labels-idx1-ubyte.gz", 8))
        for part in ("train", "t10k")
    )


def usps() -> tuple[Pair, Pair]:
    """USPS digits as arrays of bytes."""
    import h5py

    with h5py.File(DATA / "images" / "usps" / "usps.h5") as file:
        return tuple(  # type: ignore[return-value]
            (
                (255 * np.array(file[part]["data"])).round().astype(np.uint8).reshape(-1, 16, 16),
                np.array(file[part]["target"]).astype(int),
            )
            for part in ("train", "test")
        )


def sentences(folder: str, *names: str) -> tuple[Pair, ...]:
    """Lines of a label and a sentence."""
    found = []
    for name in names:
        lines = (DATA / "text" / folder / name).read_text(encoding="utf-8", errors="replace").splitlines()
        parts = [line.split(" ", 1) for line in lines if " " in line]
        found.append(
            (np.array([text for _, text in parts], dtype=object), np.array([label for label, _ in parts]))
        )
    return tuple(found)


def voices(*speakers: str) -> tuple[Pair, Pair]:
    """Spoken digits of some speakers as the bytes of files: the first ten takes of each digit are the test part."""
    parts: tuple[list[Any], list[Any]] = ([], [])
    with zipfile.ZipFile(DATA / "audio" / "free-spoken-digits.zip") as file:
        for name in sorted(n for n in file.namelist() if n.endswith(".wav")):
            digit, speaker, take = Path(name).stem.split("_")
            if speaker in speakers:
                parts[int(take) < 10].append((file.read(name), digit))
    return tuple(  # type: ignore[return-value]
        (np.array([sound for sound, _ in part], dtype=object), np.array([digit for _, digit in part]))
        for part in parts
    )


ROWS = {
    "digits": ("Fashion-MNIST", lambda: idx("fashion-mnist"), "MNIST", lambda: idx("mnist"), "image"),
    "usps": ("MNIST", lambda: idx("mnist"), "USPS", usps, "image"),
    "questions": (
        "SST-2", lambda: sentences("sst2", "stsa.binary.train", "stsa.binary.test"),
        "TREC", lambda: sentences("trec", "TREC.train.all", "TREC.test.all"), "text",
    ),
    "voices": (
        "digits of four speakers", lambda: voices("lucas", "nicolas", "theo", "yweweler"),
        "digits of two others", lambda: voices("george", "jackson"), "audio",
    ),
}  # fmt: skip


def given(kind: str, x: Any) -> Any:
    """Inputs as train takes them."""
    if kind == "audio":
        return pa.table({"sound": pa.array(list(x))})
    return {"text": list(x)} if kind == "text" else x


def pretrained(kept: Path, name: str, budget: dict[str, float]) -> Path:
    """The model of the source set, trained now unless it is there."""
    place = kept / name
    if not place.is_dir():
        source, read, _, _, kind = ROWS[name]
        train, test = read()
        options = {"kinds": {"text": "text"}} if kind == "text" else {}
        model = deepen.train(
            given(kind, train[0]), train[1], test=(given(kind, test[0]), test[1]), shallow_share=0,
            size=SIZE, **budget, **options,
        )  # fmt: skip
        print(f"{source}: {model.score.headline}, {model.about['seconds']:.0f} s", flush=True)
        model.save(place)
    return place


def one(
    name: str, labels: int, seed: int, way: str, before: Path, parts: tuple[Pair, Pair], choose: bool
) -> dict[str, Any]:
    """Train on a few labels, and score."""
    train, test = parts
    kind = ROWS[name][4]
    order = np.random.default_rng(seed).permutation(len(train[1]))
    _, first = np.unique(train[1][order], return_index=True)  # one row of each class is among the few
    order = np.concatenate([order[first], np.delete(order, first)])
    few = order[:labels]
    other = train if choose else test
    scored = (
        order[labels : labels + SCORED]
        if choose
        else np.random.default_rng(0).permutation(len(test[1]))[:SCORED]
    )
    more = WAYS[way]
    options: dict[str, Any] = (
        {"size": SIZE} if more is None else {"from_": before, "from_nothing_share": 0, **more}
    )
    if kind == "text":
        options["kinds"] = {"text": "text"}
    began = time.monotonic()
    model = deepen.train(
        given(kind, train[0][few]), train[1][few], test=(given(kind, other[0][scored]), other[1][scored]),
        minutes=float("inf"), valid_share=0, shallow_share=0, seed=seed, **options,
    )  # fmt: skip
    value = model.score.headline.value
    return {
        "row": name, "labels": labels, "seed": seed, "way": way, "accuracy": value, "n": len(scored),
        "seconds": round(time.monotonic() - began, 1), "training": model.about["training"],
        "device": model.about["device"], "torch": model.about["torch"],
    }  # fmt: skip


def table(found: list[dict[str, Any]]) -> str:
    """Write transfer.md."""
    lines = [
        "# Transfer", "",
        "    python benchmarks/transfer.py", "",
        "Accuracy on up to 1,000 rows of the target's test part, the median of the seeds [least, most], and the",
        "seconds of the quickest run. All nets are of the size tiny, trained as many passes as the recipe wants,",
        "without a validation part.", "",
        "| from | to | labels | way | accuracy | seeds | seconds |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for row, labels, way in dict.fromkeys((r["row"], r["labels"], r["way"]) for r in found):
        mine = [r for r in found if (r["row"], r["labels"], r["way"]) == (row, labels, way)]
        a = [r["accuracy"] for r in mine]
        source, _, target, _, _ = ROWS[row]
        lines.append(
            f"| {source} | {target} | {labels:,} | {way} | {statistics.median(a):.3f} [{min(a):.3f}, {max(a):.3f}] "
            f"| {len(a)} | {min(r['seconds'] for r in mine):.0f} |"
        )
    last = found[-1]
    return "\n".join(
        [*lines, "", f"{last['device']}; torch {last['torch']}, deepen {deepen.__version__}.", ""]
    )


def main() -> None:
    """Measure, and write the table."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--rows", nargs="*", default=list(ROWS))
    asked.add_argument("--labels", nargs="*", type=int, default=[100, 300])
    asked.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    asked.add_argument("--ways", nargs="*", default=list(WAYS))
    asked.add_argument("--minutes", type=float, default=2.0, help="for the source set")
    asked.add_argument("--epochs", type=float, help="for the source set, instead of minutes")
    asked.add_argument("--kept", type=Path, default=Path("pretrained"))
    asked.add_argument("--choose", action="store_true")
    args = asked.parse_args()
    for name in args.rows:
        budget = {"minutes": args.minutes} if args.epochs is None else {"epochs": args.epochs}
        before = pretrained(args.kept, name, budget)
        parts = ROWS[name][3]()
        for labels in args.labels:
            for way in args.ways:
                for seed in args.seeds:
                    found = one(name, labels, seed, way, before, parts, args.choose)  # type: ignore[arg-type]
                    print(json.dumps(found), flush=True)
                    if not args.choose:
                        with FILE.open("a") as file:
                            file.write(json.dumps(found) + "\n")
    if not args.choose:
        latest = {(r["row"], r["labels"], r["way"], r["seed"]): r for r in map(json.loads, FILE.open())}
        TABLE.write_text(table(list(latest.values())))


if __name__ == "__main__":
    main()
