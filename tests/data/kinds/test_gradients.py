import numpy as np
import pytest

from deepen.data.kinds.gradients import oriented_gradients


def stripes(turned):
    """A sine wave across the picture, whose gradient points to ``turned`` (half turns)."""
    y, x = np.mgrid[:28, :28]
    wave = np.sin((x * np.cos(np.pi * turned) + y * np.sin(np.pi * turned)) * 0.9)
    return (127 + 120 * wave).astype(np.uint8)[None, ..., None]


def test_each_orientation_falls_into_its_bin():
    for bin_ in range(9):
        found = oriented_gradients(stripes(bin_ / 9)).reshape(-1, 9).sum(axis=0)
        assert found.argmax() == bin_


def test_the_last_bin_is_beside_the_first():
    found = oriented_gradients(stripes(8.5 / 9)).reshape(-1, 9).sum(axis=0)
    assert set(np.argsort(found)[-2:]) == {0, 8}


def test_brightness_and_contrast_do_not_matter_much():
    picture = stripes(0.3)
    dimmer = (picture // 2 + 60).astype(np.uint8)
    first, second = oriented_gradients(picture), oriented_gradients(dimmer)
    assert np.abs(first - second).max() < 0.06 < first.max()
    assert oriented_gradients(255 - picture).ravel() - first.ravel() == pytest.approx(0, abs=1e-5)


def test_where_the_edge_is_matters():
    left, right = np.zeros((2, 28, 28, 1), np.uint8)
    left[:, 6:], right[:, 20:] = 255, 255
    first, second = (oriented_gradients(p[None]).ravel() for p in (left, right))
    assert first @ second < 0.1 * (first @ first)


def test_flat_and_odd_pictures():
    assert not oriented_gradients(np.full((2, 9, 13, 3), 80, np.uint8)).any()
    rng = np.random.default_rng(0)
    for shape in ((1, 1, 1, 1), (3, 5, 2, 1), (2, 1, 40, 3), (300, 8, 8, 1)):
        found = oriented_gradients(rng.integers(0, 255, shape).astype(np.uint8))
        assert len(found) == shape[0] and found.dtype == np.float32 and np.isfinite(found).all()
    pictures = rng.integers(0, 255, (300, 8, 8, 1)).astype(np.uint8)
    np.testing.assert_array_equal(oriented_gradients(pictures)[299:], oriented_gradients(pictures[299:]))


def test_the_steepest_colour_counts():
    grey = stripes(0.2)
    coloured = np.concatenate([np.full_like(grey, 90), grey, np.full_like(grey, 10)], axis=3)
    np.testing.assert_array_equal(oriented_gradients(coloured), oriented_gradients(grey))
