"""One run that learns to write: its stages, in their order."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from deepen.compute import seeds
from deepen.compute.device import summary
from deepen.compute.threads import threads
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.evidence.blend import Blend
from deepen.evidence.likelihood import likelihood
from deepen.language.corpus import Corpus, gather
from deepen.language.learn import learn, make_plan
from deepen.language.model import Writer
from deepen.language.ngram import NGram
from deepen.language.plan import LanguagePlan
from deepen.language.scoring import log_probabilities, widths
from deepen.nets.sizes import parameters
from deepen.records import History, Score
from deepen.trained import versions
from deepen.training.context import Context

__all__ = ["run"]

# Kneser and Ney's counts of Shakespeare's characters were best at 7 and hardly worse up to 10 (measured); pieces
# are three or four characters each, words and what follows (assumed).
_ORDERS = {"characters": 7, "bytes": 8, "pieces": 4}
_COUNTED = 4_000_000  # tokens before the training part's end that are counted: 100 MB of n-grams (assumed)
_SAMPLE = 600


def run(
    context: Context, table: Table, schema: Schema, *, unit: str | None = None, enough: int | None = None
) -> Writer:
    """Go from a table with a column of texts to a trained and scored language model.

    Parameters
    ----------
    unit, enough
        What its tokens are; and from how many characters on pieces are chosen where that is not said, see
        :class:`~deepen.data.tokens.Tokeniser`.
    """
    (column,) = schema.targets
    corpus = _gather(context, table, column, unit, enough)
    ngram, beside = _count(context, corpus)
    plan = make_plan(context, corpus)
    with threads(plan.threads or torch.get_num_threads()):
        net, history = learn(context, corpus, plan)
        return _judge(context, corpus, plan, net, history, ngram, beside, table.origin, column)


def _gather(context: Context, table: Table, column: str, unit: str | None, enough: int | None) -> Corpus:
    context.watch.stage("encoding text")
    o = context.options
    with context.world.first_goes_first():
        corpus = gather(
            table, column, unit=unit, enough=enough, test_share=o.test_share, valid_share=o.valid_share
        )
    context.stop.check("encoding text")
    tokens = corpus.tokeniser
    context.tell(f"{tokens.size:,} {tokens.unit}: {tokens.why}")
    train, valid, test = (f"{part.characters:,}" for part in (corpus.train, corpus.valid, corpus.test))
    context.tell(
        f"split in contiguous parts: {train} characters to train, {valid} before them to validate, "
        f"{test} after them to test"
    )
    if tokens.unknown is not None:
        own = corpus.ids[corpus.test.first : corpus.test.last]
        unknown = int((own == tokens.unknown).sum())
        if unknown:
            context.tell(f"{unknown:,} characters of the test part do not occur in the training part")
    return corpus


def _count(context: Context, corpus: Corpus) -> tuple[NGram, Score]:
    """Count the n-grams: a usable answer, and what the net has to beat."""
    context.watch.stage("counting n-grams first")
    first = max(corpus.train.first, corpus.train.last - _COUNTED)
    if first > corpus.train.first:
        context.tell(
            f"n-grams are counted in the last {_COUNTED:,} {corpus.tokeniser.unit} of the training part"
        )
    ngram = NGram.fit(
        corpus.ids[first : corpus.train.last], corpus.tokeniser.size, _ORDERS[corpus.tokeniser.unit]
    )
    context.stop.check("counting n-grams")
    test = corpus.test
    p, _ = ngram.follow(corpus.ids[: test.last], test.first)
    score = _scored(context, corpus, p, corpus.ids[test.first : test.last])
    context.watch.note(f"n-grams have {score.headline}")
    return ngram, score


def _scored(context: Context, corpus: Corpus, p: np.ndarray, own: np.ndarray) -> Score:
    characters, octets, more = widths(corpus.tokeniser)
    bits = more[own] - np.log2(np.maximum(p, 1e-30))
    return likelihood(bits, characters[own], octets[own], seed=context.options.seed)


def _judge(
    context: Context,
    corpus: Corpus,
    plan: LanguagePlan,
    net: nn.Module,
    history: History,
    ngram: NGram,
    beside: Score,
    origin: str,
    column: str,
) -> Writer:
    """Join net and counts on the validation part, score on the test part, and put the model together."""
    context.watch.stage("scoring")
    valid, test = corpus.valid, corpus.test
    logs = log_probabilities(
        net, corpus.ids, valid.first, valid.last, device=context.device, precision=plan.precision
    )
    counts, seen = ngram.follow(corpus.ids[: valid.last], valid.first)
    blend = Blend.fit(np.exp(logs), counts, seen, len(ngram.orders))
    model = Writer(
        net=net, net_plan=plan.net(corpus.tokeniser.size), tokeniser=corpus.tokeniser, column=column, ngram=ngram,
        blend=blend, history=history, precision=plan.precision,
    )  # fmt: skip
    found = model.scored(corpus.ids[: test.last], test.first, test.last, seed=context.options.seed)
    model.scores = {**found, "n-gram": beside}
    weight = float(np.mean(np.asarray(blend.weights)[seen])) if len(seen) else 1.0
    context.tell(
        f"the net counts for {weight:.0%}, the n-grams for the rest, as was likeliest on the validation part"
    )
    last = history.moments[-1] if history.moments else None
    if last is not None and last.epoch < 1 and context.options.minutes is not None:
        context.tell(
            f"the clock allowed {last.epoch:.0%} of one pass over the training part: give it more minutes"
        )
    model.sample = model.write(length=_SAMPLE, seed=seeds.derive(context.options.seed, "sample"))
    model.notes = tuple(context.notes)
    model.about = {
        "source": origin,
        "net": f"LSTM of {plan.depth} x {plan.width} units, {parameters(net):,} parameters",
        "n-grams": f"{ngram.grams:,}, up to {len(ngram.orders)} {corpus.tokeniser.unit} long",
        "training": f"{last.step:,} steps of {plan.strands} x {plan.length}, {last.epoch:.1f} passes"
        if last
        else "none",
        "precision": str(plan.precision),
        "device": summary(context.device),
        "seconds": round(context.clock.elapsed, 1),
        "seed": context.options.seed,
        **versions(),
    }
    return model
