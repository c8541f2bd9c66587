"""Faults planted in known data, and how many of them deepen check finds: the table in leaks.md.

    python benchmarks/leaks.py [--cases copies-fashion labels-sms ...] [--seeds 0 1 2]

Every run plants its faults by the seed, checks the data for a minute at the most, and appends what it measured to
leaks.jsonl; leaks.md is written anew from all of it. The data sets are looked for in the folder named by
DEEPEN_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import gzip
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import deepen
from deepen.findings import Findings

HERE = Path(__file__).parent
DATA = Path(os.environ.get("DEEPEN_DATA", HERE.parent / ".." / "shared" / "data")).resolve()
SHARE = 0.02  # of the labels that are made wrong
Row = dict[str, Any]


def fashion(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    folder = DATA / "images/fashion-mnist"
    x, y = (
        np.frombuffer(
            gzip.decompress((folder / f"train-{name}-ubyte.gz").read_bytes()), np.uint8, offset=start
        )
        for name, start in (("images-idx3", 16), ("labels-idx1", 8))
    )
    some = rng.permutation(len(y))[:rows]
    return x.reshape(-1, 28, 28)[some], y[some].astype(np.int64)


def digits(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    found = load_digits()
    some = rng.permutation(len(found.target))[:rows]
    return (found.images * 255 / 16).astype(np.uint8)[some], found.target[some].astype(np.int64)


def sms(rng: np.random.Generator) -> list[list[str]]:
    with (DATA / "text/sms-spam.tsv").open(encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t", 1) for line in file][1:]
    return [rows[at] for at in rng.permutation(len(rows))]


def table(name: str, rng: np.random.Generator, rows: int) -> list[list[str]]:
    with (DATA / "tables" / name).open() as file:
        found = [[v.strip() for v in row] for row in csv.reader(file) if row]
    return [found[at] for at in rng.permutation(len(found))[:rows]]


# -- pictures and texts that are copies


def jpeg(pixels: np.ndarray, _rng: np.random.Generator) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=75)
    return np.asarray(Image.open(io.BytesIO(file.getvalue())))


def brighter(pixels: np.ndarray, _rng: np.random.Generator) -> np.ndarray:
    return np.clip(pixels.astype(float) * 1.1 + 8, 0, 255).astype(np.uint8)


def cropped(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    h, w = pixels.shape
    left, top, right, bottom = [
        (1, 1, w - 1, h - 1),
        (1, 0, w, h),
        (0, 1, w, h),
        (0, 0, w - 1, h),
        (0, 0, w, h - 1),
    ][rng.integers(5)]
    return np.asarray(
        Image.fromarray(pixels).crop((left, top, right, bottom)).resize((w, h), Image.Resampling.BICUBIC)
    )


def exact(item: Any, _rng: np.random.Generator) -> Any:
    return item


def capitals(text: str, _rng: np.random.Generator) -> str:
    return text.upper()


def unpunctuated(text: str, _rng: np.random.Generator) -> str:
    return "".join(c for c in text if c.isalnum() or c.isspace()) + " !!"


def one_word(text: str, rng: np.random.Generator) -> str:
    words = text.split()
    words[rng.integers(len(words))] = "something"
    return " ".join(words)


PICTURES = {"exact": exact, "JPEG, quality 75": jpeg, "brighter": brighter, "cropped by a pixel": cropped}
TEXTS = {
    "exact": exact,
    "in capitals": capitals,
    "without punctuation": unpunctuated,
    "one word changed": one_word,
}


def pairs_of(found: Findings) -> set[tuple[int, int]]:
    """Pairs of a test row and another row that findings name."""
    pairs = set()
    for f in found.of("duplicate across parts", "near duplicate across parts"):
        tests = [row for row, part in zip(f.rows, f.parts, strict=True) if part == "test"]
        pairs |= {(a, b) for a in tests for b in f.rows if b not in tests}
    return pairs


def copies(
    items: Any, rng: np.random.Generator, ways: dict[str, Any], tests: int, each: int, fit: Any
) -> Any:
    """Plant copies of test items among the training items; give them and, for each way, the pairs of places."""
    usable = [at for at in range(tests) if fit(items[at])]
    chosen = rng.choice(usable, each * len(ways), replace=False)
    names = np.repeat(list(ways), each)
    new = [ways[name](items[at], rng) for name, at in zip(names, chosen, strict=True)]
    return chosen, names, new


def copies_of_pictures(give: Callable[..., Any], rows: int) -> Callable[[int], Row]:
    def run(seed: int) -> Row:
        rng = np.random.default_rng(seed)
        x, y = give(rng, rows)
        tests = len(x) // 5
        chosen, names, new = copies(x, rng, PICTURES, tests, 25, lambda _: True)
        train, labels = np.concatenate([x[tests:], np.stack(new)]), np.concatenate([y[tests:], y[chosen]])
        found = deepen.check(train, labels, test=(x[:tests], y[:tests]), seed=seed)
        first, base = len(x) - tests, len(train)  # the test part stands behind the training part
        truth = {(base + int(at), first + k): str(names[k]) for k, at in enumerate(chosen)}
        return counted(found, truth, lambda _pair: False)

    return run


def by_hash(seed: int) -> Row:
    """The same planted copies by a perceptual hash: 64 signs of the lowest frequencies of a cosine transform.

    Zauner 2010, "Implementation and benchmarking of perceptual image hash functions".
    """
    from scipy.fft import dctn

    rng = np.random.default_rng(seed)
    x, _ = fashion(rng, 5000)
    tests = len(x) // 5
    chosen, names, new = copies(x, rng, PICTURES, tests, 25, lambda _: True)
    every = [np.asarray(Image.fromarray(p).resize((32, 32)), dtype=float) for p in [*x, *new]]
    low = np.stack([dctn(p)[:8, :8].ravel() for p in every])
    bits = (low > np.median(low, axis=1, keepdims=True)).astype(np.float32)
    apart = bits[:tests] @ (1 - bits[tests:].T) + (1 - bits[:tests]) @ bits[tests:].T  # (tests, others)
    truth = {(int(at), len(x) - tests + k): str(names[k]) for k, at in enumerate(chosen)}
    found: Row = {"planted": len(truth)}
    for limit in (0, 2, 4, 8):
        got = set(map(tuple, np.argwhere(apart <= limit).tolist()))
        found[f"recall, {limit} bits"] = len(got & set(truth)) / len(truth)
        found[f"others, {limit} bits"] = len(got - set(truth))
    return found


def copies_of_texts(seed: int) -> Row:
    rng = np.random.default_rng(seed)
    rows = sms(rng)
    tests = 1000
    texts = [row[1] for row in rows]
    chosen, names, new = copies(texts, rng, TEXTS, tests, 25, lambda text: len(text.split()) >= 8)
    train = rows[tests:] + [[rows[at][0], text] for at, text in zip(chosen, new, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        parts = {}
        for part, some in (("train", train), ("test", rows[:tests])):
            parts[part] = write(Path(folder) / f"{part}.csv", ["label", "text"], some)
        found = deepen.check(
            parts["train"], target="label", test=parts["test"], kinds={"text": "text"}, seed=seed
        )
    every = [row[1] for row in train] + texts[:tests]
    first, base = len(rows) - tests, len(train)
    truth = {(base + int(at), first + k): str(names[k]) for k, at in enumerate(chosen)}

    def alike(pair: tuple[int, int]) -> bool:
        a, b = (every[at].lower() for at in pair)
        return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio() >= 0.7

    return counted(found, truth, alike)


def counted(
    found: Findings, truth: dict[tuple[int, int], str], natural: Callable[[tuple[int, int]], bool]
) -> Row:
    got = pairs_of(found)
    others = got - set(truth)
    # Copies of one item, planted or there before, are pairs among themselves: no error.
    known = {b for _, b in truth} | {a for a, _ in truth}
    chained = {pair for pair in others if pair[0] in known or pair[1] in known}
    ways = dict.fromkeys(truth.values())
    return {
        "planted": len(truth), "recall": len(got & set(truth)) / len(truth),
        **{f"recall, {way}": statistics.mean(p in got for p, w in truth.items() if w == way) for way in ways},
        "others": len(others), "others alike": len([p for p in others if p in chained or natural(p)]),
        "seconds": found.seconds,
    }  # fmt: skip


def write(path: Path, names: list[str], rows: list[list[Any]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerows([names, *rows])
    return str(path)


# -- wrong labels


def spoilt(labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    classes = np.unique(labels)
    wrong = rng.choice(len(labels), round(SHARE * len(labels)), replace=False)
    codes = np.searchsorted(classes, labels)
    codes[wrong] = (codes[wrong] + rng.integers(1, len(classes), len(wrong))) % len(classes)
    return classes[codes], wrong


def doubted(found: Findings, wrong: np.ndarray) -> Row:
    named = [f.rows[0] for f in found.of("wrong label")]
    hit = np.isin(named, wrong)
    figures = found.figures
    return {
        "planted": len(wrong), "named": len(named), "precision at 50": float(hit[:50].mean()),
        "recall": float(hit.sum() / len(wrong)),
        "accuracy": figures["accuracy of the learner that doubts labels"], "AUC": figures["AUC between train and test"],
        "AUC low": figures["AUC low"], "AUC high": figures["AUC high"], "seconds": found.seconds,
        "false shift": len(found.of("shift")),
    }  # fmt: skip


def labels_of_pictures(give: Callable[..., Any], rows: int) -> Callable[[int], Row]:
    def run(seed: int) -> Row:
        rng = np.random.default_rng(seed)
        x, y = give(rng, rows)
        labels, wrong = spoilt(y, rng)
        return doubted(deepen.check(x, labels, seed=seed), wrong)

    return run


def labels_of_rows(
    read: Callable[[np.random.Generator], list[list[str]]], at: int, **more: Any
) -> Callable[[int], Row]:
    def run(seed: int) -> Row:
        rng = np.random.default_rng(seed)
        rows = read(rng)
        labels, wrong = spoilt(np.array([row[at] for row in rows]), rng)
        names = [f"column{k}" for k in range(len(rows[0]))]
        names[at] = "label"
        for row, label in zip(rows, labels, strict=True):
            row[at] = str(label)
        with tempfile.TemporaryDirectory() as folder:
            source = write(Path(folder) / "rows.csv", names, rows)
            return doubted(deepen.check(source, target="label", seed=seed, **more), wrong)

    return run


# -- a leaking column, and a shift


def leak(name: str, rows: int) -> Callable[[int], Row]:
    """Plant a column that is the target's code, wrong for one row in a hundred."""

    def run(seed: int) -> Row:
        rng = np.random.default_rng(seed)
        found = {}
        for planted in (False, True):
            given = table(name, np.random.default_rng(seed), rows)
            classes = sorted({row[-1] for row in given})
            names = [f"column{k}" for k in range(len(given[0]))]
            if planted:
                for row in given:
                    code = classes.index(row[-1])
                    row.insert(
                        0, f"{100 + (1 - code if rng.random() < 0.01 else code) + rng.random() * 0.5:.3f}"
                    )
                names = ["planted", *names]
            with tempfile.TemporaryDirectory() as folder:
                source = write(Path(folder) / "rows.csv", names, given)
                told = deepen.check(source, target=names[-1], seed=seed)
            found[planted] = [f.column for f in told.of("leaking column")]
        return {"found": float("planted" in found[True]), "false alarms": len([c for c in found[False] + found[True]
                if c != "planted"]), "seconds": told.seconds}  # fmt: skip

    return run


