"""The order of seeing: the levels, one pass over the rows, and what follows from it.

Legend: N rows, U units, L levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deepen.config import between
from deepen.data.kinds import Number
from deepen.errors import DataError, SettingError
from deepen.learning.watch import Silent, Watch
from deepen.model import Model
from deepen.nets.levels import Level, example
from deepen.seeing import map as maps
from deepen.seeing.attribution import baselines, integrated_gradients, occlusion
from deepen.seeing.filters import filters
from deepen.seeing.folder import write
from deepen.seeing.forms import form_of, main_input, patches_of
from deepen.seeing.look import Looked, look
from deepen.seeing.material import Asked, Material, gather
from deepen.seeing.probes import chance, probe
from deepen.seeing.seen import Explained, Map, Probed, Seen
from deepen.seeing.synthesis import bounds_of, excitement, synthesise
from deepen.shapes import Shape
from deepen.trained import Trained

__all__ = ["see"]

_MADE = ("image", "sound", "series")


def see(
    model: Trained,
    source: Any = None,
    y: Any = None,
    *,
    to: str | Path | None = None,
    nuisance: Sequence[str] = (),
    rows: int = 2000,
    units: int = 12,
    examples: int = 6,
    label_from: str | None = None,
    seed: int = 0,
    watch: Watch | None = None,
    **reading: Any,
) -> Seen:
    """Look at a trained net level by level; see :func:`deepen.see`."""
    if not isinstance(model, Model):
        raise SettingError(
            "only nets for classes, labels and numbers can be looked at yet",
            where="see",
            came=type(model).__name__,
        )
    for name, value, least in (("rows", rows, 4), ("units", units, 1), ("examples", examples, 0)):
        between(f"--{name}", value, least, 1e6)
    told: Watch = watch or Silent()
    shapes = model.preparation.shapes
    levels = model.levels()
    forms = {name: form_of(model.preparation, name) for name in shapes}
    seen = Seen(levels, forms, filters=filters(model.net, shapes))
    material = None
    if source is None:
        if nuisance:
            raise SettingError(
                "is a column of data, and no data are given", where="--nuisance", came=nuisance[0]
            )
        if not any(form in _MADE for form in forms.values()):
            raise DataError(
                "there is nothing to see without data: filters and made inputs are pictures, sounds or series",
                where=", ".join(forms), mend=_give(model),
            )  # fmt: skip
        missed = "no preferred inputs, probes, similarity, attribution or map"
        seen = replace(seen, notes=(f"No data were given, so there are {missed}. {_give(model)}",))
    else:
        if not levels:
            raise SettingError(
                "has no level between its inputs and its head", where="see",
                came=model.about.get("from", "a linear net"),
                mend="Look at the features that it began with, if it did: deepen see FEATURES/.",
            )  # fmt: skip
        told.stage("reading")
        material = gather(
            model, source, y, rows=rows, nuisance=tuple(nuisance), label_from=label_from, seed=seed, **reading
        )
        seen = _of_rows(seen, material, told, examples, seed)
    seen = seen.showing(units)
    seen = _made(seen, model, told, seed)
    if to is not None:
        told.stage("drawing")
        seen = write(seen, material, model, Path(to))
    return seen


def _give(model: Model) -> str:
    source = model.about.get("source")
    return f"Give data like those it learned from{f' ({source})' if source else ''}: deepen see model/ data/."


def _of_rows(seen: Seen, material: Material, watch: Watch, examples: int, seed: int) -> Seen:
    watch.stage("looking")
    looked = look(material, seen.levels, progress=lambda done, n: watch.stage("looking", done, n))
    silent = {name: int((best.values == 0).all(1).sum()) for name, best in looked.preferred.items()}
    notes = list(material.notes)
    probed = []
    for asked in material.asked:
        watch.stage(f"probing for {asked.name!r}")
        try:
            probed.append(_probed(asked, material, looked, seen.levels, seed))
        except DataError as error:
            notes.append(f"nothing is probed for {asked.name!r}: {error}")
    if probed:
        notes.append(_fairness(material))
    watch.stage("mapping")
    found_map = None
    last = looked.summaries[seen.levels[-1].name]
    if len(material) >= 10 and np.ptp(last, axis=0).any():  # a level that is the same for all rows has no map
        found_map = _map(material, last, seed)
    watch.stage("attributing")
    chosen = _examples(material, examples)
    means = _means(material) if len(chosen) else {}
    explained = tuple(_explained(material, int(row), looked.answers[row], means) for row in chosen)
    notes += [
        f"the integrated gradients of {one.row} miss the output's difference by {one.error:+.1%}, with "
        f"{one.steps:,} steps"
        for one in explained
        if not one.complete
    ]
    notes += [
        f"the answer for {one.row} rests on nothing in it: the output is that for the mean input"
        for one in explained
        if not any(part.any() for part in one.gradients.values())
    ]
    return replace(
        seen, rows=material.names, preferred=looked.preferred, silent=silent, probed=tuple(probed),
        similarity=looked.similarity, map=found_map, explained=explained, notes=tuple(notes),
    )  # fmt: skip


def _fairness(material: Material) -> str:
    if material.train is not None:
        return "Probes learn from the source's training part, and are scored on its other rows."
    return (
        "Each row is scored by a probe that has not seen it (five folds). If the net itself was trained on these rows, "
        "probes of deep levels look better than they would on new ones: give data that it has not seen."
    )


def _probed(asked: Asked, material: Material, looked: Looked, levels: Sequence[Level], seed: int) -> Probed:
    rows = asked.rows
    train = None if material.train is None else material.train[rows]
    if train is not None and (train.all() or not train.any()):
        train = None
    plain = material.model.preparation.plain(material.arrays, rows)
    xs = [plain, *(looked.summaries[level.name][rows] for level in levels)]
    found = [probe(x, asked.values[rows], asked.task, asked.labels, train=train, seed=seed) for x in xs]
    scored = asked.values[rows] if train is None else asked.values[rows][~train]
    return Probed(asked.name, asked.task, found[0], tuple(found[1:]), chance(scored, asked.task))


def _map(material: Material, last: np.ndarray, seed: int) -> Map:
    points, shares = maps.components(last)
    some = slice(0, maps.MOST)  # the rows stand in random order
    labels = None
    if material.asked and material.asked[0].name == ", ".join(material.model.schema.targets):
        asked = material.asked[0]
        known = np.isin(np.arange(len(material)), asked.rows)
        if asked.labels and asked.values.ndim == 1:
            names = np.array(asked.labels, dtype=object)
            labels = np.where(known, names[asked.values], "")
        elif asked.task == "number":
            labels = np.where(known, asked.values, np.nan)
    return Map(
        points[some], shares, maps.neighbours(last[some], seed=seed), None if labels is None else labels[some]
    )


def _examples(material: Material, count: int) -> np.ndarray:
    """Choose rows to explain: each class in turn, in the rows' own random order."""
    order = np.arange(len(material))
    if material.asked and material.asked[0].labels and material.asked[0].values.ndim == 1:
        values = material.asked[0].values
        turn = np.zeros(len(values), dtype=np.int64)
        for code in np.unique(values):
            turn[values == code] = np.arange((values == code).sum())
        order = np.lexsort((values, turn))
    return order[:count]


