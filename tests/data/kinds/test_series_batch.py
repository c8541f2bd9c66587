"""Series are varied as said, their marks and ends are not."""

import math

import pytest
import torch

from deepen.data.kinds.augmentation import Augmentation, Draw
from deepen.data.kinds.series_batch import varied

B, T = 400, 12
OWN = (torch.arange(T) < torch.arange(B)[:, None] % T + 1).float()  # (B, T): lengths of 1 to 12


def batch(*, ragged):
    """Two channels, a mark of gaps, and perhaps one of own steps: (B, T, 3 or 4)."""
    x = torch.randn(B, T, 2, generator=torch.Generator().manual_seed(1))
    gaps = (torch.rand(B, T, 1, generator=torch.Generator().manual_seed(2)) < 0.2).float()
    if not ragged:
        return torch.cat([x, gaps], dim=2)
    own = OWN[..., None]
    return torch.cat([x * own, gaps * own, own], dim=2)


def vary(values, *, ragged=False, rows=slice(None), **how):
    draw = Draw(len(values), rows, torch.Generator().manual_seed(0), values.device)
    return varied(values, 2, Augmentation(**how), draw, ragged=ragged)


@pytest.mark.parametrize("how", [{"gain": 0.5}, {"noise": 0.2}, {"speed": 0.3}])
def test_ends_stay_and_behind_them_is_nothing(how):
    values = batch(ragged=True)
    found = vary(values, ragged=True, **how)
    torch.testing.assert_close(found[..., -1], OWN)
    assert (found[OWN == 0] == 0).all()
    assert set(found[..., 2].unique().tolist()) == {0, 1}
    assert not torch.equal(found[..., :2], values[..., :2])


def test_gain_is_one_factor_for_a_series():
    values = batch(ragged=False)
    found = vary(values, gain=0.5)
    torch.testing.assert_close(found[..., 2], values[..., 2])
    nepers = torch.log(found[..., :2] / values[..., :2])
    torch.testing.assert_close(nepers, nepers[:, :1, :1].expand_as(nepers), atol=1e-3, rtol=0)
    assert 0.48 < nepers.max() <= 0.501 and -0.501 <= nepers.min() < -0.48


def test_noise_has_the_deviation_asked_for():
    values = batch(ragged=False)
    added = vary(values, noise=0.2) - values
    assert added[..., :2].std() == pytest.approx(0.2, rel=0.05)
    assert added[..., :2].mean() == pytest.approx(0, abs=0.01)
    assert (added[..., 2] == 0).all()


def test_speed_stretches_a_slope_from_its_beginning():
    slope = torch.arange(T).float().repeat(B, 1)[..., None]
    values = torch.cat([slope, 3 * slope, torch.zeros(B, T, 1)], dim=2)
    found = vary(values, speed=0.25)
    pace = found[:, 1, 0]  # how far one step goes
    assert 0.75 <= pace.min() < 0.77 and 1.23 < pace.max() <= 1.25
    wanted = (torch.arange(T) * pace[:, None]).clamp(max=T - 1)
    torch.testing.assert_close(found[..., 0], wanted)
    torch.testing.assert_close(found[..., 1], 3 * wanted)


def test_the_last_own_step_is_held():
    own = OWN[..., None]
    values = torch.cat([own, own, torch.zeros(B, T, 1), own], dim=2)
    torch.testing.assert_close(vary(values, ragged=True, speed=0.4), values)


def test_a_stretched_mark_stands_at_the_nearest_step():
    values = torch.zeros(B, T, 3)
    values[:, 6, 2] = 1
    found = vary(values, speed=0.3)
    first = found[..., 2].argmax(1)[found[..., 2].any(1)]  # a fast one may pass over it
    assert set(first.tolist()) == {5, 6, 7, 8}
    assert torch.equal(found[..., 2].unique(), torch.tensor([0.0, 1.0]))


def test_a_share_of_a_batch_is_varied_as_in_the_whole():
    values = batch(ragged=True)
    how = {"gain": 0.3, "noise": 0.1, "speed": 0.2}
    whole = vary(values, ragged=True, **how)
    for first in (0, 1):
        rows = slice(first, None, 2)
        torch.testing.assert_close(vary(values[rows], ragged=True, rows=rows, **how), whole[rows])


def test_no_variation_is_none():
    values = batch(ragged=True)
    torch.testing.assert_close(vary(values, ragged=True), values)
    assert math.isfinite(float(vary(values[:1], ragged=True, speed=0.9).sum()))  # a single step
