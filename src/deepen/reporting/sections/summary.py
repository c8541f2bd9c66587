"""The short of it, first: how good, how sure, beside what, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping

from deepen.records import Measure, Score
from deepen.reporting.advice import next_steps, verdict
from deepen.reporting.blocks import Block, Drawn, Headline, Points, Section, Words
from deepen.reporting.charts.whiskers import Whisker, Whiskers
from deepen.reporting.glossary import explained, is_share, named, opponent, shown, value_of
from deepen.reporting.material import Material
from deepen.reporting.standing import PLAYERS, against, standing

__all__ = ["summary"]

_MOST_NAMES = 5
_APART = (
    "“Better” means that the two 95 % intervals do not overlap, which is stricter than it need be: a paired test on "
    "the same examples may tell apart what overlaps."
)
_CHOSEN = "The shallow learner was chosen on the validation part. "
_PAIRED = (
    "The difference and its 95 % interval come from resampling the test examples, the same ones for both (the paired "
    "bootstrap): what is hard for both counts for neither."
)
_PLAYED = {
    "player": (
        "“Better” means that the two 95 % intervals do not overlap. Published figures have none, and were reached "
        "under rules of their own: they are marks, not a contest."
    ),
    "board player": "“Stronger” means that the whole 95 % interval of the points lies above 50 %.",
}
_ONE_TRAINING = (
    "This is one training: another seed may bring a better player or a worse one. The interval is that of the {} of "
    "this one alone."
)


def summary(material: Material) -> Section:
    """Every page has it, whatever is known."""
    blocks: list[Block] = [Words(_what(material))]
    how: list[str] = []
    score = material.score
    if score is None:
        blocks.append(Words(f"It was not scored: {material.wording.unscored}."))
    else:
        own = score.headline
        low, high = (value_of(own.name, v) for v in (own.low, own.high))
        rows = _rows(material, own)
        blocks.append(Headline(value_of(own.name, own.value), f"{low} to {high}", _of(material, score)))
        blocks += map(Words, _verdicts(material, score))
        if len(rows) > 1:
            blocks.append(Drawn(_chart(material, rows, own)))
        how += [*_how(material, beside=len(rows) > 1), explained(own, material.unit)]
    blocks.append(Points(next_steps(material), "What to do next"))
    return Section("summary", "In short", blocks, how)


def _what(material: Material) -> str:
    targets = (material.world,) if material.world else material.targets
    names = [f"‘{name}’" for name in targets[:_MOST_NAMES]] or ["what was asked"]
    more = len(targets) - _MOST_NAMES
    joined = ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
    seconds = material.about.get("seconds")
    took = f", in {seconds:,.0f} seconds" if isinstance(seconds, int | float) else ""
    said = material.wording
    return f"{said.does.format(joined)}. {said.learned.format(material.source)}{took}."


def _of(material: Material, score: Score) -> str:
    own = score.headline
    whom = f" against {opponent(next(iter(against(material))))}" if material.task == "board player" else ""
    return f"{named(own.name)} on {own.n:,} {material.unit}{whom}"


def _verdicts(material: Material, score: Score) -> list[str]:
    if material.task in PLAYERS:
        return [standing(material)]
    said = [each.sentence[:1].upper() + each.sentence[1:] for each in material.compared]
    simpler = material.simpler(score.headline.name)
    if material.shallow is None and (simpler or not said):
        said.append(verdict(score, simpler))
    return said


def _rows(material: Material, own: Measure) -> Mapping[str, Measure]:
    """What is drawn beside each other, the model's own first."""
    if material.task == "board player":
        return {f"against {name}": points for name, points in against(material).items()}
    return {
        f"this {'player' if material.task in PLAYERS else 'model'}": own,
        **material.beside(own.name),
    }


def _chart(material: Material, rows: Mapping[str, Measure], own: Measure) -> Whiskers:
    said = "; ".join(f"{name} {shown(m)}" for name, m in rows.items())
    others = "what is simpler" if material.from_nothing is None else "others"
    title = {"player": "This player beside others", "board player": "Its points by opponent"}.get(
        material.task, f"This model beside {others}"
    )
    whiskers = [Whisker(name, m.value, m.low, m.high, own=m is own) for name, m in rows.items()]
    better = "50 % is even" if material.task == "board player" else f"{own.better} is better"
    return Whiskers(title, f"{said}.", whiskers, f"{named(own.name)}, {better}", percent=is_share(own.name))


def _how(material: Material, *, beside: bool) -> list[str]:
    if material.task in PLAYERS:
        return [_PLAYED[material.task], _ONE_TRAINING.format(material.unit)]
    if not beside:
        return []
    paired = [_CHOSEN * (material.shallow is not None) + _PAIRED] if material.compared else []
    return [*paired, *([] if material.shallow is not None else [_APART])]
