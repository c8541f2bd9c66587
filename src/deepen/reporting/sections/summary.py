"""The short of it, first: how good, how sure, beside what, and what to do next."""

from __future__ import annotations

from deepen.reporting.advice import next_steps, verdict
from deepen.reporting.blocks import Block, Drawn, Headline, Points, Section, Words
from deepen.reporting.charts.whiskers import Whisker, Whiskers
from deepen.reporting.glossary import explained, is_share, named, shown, value_of
from deepen.reporting.material import Material

__all__ = ["summary"]

_DOES = {
    "two classes": "It tells the two classes of {} apart",
    "many classes": "It tells the classes of {} apart",
    "several labels": "It says which of the labels {} hold",
    "number": "It estimates {}",
    "forecast": "It forecasts {}",
    "text to text": "It rewrites texts into {}",
    "tags": "It labels each token or step with {}",
    "features": "It describes what it reads by features that needed no labels",
    "language": "It writes on, and tells how likely a text is",
}
_MOST_NAMES = 5
_APART = (
    "“Better” means that the two 95 % intervals do not overlap, which is stricter than it need be: a paired test on "
    "the same examples may tell apart what overlaps."
)
_PAIRED = (
    "The shallow learner was chosen on the validation part. The difference and its 95 % interval come from resampling "
    "the test examples, the same ones for both (the paired bootstrap): what is hard for both counts for neither."
)


def summary(material: Material) -> Section:
    """Every page has it, whatever is known."""
    blocks: list[Block] = [Words(_what(material))]
    how = []
    score = material.score
    if score is None:
        blocks.append(Words("It was not scored: no test part was held out."))
    else:
        own = score.headline
        low, high = (value_of(own.name, v) for v in (own.low, own.high))
        blocks.append(
            Headline(
                value_of(own.name, own.value),
                f"{low} to {high}",
                f"{named(own.name)} on {own.n:,} {material.unit}",
            )
        )
        beside = material.beside(own.name)
        shallow = material.shallow
        blocks.append(Words(verdict(score, beside) if shallow is None else _sentence(shallow.sentence)))
        if beside:
            rows = [Whisker("this model", own.value, own.low, own.high, own=True)]
            rows += [Whisker(name, m.value, m.low, m.high) for name, m in beside.items()]
            said = "; ".join(
                [f"this model {shown(own)}", *(f"{name} {shown(m)}" for name, m in beside.items())]
            )
            better = f"{named(own.name)}, {own.better} is better"
            blocks.append(
                Drawn(
                    Whiskers(
                        "This model beside what is simpler",
                        f"{said}.",
                        rows,
                        better,
                        percent=is_share(own.name),
                    )
                )
            )
            how.append(_PAIRED if shallow is not None else _APART)
        how.append(explained(own, material.unit))
    blocks.append(Points(next_steps(material), "What to do next"))
    return Section("summary", "In short", blocks, how)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _what(material: Material) -> str:
    names = [f"‘{name}’" for name in material.targets[:_MOST_NAMES]] or ["what was asked"]
    more = len(material.targets) - _MOST_NAMES
    joined = ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
    does = _DOES.get(material.task, "It answers {}").format(joined)
    seconds = material.about.get("seconds")
    took = f", in {seconds:,.0f} seconds" if isinstance(seconds, int | float) else ""
    return f"{does}. It learned from {material.source}{took}."
