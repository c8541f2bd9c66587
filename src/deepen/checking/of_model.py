"""What a trained model adds to a check: its own features of every row, and its answers for rows it has not seen.

Legend: N rows, M rows of the test part, D features, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from deepen.checking.checked import Checked
from deepen.data.batches import in_order
from deepen.errors import SettingError
from deepen.evidence.measures import score
from deepen.model import Model
from deepen.training.context import Context

__all__ = ["OfModel", "look_by", "penultimate"]

_BATCH = 512
_SAME = 1e-9  # two scores of one model on the same rows differ by rounding alone


@dataclass(frozen=True, eq=False)
class OfModel:
    """What a model knows of the rows.

    Parameters
    ----------
    features
        (N, D) its last level's.
    unseen
        Rows (M,) of the test part that it has surely not learned from, and its probabilities for them (M, K); None
        where that is not sure.
    note
        A sentence about it.
    """

    features: np.ndarray
    unseen: tuple[np.ndarray, np.ndarray] | None
    note: str


def look_by(model: Model, context: Context, checked: Checked) -> OfModel:
    """Show every row to the model.

    It has not seen the test part if this split is the one that it was trained by. That shows by its score: only on
    the same rows is it the same.

    Raises
    ------
    SettingError
        If the model was trained for another target.
    DataError
        If the table lacks a column that it reads.
    """
    if model.schema.targets != checked.schema.targets or model.schema.task != checked.schema.task:
        raise SettingError(
            "the model answers another question", where="--model", came=", ".join(model.schema.targets),
            allowed=", ".join(checked.schema.targets),
        )  # fmt: skip
    model.preparation.check(checked.table)
    encoded = model.preparation.encode(
        checked.table, workers=context.workers, cache=context.cache, content=checked.hashes.tobytes(),
        stop=context.stop, progress=lambda done, of: context.watch.stage("encoding for the model", done, of),
    )  # fmt: skip
    context.stop.check("encoding for the model")
    model.net.eval()
    features = []
    every = np.arange(len(checked.table))
    with torch.no_grad():
        for inputs in in_order(encoded.arrays, every, size=_BATCH, device=model.device):
            features.append(penultimate(model.net, model.preparation.to_net(inputs)).cpu().numpy())
            context.watch.stage("asking the model", sum(map(len, features)), len(every))
            context.stop.check("asking the model")
    unseen, note = _unseen(model, checked, encoded.arrays)
    return OfModel(np.concatenate(features), unseen, note)


def penultimate(net: nn.Module, inputs: dict[str, Tensor]) -> Tensor:
    """What goes into the last layer: (B, D), of all members side by side.

    Examples
    --------
    >>> from deepen.nets.assemble import OwnNet
    >>> net = OwnNet(nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)))
    >>> penultimate(net, {"x": torch.zeros(4, 3)}).shape
    torch.Size([4, 5])
    """
    last = [m for m in net.modules() if hasattr(m, "bias") and hasattr(m, "weight")][-1]
    seen: list[Tensor] = []
    handle = last.register_forward_pre_hook(lambda _module, given: seen.append(given[0]))
    try:
        outputs = net(inputs)
    finally:
        handle.remove()
    found = seen[-1] if seen else outputs
    return found.reshape(len(outputs), -1).float()


def _unseen(
    model: Model, checked: Checked, arrays: Mapping[str, np.ndarray]
) -> tuple[tuple[np.ndarray, np.ndarray] | None, str]:
    if not checked.examples.is_classes or "test" not in model.scores:
        return None, ""
    rows = checked.examples.rows.test
    labels = model.preparation.labels
    if labels != checked.examples.preparation.labels:
        return None, "the model knows other classes, so its answers are not used"
    answers = model.answers(model.scores_of_arrays(arrays, rows))
    truth = checked.examples.target[rows].astype(np.int64)
    right = score(checked.schema.task, truth, answers, labels, "test").measures["accuracy"]
    before = model.scores["test"].measures["accuracy"]
    if right.n != before.n or abs(right.value - before.value) > _SAME:
        return None, (
            "the model may have learned from this test part (its accuracy is not the one it was saved with), so its"
            " answers are not used; check with the options and the seed that it was trained with"
        )
    return (rows, answers), ""
