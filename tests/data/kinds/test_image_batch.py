"""Batches of pictures: what augmentation keeps, what it changes, and that shares of a batch fit together."""

import numpy as np
import pytest
import torch

from deepen.data.kinds.augmentation import Augmentation
from deepen.data.kinds.image import Image
from deepen.data.kinds.image_batch import augment, mix, scale

EVERYTHING = Augmentation(flip=True, shift=3, cutout=4, turn=20.0, zoom=0.2)


def batch(count=32, height=9, width=12, channels=3):
    pixels = torch.randint(0, 256, (count, height, width, channels), generator=seeded(99))
    return pixels.to(torch.uint8)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_nothing_varied_is_the_identity():
    pixels = batch()
    generator = seeded()
    before = generator.get_state()
    assert augment(pixels, Augmentation(), generator) is pixels
    assert (generator.get_state() == before).all()
    assert str(Augmentation()) == "none"
    assert str(Augmentation(flip=True, shift=2, mixup=0.2)) == "flip, shift 2, mixup 0.2"


def test_the_given_batch_stays_as_it_was():
    pixels = batch()
    copy = pixels.clone()
    augment(pixels, EVERYTHING, seeded())
    assert (pixels == copy).all()


@pytest.mark.parametrize("shape", [(8, 9, 12, 3), (8, 28, 28, 1), (1, 1, 1, 1), (3, 1, 7, 3)])
def test_shape_and_type_stay(shape):
    found = augment(batch(*shape), EVERYTHING, seeded())
    assert found.shape == shape
    assert found.dtype == torch.uint8


def test_flip_mirrors_about_half_and_twice_is_the_identity():
    pixels = batch(400)
    flip = Augmentation(flip=True)
    once = augment(pixels, flip, seeded())
    mirrored = (once == pixels.flip(2)).flatten(1).all(1)
    kept = (once == pixels).flatten(1).all(1)
    assert (mirrored ^ kept).all()
    assert 150 < mirrored.sum() < 250
    assert (augment(once, flip, seeded()) == pixels).all()


def test_every_shift_is_numpys_roll_of_the_picture_with_its_border_mirrored():
    pixels = batch(600, 9, 12, 3)
    found = augment(pixels, Augmentation(shift=3), seeded()).numpy()
    seen = set()
    for plain, moved in zip(pixels.numpy(), found, strict=True):
        wide = np.pad(plain, ((3, 3), (3, 3), (0, 0)), mode="reflect")
        fits = [
            (dy, dx)
            for dy in range(-3, 4)
            for dx in range(-3, 4)
            if (np.roll(wide, (dy, dx), (0, 1))[3:-3, 3:-3] == moved).all()
        ]
        assert len(fits) == 1
        seen |= set(fits)
    assert len(seen) == 49


def test_a_shift_wider_than_the_picture_still_gives_its_pixels():
    pixels = batch(50, 4, 5, 1)
    found = augment(pixels, Augmentation(shift=30), seeded())
    assert set(found[7].flatten().tolist()) <= set(pixels[7].flatten().tolist())


