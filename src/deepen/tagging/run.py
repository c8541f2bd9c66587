"""One run that learns to tag: its stages, in their order.

Legend: N rows, T elements of one, K tags.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from deepen.compute.device import summary
from deepen.compute.threads import threads
from deepen.data.kinds import Series
from deepen.data.schema import Schema
from deepen.data.split import Split
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.evidence.tag_baselines import Habits, commonest, of_neighbours
from deepen.evidence.tag_measures import tag_score
from deepen.nets.sizes import parameters
from deepen.records import Score
from deepen.tagging.inputs import Reader, encode, fit_steps
from deepen.tagging.learn import TagNet, TagPlan, learn, make_plan
from deepen.tagging.lexicon import Lexicon
from deepen.tagging.model import Tagger, codes_of_tags
from deepen.tagging.pieces import MOST, cut
from deepen.tagging.rows import Elements, check_lengths, elements_of, tags_of
from deepen.trained import versions
from deepen.training.context import Context
from deepen.training.divide import divide

__all__ = ["run"]


@dataclass(frozen=True, eq=False)
class _Data:
    """What is learned from: rows of elements, their tags, the parts, and the K tags by how common they are."""

    elements: Elements
    tags: Elements
    rows: Split
    labels: tuple[str, ...]

    def of(self, part: np.ndarray) -> tuple[list[Any], list[Sequence[str]]]:
        """The elements and tags of some rows."""
        return [self.elements.rows[row] for row in part], [self.tags.rows[row] for row in part]


def run(context: Context, table: Table, schema: Schema) -> Tagger:
    """Go from a table of elements and tags to a trained and scored model.

    Raises
    ------
    DataError
        If a row's elements and tags differ in number, or there is nothing to learn.
    """
    data = _gather(context, table, schema)
    (elements, tags), (held, held_tags), (asked, truth) = (data.of(p) for p in _parts(data.rows))
    codes = codes_of_tags(tags, data.labels)
    reader = _reader(context, table, schema, data)
    train, valid = (
        encode(reader, elements, codes),
        encode(reader, held, codes_of_tags(held_tags, data.labels)),
    )
    known = _known(context, data.labels, truth)
    beside = _beside(context, reader, (elements, codes), (asked, truth), known)

    def net_of(plan: TagPlan) -> TagNet:
        words = isinstance(reader, Lexicon)
        return TagNet(
            v=reader.v if isinstance(reader, Lexicon) else 0,
            channels=0 if isinstance(reader, Lexicon) else reader.shape.c,
            longest=train.x.shape[1], outputs=len(data.labels),
            buckets=reader.buckets if isinstance(reader, Lexicon) else 0,
            rare=reader.rare if isinstance(reader, Lexicon) else 0,
            width=plan.width, depth=plan.depth, dropout=plan.dropout, embedding_d=64 if words else 1,
        )  # fmt: skip

    plan = make_plan(context, train, net_of)
    held_pieces = len(valid.pieces) + len(cut(np.array(list(map(len, asked)))))
    with threads(plan.threads or torch.get_num_threads()):
        net, history = learn(context, train, valid, plan, net_of(plan), held_pieces)
        context.watch.stage("scoring")
        model = Tagger(
            net=net, net_plan=net_of(plan), reader=reader, labels=data.labels, schema=schema, history=history,
            precision=plan.precision,
            habits=Habits.fit(elements, codes, len(data.labels)) if isinstance(reader, Lexicon) else None,
        )  # fmt: skip
        model.calibrate(held, codes_of_tags(held_tags, data.labels), codes)
        if model.chain is not None and model.chain.weight:
            context.tell(f"which tag follows which counts too, with an exponent of {model.chain.weight:g}")
        answers = [p.argmax(1) for p in model.probabilities(asked)]
    score = tag_score(codes_of_tags(truth, known), answers, known, seed=context.options.seed)
    model.scores = {"test": score, **beside}
    model.notes = tuple(context.notes)
    last = history.moments[-1] if history.moments else None
    model.about = {
        "source": table.origin,
        "net": f"LSTM of {plan.width} units each way, {parameters(net):,} parameters",
        "training": f"{last.step:,} steps of {plan.batch}, {last.epoch:.1f} passes" if last else "none",
        "precision": str(plan.precision),
        "device": summary(context.device),
        "seconds": round(context.clock.elapsed, 1),
        "seed": context.options.seed,
        **versions(),
    }
    return model


def _parts(rows: Split) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return rows.train, rows.valid, rows.test


def _gather(context: Context, table: Table, schema: Schema) -> _Data:
    """Read the rows, leave out those without an element or a tag, and split."""
    name, target = schema.inputs[0].name, schema.targets[0]
    elements = elements_of(table, name, schema.inputs[0].kind)
    tags = tags_of(table, target)
    check_lengths(table, name, target, elements, tags)
    gone = elements.missing | tags.missing
    empty = ~gone & (elements.lengths == 0)
    for which, what in ((gone, "have no tags, or nothing to be tagged,"), (empty, "are empty")):
        if which.any():
            context.tell(
                f"{int(which.sum()):,} rows {what} and were left out, the first at {table.where(int(which.argmax()))}"
            )
    usable = ~(gone | empty)
    if not usable.any():
        raise DataError("no row has an element and its tag", where=table.origin)
    with context.world.first_goes_first():
        rows, _ = divide(context, table, schema, usable, strata=_rarest(tags.rows, table.parts))
    counts = Counter(tag for row in rows.train for tag in tags.rows[row])
    labels = tuple(sorted(counts, key=lambda tag: (-counts[tag], tag)))
    if len(labels) < 2:
        raise DataError(
            "there is one tag only: there is nothing to learn", where=f"{table.origin}, column {target!r}",
            came=repr(labels[0]),
        )  # fmt: skip
    shown = ", ".join(f"{tag} {counts[tag]:,}" for tag in labels[:8])
    context.tell(f"{len(labels)} tags in the training part: {shown}{', ...' if len(labels) > 8 else ''}")
    return _Data(elements, tags, rows, labels)


def _rarest(rows: Sequence[Sequence[str]], parts: np.ndarray | None) -> np.ndarray:
    """The rarest tag of each row, by the rows that have it; of parts as given the training part's alone: (N,)."""
    some = rows if parts is None else [row for row, part in zip(rows, parts, strict=True) if part == "train"]
    counts = Counter(tag for row in some for tag in set(row))
    order = {tag: at for at, (tag, _) in enumerate(counts.most_common())}
    return np.array([max((order.get(tag, -1) for tag in row), default=-1) for row in rows], dtype=np.int64)


