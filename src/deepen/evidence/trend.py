"""Whether figures rise from one to the next beyond what chance would bring."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["rising"]


def rising(values: Sequence[float]) -> float:
    """Give the chance that figures in random order would rise as steadily: Mann (1945) and Kendall's one-sided test.

    It asks of every pair only whether the later one is larger, so that one lucky figure weighs little. Fewer than four
    figures can never be sure at 5 %: three in order come by chance once in six times.

    Parameters
    ----------
    values
        In the order of time.

    Returns
    -------
    float
        p; 1 where there is no telling: of fewer than two, or where all are the same.

    Examples
    --------
    >>> print(f"{rising([1, 2, 3, 5]):.3f} {rising([1, 9, 3, 5]):.3f} {rising([2, 2, 2]):.0f}")
    0.042 0.375 1
    """
    if len(values) < 2 or len(set(values)) < 2:
        return 1.0
    from scipy.stats import kendalltau

    return float(kendalltau(range(len(values)), values, alternative="greater").pvalue)