def shift(seed: int) -> Row:
    """Adult: the test part is three years older, a column among fourteen."""
    rng = np.random.default_rng(seed)
    rows = table("adult-train.csv", rng, 8000)
    for row in rows[:2000]:
        row[0] = str(int(row[0]) + 3)
    names = [f"column{k}" for k in range(len(rows[0]))]
    with tempfile.TemporaryDirectory() as folder:
        test = write(Path(folder) / "test.csv", names, rows[:2000])
        train = write(Path(folder) / "train.csv", names, rows[2000:])
        found = deepen.check(train, target=names[-1], test=test, seed=seed)
    named = found.of("shift")
    return {
        "found": float(bool(named)),
        "first named is the planted one": float(bool(named) and named[0].column == names[0]),
        "AUC": found.figures["AUC between train and test"], "AUC low": found.figures["AUC low"],
        "AUC high": found.figures["AUC high"], "seconds": found.seconds,
    }  # fmt: skip


CASES: dict[str, tuple[str, Callable[[int], Row]]] = {
    "copies-fashion": ("Fashion-MNIST, 5,000 pictures", copies_of_pictures(fashion, 5000)),
    "hash-fashion": ("Fashion-MNIST, 5,000 pictures", by_hash),
    "copies-digits": ("digits, 1,797 pictures of 8 x 8", copies_of_pictures(digits, 1797)),
    "copies-sms": ("SMS, 5,572 messages", copies_of_texts),
    "labels-digits": ("digits", labels_of_pictures(digits, 1797)),
    "labels-fashion": ("Fashion-MNIST, 6,000 pictures", labels_of_pictures(fashion, 6000)),
    "labels-sms": ("SMS", labels_of_rows(sms, 0)),
    "labels-adult": (
        "adult, 8,000 rows",
        labels_of_rows(lambda rng: table("adult-train.csv", rng, 8000), -1),
    ),
    "leak-pima": ("Pima, 768 rows", leak("pima-indians-diabetes.csv", 768)),
    "leak-adult": ("adult, 8,000 rows", leak("adult-train.csv", 8000)),
    "shift-adult": ("adult, 2,000 test rows, their age raised by 3 years", shift),
}


