"""One run that learns to rewrite texts: its stages, in their order."""

from __future__ import annotations

import time

import numpy as np
import torch

from deepen.compute import seeds
from deepen.compute.device import summary
from deepen.compute.threads import threads
from deepen.data.fingerprints import rows_of as hashes_of
from deepen.data.schema import Schema
from deepen.data.split import Split, split
from deepen.data.table import Table
from deepen.data.targets import without_target
from deepen.evidence.blend import Blend
from deepen.evidence.text_baselines import Dictionary, copy
from deepen.evidence.text_measures import text_score
from deepen.language.pair_learning import Encoded, PairNet, PairPlan, learn, log_likelihoods, make_plan
from deepen.language.pairs import Item, Pairs, Spelling, items_of, pairs_of
from deepen.language.translator import BUCKETS, Translator, bucket, is_sure
from deepen.nets.seq2seq import Seq2Seq
from deepen.nets.sizes import parameters
from deepen.records import Score
from deepen.trained import versions
from deepen.training.context import Context

__all__ = ["run"]

_SHOWN = 4  # times that a word which always becomes the same is shown to the net, for its spelling (assumed)
_TIMED = 32


def run(context: Context, table: Table, schema: Schema) -> Translator:
    """Go from a table with a source's and a target's column to a trained and scored model."""
    source, target = schema.inputs[0].name, schema.targets[0]
    rows = _divide(context, table, schema)
    pairs = pairs_of(table, source, target, rows.train)
    _tell(context, pairs)
    items, wanted = _items(pairs, rows.train)
    dictionary = Dictionary.fit((item.text, answer) for item, answer in zip(items, wanted, strict=True))
    beside = _beside(context, pairs, rows, dictionary)
    context.watch.stage("spelling")
    shown = _shown(context, items, dictionary, pairs.aligned)
    spelling = Spelling.fit([items[i] for i in shown], [wanted[i] for i in shown], aligned=pairs.aligned)
    train = _encoded(spelling, [items[i] for i in shown], [wanted[i] for i in shown])
    held, truth = _items(pairs, rows.valid)
    asked = [i for i, item in enumerate(held) if not is_sure(dictionary, item.text)]
    held, truth = [held[i] for i in asked], [truth[i] for i in asked]
    valid = _encoded(spelling, held, truth)
    context.tell(
        f"{spelling.v:,} {spelling.tokeniser.unit}; the net is shown {len(shown):,} of {len(items):,} training items"
    )

    def net_of(plan: PairPlan) -> PairNet:
        return plan.net(spelling.v, spelling.extra, spelling.longest, spelling.longest_target)

    plan = make_plan(context, train, net_of)
    model = Translator(
        net=net_of(plan).build(), net_plan=net_of(plan), spelling=spelling, dictionary=dictionary,
        blend=Blend((1.0,) * BUCKETS), schema=schema, aligned=pairs.aligned, lower=pairs.lower,
        precision=plan.precision,
    )  # fmt: skip

    def reserve(net: Seq2Seq) -> float:
        return _seconds_to_answer(model, net, held, pairs, rows)

    with threads(plan.threads or torch.get_num_threads()):
        model.net, model.history = learn(context, train, valid, plan, model.net_plan, reserve)
        return _judge(context, model, plan, pairs, rows, (held, truth, valid), beside, table.origin)


def _divide(context: Context, table: Table, schema: Schema) -> Split:
    """Split the rows; equal sources stay together."""
    context.watch.stage("comparing rows")
    with context.world.first_goes_first():
        hashes = hashes_of(
            {c.name: (table[c.name], "text") for c in schema.inputs}, table.folder, context.cache,
            workers=context.workers, stop=context.stop, progress=lambda _done, _all: None,
        )  # fmt: skip
    context.stop.check("comparing rows")
    blank = without_target(table, schema.targets)
    if blank.any():
        context.tell(f"{int(blank.sum()):,} rows without a value for the target were left out")
    o = context.options
    divided = split(
        ~blank, hashes=hashes, seed=seeds.derive(o.seed, "split"), parts=table.parts,
        test_share=o.test_share or 0.1, valid_share=o.valid_share or 0.1,
    )  # fmt: skip
    train, valid, test = (f"{len(part):,}" for part in (divided.train, divided.valid, divided.test))
    context.tell(
        f"split {divided.how}: {train} rows to train, {valid} to validate, {test} to test", *divided.notes
    )
    return divided


