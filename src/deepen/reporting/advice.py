"""The short of it: is the model better than what is simpler, and what next. Each sentence follows from numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deepen.evaluation import Evaluation
from deepen.evidence.from_nothing import FROM_NOTHING
from deepen.records import Measure, Score
from deepen.reporting.glossary import LEARNERS, is_share, named, shown
from deepen.reporting.material import Material
from deepen.reporting.standing import PLAYERS, player_steps

__all__ = ["next_steps", "verdict"]

_MOST = 6  # sentences: more are not read
_WIDE = 0.1  # of a share's interval: from here on more test examples pay (assumed)
_FEW = 20  # training examples of a class, below which it is said (assumed)
_OFTEN = 3  # times that two classes were confused, below which it is chance (assumed)
_GAP = 1.5  # validation by training loss: from here on the training part was learned by heart (assumed)
_WIDTH_OF_NAMES = 60


def verdict(score: Score, beside: Mapping[str, Measure]) -> str:
    """Compare the headline with the best of what is simpler, by their intervals.

    Examples
    --------
    >>> own = Score({"accuracy": Measure("accuracy", 0.9, 0.88, 0.92, "wilson", 900)})
    >>> verdict(own, {"linear": Measure("accuracy", 0.8, 0.77, 0.83, "wilson", 900)})
    'It is better than everything simpler that was tried: the best of them, a linear model, has 80.0 % [77.0, 83.0].'
    >>> verdict(own, {"linear": Measure("accuracy", 0.91, 0.89, 0.93, "wilson", 900)})[:48]
    'A linear model has as good a figure here, 91.0 %'
    """
    if not beside:
        return "Nothing simpler was measured beside it."
    own = score.headline
    sign = 1 if own.better == "higher" else -1
    name, other = max(beside.items(), key=lambda item: sign * item[1].value)
    best = LEARNERS.get(name, name)
    first = best[:1].upper() + best[1:]
    apart = own.low > other.high or own.high < other.low
    better = sign * own.value > sign * other.value
    if apart and better:
        return f"It is better than everything simpler that was tried: the best of them, {best}, has {shown(other)}."
    if apart:
        return f"{first} is better here: it has {shown(other)}. Use it, or train longer."
    if not better:
        return (
            f"{first} has as good a figure here, {shown(other)}, and is simpler; the intervals overlap, so the test "
            "cannot tell the two apart for sure."
        )
    return (
        f"It has the better figure, but the test cannot tell for sure: {best} has {shown(other)}, and the two "
        "intervals overlap."
    )


def next_steps(material: Material) -> list[str]:
    """Say what to do next, the most useful first."""
    found: list[str] = []
    if material.study:
        found += [str(text) for text in material.study.get("advice") or ()][:3]
    score = material.score
    if score is None:
        return [*found, material.wording.measure]
    if material.task in PLAYERS:
        return player_steps(material)[:_MOST]
    found += _by_time(material)
    found += _by_score(material, score)
    found += _by_training(material)
    found += _by_confusion(material.evaluation)
    found += _by_group(material.evaluation)
    found += _by_classes(material.counts.get("classes") or ())
    if not material.study and material.form == "":
        found.append(
            f"To learn what more data, a larger net or a longer training would buy: deepen study {material.source}."
        )
    if not found:
        found.append("Nothing stands out. Measure it on newer data by deepen evaluate before you rely on it.")
    return found[:_MOST]


def _by_score(material: Material, score: Score) -> list[str]:
    own, found = score.headline, []
    sign = 1 if own.better == "higher" else -1
    better = [
        LEARNERS.get(n, n)
        for n, m in material.simpler(own.name).items()
        if sign * m.value >= sign * own.value
    ]
    if material.shallow is not None:
        # The pairs decide: a figure that is a little lower may still be as good.
        chosen = material.shallow.chosen
        better = [LEARNERS.get(chosen, chosen)] if material.shallow.first else []
    if better:
        found.append(
            f"What is simpler ({', '.join(better)}) has as good a figure or a better one: prefer it, or give the net "
            "more minutes and compare again."
        )
    if material.from_nothing is not None and material.from_nothing.first:
        found.append(
            f"{LEARNERS[FROM_NOTHING].capitalize()} is as good or better: train without --from, or begin with what was "
            "learned on data more like these."
        )
    if is_share(own.name) and own.high - own.low > _WIDE:
        found.append(
            f"{own.n:,} {material.unit} leave the {named(own.name)} between {100 * own.low:.0f} and "
            f"{100 * own.high:.0f} %: test on more of them before you choose between models this near."
        )
    for name, promised in (("coverage_80", 0.8), ("coverage_90", 0.9)):
        m = score.measures.get(name)
        if m is not None and not m.low <= promised <= m.high:
            wide = "too narrow" if m.value < promised else "wider than they need be"
            found.append(
                f"Intervals that should hold {promised:.0%} of what comes held {m.value:.0%}: they are {wide}."
            )
    return found


def _by_time(material: Material) -> list[str]:
    found = []
    if material.history.ended.startswith("stopped"):
        found.append("The training was stopped before its time: go on with it by deepen train --resume.")
    passes = material.history.moments[-1].epoch if material.history.moments else 1.0
    if 0 < passes < 1:
        found.append(
            f"The clock allowed {100 * passes:.2g}% of one pass over the training part: give it more minutes."
        )
    counts, alone = (material.beside("bits_per_character").get(name) for name in ("n-gram", "net alone"))
    if counts is not None and alone is not None and alone.low > counts.high:
        found.append(
            f"The net alone, {shown(alone)}, is still behind the counts, {shown(counts)}: give it more minutes to "
            "catch up."
        )
    return found


def _by_training(material: Material) -> list[str]:
    last = material.history.moments[-1] if material.history.moments else None
    if last is None or not last.loss > 0 or not last.valid.get("loss", 0) > _GAP * last.loss:
        return []
    return [
        f"The loss ended at {last.loss:.3g} on the training part and at {last.valid['loss']:.3g} on the validation "
        "part: it knows what it saw better than what is new, so more data would help more than more minutes."
    ]


def _by_confusion(found: Evaluation | None) -> list[str]:
    if found is None or found.ordered is None or not found.ordered.pairs:
        return []
    pair = found.ordered.pairs[0]
    truth, answered, count = max(
        (pair.one, pair.other, pair.one_as_other),
        (pair.other, pair.one, pair.other_as_one),
        key=lambda p: p[2],
    )
    total = sum(found.ordered.counts[found.ordered.labels.index(truth)])
    if count < _OFTEN:
        return []
    if 2 * count > total:
        return []  # a class that is hardly ever found was not learned; that is no matter of a few labels
    return [
        f"Most often {_short(answered)} was answered where {_short(truth)} was true: {count:,} of {total:,}. Look at "
        "those first; are their labels right?"
    ]


def _by_group(found: Evaluation | None) -> list[str]:
    """Of each column the worst group, if it is worse beyond chance."""
    worst = [(one, one.worst) for one in found.subgroups if one.groups] if found is not None else []
    return [
        f"By {one.column} it is worst for {_short(group.name)}, {shown(group.measures[one.measure])} on {group.n:,} "
        f"examples beside {shown(one.whole)} of all, beyond chance: collect more of such examples."
        for one, group in worst
        if group.verdict == "worse"
    ]


def _by_classes(classes: Sequence[Mapping[str, object]]) -> list[str]:
    few = [(str(c["name"]), n) for c in classes if isinstance(n := c.get("train"), int) and n < _FEW]
    if not few:
        return []
    name, count = min(few, key=lambda item: item[1])
    others = (
        f" and {len(few) - 1:,} more {'classes are' if len(few) > 2 else 'class is'} as rare"
        if len(few) > 1
        else ""
    )
    return [
        f"{_short(name)} has only {count:,} training {'example' if count == 1 else 'examples'}{others}: collect more "
        "of them first."
    ]


def _short(name: str) -> str:
    return f"‘{name if len(name) <= _WIDTH_OF_NAMES else name[: _WIDTH_OF_NAMES - 1] + '…'}’"
