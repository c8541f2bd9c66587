"""A table's inputs by its columns: which numbers and codes that the net reads belong to which column.

Legend: N rows, D numbers, K codes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from deepen.data.kinds import Category, Number
from deepen.data.prepare import Preparation

__all__ = ["by_column", "standardised"]


def by_column(preparation: Preparation, parts: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Sum what is said of the inputs ``numbers`` (D) and ``codes`` (K) by the columns that they came from."""
    found: dict[str, float] = {}
    number = code = 0
    for name, kind in preparation.inputs.items():
        if isinstance(kind, Number):
            found[name] = float(parts["numbers"][number : number + kind.width].sum())
            number += kind.width
            if kind.codes:
                found[name] += float(parts["codes"][code])
                code += 1
        elif isinstance(kind, Category):
            found[name] = float(parts["codes"][code])
            code += 1
    return found


def standardised(
    preparation: Preparation, arrays: Mapping[str, np.ndarray], most: int = 24
) -> tuple[tuple[str, ...], np.ndarray]:
    """Make of a table's columns one number each, of mean 0 and deviation 1: a quantity, or whether a category is so.

    Parameters
    ----------
    most
        Columns kept; a category gives its commonest values, two at the most.

    Returns
    -------
    names, numbers
        (D) and (N, D).
    """
    names: list[str] = []
    columns: list[np.ndarray] = []
    number = code = 0
    for name, kind in preparation.inputs.items():
        if isinstance(kind, Number):
            names.append(name)
            columns.append(arrays["numbers"][:, number])
            number += kind.width
            code += bool(kind.codes)
        elif isinstance(kind, Category):
            codes = arrays["codes"][:, code]
            counts = np.bincount(codes, minlength=len(kind.values) + 1)[1:]
            for value in np.argsort(-counts, kind="stable")[: 1 if len(kind.values) == 2 else 2]:
                names.append(f"{name} = {kind.values[value]}")
                columns.append((codes == value + 1).astype(np.float64))
            code += 1
    x = np.stack(columns[:most], axis=1).astype(np.float64)
    return tuple(names[:most]), (x - x.mean(0)) / np.maximum(x.std(0), 1e-9)
