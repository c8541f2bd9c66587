"""The folder that ``deepen see`` writes: pictures, ``seeing.json``, and a README that leads through them.

Legend: U units, k rows kept for each unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deepen.compute.folders import staged, write_json
from deepen.data.kinds.text import Text
from deepen.model import Model
from deepen.nets.levels import Level
from deepen.reporting.attributions import Panel, draw_attributions
from deepen.reporting.depth import draw_map, draw_probes, draw_similarity
from deepen.reporting.units import draw_curves, draw_filters, draw_table, draw_tiles
from deepen.seeing.columns import by_column, standardised
from deepen.seeing.forms import main_input, picture
from deepen.seeing.material import Material
from deepen.seeing.page import passages, write_page
from deepen.seeing.preferred import seen_at
from deepen.seeing.seen import PLACES, Explained, Seen

__all__ = ["KIND", "write"]

KIND = "seeing"
"""What the manifest of such a folder says that it is."""

_FOUND = 8  # real inputs shown for each unit


def write(seen: Seen, material: Material | None, model: Model, target: Path) -> Seen:
    """Write the folder, whole or not at all.

    Parameters
    ----------
    target
        Where; a folder that ``deepen see`` wrote before is replaced.

    Returns
    -------
    Seen
        With what each picture shows, in words.

    Raises
    ------
    FolderError
        If the place cannot be written, or holds something that deepen did not write.
    """
    with staged(target, kind=KIND) as stage:
        drawn = _Drawn(stage, seen, material, model)
        drawn.all()
        seen = replace(seen, pictures=drawn.pictures)
        write_json(stage / "seeing.json", seen.to_dict())
        write_page(stage / "README.md", seen, drawn.texts)
    return seen


class _Drawn:
    """The pictures of one folder, as they are drawn."""

    def __init__(self, stage: Path, seen: Seen, material: Material | None, model: Model) -> None:
        self._stage, self._seen, self._material, self._model = stage, seen, material, model
        self.pictures: dict[str, str] = {}
        self.texts: dict[str, list[tuple[int, list[str]]]] = {}
        """By level, for each unit shown, the passages that excite it most."""

    def all(self) -> None:
        seen = self._seen
        names = [level.name for level in seen.levels]
        if seen.probed:
            probed = {p.name: (p.input, *p.levels) for p in seen.probed}
            chances = {p.name: p.chance for p in seen.probed}
            self._draw("probes", draw_probes, ["input", *names], probed, chances)
        if seen.similarity is not None and len(names) > 1:
            self._draw("similarity", draw_similarity, names, seen.similarity)
        if seen.map is not None:
            m = seen.map
            self._draw("map", draw_map, m.components, m.shares, m.neighbours, m.labels)
        for number, (which, weights) in enumerate(seen.filters.items(), 1):
            name = "filters" if len(seen.filters) == 1 else f"filters-{number}"
            of = f" that read {which!r}" if len(seen.forms) > 1 else ""
            self._draw(name, draw_filters, f"The first layer's filters{of}", weights)
        for level in seen.levels:
            self._level(level)
        if seen.explained:
            self._explained()

    def _draw(self, name: str, draw: Callable[..., str], *given: Any, **how: Any) -> None:
        self.pictures[f"{name}.png"] = draw(self._stage / f"{name}.png", *given, **how)

    def _level(self, level: Level) -> None:
        which = main_input(self._model.preparation, level.of)
        form, units = self._seen.forms[which], self._seen.units[level.name]
        size = level.size(which)
        field = f", receptive field {' x '.join(map(str, size))} {PLACES[form]}" if size else ""
        title = f"{level.name.capitalize()} of {len(self._seen.levels)}{field}"
        name = level.name.replace(" ", "-")
        if form in ("image", "sound", "series"):
            made = self._made(level, which)
            if form == "series":
                found = [self._windows(level, which, unit) for unit in units]
                self._draw(name, draw_curves, title, units, found, made)
                return
            tiles = [self._found(level, which, unit) for unit in units]
            if made or any(tiles):
                self._draw(name, draw_tiles, title, units, tiles, made, sound=form == "sound")
        elif form == "text" and level.name in self._seen.preferred:
            self.texts[level.name] = [(unit, self._passages(level, which, unit)) for unit in units]
        elif form == "table" and self._material is not None:
            columns, numbers = standardised(self._model.preparation, self._material.arrays)
            best = self._seen.preferred[level.name]
            k = best.rows.shape[1]
            means = np.stack([numbers[best.rows[unit]].mean(0) for unit in units])
            title = f"{title}: the {k} rows that excite each unit most"
            self._draw(name, draw_table, title, units, columns, means, k)

    def _found(self, level: Level, which: str, unit: int) -> list[np.ndarray]:
        """The parts of real inputs that excite a unit most, as people look at them."""
        if level.name not in self._seen.preferred or self._material is None:
            return []
        best = self._seen.preferred[level.name]
        made: list[np.ndarray] = []
        for row, place, value in zip(best.rows[unit], best.places[unit], best.values[unit], strict=True):
            if value != 0 and len(made) < _FOUND:  # at zero it does not excite it at all
                x = self._material.inputs(np.array([row]))[which][0]
                made.append(self._cut(level, which, x, place))
        return made

    def _windows(self, level: Level, which: str, unit: int) -> list[tuple[int, np.ndarray]]:
        """As :meth:`_found`, each with where it begins in the receptive field, which may begin before the series."""
        found = self._found(level, which, unit)
        axis = next((a for a in level.fields.get(which, ())[2:] if a is not None), None)
        if axis is None or not found:
            return [(0, window) for window in found]
        best = self._seen.preferred[level.name]
        places = best.places[unit][best.values[unit] != 0][:, 0]
        starts = [max(0, -axis.sees(int(place))[0]) for place in places]
        return list(zip(starts, found, strict=False))

    def _made(self, level: Level, which: str) -> list[np.ndarray]:
        """The inputs made for the units shown, cut to what the unit in the middle sees."""
        middle = np.array([n // 2 for n in level.places], dtype=np.int64)
        made = self._seen.synthesised.get(level.name, ())
        return [self._cut(level, which, torch.from_numpy(x), middle) for x in made]

    def _cut(self, level: Level, which: str, x: torch.Tensor, place: np.ndarray) -> np.ndarray:
        """What a unit sees of one input at a place."""
        shown = picture(self._model.preparation, which, x)  # (H, W, C), (M, T) or (T, C)
        parts = seen_at(level.fields.get(which), place, tuple(x.shape))
        if self._seen.forms[which] == "image":
            return shown[parts[1], parts[2]]
        return shown[parts[1], parts[0]] if self._seen.forms[which] == "sound" else shown[parts[0]]

    def _passages(self, level: Level, which: str, unit: int) -> list[str]:
        assert self._material is not None
        kind = self._model.preparation.stored[which]
        assert isinstance(kind, Text)
        best = self._seen.preferred[level.name]
        found = []
        for row, place, value in zip(best.rows[unit], best.places[unit], best.values[unit], strict=True):
            ids = self._material.inputs(np.array([row]))[which][0]
            (part,) = seen_at(level.fields.get(which), place, tuple(ids.shape))
            at = int(place[0]) if len(place) else None
            if value != 0:
                found.append(passages(kind.tokeniser, ids.cpu().numpy(), part, at, value))
        return found

    def _explained(self) -> None:
        """One picture for each input that has a form of its own, and one for the columns of a table."""
        preparation, explained = self._model.preparation, self._seen.explained
        stored = [n for n, form in self._seen.forms.items() if form != "table"]
        for number, which in enumerate(stored, 1):
            panels = [self._panel(e, which) for e in explained]
            name = "attribution" if len(self._seen.forms) == 1 else f"attribution-{number}"
            self._draw(name, draw_attributions, self._seen.forms[which], panels)
        if len(stored) < len(self._seen.forms):
            panels = []
            for e in explained:
                gradients, falls = (by_column(preparation, parts) for parts in (e.gradients, e.occlusion))
                row = self._seen.rows.index(e.row)
                shown = [(name, self._value(name, row)) for name in gradients]
                panels.append(
                    Panel(
                        _title(e), shown, np.array(list(gradients.values())), np.array(list(falls.values()))
                    )
                )
            name = "attribution" if not stored else "attribution-table"
            self._draw(name, draw_attributions, "table", panels)

    def _value(self, column: str, row: int) -> str:
        assert self._material is not None
        value = self._material.table[column][row].as_py()
        return f"{value:.4g}" if isinstance(value, float) else str(value)

    def _panel(self, e: Explained, which: str) -> Panel:
        preparation, form = self._model.preparation, self._seen.forms[which]
        x, gradients, falls = e.inputs[which], e.gradients[which], e.occlusion[which]
        if form == "text":
            kind = preparation.stored[which]
            assert isinstance(kind, Text)
            n = int((x != 0).sum())
            words = [kind.tokeniser.decode([int(i)]) or "?" for i in x[:n]]
            return Panel(_title(e), words, gradients[:n], falls[:n])
        shown = picture(preparation, which, torch.from_numpy(x))
        if form == "image":
            return Panel(_title(e), shown, gradients.sum(0), falls.mean(0))
        if form == "sound":
            return Panel(_title(e), shown, gradients[:, :-1].T, falls[:, :-1].T)
        return Panel(_title(e), shown, gradients.sum(1), falls.mean(1))


def _title(e: Explained) -> str:
    if e.truth is None or e.truth == e.answer:
        return f"{e.answer}" if e.truth is None else f"{e.answer}\n(right)"
    return f"{e.answer}\n(true: {e.truth})"
