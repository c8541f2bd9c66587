"""A check of data: its stages, in their order, inside the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from deepen.checking import duplicates
from deepen.checking.checked import Checked, parts_of
from deepen.checking.facets import facets
from deepen.checking.labels import wrong_labels
from deepen.checking.leaks import idle_columns, leaking_columns
from deepen.checking.of_model import OfModel, look_by
from deepen.checking.plain import plain_features
from deepen.checking.shift import shifted
from deepen.compute import seeds
from deepen.data.kinds import Image
from deepen.data.kinds.image import Sources
from deepen.data.schema import Schema
from deepen.data.split import Split
from deepen.data.table import Table
from deepen.errors import SettingError
from deepen.findings import Finding, Findings
from deepen.model import Model
from deepen.training.context import Context
from deepen.training.gather import encode, parted

__all__ = ["run"]

_SIDE = 64  # pixels a side: more than a quick learner reads and two pictures are compared at
_NEAR, _LABELS = 0.5, 0.9  # shares of the time left for near duplicates, and then for labels (assumed)
_MOST_PICTURES = 400  # kept to look at


def run(context: Context, table: Table, schema: Schema, model: Model | None = None) -> Findings:
    """Go from an understood table to what is wrong with it.

    Parameters
    ----------
    model
        One that was trained on these data, if any.

    Raises
    ------
    SettingError
        If the task is one of sequences, or the model is of another target.
    DataError
        If the data cannot be encoded.
    Stopped
        If the user stopped it before anything was found.
    """
    if schema.task in ("forecast", "language", "text to text"):
        raise SettingError(
            f"data for the task {schema.task!r} cannot be checked yet", where="check",
            allowed="classes, labels and numbers",
        )  # fmt: skip
    checked = _prepared(context, table, schema)
    known = look_by(model, context, checked) if model is not None else None
    if known is not None and known.note:
        context.tell(known.note)
    found: list[Finding] = []
    figures: dict[str, float] = {}
    for doing, stage in _stages(context, checked, known):
        if context.stop():
            context.tell(f"stopped by {context.stop.why} before {doing}")
            break
        context.watch.stage(doing)
        for each in stage():
            if isinstance(each, Finding):
                found.append(each)
            elif isinstance(each, dict):
                figures |= each
            else:
                context.tell(each)
    found.sort(key=lambda f: -f.severity)
    return Findings(
        table.origin, len(checked.rows), schema.task, tuple(found), tuple(context.notes), figures,
        _pictures(checked, found), round(context.clock.elapsed, 1),
    )  # fmt: skip


def _prepared(context: Context, table: Table, schema: Schema) -> Checked:
    split, hashes = parted(context, table, schema)
    examples = encode(context, table, schema, split, hashes, side=_side(context, table, schema, split))
    return Checked(table, schema, examples, hashes, parts_of(table, examples.rows, schema.targets, hashes))


def _side(context: Context, table: Table, schema: Schema, split: Split) -> int | None:
    """The pictures' longer side: the user's; else their own, as far as more tells more."""
    pictures = [c.name for c in schema.inputs if c.kind == "image"]
    if context.options.image_size is not None or not pictures:
        return context.options.image_size
    own = [Image.fit(Sources(table[name], table.folder), split.train) for name in pictures]
    return min(_SIDE, max(max(kind.height, kind.width) for kind in own))


Stage = Callable[[], Iterable[Finding | str | dict[str, float]]]


def _stages(context: Context, checked: Checked, known: OfModel | None) -> Iterable[tuple[str, Stage]]:
    """The stages by what they do, quick ones first; each begins only when the one before has ended."""
    seed = seeds.derive(context.options.seed, "check") % 2**31
    clock = context.clock

    def telling(doing: str) -> Callable[[int, int], None]:
        return lambda done, of: context.watch.stage(doing, done, of)

    def left(share: float) -> float:
        return max(0.0, share * clock.left) if np.isfinite(clock.left) else np.inf

    yield "comparing rows", lambda: duplicates.exact(checked)
    seen = facets(checked)
    yield "asking each column", lambda: [*leaking_columns(checked, seen, seed), *idle_columns(checked)]
    features, way = plain_features(checked, seen)
    yield "comparing parts", lambda: shifted(checked, features, way, seen, seed)
    doing = "looking for near duplicates"
    net = None if known is None or checked.is_tabular() else known.features
    yield doing, lambda: duplicates.near(checked, left(_NEAR), telling(doing), net)
    doubting = "doubting labels"
    yield doubting, lambda: wrong_labels(
        checked, features, way, seconds=left(_LABELS), seed=seed, tell=telling(doubting),
        known=None if known is None else known.unseen,
    )  # fmt: skip


def _pictures(checked: Checked, found: list[Finding]) -> dict[int, np.ndarray]:
    """The pictures that findings are about, those of the worst first."""
    kept: dict[int, np.ndarray] = {}
    if not checked.examples.preparation.images:
        return kept
    for finding in found:
        for row in finding.rows[:4]:
            if len(kept) >= _MOST_PICTURES:
                return kept
            if row not in kept:
                picture = checked.picture(row)
                if picture is not None:
                    kept[row] = picture
    return kept
