"""The forecaster's net: from the last values of a series to quantiles of the next ones, which never cross.

A linear map of the window, relative to its last value, is the trunk (NLinear; Zeng et al. 2023, "Are Transformers
effective for time series forecasting?"). On it stands what an encoder of the window, the other columns and the
calendar has to add: none, a residual perceptron with a decoder for each step (TiDE; Das et al. 2023, "Long-term
forecasting with TiDE"), or an LSTM that reads the window in patches (Hochreiter and Schmidhuber 1997; patches as in
SegRNN, Lin et al. 2023). Every target is forecast by the same weights, from its own window (Nie et al. 2023, "A time
series is worth 64 words", section 3.1). The encoders' last layers start at zero, so the first forecast is the trunk's.

Legend: B examples in a batch, M members, C targets, L steps back, H steps ahead, D numbers that the trunk reads,
F numbers known ahead, P numbers known up to the origin, S series, W width, E features of the encoder, Q quantiles.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from deepen.config import Settings, between, one_of

__all__ = ["BASES", "ENCODERS", "ForecastNetSettings", "QuantileNet"]

ENCODERS, BASES = ("linear", "mlp", "lstm"), ("last", "season")

_SUMMARY = 32  # numbers into which the other columns, and the calendar ahead, are summed up (assumed)
_NEAR = 48  # steps back that the other columns are read (assumed)
_PATCHES = (
    24  # steps of the LSTM at the most: on two cores an LSTM over 288 steps is ten times slower (assumed)
)
_EACH_STEP = 8  # numbers that the decoder gets for each step ahead (TiDE has 4 to 16)
# The trunk starts where least squares put it, and decays back to there; it moves at a tenth of the rate, since each of
# its many inputs moves the forecast (measured, see decision 0010).
_SLOW = 0.1
_UNKNOWN = (
    0.05  # the share of training examples whose series is hidden, so that a new one can be read (assumed)
)


class ForecastNetSettings(Settings):
    """What builds the net.

    Parameters
    ----------
    encoder, base
        What stands on the trunk; and what the forecast is relative to: the window's last value, or the value a
        season before.
    lookback, horizon, targets, levels
        L, H, C and Q; Q is odd, the median in the middle.
    seasonal
        Whether the values a season before the steps ahead are given too.
    ahead, past, series
        F, P and S.
    width, dropout, members
        W, the share of units silenced, and M nets in one, each with weights of its own.
    """

    encoder: str = "mlp"
    base: str = "last"
    lookback: int
    horizon: int
    targets: int = 1
    levels: int = 7
    seasonal: bool = False
    ahead: int = 0
    past: int = 0
    series: int = 1
    width: int = 64
    dropout: float = 0.1
    members: int = 1

    def __post_init__(self) -> None:
        one_of("encoder", self.encoder, ENCODERS)
        one_of("base", self.base, BASES)
        for name in ("lookback", "horizon", "targets", "levels", "series", "width", "members"):
            between(name, getattr(self, name), 1, math.inf)
        assert self.levels % 2 == 1, "the median stands in the middle"
        assert self.base != "season" or self.seasonal, "a seasonal base needs the values of a season ago"

    @property
    def reads(self) -> int:
        """D."""
        return self.lookback + (self.horizon if self.seasonal else 0)


class _Linear(nn.Module):
    """One linear map for each member: (B, I) or (M, B, I) to (M, B, O)."""

    def __init__(self, inputs: int, outputs: int, members: int, *, zero: bool = False) -> None:
        super().__init__()
        bound = 0.0 if zero else 1 / math.sqrt(max(1, inputs))
        self.weight = nn.Parameter(torch.empty(members, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(members, 1, outputs))
        self.no_decay = (self.bias,)

    def forward(self, x: Tensor) -> Tensor:
        x = x.expand(len(self.weight), *x.shape) if x.ndim == 2 else x
        return torch.baddbmm(self.bias, x, self.weight)


class QuantileNet(nn.Module):
    """Windows in, quantiles out, all in standardised units.

    Parameters
    ----------
    settings
        See :class:`ForecastNetSettings`.

    Examples
    --------
    >>> net = QuantileNet(ForecastNetSettings(lookback=24, horizon=6, targets=2, ahead=4))
    >>> out = net(torch.randn(5, 24, 2), ahead=torch.randn(5, 6, 4))
    >>> out.shape, bool((out.diff(dim=-1) >= 0).all())
    (torch.Size([5, 1, 6, 2, 7]), True)
    """

    trunk: Tensor

    def __init__(self, settings: ForecastNetSettings) -> None:
        super().__init__()
        self.settings = s = settings
        self.register_buffer("trunk", torch.zeros(s.targets, s.reads, s.horizon))
        self.change = nn.Parameter(torch.zeros(s.members, s.targets, s.reads, s.horizon))
        # What a forecast's spread is before anything is learned: each target's and step's own.
        self.spread = nn.Parameter(torch.full((s.targets, s.horizon, s.levels - 1), -1.0))
        self.shift = nn.Parameter(torch.zeros(s.targets, s.horizon))
        self.no_decay = (self.spread, self.shift)
        self.dropout = nn.Dropout(s.dropout)
        if s.encoder == "linear":
            # The next step's own calendar, and how wide the window's own spread makes it.
            self.head = _Linear(s.ahead + 1, s.levels, s.members, zero=True)
            return
        self.sum_ahead = nn.Linear(s.horizon * s.ahead, _SUMMARY) if s.ahead else None
        self.sum_past = nn.Linear(min(_NEAR, s.lookback) * s.past, _SUMMARY) if s.past else None
        self.target = nn.Parameter(torch.randn(s.targets, min(8, s.targets)) * 0.3) if s.targets > 1 else None
        self.which = nn.Embedding(s.series + 1, min(8, s.series)) if s.series > 1 else None
        given = 2 + sum(
            (
                _SUMMARY * (self.sum_ahead is not None), _SUMMARY * (self.sum_past is not None),
                min(8, s.targets) * (self.target is not None), min(8, s.series) * (self.which is not None),
            )
        )  # fmt: skip
        if s.encoder == "lstm":
            self.patch = -(-s.lookback // _PATCHES)
            self.lstm = nn.ModuleList(
                nn.LSTM(self.patch + s.past, s.width, batch_first=True) for _ in range(s.members)
            )
            given += s.width + (s.horizon if s.seasonal else 0)
        else:
            given += s.reads
        self.first = _Linear(given, s.width, s.members)
        self.second = _Linear(s.width, s.width, s.members)
        self.each = _Linear(s.width, s.horizon * _EACH_STEP, s.members)
        self.step = _Linear(_EACH_STEP + s.ahead, 2 * _EACH_STEP, s.members)
        self.head = _Linear(2 * _EACH_STEP, s.levels, s.members, zero=True)

    def forward(
        self,
        window: Tensor,
        seasonal: Tensor | None = None,
        ahead: Tensor | None = None,
        past: Tensor | None = None,
        series: Tensor | None = None,
    ) -> Tensor:
        """Forecast: (B, M, H, C, Q).

        Parameters
        ----------
        window
            The last values (B, L, C).
        seasonal
            The values a season before the steps ahead: (B, H, C).
        ahead, past
            The other columns at the steps ahead (B, H, F) and back (B, L, P).
        series
            The number of each example's series (B,), from 1; 0 for one that was not trained on.
        """
        s, B, C = self.settings, len(window), window.shape[2]
        values = window.transpose(1, 2)  # (B, C, L)
        last = values[..., -1:]  # (B, C, 1)
        reads = values - last
        before = None if seasonal is None else seasonal.transpose(1, 2)  # (B, C, H)
        if s.seasonal:
            assert before is not None
            reads = torch.cat([reads, before - last], dim=2)  # (B, C, D)
        base = before if s.base == "season" and before is not None else last  # (B, C, H or 1)
        trunk = self.trunk + _SLOW * self.change
        centre = torch.einsum("bcd,mcdh->mbch", reads, trunk) + base + self.shift
        reads = reads.reshape(B * C, s.reads)
        width = torch.log(values.std(dim=2, correction=0) + 0.05).reshape(B * C, 1)
        if s.encoder == "linear":
            extra = self._of_steps(width, ahead, B, C)
        else:
            extra = self._encoded(reads, values, last.reshape(B * C, 1), width, ahead, past, series)
        return self._quantiles(centre, extra.view(s.members, B, C, s.horizon, s.levels))

    def _of_steps(self, width: Tensor, ahead: Tensor | None, B: int, C: int) -> Tensor:
        """Let each step ahead speak for itself: (M, B C H, Q)."""
        s = self.settings
        parts = [width.view(B, C, 1, 1).expand(B, C, s.horizon, 1)]
        if s.ahead:
            assert ahead is not None
            parts.append(ahead[:, None].expand(B, C, s.horizon, s.ahead))
        made: Tensor = self.head(torch.cat(parts, dim=3).flatten(0, 2))
        return made

    def _encoded(
        self,
        reads: Tensor,
        values: Tensor,
        last: Tensor,
        width: Tensor,
        ahead: Tensor | None,
        past: Tensor | None,
        series: Tensor | None,
    ) -> Tensor:
        """Let the encoder speak: (M, B C H, Q)."""
        s = self.settings
        B, C, _ = values.shape
        of_each = [last.view(B, C, 1), width.view(B, C, 1)]
        if s.encoder == "mlp":
            of_each.append(reads.view(B, C, -1))
        elif s.seasonal:
            of_each.append(reads.view(B, C, -1)[..., s.lookback :])
        for summary, given in ((self.sum_ahead, ahead), (self.sum_past, past)):
            if summary is not None:
                assert given is not None
                near = given if summary is self.sum_ahead else given[:, -_NEAR:]
                of_each.append(torch.relu(summary(near.flatten(1)))[:, None].expand(B, C, _SUMMARY))
        if self.target is not None:
            of_each.append(self.target.expand(B, *self.target.shape))
        if self.which is not None:
            assert series is not None
            if self.training:
                series = series * (torch.rand(B, device=series.device) > _UNKNOWN)
            of_each.append(self.which(series)[:, None].expand(B, C, -1))
        x = torch.cat(of_each, dim=2).flatten(0, 1)  # (B C, E), alike for all members
        if s.encoder == "lstm":
            x = torch.cat([x.expand(s.members, *x.shape), self._recurrent(reads, past, B, C)], dim=2)
        h = self.dropout(torch.relu(self.first(x)))
        h = h + self.dropout(torch.relu(self.second(h)))  # (M, B C, W)
        each = self.each(h).view(s.members, B * C * s.horizon, _EACH_STEP)
        if s.ahead:
            assert ahead is not None
            shown = ahead[:, None].expand(B, C, s.horizon, s.ahead).reshape(1, -1, s.ahead)
            each = torch.cat([each, shown.expand(s.members, -1, -1)], dim=2)
        made: Tensor = self.head(torch.relu(self.step(each)))
        return made

    def _recurrent(self, reads: Tensor, past: Tensor | None, B: int, C: int) -> Tensor:
        """Read the window patch by patch: (M, B C, W)."""
        s, p = self.settings, self.patch
        n = s.lookback // p
        patches = reads[:, s.lookback - n * p : s.lookback].reshape(B * C, n, p)
        if s.past:
            assert past is not None
            means = past[:, -n * p :].reshape(B, n, p, s.past).mean(dim=2)
            patches = torch.cat([patches, means.repeat_interleave(C, dim=0)], dim=2)
        return torch.stack([lstm(patches)[1][0][-1] for lstm in self.lstm])

    def _quantiles(self, centre: Tensor, extra: Tensor) -> Tensor:
        """Put the median and the distances from it together: (B, M, H, C, Q)."""
        half = self.settings.levels // 2
        median = (centre + extra[..., half])[..., None]  # (M, B, C, H, 1)
        steps = nn.functional.softplus(
            self.spread + torch.cat([extra[..., :half], extra[..., half + 1 :]], dim=-1)
        )
        down = median - steps[..., :half].flip(-1).cumsum(-1).flip(-1)
        up = median + steps[..., half:].cumsum(-1)
        return torch.cat([down, median, up], dim=-1).permute(1, 0, 3, 2, 4)

    @torch.no_grad()
    def start_from(self, weights: Tensor | None, bias: Tensor | None, quantiles: Tensor) -> None:
        """Start at a linear forecast, and at the quantiles of its errors.

        Parameters
        ----------
        weights, bias
            Of a linear forecast relative to the last value, for each target: (C, D, H) and (C, H). None leaves the
            trunk at its base.
        quantiles
            Of the errors: (C, H, Q).
        """
        half = self.settings.levels // 2
        if weights is not None and bias is not None:
            self.trunk.copy_(weights)
            self.shift.copy_(bias)
        self.shift.add_(quantiles[..., half])
        steps = quantiles.diff(dim=-1).clamp_min(1e-3)
        self.spread.copy_(steps + torch.log(-torch.expm1(-steps)))  # the inverse of softplus