def shown(rows: list[Row], name: str) -> str:
    values = [row[name] for row in rows if name in row]
    if not values:
        return ""
    mean = statistics.mean(values)
    text = f"{mean:.2f}" if any(v % 1 for v in values) or max(values) <= 1 else f"{mean:.0f}"
    if len(values) > 1 and max(values) > min(values):
        low, high = (
            f"{v:.2f}" if v % 1 or max(values) <= 1 else f"{v:.0f}" for v in (min(values), max(values))
        )
        text += f" ({low} to {high})"
    return text


def page(kept: dict[tuple[str, int], Row]) -> str:
    lines = [
        "# Planted faults found", "",
        "    python benchmarks/leaks.py", "",
        "Each figure is the mean over seeds 0, 1 and 2, with the least and the greatest where they differ; each run",
        "has a minute at the most, and no trained model.", "",
    ]  # fmt: skip
    for prefix, title, text in SECTIONS:
        cases = [c for c in CASES if c.startswith(prefix) and any(case == c for case, _ in kept)]
        if not cases:
            continue
        lines += [f"## {title}", "", *text, ""]
        of = {c: [row for (case, _), row in sorted(kept.items()) if case == c] for c in cases}
        columns = list(dict.fromkeys(name for rows in of.values() for row in rows for name in row))
        columns = [c for c in columns if c not in ("AUC low", "AUC high")]
        lines += [f"| {' | '.join(['', 'seeds', *columns])} |", "|---" * (len(columns) + 2) + "|"]
        for c in cases:
            cells = [CASES[c][0], str(len(of[c])), *(shown(of[c], name) for name in columns)]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    null = [r for (c, _), r in kept.items() if c.startswith("labels-")]
    if null:
        holds = sum(r["AUC low"] <= 0.5 <= r["AUC high"] for r in null)
        false = sum(r["false shift"] for r in null)
        lines += [
            "Where no shift was planted (the runs with wrong labels, split at random) the AUC's 95 % interval held 0.5",
            f"in {holds} of {len(null)} runs, and a shift was told in {false}.", "",
        ]  # fmt: skip
    return "\n".join(lines)