def _reader(context: Context, table: Table, schema: Schema, data: _Data) -> Reader:
    """Fit what reads the elements on the training part."""
    name = schema.inputs[0].name
    train = data.rows.train
    lengths = data.elements.lengths[np.concatenate(_parts(data.rows))]
    if schema.inputs[0].kind == "series":
        series = fit_steps(table, name, train)
        gaps = "; gaps are filled and marked" if any(series.marks) else ""
        reader: Reader = series
        context.tell(f"series in {name!r}: up to {lengths.max():,} steps of {series.channels} channels{gaps}")
    else:
        reader = Lexicon.fit(data.elements.rows[row] for row in train)
        context.tell(f"tokens in {name!r}: up to {lengths.max():,} in a row; {reader}")
    if (lengths > MOST).any():
        context.tell(
            f"{int((lengths > MOST).sum()):,} rows of more than {MOST} are read in pieces that overlap"
        )
    return reader


def _known(context: Context, labels: tuple[str, ...], truth: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The tags to be scored: those learned, and behind them those of the test part alone, which count as errors."""
    new = sorted({tag for row in truth for tag in row} - set(labels))
    if new:
        count = sum(tag in new for row in truth for tag in row)
        context.tell(
            f"tags that stand in the test part only, and so are never said: {', '.join(new[:8])}; {count:,} errors by"
            " themselves"
        )
    return (*labels, *new)


def _beside(
    context: Context,
    reader: Reader,
    train: tuple[list[Any], list[np.ndarray]],
    test: tuple[list[Any], list[Sequence[str]]],
    known: tuple[str, ...],
) -> dict[str, Score]:
    """Score what can be had in a second."""
    context.watch.stage("simple answers first")
    (elements, codes), (asked, tags) = train, test
    answers = {"majority": commonest(codes, asked)}
    if isinstance(reader, Series):
        steps, new = (_filled(reader, rows) for rows in (elements, asked))
        answers["linear"] = of_neighbours(steps, codes, new, len(known))
    else:
        habits = Habits.fit(elements, codes, len(known))
        answers["each token's own"] = [habits.answers(row) for row in asked]
    truth = codes_of_tags(tags, known)
    found = {
        name: tag_score(truth, given, known, seed=context.options.seed) for name, given in answers.items()
    }
    context.watch.note("; ".join(f"{name} has {score.headline}" for name, score in found.items()))
    return found


def _filled(series: Series, rows: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Standardise and fill whole rows for a linear model, without the mark of the end: (T, C) to (T, C')."""
    return [series.encoded(row[None], np.array([len(row)]))[0, :, :-1] for row in rows]
