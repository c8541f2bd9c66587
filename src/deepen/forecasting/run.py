"""One run of forecasting: its stages, in their order.

Legend: N rows of all series together, S series, C targets, n origins, H steps ahead, Q quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepen.answers import Fan
from deepen.compute.device import summary
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.evidence.forecast_measures import mase_scale
from deepen.evidence.forecasts import multiplicative, season_length
from deepen.forecasting.choice import Choice
from deepen.forecasting.columns import understand
from deepen.forecasting.inputs import Inputs, refuse_leaks
from deepen.forecasting.learn import learn
from deepen.forecasting.model import Forecaster
from deepen.forecasting.parts import Parts, divide
from deepen.forecasting.scaling import Scaling, filled
from deepen.forecasting.scoring import measured, thinned, verdict
from deepen.forecasting.series import Series, read_series
from deepen.forecasting.simple import FEW, LEVELS, Simple, fit_simple
from deepen.forecasting.windows import Windows
from deepen.nets.sizes import parameters
from deepen.records import Score
from deepen.trained import versions
from deepen.training.context import Context

__all__ = ["run"]

_TEST, _VALID = 0.2, 0.25  # the last fifth to test on, a quarter of the rest to validate: 60, 20, 20 %
_MOST_BACK = 720  # steps that a window looks back by itself (assumed)
_MOST_FANS = 6  # forecasts to look at: what a page holds


def run(context: Context, table: Table, schema: Schema) -> Forecaster:
    """Go from a table to a trained and scored forecaster.

    Raises
    ------
    DataError
        If the table cannot be forecast.
    SettingError
        If an option names a column that is not there.
    Stopped
        If it was stopped before there was anything to keep.
    """
    o = context.options
    assert schema.task == "forecast"
    assert o.horizon is not None
    columns = understand(table, o)
    context.tell(*columns.sentences())
    series = read_series(table, columns, o.horizon)
    refuse_leaks(series, o.horizon)
    context.tell(*series.notes)
    parts = divide(series, o.horizon, test_share=o.test_share or _TEST, valid_share=o.valid_share or _VALID)
    data = _prepare(context, series, parts)
    context.stop.check("preparing")
    context.watch.stage("simple forecasts first")
    simple = fit_simple(
        series, data.values, data.truth, parts, season=data.season, horizon=o.horizon, lags=data.lookback
    )
    beside = _beside(context, data, simple.again(parts) if len(parts.train) < FEW else simple)
    parts = data.parts
    common = {
        "lookback": data.lookback, "horizon": o.horizon, "targets": len(columns.targets),
        "ahead": data.windows.ahead.shape[1], "past": data.windows.past.shape[1], "series": len(series),
    }  # fmt: skip
    net, history, choice, factors = learn(context, data.windows, parts, simple, data.truth, common)
    context.watch.stage("scoring")
    model = Forecaster(
        net=net, columns=columns, frequency=series.frequency, scaling=data.scaling, inputs=data.inputs,
        season=data.season, factors=factors, mase=data.mase, history=history,
    )  # fmt: skip
    origins = data.scored
    quantiles = model.quantiles(series, data.windows, origins)
    found = measured(
        series, origins, quantiles, data.mase, data.season, "test", deviation=data.deviation, seed=o.seed
    )
    model.scores = {"test": found, **beside}
    context.tell(*verdict(model.scores), *_coverage(found))
    model.fans = _fans(data, simple, origins, quantiles)
    model.notes = tuple(context.notes)
    model.about = _about(context, data, model, choice)
    return model


@dataclass(frozen=True, eq=False)
class _Data:
    """What the stages hand on."""

    series: Series
    parts: Parts
    scaling: Scaling
    inputs: Inputs
    windows: Windows
    values: np.ndarray
    truth: np.ndarray
    deviation: np.ndarray
    season: int
    lookback: int
    mase: dict[str, tuple[float, ...]]
    scored: np.ndarray


def _prepare(context: Context, series: Series, parts: Parts) -> _Data:
    """Fit scale, season and inputs on the training part, and lay the windows' tensors."""
    o = context.options
    assert o.horizon is not None
    plain = Scaling.fit(series, parts.train_end, log=False)
    trained = [
        plain.standardise(part[:, None], np.full(len(part), s))[:, 0]
        for s, part in enumerate(series.parts(parts.train_end))
        if len(part)
    ]
    season = o.season or season_length(trained, series.frequency.seasons())
    C = series.values.shape[1]
    raw = series.parts(parts.train_end)
    log = all(multiplicative([one[:, c] for one in raw if len(one)], season) for c in range(C))
    scaling = Scaling.fit(series, parts.train_end, log=True) if log else plain
    train = parts.train_end - series.starts
    lookback = o.lookback or _lookback(o.horizon, season, int(train.max()))
    inputs = Inputs.fit(series, parts.train_rows(series))
    which = series.which
    values = scaling.standardise(filled(series), which)
    truth = scaling.standardise(series.values, which)
    windows = Windows(
        values, truth, *inputs.encode(series), series.starts[which], which + 1, lookback=lookback,
        horizon=o.horizon, season=season if season > 1 else None, device=context.device,
    )  # fmt: skip
    # Windows whose look back would be mostly padding teach little.
    starts = series.starts[which]
    whole = parts.train[parts.train - starts[parts.train] >= lookback // 2]
    if len(whole) >= FEW:
        parts = Parts(whole, parts.valid, parts.test, parts.train_end, parts.valid_end)
    units = {
        name: tuple(mase_scale(one, season).tolist())
        for name, one in zip(series.names, raw, strict=True)
        if len(one)
    }
    test = thinned(parts.test, o.horizon * C * len(LEVELS))
    described = f"a season of {season} {series.frequency.unit}s" if season > 1 else "no season found"
    context.tell(
        f"{len(series):,} series, {series.frequency}, {described}{', on logarithms' if log else ''}; "
        f"forecasts look {lookback} steps back and {o.horizon} ahead",
        f"split by time: {len(parts.train):,} origins to train, {len(parts.valid):,} to validate, "
        f"{len(test):,} to test",
    )
    return _Data(
        series, parts, scaling, inputs, windows, values, truth, plain.deviation, season, lookback, units, test
    )


def _lookback(horizon: int, season: int, train: int) -> int:
    """Choose how far back to look: three horizons and two seasons, if the training part is four times as long.

    A season that is much longer than the horizon is not looked back upon whole: its values of a season ago are
    given by themselves.
    """
    wanted = max(3 * horizon, 2 * season if season <= max(8 * horizon, 200) else 0, 32)
    return max(1, min(wanted, _MOST_BACK, train // 4))


def _beside(context: Context, data: _Data, simple: Simple) -> dict[str, Score]:
    """Score the simple forecasts, and tell the best."""
    found = {}
    for name in simple.names:
        quantiles = data.scaling.restore(simple.quantiles(name, data.scored), data.series.which[data.scored])
        found[name] = measured(
            data.series, data.scored, quantiles, data.mase, data.season, "test", deviation=data.deviation,
            seed=context.options.seed,
        )  # fmt: skip
    best = min(found, key=lambda name: found[name].headline.value)
    context.watch.note(f"of the simple forecasts the best is {best}: {found[best].headline}")
    return found


def _coverage(found: Score) -> list[str]:
    """Say whether the intervals kept their promise."""
    told = []
    for name, m in found.measures.items():
        if name.startswith("coverage_") and not m.low <= float(name[9:]) / 100 <= m.high:
            held = f"{m.value:.0%} of what came in the test part [{m.low:.0%}, {m.high:.0%}]"
            told.append(f"the {name[9:]} % interval held {held}")
    return told


def _fans(data: _Data, simple: Simple, origins: np.ndarray, quantiles: np.ndarray) -> tuple[Fan, ...]:
    """Keep the last forecast of the first few series and targets."""
    series, horizon = data.series, quantiles.shape[1]
    found: list[Fan] = []
    which = series.which[origins]
    for s in range(len(series)):
        if not (which == s).any():
            continue
        at = int(np.flatnonzero(which == s)[-1])
        origin = int(origins[at])
        first = max(int(series.starts[s]), origin - max(4 * horizon, 2 * data.season))
        beside = {
            name: data.scaling.restore(simple.methods()[name](origins[[at]]), which[[at]])[0]
            for name in simple.names
        }
        for c, target in enumerate(series.columns.targets):
            if len(found) == _MOST_FANS:
                return tuple(found)
            found.append(
                Fan(
                    title=target if len(series) == 1 else f"{target} of {series.names[s]}",
                    dates=tuple(series.frequency.show(series.dates[first : origin + horizon])),
                    before=tuple(series.values[first:origin, c].tolist()),
                    came=tuple(series.values[origin : origin + horizon, c].tolist()),
                    levels=LEVELS,
                    quantiles=tuple(map(tuple, quantiles[at, :, c].tolist())),
                    beside={name: tuple(values[:, c].tolist()) for name, values in beside.items()},
                )
            )
    return tuple(found)


def _about(context: Context, data: _Data, model: Forecaster, choice: Choice) -> dict[str, object]:
    steps = model.history.moments[-1].step if model.history.moments else 0
    members = f", {choice.net.members} in one" if choice.net.members > 1 else ""
    learned = "the training and validation part" if choice.again else "the training part"
    return {
        "source": data.series.source,
        "step": data.series.frequency.unit,
        "net": f"{choice.name}, {parameters(model.net):,} parameters{members}",
        "training": f"{steps:,} steps of {choice.batch} windows, on {learned}",
        "device": summary(context.device),
        "seconds": round(context.clock.elapsed, 1),
        "seed": context.options.seed,
        **versions(),
    }
