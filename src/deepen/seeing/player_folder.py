"""The folder of what was seen of a player: pictures, ``seeing.json``, and a README that leads through them.

Legend: U units, k moments kept for each unit, H rows, W columns of what is seen, h, w pixels of a picture.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deepen.compute.folders import staged, write_json
from deepen.nets.levels import Level
from deepen.reporting import tree_picture
from deepen.reporting.attributions import Panel, draw_attributions
from deepen.reporting.decisions import Decision, draw_decisions
from deepen.reporting.depth import draw_similarity
from deepen.reporting.filter_table import draw_filter_table
from deepen.reporting.units import draw_filters, draw_table, draw_tiles
from deepen.seeing.episodes import OfEpisodes
from deepen.seeing.folder import KIND
from deepen.seeing.moments import INPUT, Moments
from deepen.seeing.player_page import write_page
from deepen.seeing.player_seen import SeenPlayer
from deepen.seeing.preferred import seen_at
from deepen.seeing.seen import PLACES, Explained
from deepen.shapes import Grid

__all__ = ["write"]

_FOUND = 8  # moments shown for each unit
_SIDE = 112  # pixels of a moment among many
_EDGE = 0.1  # cells of a board's margin that are kept there
_FADED = 0.72  # how much white is mixed into what a unit does not see (looked at)
_BARS = 24  # numbers of a vector that are drawn, those that weigh most


def write(seen: SeenPlayer, moments: Moments, target: Path) -> SeenPlayer:
    """Write the folder, whole or not at all; give what was seen with what each picture shows.

    Raises
    ------
    FolderError
        If the place cannot be written, or holds something that deepen did not write.
    """
    with staged(target, kind=KIND) as stage:
        drawn = _Drawn(stage, seen, moments)
        drawn.all()
        seen = replace(seen, pictures=drawn.pictures)
        write_json(stage / "seeing.json", seen.to_dict())
        write_page(stage / "README.md", seen, moments)
    return seen


class _Drawn:
    """The pictures of one folder, as they are drawn."""

    def __init__(self, stage: Path, seen: SeenPlayer, moments: Moments) -> None:
        self._stage, self._seen, self._moments = stage, seen, moments
        self._rows = {name: row for row, name in enumerate(moments.names)}
        self.pictures: dict[str, str] = {}

    def all(self) -> None:
        seen, names = self._seen, [level.name for level in self._seen.levels]
        if seen.explained:
            (self._bars if self._moments.form == "table" else self._maps)(seen.explained)
        for number, (moment, tree) in enumerate(seen.trees.items(), 1):
            said = tree_picture.draw(tree, self._stage / f"tree-{number}.png")
            self.pictures[f"tree-{number}.png"] = f"The search from {moment}: {said}"
        if seen.similarity is not None and len(names) > 1:
            self._draw("similarity", draw_similarity, names, seen.similarity)
        for weights in seen.filters.values():
            if self._moments.form == "image":
                self._draw("filters", draw_filters, "The first layer's filters", weights)
            else:
                title = "The first layer's filters,\nchannel by channel"
                self._draw("filters", draw_filter_table, title, weights, self._moments.observation_names)
        for level in seen.levels:
            self._level(level)

    def _draw(self, name: str, draw: Callable[..., str], *given: Any, **how: Any) -> None:
        self.pictures[f"{name}.png"] = draw(self._stage / f"{name}.png", *given, **how)

    def _bars(self, explained: Sequence[Explained]) -> None:
        """What the numbers of a vector add to each sort of output, a picture for each sort."""
        for kind in dict.fromkeys(self._seen.aims):
            some = [e for e, aim in zip(explained, self._seen.aims, strict=True) if aim == kind]
            most = np.abs([e.occlusion[INPUT] for e in some]).mean(axis=0)
            shown = np.sort(np.argsort(-most, kind="stable")[:_BARS])  # (D,)
            panels = []
            for e in some:
                told = [(self._moments.number(k), f"{e.inputs[INPUT][k]:.3g}") for k in shown]
                title = f"{e.answer}; {e.row}"
                panels.append(Panel(title, told, e.gradients[INPUT][shown], e.occlusion[INPUT][shown]))
            self._draw(f"decisions-{kind}", draw_attributions, "table", panels)

    def _maps(self, explained: Sequence[Explained]) -> None:
        """Lay what each decision rests on over its moment; what a place holds in all its channels counts together."""
        kinds = dict(zip(map(id, explained), self._seen.aims, strict=True))
        several = len(set(self._seen.aims)) > 1
        lines = []
        for moment, group in itertools.groupby(explained, key=lambda e: e.row):
            some = list(group)
            maps = {}
            for e in some:
                of = f"{kinds[id(e)]}: " if several else ""
                maps[f"{of}occlusion"] = e.occlusion[INPUT].mean(axis=0)
                maps[f"{of}integrated gradients"] = e.gradients[INPUT].sum(axis=0)
            title = "\n".join([moment.replace(", ", "\n"), *(e.answer for e in some)])
            shown = self._moments.picture(self._rows[moment], side=320)
            lines.append(Decision(title, shown, maps, self._moments.margin))
        self._draw("decisions", draw_decisions, "What decisions rest on", lines)

    def _level(self, level: Level) -> None:
        units, best = self._seen.units[level.name], self._seen.preferred[level.name]
        form, size = self._moments.form, level.size(INPUT)
        field = f", receptive field {' x '.join(map(str, size))} {PLACES[form]}" if size else ""
        title = f"{level.name.capitalize()} of {len(self._seen.levels)}{field}"
        name = level.name.replace(" ", "-")
        if form == "table":
            x = self._moments.seen.double().cpu().numpy()
            numbers = (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-12)
            means = np.stack([numbers[best.rows[unit]].mean(axis=0) for unit in units])
            columns = [self._moments.number(k) for k in range(x.shape[1])]
            k = best.rows.shape[1]
            self._draw(
                name,
                draw_table,
                f"{title}: the {k} moments that excite each unit most",
                units,
                columns,
                means,
                k,
            )
            return
        tiles = []
        for unit in units:
            found = zip(best.rows[unit], best.places[unit], best.values[unit], strict=True)
            loud = [
                (row, place) for row, place, value in found if value != 0
            ]  # at zero it is not excited at all
            tiles.append([self._tile(level, int(row), place) for row, place in loud[:_FOUND]])
        made = self._made(level)
        if any(tiles) or made:
            self._draw(name, draw_tiles, title, units, tiles, made, cut=form == "image")

    def _made(self, level: Level) -> list[np.ndarray]:
        """The pictures made for the units shown, cut to what the unit in the middle sees."""
        if not isinstance(self._moments, OfEpisodes) or level.name not in self._seen.synthesised:
            return []
        middle = np.array([n // 2 for n in level.places], dtype=np.int64)
        shape = self._moments.shape
        assert isinstance(shape, Grid)
        _, rows, columns = seen_at(level.fields.get(INPUT), middle, (shape.c, shape.h, shape.w))
        made = self._seen.synthesised[level.name]
        return [self._moments.drawn(torch.from_numpy(x))[rows, columns] for x in made]

    def _tile(self, level: Level, row: int, place: np.ndarray) -> np.ndarray:
        """One moment: of pixels what the unit sees, of cells all of them, what it does not see faded."""
        shape = self._moments.shape
        assert isinstance(shape, Grid)
        shown = self._moments.picture(row, side=_SIDE)  # (h, w, 3)
        _, rows, columns = seen_at(level.fields.get(INPUT), place, (shape.c, shape.h, shape.w))
        margin = self._moments.margin
        box = tuple(
            slice(
                round(pixels * (part.start + margin) / around), round(pixels * (part.stop + margin) / around)
            )
            for part, pixels, around in (
                (rows, shown.shape[0], shape.h + 2 * margin),
                (columns, shown.shape[1], shape.w + 2 * margin),
            )
        )
        if self._moments.form == "image":
            return shown[box]
        faded = 1 - (1 - shown) * (1 - _FADED)
        faded[box] = shown[box]
        edge = max(0, round((margin - _EDGE) * shown.shape[1] / (shape.w + 2 * margin)))
        return faded[edge : len(faded) - edge, edge : faded.shape[1] - edge]
