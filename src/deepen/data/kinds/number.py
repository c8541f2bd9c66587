"""Quantities: parsed, and mapped to about a standard normal distribution, as the training part has them.

Legend: N rows, Q knots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.columns import Column, is_text, missing
from deepen.errors import DataError

__all__ = ["Number", "parse"]

_KNOTS = 1024  # of the quantile map at the most
_LIMIT = 4.0  # scores are cut here: one value in 16,000 of a normal distribution lies further out
_TINY = 1e-280  # less is 0: a slope of scores between two such values would be infinite
_FEW_ROWS = 2000  # below it quantiles are too rough: mean and deviation are used (measured on Sonar and Pima)
# A value that fills more of the rows than this counts as this much, or a spike at zero crushes what lies
# above it. Measured on Adult: accuracy 0.861, 0.864 and 0.868 with no cap, 10 % and 2 %.
_MOST_OF_ONE = 0.02
# Numbers of so many distinct values enter as codes too. Measured on Adult: 0.868 to 0.873; on Pima, of 768
# rows, it hurts.
_CODED = range(3, 129)
_SEEN = 10  # a value seen less often has no code of its own
_DECIMAL_COMMA = r"^[+-]?\d*,\d+$"
_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$"


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
    >>> parse(pa.chunked_array([["1.5", "low"]]), "price")
    Traceback (most recent call last):
    ...
    deepen.errors.DataError: row 2, column 'price': not a number; came: 'low'. Use --kind ...
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
    kind, unit = column.type, pa.duration("us")
    if pa.types.is_time32(kind):
        column = column.cast(pa.time64("us"))
    elif pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        unit = pa.timestamp("us")
    whole = (column if pa.types.is_time(kind) else pc.cast(column, unit, safe=False)).cast(pa.int64())
    scale = 1e9 if pa.types.is_time64(kind) and kind.unit == "ns" else 1e6
    return np.where(missing(column), np.nan, pc.fill_null(whole, 0).to_numpy() / scale)


def _floats(column: pa.ChunkedArray, name: str, where: Callable[[int], str]) -> np.ndarray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    plain = _plain(pc.utf8_trim_whitespace(column)) if is_text(column) else column
    numbers = _cast(plain)
    if numbers is None:
        at = _first_bad(plain)
        raise DataError(
            "not a number", where=f"{where(at)}, column {name!r}", came=repr(column[at].as_py()),
            mend=f"Use --kind {name}=category if it holds names.",
        )  # fmt: skip
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


def _cast(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    try:
        return pc.cast(column, pa.float64(), safe=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _first_bad(column: pa.ChunkedArray) -> int:
    """Find the first value that Arrow cannot cast, by halving."""
    first, last = 0, len(column)  # the value is in between
    while last - first > 1:
        middle = (first + last) // 2
        if _cast(column.slice(first, middle - first)) is None:
            last = middle
        else:
            first = middle
    return first


@dataclass(frozen=True)
class Number:
    """A column of quantities, as fitted on the training part.

    As an input, a value becomes its normal score: the quantile at which it stands in the training part,
    mapped to a standard normal distribution. That makes nets indifferent to units, skew and outliers
    (Gorishniy et al. 2021, section 4.3). Small training parts have no quantiles to speak of, and are
    standardised. A missing value becomes 0, and a second number tells of it. Where few values recur, a code
    for each enters as well.

    As a target it is standardised by mean and standard deviation, which keeps squared errors what they are.
    """

    knots: tuple[float, ...]
    scores: tuple[float, ...]
    missing: bool
    mean: float
    std: float
    codes: tuple[float, ...] = ()

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
            # "02139" is a code; but a measurement may be zero-padded, with a sign or point.
            return None
        try:
            parse(column, "")
        except DataError as error:
            return "numbers" if "infinite" in error.what else None
        return "numbers"

    @classmethod
    def fit(cls, values: np.ndarray) -> Self:
        """Fit on the training part's values: (N,), NaN for missing ones."""
        known = values[~np.isnan(values)]
        if len(known) == 0:
            return cls((0.0,), (0.0,), True, 0.0, 1.0)
        known = np.where(np.abs(known) < _TINY, 0.0, known)
        distinct, counts = np.unique(known, return_counts=True)
        # By parts of the largest one, since the squares of numbers above 1e154 are infinite.
        largest = max(float(np.abs(known).max()), 1e-300)
        mean, std = (float(f(known / largest)) * largest for f in (np.mean, np.std))
        std = std if std > 0 else max(1.0, abs(mean))
        knots, scores = np.array([mean - _LIMIT * std, mean + _LIMIT * std]), np.array([-_LIMIT, _LIMIT])
        often = distinct[:0]
        if len(values) >= _FEW_ROWS:
            knots, scores = _normal_scores(distinct, counts)
            often = distinct[counts >= _SEEN] if len(distinct) in _CODED else often
        blank = bool(np.isnan(values).any())
        return cls(tuple(knots.tolist()), tuple(scores.tolist()), blank, mean, std, tuple(often.tolist()))

    def as_given(self) -> Self:
        """The same column without scores and codes: its values reach the net as they stand."""
        return replace(self, knots=(), scores=(), codes=())

    @property
    def width(self) -> int:
        """Numbers for each value: one, and a second one where values are missing."""
        return 2 if self.missing else 1

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Encode as normal scores, or as given: (N, width) float32."""
        scores = np.interp(values, self.knots, self.scores) if self.knots else values
        unknown = np.isnan(values)
        scores = np.where(unknown, 0.0, scores)
        columns = [scores, unknown.astype(np.float64)] if self.missing else [scores]
        return np.stack(columns, axis=1).astype(np.float32)

    def encode_codes(self, values: np.ndarray) -> np.ndarray:
        """Encode as codes, 0 for a value that has none: (N,) int32."""
        known = np.array(self.codes)
        at = np.searchsorted(known, values).clip(0, len(known) - 1)
        return np.where(known[at] == values, at + 1, 0).astype(np.int32)

    def standardise(self, values: np.ndarray) -> np.ndarray:
        """Encode as a target: (N, 1) float32."""
        return ((values - self.mean) / self.std).astype(np.float32)[:, None]

    def restore(self, encoded: np.ndarray) -> np.ndarray:
        """Take a net's output for this target back to the target's units."""
        return encoded.astype(np.float64) * self.std + self.mean

    def columns(self, name: str) -> tuple[str, ...]:
        """The column of its own name."""
        return (name,)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(**{**data, **{name: tuple(data[name]) for name in ("knots", "scores", "codes")}})


def _normal_scores(distinct: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give knots and their scores: the normal quantile of the middle of the ranks that a value takes up."""
    from scipy.special import ndtri  # comes with scikit-learn

    weight = np.minimum(counts, max(1.0, _MOST_OF_ONE * counts.sum()))
    share = (np.cumsum(weight) - weight / 2) / weight.sum()
    scores = np.clip(ndtri(share), -_LIMIT, _LIMIT)
    if len(distinct) > _KNOTS:
        kept = np.searchsorted(share, np.linspace(share[0], share[-1], _KNOTS)).clip(0, len(distinct) - 1)
        return distinct[np.unique(kept)], scores[np.unique(kept)]
    return distinct, scores
