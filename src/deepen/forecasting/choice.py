"""The candidates, and the one chosen: settings of a net and how it is trained, as plain data.

Legend: C targets, Q quantiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from deepen.forecasting.simple import FEW, LEVELS
from deepen.nets.forecaster import ForecastNetSettings

__all__ = ["Choice", "candidates"]


@dataclass(frozen=True)
class Choice:
    """The candidate chosen, and how it is to be trained: plain data, kept for a resumed run.

    Parameters
    ----------
    net
        Its settings.
    batch, rate, decay
        Examples in a step, the peak learning rate and the weight decay.
    steps
        Steps after which training longer did not help the trial; None where the clock alone decides.
    again
        Whether the last fit learns from the validation part too.
    factors
        What the validation part says of the quantiles, where the last fit learns from it: (C, Q).
    trials
        What each candidate had on the validation part.
    """

    net: ForecastNetSettings
    batch: int
    rate: float
    decay: float
    steps: int | None = None
    again: bool = False
    factors: tuple[tuple[float, ...], ...] | None = None
    trials: Mapping[str, float] | None = None

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"{self.net.encoder}, from the {_BASE[self.net.base]}"

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {**vars(self), "net": self.net.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Choice:
        """Read from plain data."""
        factors = data["factors"]
        return cls(
            **{
                **data,
                "net": ForecastNetSettings.from_dict(data["net"]),
                "factors": None if factors is None else tuple(tuple(row) for row in factors),
            }
        )


_BASE = {"last": "last value", "season": "season before"}


def candidates(common: Mapping[str, Any], windows: int, *, season: int) -> list[Choice]:
    """List what is worth trying for so many training windows.

    Parameters
    ----------
    common
        What all candidates share: ``lookback``, ``horizon``, ``targets``, ``ahead``, ``past``, ``series``.
    season
        Steps in a season, or 1.
    """
    few = windows < FEW
    width, members = (32, 8) if few else (128, 1)
    net = ForecastNetSettings(
        **common, seasonal=season > common["lookback"], levels=len(LEVELS), width=width,
        dropout=0.1 if few else 0.2, members=members,
    )  # fmt: skip
    batch = max(8, min(64, windows // 16))
    base = Choice(net=net, batch=batch, rate=1e-3, decay=1e-2)
    found = [
        _with(base, encoder="linear"),
        _with(base, encoder="mlp"),
        _with(base, encoder="lstm", members=4 if few else 1, width=32 if few else 64),
    ]
    if season > 1:
        found.append(_with(base, encoder="mlp", base="season", seasonal=True))
    return found


def _with(choice: Choice, **changes: Any) -> Choice:
    return replace(choice, net=replace(choice.net, **changes))  # type: ignore[type-var,unused-ignore]
