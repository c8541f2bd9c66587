"""The reliability diagram: the share that was right beside the probability that was given."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deepen.errors import DataError
from deepen.evaluation import Bin, Reliability
from deepen.evidence.intervals import wilson
from deepen.reporting.canvas import COLOURS, figure_of, plain, save

__all__ = ["draw"]

_APART = 0.025  # of the axis, as wide as a mark (looked at)


def draw(reliability: Reliability | None, path: Path) -> Path:
    """Draw each bin's share with its interval, and below it how many answers there were of each probability.

    Bins that lie nearly on one another are drawn as one.

    Raises
    ------
    DataError
        If there is nothing to draw.
    """
    if reliability is None or not reliability.bins:
        raise DataError("there is no reliability to draw: it is of classes and labels")
    bins = _apart(reliability.bins)
    figure = figure_of(5.2, 5.8)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    said, happened = np.array([b.said for b in bins]), np.array([b.happened for b in bins])
    below, above = happened - [b.low for b in bins], [b.high for b in bins] - happened
    start = float(np.floor(10 * bins[0].least) / 10)
    upper.plot(
        [start, 1],
        [start, 1],
        color=COLOURS[-1],
        linewidth=1,
        linestyle=(0, (4, 3)),
        label="perfectly calibrated",
    )
    upper.errorbar(
        said, happened, yerr=[below, above], color=COLOURS[0], marker="o", markersize=5, linewidth=1.4, elinewidth=1,
        capsize=2.5, label="the net, with 95 % intervals",
    )  # fmt: skip
    upper.set_ylabel("share that was right")
    upper.set_ylim(min(start, float(min(b.low for b in bins))) - 0.02, 1.02)
    upper.legend(frameon=False, fontsize=8, loc="upper left")
    total = sum(b.n for b in bins)
    title = f"{total:,} answers"
    if reliability.error is not None:
        e = reliability.error
        title += f"; expected calibration error {e.value:.3f} [{e.low:.3f}, {e.high:.3f}]"
    upper.set_title(title, fontsize=9, loc="left")
    width = np.array([max(b.most - b.least, 0.004) for b in bins])
    left = np.array([min(b.least, 1 - w) for b, w in zip(bins, width, strict=True)])
    lower.bar(
        left,
        [b.n / w for b, w in zip(bins, width, strict=True)],
        width,
        align="edge",
        color=COLOURS[0],
        alpha=0.6,
    )
    lower.set_yscale("log")
    lower.set_yticks([])
    lower.minorticks_off()
    lower.set_ylabel("how many\n(log)", fontsize=8)
    lower.set_xlabel("probability that was given")
    lower.set_xlim(start - 0.01, 1.01)
    for axes in (upper, lower):
        plain(axes)
    return save(figure, path, cut=True)


def _apart(bins: tuple[Bin, ...]) -> list[Bin]:
    """Join bins that would be drawn on one another, as those of a net that is mostly sure; the record keeps them."""
    found = [bins[0]]
    for each in bins[1:]:
        last = found[-1]
        if each.said - last.said >= _APART:
            found.append(each)
            continue
        n = last.n + each.n
        said, happened = ((last.n * a + each.n * b) / n for a, b in
                          ((last.said, each.said), (last.happened, each.happened)))  # fmt: skip
        low, high = wilson(round(n * happened), n)
        found[-1] = Bin(last.least, each.most, said, happened, low, high, n)
    return found
