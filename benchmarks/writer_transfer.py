"""Few labelled sentences, with and without a language model of the unlabelled ones: the table in writer_transfer.md.

    python benchmarks/writer_transfer.py [--sets trec sst2] [--labels 100 300 1000] [--seeds 0 1 2] [--choose]

A language model is learned first from all texts of the training part, without labels (kept in the folder named by
--kept); then, for each seed, nets are trained on so many labelled rows of it, all as many passes
(--epochs, fewer over more rows): from nothing, and from the language model. What it measured is appended to
writer_transfer.jsonl, and writer_transfer.md is written anew from all of it. With --choose the nets are scored on other
rows of the training part, by which the recipe was chosen, and nothing is written. The data sets are looked for in the
folder named by DEEPEN_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import deepen
from deepen.language.model import Writer

HERE = Path(__file__).parent
FILE, TABLE = HERE / "writer_transfer.jsonl", HERE / "writer_transfer.md"
DATA = Path(os.environ.get("DEEPEN_DATA", HERE / ".." / ".." / "shared" / "data")) / "text"
SCORED = 1000  # rows of the training part that --choose scores

SETS = {
    "trec": ("trec/TREC.train.all", "trec/TREC.test.all", 25),
    "sst2": ("sst2/stsa.binary.train", "sst2/stsa.binary.test", 20),
}  # of training and test part the files, and the passes of the language model, about a minute of one core
WAYS: dict[str, dict[str, Any]] = {
    "from nothing, bag": {"reader": "bag"},
    "from nothing, cnn": {"reader": "cnn"},
    "the same net from nothing": {"from_": "new"},
    "language model": {"from_": "learned"},
}


def read(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The texts and labels of a file whose lines are a label and a sentence."""
    lines = (DATA / name).read_text(encoding="utf-8", errors="replace").splitlines()
    parts = [line.split(" ", 1) for line in lines if " " in line]
    return np.array([text for _, text in parts], dtype=object), np.array([label for label, _ in parts])


def pretrained(kept: Path, name: str) -> Writer:
    """The language model of a set's training texts, learned now unless it is there."""
    place = kept / name
    if not place.is_dir():
        began = time.process_time()
        model = deepen.pretrain(
            {"text": list(read(SETS[name][0])[0])}, epochs=SETS[name][2], settings={"size": "small"}
        )
        print(f"{name}: {model.scores}, {time.process_time() - began:.0f} s of the processor", flush=True)
        model.save(place)
    return Writer.load(place, device="cpu")


def untrained(model: Writer) -> Writer:
    """The same net and vocabulary, without what it learned."""
    torch.manual_seed(0)
    return replace(model, net=model.net_plan.build().eval())


def one(
    name: str, labels: int, seed: int, way: str, before: Writer, epochs: float, choose: bool
) -> dict[str, Any]:
    """Train on a few labels, and score."""
    texts, y = read(SETS[name][0])
    order = np.random.default_rng(seed).permutation(len(y))
    _, first = np.unique(y[order], return_index=True)  # one row of each class is among the few
    order = np.concatenate([order[first], np.delete(order, first)])
    few, more = order[:labels], order[labels : labels + SCORED]
    test = (texts[more], y[more]) if choose else read(SETS[name][1])
    options = dict(WAYS[way])
    if "from_" in options:
        options["from_"] = before if options["from_"] == "learned" else untrained(before)
    passes = min(epochs, 15_000 / labels)
    began = time.process_time()
    model = deepen.train(
        {"text": list(texts[few])}, y[few], test=({"text": list(test[0])}, test[1]), epochs=passes, valid_share=0,
        seed=seed, kinds={"text": "text"}, **options,
    )  # fmt: skip
    return {
        "set": name, "labels": labels, "seed": seed, "way": way, "accuracy": model.score.headline.value,
        "linear": model.scores["linear"].headline.value, "n": len(test[1]), "epochs": passes,
        "seconds": round(time.process_time() - began, 1), "training": model.about["training"],
        "device": model.about["device"], "torch": model.about["torch"], "language": before.about["training"],
        "net": before.about["net"],
    }  # fmt: skip


def table(found: list[dict[str, Any]]) -> str:
    """Write writer_transfer.md."""
    lines = [
        "# Few labelled sentences after a language model of unlabelled ones", "",
        "    python benchmarks/writer_transfer.py", "",
        "Accuracy on the set's test part: the median of the seeds [least, most]; and the seconds of the processor of",
        "the longest training. All nets make the same number of passes, without a validation part. `linear` is the",
        "ridge regression on counts of tokens and pairs of them, words or the language model's, that stands beside a",
        "training without a clock.", "",
    ]  # fmt: skip
    for name in dict.fromkeys(r["set"] for r in found):
        last = [r for r in found if r["set"] == name][-1]
        lines += [f"- {name}: {last['language']} of an {last['net']}"]
    lines += [
        "",
        "| set | labels | way | accuracy | seeds | passes | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, labels in dict.fromkeys((r["set"], r["labels"]) for r in found):
        mine = [r for r in found if (r["set"], r["labels"]) == (name, labels)]
        for what, words in (("words", True), ("the model's tokens", False)):
            linear = {r["seed"]: r["linear"] for r in mine if r["way"].startswith("from nothing") == words}
            if linear:
                spread = _spread(list(linear.values()))
                lines.append(f"| {name} | {labels:,} | linear, {what} | {spread} | {len(linear)} | | |")
        for way in dict.fromkeys(r["way"] for r in mine):
            some = [r for r in mine if r["way"] == way]
            lines.append(
                f"| {name} | {labels:,} | {way} | {_spread([r['accuracy'] for r in some])} | {len(some)} "
                f"| {some[0]['epochs']:g} | {max(r['seconds'] for r in some):.0f} |"
            )
    last = found[-1]
    return "\n".join(
        [*lines, "", f"{last['device']}; torch {last['torch']}, deepen {deepen.__version__}.", ""]
    )


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3f} [{min(values):.3f}, {max(values):.3f}]"


def main() -> None:
    """Measure, and write the table."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--sets", nargs="*", default=list(SETS))
    asked.add_argument("--labels", nargs="*", type=int, default=[100, 300, 1000])
    asked.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    asked.add_argument("--ways", nargs="*", default=list(WAYS))
    asked.add_argument("--epochs", type=float, default=30, help="of the nets over the labelled rows")
    asked.add_argument("--kept", type=Path, default=Path("pretrained"))
    asked.add_argument("--choose", action="store_true")
    args = asked.parse_args()
    for name in args.sets:
        before = pretrained(args.kept, name)
        for labels in args.labels:
            for way in args.ways:
                for seed in args.seeds:
                    found = one(name, labels, seed, way, before, args.epochs, args.choose)
                    print(json.dumps(found), flush=True)
                    if not args.choose:
                        with FILE.open("a") as file:
                            file.write(json.dumps(found) + "\n")
    if not args.choose:
        latest = {(r["set"], r["labels"], r["way"], r["seed"]): r for r in map(json.loads, FILE.open())}
        TABLE.write_text(table(list(latest.values())))


if __name__ == "__main__":
    main()
