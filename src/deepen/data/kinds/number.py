"""Quantities: parsed, and mapped to a normal distribution by the quantiles of the training part.

Legend: N rows, Q knots.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.columns import Column, is_text, missing
from deepen.errors import DataError

__all__ = ["Number", "parse"]

_KNOTS = (
    256  # more make no difference to an MLP on Adult or California housing (assumed from scikit-learn's use)
)
_LIMIT = 4.0  # normal scores are cut here: one value in 16,000 lies further out
_DECIMAL_COMMA = r"^[+-]?\d*,\d+$"
_THOUSANDS = r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"


def _row(number: int) -> str:
    return f"row {number + 1}"


def parse(column: Column, name: str, where: Callable[[int], str] = _row) -> np.ndarray:
    """Read a column as float64, missing values as NaN: (N,).

    Decimal commas and thousands separators are understood where the whole column has them.

    Raises
    ------
    DataError
        If a value is not a number, or is infinite; with its row.

    Examples
    --------
    >>> parse(pa.chunked_array([["1.5", None, "2"]]), "price").tolist()
    [1.5, nan, 2.0]
    >>> parse(pa.chunked_array([["1.5", "cheap"]]), "price")
    Traceback (most recent call last):
    ...
    deepen.errors.DataError: row 2, column 'price': not a number; came: 'cheap'. Use --kind price=category if it holds names.
    """
    if isinstance(column, np.ndarray):
        values = column.astype(np.float64)
    elif pa.types.is_temporal(column.type):
        values = _seconds(column)
    else:
        values = _floats(column, name, where)
    infinite = np.isinf(values)
    if infinite.any():
        at = int(np.argmax(infinite))
        raise DataError(
            "an infinite value", where=f"{where(at)}, column {name!r}", came=str(values[at]),
            mend="Leave the cell empty, or put a finite number there.",
        )  # fmt: skip
    return values


def _seconds(column: pa.ChunkedArray) -> np.ndarray:
    whole = pc.cast(column, pa.timestamp("us"), safe=False).cast(pa.int64())
    return np.where(missing(column), np.nan, pc.fill_null(whole, 0).to_numpy() / 1e6)


def _floats(column: pa.ChunkedArray, name: str, where: Callable[[int], str]) -> np.ndarray:
    try:
        numbers = pc.cast(_plain(column) if is_text(column) else column, pa.float64(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        at, value = _first_bad(column)
        raise DataError(
            "not a number", where=f"{where(at)}, column {name!r}", came=repr(value),
            mend=f"Use --kind {name}=category if it holds names.",
        ) from None  # fmt: skip
    return np.asarray(pc.fill_null(numbers, float("nan")).to_numpy(), dtype=np.float64)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Rewrite decimal commas and thousands separators, if the column's commas all are of one sort."""
    with_comma = pc.filter(column, pc.fill_null(pc.match_substring(column, ","), False))
    if len(with_comma) == 0:
        return column
    if pc.all(pc.match_substring_regex(with_comma, _THOUSANDS)).as_py():
        return pc.replace_substring(column, ",", "")
    if pc.all(pc.match_substring_regex(with_comma, _DECIMAL_COMMA)).as_py():
        return pc.replace_substring(column, ",", ".")
    return column


def _first_bad(column: pa.ChunkedArray) -> tuple[int, object]:
    for at, value in enumerate(column.to_pylist()):
        try:
            float(re.sub(r"(?<=\d),(?=\d)", ".", value) if isinstance(value, str) else value or 0)
        except (TypeError, ValueError):
            return at, value
    return 0, column[0].as_py()


@dataclass(frozen=True)
class Number:
    """A column of quantities, as fitted on the training part.

    As an input, a value becomes its normal score: the quantile at which it stands in the training part,
    mapped to a standard normal distribution. That makes nets indifferent to units, skew and outliers
    (Gorishniy et al. 2021, section 4.3). A missing value becomes 0, and a second number tells of it.

    As a target it is standardised by mean and standard deviation, which keeps squared errors what they are.
    """

    knots: tuple[float, ...]
    scores: tuple[float, ...]
    missing: bool
    mean: float
    std: float
    whole: bool = False

    name: ClassVar[str] = "number"

    @classmethod
    def claims(cls, column: Column) -> str | None:
        """Say why the column holds quantities, or None if it does not."""
        if isinstance(column, np.ndarray):
            return None
        kind = column.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return "numbers"
        if pa.types.is_temporal(kind):
            return "times, as seconds"
        if not is_text(column):
            return None
        if pc.any(pc.fill_null(pc.match_substring_regex(column, r"^0\d+$"), False)).as_py():
            # "02139" is a code; but a column of measurements may be zero-padded throughout, all with a sign or point.
            return None
        try:
            parse(column, "")
        except DataError as error:
            return "numbers" if "infinite" in error.what else None
        return "numbers"

    @classmethod
    def fit(cls, values: np.ndarray) -> Self:
        """Fit on the training part's values: (N,), NaN for missing ones."""
        from scipy.special import ndtri  # comes with scikit-learn

        known = np.sort(values[~np.isnan(values)])
        if len(known) == 0:
            return cls((0.0,), (0.0,), True, 0.0, 1.0)
        shares = (np.arange(len(known)) + 0.5) / len(known)
        knots, first, counts = np.unique(known, return_index=True, return_counts=True)
        # Ties stand at the middle of the quantiles that they take up.
        scores = ndtri(shares[first] + (counts - 1) / (2 * len(known)))
        if len(knots) > _KNOTS:
            kept = np.unique(
                np.searchsorted(knots, np.quantile(known, np.linspace(0, 1, _KNOTS), method="nearest"))
            )
            knots, scores = knots[kept], scores[kept]
        std = float(known.std())
        return cls(
            tuple(knots.tolist()),
            tuple(np.clip(scores, -_LIMIT, _LIMIT).tolist()),
            bool(np.isnan(values).any()),
            float(known.mean()),
            std if std > 0 else 1.0,
            bool((known == np.round(known)).all()),
        )

    @property
    def width(self) -> int:
        """Numbers for each value: one, and a second one where values are missing."""
        return 2 if self.missing else 1

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Encode as normal scores: (N, width) float32."""
        scores = np.interp(values, self.knots, self.scores)
        unknown = np.isnan(values)
        scores = np.where(unknown, 0.0, scores)
        columns = [scores, unknown.astype(np.float64)] if self.missing else [scores]
        return np.stack(columns, axis=1).astype(np.float32)

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Encode as a target: (N, 1) float32."""
        return ((values - self.mean) / self.std).astype(np.float32)[:, None]

    def restore(self, encoded: np.ndarray) -> np.ndarray:
        """Take a net's output for this target back to the target's units."""
        return encoded.astype(np.float64) * self.std + self.mean

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(**{**data, "knots": tuple(data["knots"]), "scores": tuple(data["scores"])})
