"""What a run of forecasting gives: the net, how series are read for it, and what is known of it. A folder on disk.

Legend: N rows of all series together, S series, C targets, n origins, H steps ahead, Q quantiles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import deepen.data.sources as sources
from deepen.answers import Fan, Forecast
from deepen.data.frequency import Frequency
from deepen.data.table import Table
from deepen.errors import DataError, SettingError
from deepen.evidence import conformal
from deepen.forecasting.card import write_card
from deepen.forecasting.columns import Columns
from deepen.forecasting.inputs import Inputs
from deepen.forecasting.learn import answers
from deepen.forecasting.scaling import Scaling, filled
from deepen.forecasting.scoring import measured, thinned
from deepen.forecasting.series import Series, read_series
from deepen.forecasting.simple import LEVELS
from deepen.forecasting.windows import Windows
from deepen.nets.forecaster import ForecastNetSettings, QuantileNet
from deepen.records import Score
from deepen.trained import Trained

__all__ = ["Forecaster"]


@dataclass(kw_only=True, repr=False)
class Forecaster(Trained):
    """A trained forecaster.

    Parameters
    ----------
    net
        The trained module, in evaluation mode.
    columns, frequency, scaling, inputs
        How a table becomes what the net reads.
    season
        Steps in a season, or 1.
    factors
        (C, Q): by what each quantile's distance from the median is multiplied.
    mase
        By the name of each series the MASE's unit of each target: (C,).
    scores
        What was measured, by name: ``test`` is the headline, the simple forecasts stand beside it.
    history, notes, about, fans
        How the training went, what was understood, seconds and sizes, and the last test forecasts to look at.
    """

    net: QuantileNet
    columns: Columns
    frequency: Frequency
    scaling: Scaling
    inputs: Inputs
    season: int
    factors: np.ndarray
    mase: Mapping[str, tuple[float, ...]]
    fans: tuple[Fan, ...] = ()

    FORM: ClassVar[str] = "forecast"
    FOREIGN: ClassVar[str] = "does not hold a forecaster"

    @property
    def horizon(self) -> int:
        """H."""
        return self.net.settings.horizon

    def predict(
        self,
        source: Any,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
        **reading: Any,
    ) -> Forecast:
        """Forecast what comes after the last known value of every series.

        Parameters
        ----------
        source
            The history, with the columns of the training data. Columns that are known ahead need rows for the steps
            ahead too, with the targets left empty.
        **reading
            ``header``, ``delimiter``, ``encoding`` of a text table.

        Raises
        ------
        DataError
            If the source cannot be read, lacks a column, or what is known ahead.
        """
        series = self.read(source, **reading)
        self._check_ahead(series)
        windows = self.windows(series, self.scaling.to(series))
        found = self.quantiles(series, windows, series.origins)
        progress(len(found), len(found))
        dates = tuple(
            tuple(series.frequency.show(series.dates[o : o + self.horizon])) for o in series.origins
        )
        group = self.columns.group or "series"
        return Forecast(series.names, dates, self.columns.targets, LEVELS, found, group)

    def evaluate(
        self, source: Any, *, part: str | None = None, label_from: str | None = None, **reading: Any
    ) -> Score:
        """Measure forecasts from every origin of other data that has a window before it and the horizon after it.

        Raises
        ------
        DataError
            If the data cannot be read, or are too short.
        SettingError
            If the target should be in names of files.
        """
        if label_from is not None:
            raise SettingError("does not belong to a forecast", where="--label-from", came=repr(label_from))
        series = self.read(source, **reading)
        back = min(self.net.settings.lookback, int((series.origins - series.starts).max()) - self.horizon)
        origins = [
            np.arange(a + max(1, back), max(a + max(1, back), b - self.horizon + 1))
            for a, b in zip(series.starts, series.origins, strict=True)
        ]
        rows = np.concatenate(origins)
        if len(rows) == 0:
            raise DataError(
                "too short to be scored", where=series.source, allowed=f"more than {self.horizon + 1} steps",
                came=f"{int((series.origins - series.starts).max())} steps",
            )  # fmt: skip
        rows = thinned(rows, self.horizon * len(self.columns.targets) * len(LEVELS))
        found = self.quantiles(series, self.windows(series, self.scaling.to(series)), rows)
        return measured(series, rows, found, self.mase, self.season, part or series.source)

    def read(self, source: Any, **reading: Any) -> Series:
        """Read a source as series, on the grid of the training data."""
        table = source if isinstance(source, Table) else sources.read(source, **reading)
        named = (*self.columns.targets, *self.columns.time, *self.columns.kinds)
        for name in (*named, *((self.columns.group,) if self.columns.group else ())):
            _ = table[name]  # refuses a column that is not there, with the nearest name
        return read_series(table, self.columns, self.horizon, self.frequency)

    def windows(self, series: Series, scaling: Scaling) -> Windows:
        """Make the tensors out of which the net's windows are cut."""
        which = series.which
        ahead, past = self.inputs.encode(series)
        at = {name: s + 1 for s, name in enumerate(self.scaling.names)}
        code = np.array([at.get(name, 0) for name in series.names])[which]
        return Windows(
            scaling.standardise(filled(series), which), scaling.standardise(series.values, which), ahead, past,
            series.starts[which], code, lookback=self.net.settings.lookback, horizon=self.horizon,
            season=self.season if self.season > 1 else None, device=self.device,
        )  # fmt: skip

    def quantiles(self, series: Series, windows: Windows, origins: np.ndarray) -> np.ndarray:
        """Forecast from origins, in the targets' own units: (n, H, C, Q)."""
        found = conformal.apply(answers(self.net, windows, origins), self.factors, LEVELS)
        scaling = self.scaling.to(series)
        return scaling.restore(found, series.which[origins])

    def plot(self, path: str | Path) -> Path:
        """Draw the last forecasts of the test part: history, fan, simple forecasts, and what came."""
        from deepen.reporting.forecasts import draw

        return draw(self.fans, Path(path))

    def _specific(self) -> dict[str, Any]:
        return {
            "columns": self.columns.to_dict(),
            "frequency": self.frequency.to_dict(),
            "scaling": self.scaling.to_dict(),
            "inputs": self.inputs.to_dict(),
            "net": self.net.settings.to_dict(),
            "season": self.season,
            "factors": self.factors.tolist(),
            "mase": {name: list(unit) for name, unit in self.mase.items()},
            "fans": [fan.to_dict() for fan in self.fans],
        }

    def _write_card(self, path: Path) -> None:
        write_card(path, self)

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any], place: Path) -> Forecaster:
        return cls(
            net=QuantileNet(ForecastNetSettings.from_dict(data["net"])), columns=Columns.from_dict(data["columns"]),
            frequency=Frequency.from_dict(data["frequency"]), scaling=Scaling.from_dict(data["scaling"]),
            inputs=Inputs.from_dict(data["inputs"]), season=data["season"], factors=np.array(data["factors"]),
            mase={name: tuple(unit) for name, unit in data["mase"].items()},
            fans=tuple(Fan.from_dict(fan) for fan in data["fans"]), **cls._common_from(data),
        )  # fmt: skip

    def _check_ahead(self, series: Series) -> None:
        """Refuse a forecast without what is known ahead."""
        for s, origin in enumerate(series.origins):
            if self.columns.future and not series.given[origin : origin + self.horizon].all():
                have = int(series.given[origin : origin + self.horizon].sum())
                name = f" of {series.names[s]!r}" if series.names[s] else ""
                raise DataError(
                    f"what is known ahead ({', '.join(self.columns.future)}) is not given for the steps ahead{name}",
                    where=series.source, allowed=f"{self.horizon} rows after the last value", came=f"{have} rows",
                    mend=f"Add rows with {', '.join(self.columns.targets)} left empty.",
                )  # fmt: skip
