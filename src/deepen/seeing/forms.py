"""What the net reads, as people can look at it: pixels, spectrograms, curves in their own units.

Legend: C channels, H height, W width, T steps, M bands.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from deepen.data.kinds import Audio, Image
from deepen.data.kinds.series import Series
from deepen.data.kinds.text import Text
from deepen.data.prepare import Preparation

__all__ = ["form_of", "main_input", "patches_of", "picture"]


def form_of(preparation: Preparation, which: str) -> str:
    """How an input is shown: ``image``, ``sound``, ``series``, ``text`` or ``table``."""
    kind = preparation.stored.get(which)
    forms = {Image: "image", Audio: "sound", Series: "series", Text: "text"}
    return next((form for of, form in forms.items() if isinstance(kind, of)), "table")


def main_input(preparation: Preparation, of: tuple[str, ...]) -> str:
    """Which of the inputs that a level depends on is shown: a picture, recording, series or text before a table."""
    return next((name for name in of if name in preparation.stored), of[0])


def picture(preparation: Preparation, which: str, x: Tensor) -> np.ndarray:
    """Bring one input, as the net reads it, to (H, W, C) from 0 to 1, to (M, T), or to (T, C) in its own units.

    Parameters
    ----------
    x
        (C, H, W), (T, M + 1) or (T, C').
    """
    kind = preparation.stored[which]
    values = x.detach().float().cpu()
    if isinstance(kind, Image):
        mean, std = (torch.tensor(v).view(-1, 1, 1) for v in (kind.mean, kind.std))
        return np.asarray(((values * std + mean) / 255).clamp(0, 1).permute(1, 2, 0).numpy())
    if isinstance(kind, Audio):
        return np.asarray(values[:, :-1].T.numpy())  # without the mark of own steps
    assert isinstance(kind, Series)
    shown = values[:, : kind.channels].numpy().astype(np.float64)
    return np.asarray(shown * np.array(kind.std) + np.array(kind.mean))


def patches_of(form: str, x: Tensor) -> Tensor:
    """What occlusion covers together in one example (1, ...): (B, ...) of bool.

    Squares of a quarter of the shorter side, an eighth apart, of pictures and spectrograms; windows of an eighth of a
    series, a sixteenth apart; each token, and each number of a table, by itself.
    """
    sides = x.shape[1:]
    if form in ("text", "table"):
        return torch.eye(sides[0], dtype=torch.bool)
    axes = {"image": (1, 2), "sound": (0, 1), "series": (0,)}[form]
    spans = [sides[a] - (form == "sound" and a == 1) for a in axes]  # the mark of own steps is never covered
    size = max(1, round(min(spans) / (4 if len(axes) == 2 else 8)))
    step = max(1, size // 2)
    found = []
    for low in np.ndindex(*(len(range(0, max(1, n - size + 1) + step - 1, step)) for n in spans)):
        part = torch.zeros(sides, dtype=torch.bool)
        index = [slice(None)] * len(sides)
        for axis, at, n in zip(axes, low, spans, strict=True):
            first = min(at * step, max(0, n - size))
            index[axis] = slice(first, min(n, first + size))
        if form == "sound":
            part[..., :-1][tuple(index)] = True
        else:
            part[tuple(index)] = True
        found.append(part)
    return torch.stack(found)