def _tell(context: Context, pairs: Pairs) -> None:
    if pairs.aligned:
        context.tell(
            "source and target are lists of equally many words: each word is rewritten by itself, in its place"
        )
    if pairs.lower:
        context.tell("no target, or hardly one, has capitals, so sources are read in small letters")


def _items(pairs: Pairs, rows: np.ndarray) -> tuple[list[Item], list[str]]:
    found = [
        (item, t)
        for row in rows
        for item, t in zip(items_of(pairs.sources[row]), pairs.targets[row], strict=True)
    ]
    return [item for item, _ in found], [answer for _, answer in found]


def _shown(context: Context, items: list[Item], dictionary: Dictionary, aligned: bool) -> list[int]:
    """Choose the items to train on: of words that always become the same a few, of the others all."""
    if not aligned:
        return list(range(len(items)))
    order = seeds.numpy_generator(context.options.seed, "shown").permutation(len(items))
    times: dict[str, int] = {}
    kept = []
    for i in order.tolist():
        text = items[i].text
        times[text] = times.get(text, 0) + 1
        if times[text] <= _SHOWN or not is_sure(dictionary, text):
            kept.append(i)
    return sorted(kept)


def _encoded(spelling: Spelling, items: list[Item], answers: list[str]) -> Encoded:
    return Encoded(spelling.sources(items), spelling.targets(items, answers))


def _beside(context: Context, pairs: Pairs, rows: Split, dictionary: Dictionary) -> dict[str, Score]:
    """Score the sources as they are, and the dictionary."""
    context.watch.stage("a dictionary first")
    asked, truth = ([side[row] for row in rows.test] for side in (pairs.sources, pairs.targets))
    found = {
        name: text_score(asked, truth, given, aligned=pairs.aligned, seed=context.options.seed)
        for name, given in (("copy", copy(asked)), ("dictionary", dictionary.everywhere(asked)))
    }
    context.watch.note("; ".join(f"{name} has {score.headline}" for name, score in found.items()))
    return found


def _seconds_to_answer(model: Translator, net: Seq2Seq, held: list[Item], pairs: Pairs, rows: Split) -> float:
    """Measure some items' answers, and tell the seconds of those of the test part and the validation part."""
    some = held[:_TIMED]
    if not some:
        return 0.0
    model.net = net
    began = time.monotonic()
    model.candidates(some)
    each = (time.monotonic() - began) / len(some)
    test = sum(not is_sure(model.dictionary, text) for row in rows.test for text in pairs.sources[row])
    return each * (test + 0.5 * len(held))


def _judge(
    context: Context,
    model: Translator,
    plan: PairPlan,
    pairs: Pairs,
    rows: Split,
    validation: tuple[list[Item], list[str], Encoded],
    beside: dict[str, Score],
    origin: str,
) -> Translator:
    """Join net and dictionary on the validation part, score on the test part, and tell the rest."""
    context.watch.stage("scoring")
    held, truth, valid = validation
    if held:
        logs = log_likelihoods(model.net, valid, device=context.device, precision=plan.precision)
        share = np.array([model.dictionary.share(item.text, t) for item, t in zip(held, truth, strict=True)])
        model.blend = Blend.fit(np.exp(logs), share, bucket(model.dictionary, held), BUCKETS)
    asked, wanted = ([side[row] for row in rows.test] for side in (pairs.sources, pairs.targets))
    given = [[text for text, _ in row] for row in model.answers(asked)]
    score = text_score(asked, wanted, given, aligned=pairs.aligned, seed=context.options.seed)
    model.scores = {"test": score, **beside}
    model.notes = tuple(context.notes)
    last = model.history.moments[-1] if model.history.moments else None
    model.about = {
        "source": origin,
        "net": f"encoder and decoder of {plan.width} units, {parameters(model.net):,} parameters",
        "training": f"{last.step:,} steps of {plan.batch}, {last.epoch:.1f} passes" if last else "none",
        "precision": str(plan.precision),
        "device": summary(context.device),
        "seconds": round(context.clock.elapsed, 1),
        "seed": context.options.seed,
        **versions(),
    }
    return model
