"""What is simpler than the net, learned before it within a share of the clock: the majority's answer, shallow learners.

The shallow learner that is best on the validation part is scored on the test part, once; :mod:`deepen.training.judge`
then compares the net with it, row by row.

Legend: M test rows, K classes or labels.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from deepen.compute import journal, seeds
from deepen.compute.json_files import read_json
from deepen.evidence import baseline
from deepen.evidence.beside import Beside
from deepen.evidence.calibration import temperature
from deepen.evidence.contest import Contestant, best, contest, figure
from deepen.evidence.measures import score as measure
from deepen.evidence.paired import pair
from deepen.records import Score
from deepen.training.context import Context
from deepen.training.examples import Examples
from deepen.training.plain import candidates

__all__ = ["Others", "beside", "measured", "said"]

_SHORT = (
    20.0  # seconds of clock below which the net is to have all but what a ridge regression takes (assumed)
)
_IMPORT = 1.1  # seconds of the processor that importing scikit-learn takes (measured)
_KEPT = "beside.json"


@dataclass(frozen=True, eq=False)
class Others:
    """What stands beside the net.

    Parameters
    ----------
    scores
        On the test part: of the chosen shallow learner, by its name, and of the ``majority``.
    chosen, learners, seconds
        The shallow learners, see :class:`deepen.evidence.beside.Beside`; no name where there is none.
    answers
        The chosen one's answers to the test part, see :func:`said`.
    until
        What the clock read when they were done, where the net's own time is to stand beside theirs.
    """

    scores: dict[str, Score] = field(default_factory=dict)
    chosen: str = ""
    learners: tuple[Contestant, ...] = ()
    seconds: float = 0.0
    answers: np.ndarray = field(default_factory=lambda: np.zeros(0))
    until: float = 0.0

    def compared(self, examples: Examples, net: np.ndarray, seed: int) -> Beside | None:
        """Compare a net's answers (M, K) or (M,) to the test part with the chosen one's."""
        if not self.chosen:
            return None
        task, rows = examples.schema.task, examples.rows
        paired = pair(task, examples.target[rows.test], said(task, net), self.answers, seed=seed)
        return Beside(self.chosen, self.learners, paired, self.seconds, len(rows.train))

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {
            "scores": {name: score.to_dict() for name, score in self.scores.items()}, "chosen": self.chosen,
            "learners": [each.to_dict() for each in self.learners], "seconds": self.seconds,
            "answers": self.answers.tolist(), "until": self.until,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Others:
        """Read back what :meth:`to_dict` wrote."""
        return cls(
            {name: Score.from_dict(score) for name, score in data["scores"].items()}, data["chosen"],
            tuple(Contestant.from_dict(each) for each in data["learners"]), data["seconds"],
            np.array(data["answers"]), data.get("until", 0.0),
        )  # fmt: skip


def beside(context: Context, examples: Examples) -> Others:
    """Score the majority's answer and the best shallow learner; nothing where there is no test part.

    The first process does it for all; a resumed run reads it again, and so does a later one of the same data and clock.
    """
    if not len(examples.rows.test):
        return Others()
    context.watch.stage("shallow learners first")
    o, found = context.options, None
    if context.world.first:
        kept = context.folder / _KEPT if context.folder is not None else None
        if kept is not None and kept.is_file():
            found = read_json(kept)
        else:
            asked = f"beside {o.seed} {o.minutes} {o.shallow_share}"
            found = context.recall(asked, examples.content, lambda: _beside(context, examples).to_dict())
            if kept is not None:
                journal.write_json_whole(kept, found)
    others = Others.from_dict(context.world.tell(found))
    context.tell(*_told(others))
    return others


def _told(others: Others) -> list[str]:
    """What was learned, and for what there was no time."""
    text = f"the majority has {others.scores['majority'].headline}"
    if not others.chosen:
        return [text]
    text = f"{others.chosen} has {others.scores[others.chosen].headline}, {text}"
    ran = [each for each in others.learners if each.rows]
    if len(ran) > 1:
        shown = "; ".join(f"{each.name} {each.valid:.3f} from {each.rows:,} rows" for each in ran)
        text = f"shallow learners, in {others.seconds:.0f} s, on the validation part: {shown}; on the test part {text}"
    left = [each.name for each in others.learners if not each.rows]
    return [text, *([f"their share of the clock left no time for {', '.join(left)}"] if left else [])]


def _beside(context: Context, examples: Examples) -> Others:
    began = time.monotonic()
    rows = examples.rows
    majority = baseline.majority(examples.hot(rows.train), len(rows.test))
    scores = {"majority": measured(context, examples, _as_probabilities(examples, majority))}
    if not context.options.shallow_share:
        return Others(scores)
    seconds = _seconds(context)
    found = _contest(context, examples, seconds) if seconds and len(rows.valid) else None
    chosen, learners, answers = found or _ridge(examples)
    scores = {chosen: measured(context, examples, answers), **scores}
    spent = round(time.monotonic() - began, 2)
    return Others(scores, chosen, learners, spent, said(examples.schema.task, answers))


def _seconds(context: Context) -> float:
    """How many seconds all the learners have; 0 where there is time for the cheapest alone, or no clock."""
    seconds = context.options.shallow_share * context.clock.left
    if not math.isfinite(seconds) or context.clock.seconds < _SHORT:
        return 0.0
    # A machine that was busy so far is taken to stay so.
    busy = max(1.0, context.clock.elapsed / max(time.process_time(), 0.1))
    importing = 0.0 if "sklearn.ensemble" in sys.modules else _IMPORT * busy
    return seconds if importing < 0.8 * seconds else 0.0


def _ridge(examples: Examples) -> tuple[str, tuple[Contestant, ...], np.ndarray]:
    """The cheapest alone: it needs neither scikit-learn nor a clock, so it is the same on every machine."""
    rows, task = examples.rows, examples.schema.task
    some = baseline.some_of(rows.train)
    began = time.monotonic()
    linear = baseline.ridge(np.concatenate([*baseline.blocks(examples.plain, some)]), examples.hot(some))
    took = time.monotonic() - began
    answers, valid = (
        _as_probabilities(examples, baseline.in_blocks(linear, examples.plain, part)) if len(part) else None
        for part in (rows.test, rows.valid)
    )
    assert answers is not None
    logits = valid if valid is None or task != "several labels" else valid - 0.5
    reached = math.nan if logits is None else figure(task, examples.target[rows.valid], logits)
    return "linear", (Contestant("linear", len(some), took, reached),), answers


def _contest(
    context: Context, examples: Examples, seconds: float
) -> tuple[str, tuple[Contestant, ...], np.ndarray] | None:
    """All that suit the data, each as far as the seconds allow; the answers are those of the best: (M, K) or (M,).

    None where there was time for none.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

    rows, task = examples.rows, examples.schema.task
    until = time.monotonic() + seconds
    with threadpool_limits(torch.get_num_threads()):
        entered = candidates(examples)
        found = contest(
            entered, examples.target, task, train=rows.train, valid=rows.valid, test=len(rows.test),
            outputs=examples.preparation.outputs, seconds=until - time.monotonic(), stop=context.stop,
            seed=seeds.derive(context.options.seed, "shallow") % 2**32,
        )  # fmt: skip
        context.stop.check("shallow learners")
        learners = tuple(contestant for contestant, _ in found)
        at = best(found)
        if at is None:
            return None
        made, features = found[at][1], entered[at].features
        assert made is not None
        answers = baseline.in_blocks(made.scores, features, rows.test)
        if task != "number":
            logits = baseline.in_blocks(made.scores, features, rows.valid)
            answers = _softened(task, answers / temperature(logits, examples.target[rows.valid]))
    return learners[at].name, learners, answers


def _softened(task: str, logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits (M, K)."""
    if task == "several labels":
        return np.asarray(0.5 * (1 + np.tanh(logits / 2)))
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def said(task: str, answers: np.ndarray) -> np.ndarray:
    """What probabilities (M, K) say: class codes (M,), or zeros and ones (M, K); numbers (M,) are what they are."""
    if task == "number":
        return answers
    return np.asarray(
        (answers > 0.5).astype(np.int64) if task == "several labels" else answers.argmax(axis=1)
    )


def _as_probabilities(examples: Examples, answers: np.ndarray) -> np.ndarray:
    """Cut answers that are no probabilities (M, K) to 0..1 and bring them to a sum of one; numbers to (M,)."""
    if examples.schema.task == "number":
        return answers[:, 0]
    inside = answers.clip(1e-6, 1 - 1e-6)
    return inside / inside.sum(axis=1, keepdims=True) if examples.is_classes else inside


def measured(context: Context, examples: Examples, answers: np.ndarray) -> Score:
    """Score answers to the test part, (M, K) or (M,)."""
    truth = examples.target[examples.rows.test]
    labels = examples.preparation.labels
    return measure(examples.schema.task, truth, answers, labels, "test", seed=context.options.seed)