def _means(material: Material) -> dict[str, Tensor]:
    """The mean of the rows looked at, step by step, of each series: no constant one is like any that the net knows.

    Measured on an LSTM that reads heartbeats, within the steps allowed: from the constant mean, integrated gradients
    were not complete in four of four examples; from the mean heartbeat in three of six.
    """
    found = {}
    names = [n for n in material.arrays if form_of(material.model.preparation, n) == "series"]
    for name in names:
        x = material.inputs(np.arange(len(material)))[name]
        ragged = getattr(material.model.preparation.shapes[name], "ragged", False)
        own = x[..., -1:] if ragged else torch.ones_like(x[..., :1])
        found[name] = (x * own).sum(0, keepdim=True) / own.sum(0, keepdim=True).clamp_min(1)
    return found


def _cut(shape: Shape, mean: Tensor, x: Tensor) -> Tensor:
    """The mean series, as long as an example is."""
    made = mean[:, : x.shape[1]].clone()
    if getattr(shape, "ragged", False):
        made = made * x[..., -1:]
        made[..., -1] = x[..., -1]
    return made


def _explained(material: Material, row: int, answer: np.ndarray, means: Mapping[str, Tensor]) -> Explained:
    model, shapes = material.model, material.model.preparation.shapes
    inputs = material.inputs(np.array([row]))
    output = int(answer.argmax())
    start = baselines(inputs, shapes) | {
        name: _cut(shapes[name], mean, inputs[name]) for name, mean in means.items()
    }
    found = integrated_gradients(model.net, inputs, output, start)
    falls = {}
    for name, x in inputs.items():
        form = form_of(model.preparation, name)
        patches = patches_of(form, x)
        falls[name] = occlusion(
            model.net, inputs, output, name, patches, start.get(name, torch.zeros_like(x))
        )
    labels = model.preparation.labels
    said, truth = labels[output] if labels else "", None
    if isinstance(model.preparation.target, Number):
        said = f"{float(model.answers(answer[None])[0]):.4g}"
    known = [a for a in material.asked[:1] if row in a.rows and a.name == ", ".join(model.schema.targets)]
    for asked in known:
        value = asked.values[row]
        if asked.values.ndim == 2:
            truth = ", ".join(n for n, on in zip(asked.labels, value, strict=True) if on) or "none"
        else:
            truth = asked.labels[int(value)] if asked.labels else f"{float(value):.4g}"

    def arrays(parts: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
        return {k: v.detach().cpu().numpy() for k, v in parts.items()}

    return Explained(
        material.names[row], said, truth, arrays({k: x[0] for k, x in inputs.items()}), arrays(found.parts),
        arrays(falls), found.difference, found.error, found.steps,
    )  # fmt: skip


def _made(seen: Seen, model: Model, watch: Watch, seed: int) -> Seen:
    """Make an input for each unit shown, where a level reads a picture, a recording or a series of numbers."""
    shapes = model.preparation.shapes
    base = {}
    for name, x in example(shapes, rows=1).items():
        base[name] = torch.zeros_like(x).to(model.device)
        if getattr(shapes[name], "ragged", False):
            base[name][..., -1] = 1
    made, excited = {}, {}
    for number, level in enumerate(seen.levels, 1):
        which = main_input(model.preparation, level.of)
        if seen.forms[which] not in _MADE:
            continue
        watch.stage(f"synthesising for level {number} of {len(seen.levels)}")
        units = list(seen.units[level.name])
        bounds = bounds_of(model.preparation.stored[which], shapes[which])
        found = synthesise(model.net, level, base, which, units, shapes, bounds, seed=seed)
        inputs = {k: found if k == which else x.expand(len(found), *x.shape[1:]) for k, x in base.items()}
        values = excitement(model.net, level, inputs, shapes)
        made[level.name] = found.cpu().numpy()
        excited[level.name] = values[torch.arange(len(units)), units].cpu().numpy()
    return replace(seen, synthesised=made, excited=excited)