@pytest.mark.parametrize("side", [1, 2, 5, 40])
def test_cutout_paints_one_square_with_the_mean(side):
    pixels = batch(200, 9, 12, 3)
    found = augment(pixels, Augmentation(cutout=side), seeded())
    changed = (found != pixels).any(3)
    means = pixels.float().mean((1, 2)).to(torch.uint8)
    sizes = set()
    for at in range(200):
        ys, xs = changed[at].nonzero(as_tuple=True)
        if len(ys) == 0:
            continue
        hole = found[at, ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        assert (hole == means[at]).all()
        assert max(hole.shape[:2]) <= side
        sizes.add(tuple(hole.shape[:2]))
    assert (min(side, 9), min(side, 12)) in sizes or side > 9
    if side == 40:
        assert (found == means[:, None, None]).all(), "a hole twice as large as the picture covers it"


def test_every_pixel_may_be_cut_out():
    pixels = torch.zeros(3000, 5, 6, 1, dtype=torch.uint8)
    pixels[:, 0, 0] = 60  # so that the mean is 2, which nothing else is
    found = augment(pixels, Augmentation(cutout=1), seeded())
    assert (found == 2).any(0).all()


def test_turning_by_almost_nothing_changes_almost_nothing():
    pixels = batch()
    found = augment(pixels, Augmentation(turn=1e-4), seeded())
    assert (found.int() - pixels.int()).abs().max() <= 1


def test_turning_keeps_lengths_in_pixels_whatever_the_shape():
    # A disc stays a disc in a picture that is no square: the turn is one of pixels, not of the unit square.
    y, x = torch.meshgrid(torch.arange(31.0) - 15, torch.arange(61.0) - 30, indexing="ij")
    disc = ((y**2 + x**2 <= 36) * 255).to(torch.uint8)[None, :, :, None].repeat(40, 1, 1, 1)
    # Further out than these columns comes its mirror image.
    found = augment(disc, Augmentation(turn=90.0), seeded())[:, :, 15:46]
    mass = found[..., 0].float() / found.sum((1, 2, 3), keepdim=True)[..., 0]
    tall, wide = ((mass * axis[:, 15:46] ** 2).sum((1, 2)).sqrt() for axis in (y, x))
    for spread in (tall, wide):  # a disc's is half its radius
        torch.testing.assert_close(spread, torch.full((40,), 3.0), atol=0.2, rtol=0)


def test_zoom_makes_things_larger_and_smaller():
    y, x = torch.meshgrid(torch.arange(41.0) - 20, torch.arange(41.0) - 20, indexing="ij")
    disc = ((y**2 + x**2 <= 100) * 255).to(torch.uint8)[None, :, :, None].repeat(200, 1, 1, 1)
    areas = augment(disc, Augmentation(zoom=0.2), seeded()).float().mean((1, 2, 3)) / disc.float().mean()
    assert 0.66 < areas.min() < 0.75
    assert 1.4 < areas.max() < 1.6


@pytest.mark.parametrize(
    "how",
    [
        Augmentation(flip=True),
        Augmentation(shift=3),
        Augmentation(cutout=4),
        Augmentation(turn=20.0),
        Augmentation(zoom=0.3),
        EVERYTHING,
    ],
    ids=str,
)
@pytest.mark.parametrize("ranks", [2, 4])
def test_shares_of_a_batch_are_varied_as_in_the_whole_batch(how, ranks):
    pixels = batch(32)
    generators = [seeded(5) for _ in range(ranks + 1)]
    for _ in range(3):  # and go on alike
        whole = augment(pixels, how, generators[-1])
        for rank in range(ranks):
            rows = slice(rank, None, ranks)
            assert (augment(pixels[rows], how, generators[rank], rows) == whole[rows]).all()


def test_other_seeds_vary_otherwise():
    assert (augment(batch(), EVERYTHING, seeded(1)) != augment(batch(), EVERYTHING, seeded(2))).any()


# -- mixup


def test_mixup_mixes_pictures_and_targets_by_one_weight():
    x, target = torch.randn(16, 3, 4, 4, generator=seeded()), torch.eye(16)
    mixed, shares = mix(x, target, 0.4, seeded(3))
    weight = shares.diagonal()
    assert (weight == weight[0]).all()
    assert 0.5 <= weight[0] <= 1
    torch.testing.assert_close(shares.sum(1), torch.ones(16))
    torch.testing.assert_close(shares @ x.flatten(1), mixed.flatten(1))
    assert (shares > 0).sum(1).max() == 2


def test_mixup_of_equal_examples_changes_nothing():
    x, target = torch.ones(8, 3), torch.full((8, 2), 0.5)
    mixed, shares = mix(x, target, 0.2, seeded())
    torch.testing.assert_close(mixed, x)
    torch.testing.assert_close(shares, target)


@pytest.mark.parametrize("strength", [0.01, 0.2, 1.0, 8.0])
def test_the_weights_of_mixup_have_the_mean_square_of_a_beta_distribution(strength):
    generator = seeded()
    target = torch.eye(2)
    weights = torch.stack([mix(target, target, strength, generator)[1][0, 0] for _ in range(2000)])
    assert weights.isfinite().all()
    # Mirroring at 1/2 keeps (w - 1/2)², whose mean is the variance 1 / (4 (2 a + 1)).
    variance = 1 / (4 * (2 * strength + 1))
    assert abs((weights - 0.5).square().mean() - variance) < 0.02


# -- scaling


@pytest.mark.parametrize("channels", [1, 3])
def test_scaled_pixels_have_mean_0_and_deviation_1_and_lie_channels_last(channels):
    pixels = batch(64, 8, 8, channels) // 2
    kind = Image(8, 8, channels).with_statistics(pixels.numpy(), np.arange(64))
    x = scale(pixels, kind.mean, kind.std)
    assert x.shape == (64, channels, 8, 8)
    assert x.dtype == torch.float32
    assert x.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(x.mean((0, 2, 3)), torch.zeros(channels), atol=1e-4, rtol=0)
    torch.testing.assert_close(x.std((0, 2, 3), correction=0), torch.ones(channels), atol=1e-4, rtol=0)


def test_scaling_is_the_formula_for_each_channel():
    kind = Image(2, 3, 3, (10.0, 20.0, 30.0), (2.0, 4.0, 8.0))
    pixels = batch(4, 2, 3, 3)
    expected = (pixels.float() - torch.tensor(kind.mean)) / torch.tensor(kind.std)
    torch.testing.assert_close(scale(pixels, kind.mean, kind.std), expected.permute(0, 3, 1, 2))