SECTIONS = [
    (
        "copies-", "Copies across parts",
        [
            "A fifth of the rows is the test part (1,000 messages); a hundred copies of test rows stand among the",
            "training rows, 25 of each way. `others` are pairs across the parts that were told and not planted;",
            "`others alike` those of them that are copies of a planted one, or texts that Python's `difflib` too finds",
            "alike (0.7 or more): the messages hold many copies of their own.",
        ],
    ),
    (
        "hash-", "Beside it: a perceptual hash",
        ["The same copies by a perceptual hash of 64 bits, of which so many may differ."],
    ),
    (
        "labels-", "Wrong labels",
        [
            f"{SHARE:.0%} of the labels were made wrong at random. `precision at 50` is of the 50 named first, or of",
            "all where fewer are named. `accuracy` is the quick learner's, out of fold, against the labels as given.",
        ],
    ),
    ("leak-", "A leaking column",
     ["A number that tells the class of 99 of 100 rows; each seed checks the data without it too."]),
    ("shift-", "A shift between the parts", ["One column of fourteen is changed."]),
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    asked = parser.parse_args()
    log = HERE / "leaks.jsonl"
    for seed in asked.seeds:
        for case in asked.cases:
            began = time.monotonic()
            row = CASES[case][1](seed)
            with log.open("a") as file:
                file.write(json.dumps({"case": case, "seed": seed, **row}) + "\n")
            print(case, seed, f"{time.monotonic() - began:.0f} s", row, flush=True)
    kept = {}
    for line in log.read_text().splitlines():
        row = json.loads(line)
        kept[row.pop("case"), row.pop("seed")] = row  # the last one counts
    (HERE / "leaks.md").write_text(page(kept))


if __name__ == "__main__":
    main()
