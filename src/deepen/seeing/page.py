"""The README of what ``deepen see`` writes: a page that leads from the whole to each level."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from deepen.data.tokens import Tokeniser
from deepen.seeing.seen import Seen, shown

__all__ = ["escaped", "passages", "write_page"]

_AROUND = 6  # tokens shown before and after what a unit sees
_MOST = 24  # tokens of a passage shown at the most
_SHOWN = 4  # passages for each unit

_WHAT = {
    "probes.png": (
        "Probes by depth",
        "A linear model learns from each level alone what is asked (Alain and Bengio 2016): how high its line stands "
        "is how plainly the level says it.",
    ),
    "similarity.png": (
        "Similarity between levels",
        "CKA (Kornblith et al. 2019): 1 where two levels hold the same examples to be alike, 0 where they have nothing "
        "in common.",
    ),
    "map.png": ("Map of the last level", "Each point is an example; near ones are alike to the net."),
    "filters.png": ("First filters", "What the first layer looks through."),
}


def passages(tokeniser: Tokeniser, ids: np.ndarray, part: slice, at: int | None, value: float) -> str:
    """Write the part of a text that a unit sees, with some tokens around it; the step that excites it stands in [ ].

    Parameters
    ----------
    ids
        (T,) tokens of the whole text.
    part
        What the unit sees.
    at
        The step that excites it, where there are steps.
    value
        How strongly.
    """
    n = int((ids != 0).sum())
    first, last = part.start, min(part.stop, n)
    seen_whole = last - first > _MOST
    if seen_whole:
        centre = at if at is not None else first
        first = max(first, centre - _MOST // 2)
        last = min(last, first + _MOST)
    low, high = (first, last) if seen_whole else (max(0, first - _AROUND), min(n, last + _AROUND))
    exact, words = tokeniser.exact, []
    for k in range(low, high):
        word = tokeniser.decode([int(ids[k])])
        inside = part.stop - part.start < n and first <= k < last and last - first <= _MOST
        marked = k == at if seen_whole or part.stop - part.start >= n else inside
        words.append(f"[{word}]" if marked and at is not None else word)
    text = ("" if exact else " ").join(words).replace("] [", " ").replace("][", "")
    return f"{'... ' if low > 0 else ''}{text}{' ...' if high < n else ''} ({value:.3g})"


def write_page(path: Path, seen: Seen, texts: Mapping[str, Sequence[tuple[int, Sequence[str]]]]) -> None:
    """Write the page."""
    lines = ["# What each level has learned", ""]
    lines += [f"Looked at with {len(seen.rows):,} rows." if seen.rows else "Looked at without data.", ""]
    lines += [f"- {escaped(sentence)}" for sentence in seen.sentences] + [""]
    if seen.notes:
        lines += ["What to keep in mind:", "", *(f"- {escaped(note)}" for note in seen.notes), ""]
    if seen.probed:
        lines += _probes(seen)
    for name, (title, words) in _WHAT.items():
        if name in seen.pictures:
            lines += [f"## {title}", "", words, "", _picture(seen, name), ""]
    for name in seen.pictures:
        if name.startswith("attribution"):
            lines += ["## What answers rest on", "", _explanation(seen), "", _picture(seen, name), ""]
    for level, sentence in zip(seen.levels, seen.sentences, strict=True):
        lines += [f"## {level.name.capitalize()}", "", f"{escaped(sentence)}.", ""]
        name = f"{level.name.replace(' ', '-')}.png"
        if name in seen.pictures:
            lines += [_picture(seen, name), ""]
        if texts.get(level.name):
            lines += ["| unit | excited most by, and how strongly |", "|---|---|"]
            lines += [
                f"| {unit} | {'<br>'.join(escaped(p) for p in found[:_SHOWN]) or 'nothing'} |"
                for unit, found in texts[level.name]
            ]
            lines += [""]
    for name in seen.pictures:
        if name.startswith("filters-"):
            lines += ["## First filters", "", _picture(seen, name), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def _probes(seen: Seen) -> list[str]:
    names = [p.name for p in seen.probed]
    lines = [f"| linear probe | {' | '.join(escaped(n) for n in names)} |", "|---|" + "---:|" * len(names)]
    lines += [f"| without looking | {' | '.join(_share(p.task, p.chance) for p in seen.probed)} |"]
    lines += [f"| input | {' | '.join(shown(p.input) for p in seen.probed)} |"]
    for k, level in enumerate(seen.levels):
        lines += [f"| {level.name} | {' | '.join(shown(p.levels[k]) for p in seen.probed)} |"]
    return [*lines, ""]


def _share(task: str, value: float) -> str:
    return f"R² {value:.3f}" if task == "number" else f"{100 * value:.1f} %"


def _explanation(seen: Seen) -> str:
    worst = max(abs(e.error) for e in seen.explained)
    rough = [e.row for e in seen.explained if not e.complete]
    unmet = ""
    if rough:
        unmet = f" They did not converge for {', '.join(map(escaped, rough))}: take those maps as rough."
    return (
        "Integrated gradients (Sundararajan et al. 2017) share out how far the answer's output is from that of the "
        f"mean input; here their sum misses it by {worst:.2%} at the most.{unmet} "
        "Occlusion (Zeiler and Fergus 2014): how far the output falls when a part is covered."
    )


def _picture(seen: Seen, name: str) -> str:
    return f"![{escaped(seen.pictures[name])}]({name})"


def escaped(text: str) -> str:
    """Keep what users' data hold from being read as Markdown or HTML."""
    text = " ".join(text.split())
    # An interval, as in 91.2 % [90.0, 92.0], is no link.
    pattern = r"(\[-?[\d.]+, -?[\d.]+\])|([\\`*_{}<>|\[\]~])"
    return re.sub(pattern, lambda m: m[1] or f"&#{ord(m[2])};", text)
