"""What a model answers, as frozen records that write themselves to a file: classes and numbers, tags, forecasts."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Fan", "Forecast", "Predictions", "Tagged"]


@dataclass(frozen=True, eq=False)
class Predictions:
    """A model's answers, one for each example, in the order in which the examples were given.

    Iterating, indexing and ``len`` go over ``values``.

    Parameters
    ----------
    values
        A label each, a tuple of labels each, or a number each.
    names
        What each example is called: a file's name, or its row.
    labels
        The classes or labels, in the order of ``probabilities``; empty for numbers.
    probabilities
        (N, K) calibrated on the validation part; None for numbers.
    """

    values: tuple[Any, ...]
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    probabilities: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __getitem__(self, at: int) -> Any:
        return self.values[at]

    def write_csv(self, path: str | Path) -> None:
        """Write a line for each example: its name, the answer, and the probability of each class."""
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["example", "prediction", *(f"p({label})" for label in self.labels)])
            for at, (name, value) in enumerate(zip(self.names, self.values, strict=True)):
                shown = "|".join(value) if isinstance(value, tuple) else value
                row = [] if self.probabilities is None else [f"{p:.6f}" for p in self.probabilities[at]]
                writer.writerow([name, shown, *row])


@dataclass(frozen=True, eq=False)
class Tagged(Predictions):
    """A model's tags: of each example a tuple of them, one for each token or step.

    Parameters
    ----------
    confidences
        The probability of each tag, calibrated on the validation part: a tuple for each example.
    tokens
        The tokens of each example; empty where steps of numbers were tagged.

    Examples
    --------
    >>> found = Tagged((("B-PER", "O"),), ("row 1",), ("O", "B-PER"), None, ((0.9, 0.99),), (("Ann", "sat"),))
    >>> found[0], found.shown(0)
    (('B-PER', 'O'), 'Ann/B-PER sat/O  0.900')
    """

    confidences: tuple[tuple[float, ...], ...] = ()
    tokens: tuple[tuple[str, ...], ...] = ()

    def shown(self, at: int) -> str:
        """One example in a line: tokens with their tags, or spans of steps of one tag; then the least certainty."""
        tags = self.values[at]
        if not tags:
            return "nothing"
        if self.tokens:
            text = " ".join(f"{token}/{tag}" for token, tag in zip(self.tokens[at], tags, strict=True))
        else:
            borders = [0, *(i for i in range(1, len(tags)) if tags[i] != tags[i - 1]), len(tags)]
            text = ", ".join(f"{tags[a]} {a + 1}-{b}" for a, b in itertools.pairwise(borders))
        return f"{text}  {min(self.confidences[at]):.3f}"

    def write(self, path: str | Path) -> None:
        """Write by the file's ending: ``.jsonl``, ``.conll`` or ``.iob`` (of tokens), else CSV."""
        ending = Path(path).suffix.lower()
        if ending in {".jsonl", ".ndjson"}:
            self.write_jsonl(path)
        elif ending in {".conll", ".iob"} and self.tokens:
            self.write_conll(path)
        else:
            self.write_csv(path)

    def write_csv(self, path: str | Path) -> None:
        """Write a line for each token or step: its example, its place from 1 on, its tag and the tag's probability."""
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["example", "place", *(["token"] if self.tokens else []), "tag", "confidence"])
            for at, (name, tags) in enumerate(zip(self.names, self.values, strict=True)):
                for place, tag in enumerate(tags):
                    token = [self.tokens[at][place]] if self.tokens else []
                    writer.writerow([name, place + 1, *token, tag, f"{self.confidences[at][place]:.6f}"])

    def write_jsonl(self, path: str | Path) -> None:
        """Write an object for each example: ``example``, ``tokens``, ``tags``, ``confidence``."""
        with Path(path).open("w", encoding="utf-8") as file:
            for at, (name, tags) in enumerate(zip(self.names, self.values, strict=True)):
                row = {
                    "example": name, **({"tokens": self.tokens[at]} if self.tokens else {}), "tags": tags,
                    "confidence": [round(p, 6) for p in self.confidences[at]],
                }  # fmt: skip
                file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def write_conll(self, path: str | Path) -> None:
        """Write a token and its tag on each line, and a blank line between examples."""
        blocks = (
            "".join(f"{token}\t{tag}\n" for token, tag in zip(tokens, tags, strict=True))
            for tokens, tags in zip(self.tokens, self.values, strict=True)
        )
        Path(path).write_text("\n".join(blocks), encoding="utf-8")


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is to come, of one or several series: the middle, and quantiles around it.

    Parameters
    ----------
    series
        The name of each of S series; one empty name where there is one series without a name.
    dates
        Of each series the H moments ahead, as text.
    targets
        The names of the C columns that are forecast.
    levels
        The Q levels of the quantiles, 0.5 among them.
    quantiles
        (S, H, C, Q) in the targets' own units.
    group
        What the series' names are called.
    """

    series: tuple[str, ...]
    dates: tuple[tuple[str, ...], ...]
    targets: tuple[str, ...]
    levels: tuple[float, ...]
    quantiles: np.ndarray
    group: str = "series"

    def __len__(self) -> int:
        return len(self.series) * int(self.quantiles.shape[1])

    @property
    def values(self) -> np.ndarray:
        """The medians: (S, H, C)."""
        middle: np.ndarray = self.quantiles[..., self.levels.index(0.5)]
        return middle

    @property
    def columns(self) -> tuple[str, ...]:
        """What :meth:`rows` holds: the series, where it has a name, the date, and the figures of each target."""
        figures = [
            name
            for target in self.targets
            for name in (target, *(f"{target} {100 * q:g}%" for q in self.levels if q != 0.5))
        ]
        return (*((self.group,) if self.series != ("",) else ()), "date", *figures)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """One row for each series and date, in the order of :attr:`columns`."""
        others = [k for k, q in enumerate(self.levels) if q != 0.5]
        order = [self.levels.index(0.5), *others]
        for s, name in enumerate(self.series):
            for h, date in enumerate(self.dates[s]):
                figures = self.quantiles[s, h][:, order].ravel().tolist()
                yield (*((name,) if self.series != ("",) else ()), date, *figures)

    def write_csv(self, path: str | Path) -> None:
        """Write the forecast and its quantiles, a line for each series and date."""
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(self.columns)
            for row in self.rows():
                writer.writerow([f"{v:.8g}" if isinstance(v, float) else v for v in row])


@dataclass(frozen=True)
class Fan:
    """One forecast to look at: what was before, what was forecast, and what came.

    Parameters
    ----------
    title
        The target, and the series where there are several.
    dates
        Of the T steps before and the H steps ahead.
    before, came
        (T,) and (H,); NaN where unknown.
    levels, quantiles
        The Q levels, and (H, Q).
    beside
        Simple forecasts by name: (H,) each.
    """

    title: str
    dates: tuple[str, ...]
    before: tuple[float, ...]
    came: tuple[float, ...]
    levels: tuple[float, ...]
    quantiles: tuple[tuple[float, ...], ...]
    beside: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Fan:
        """Read back what :meth:`to_dict` wrote."""
        names = ("dates", "before", "came", "levels")
        return cls(
            **{
                **data,
                **{name: tuple(data[name]) for name in names},
                "quantiles": tuple(tuple(row) for row in data["quantiles"]),
                "beside": {name: tuple(row) for name, row in data["beside"].items()},
            }
        )
