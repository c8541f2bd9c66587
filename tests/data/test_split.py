"""Splits: nothing stands on two sides, nothing is lost, and shares are what was asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepen.data.split import Split, split
from deepen.errors import DataError, SettingError


def parts_of(found, count):
    """Name each row's part, seeing that none is in two."""
    parts = np.full(count, "", dtype=object)
    for name in ("train", "valid", "test"):
        rows = getattr(found, name)
        assert (np.diff(rows) > 0).all()
        assert (parts[rows] == "").all()
        parts[rows] = name
    return parts


def divide(count=1000, *, seed=0, usable=None, hashes=None, **options):
    usable = np.ones(count, bool) if usable is None else usable
    hashes = np.arange(len(usable), dtype=np.uint64) if hashes is None else hashes
    return split(usable, hashes=hashes, seed=seed, **options)


def sides(codes, parts):
    """In how many parts each code stands."""
    inside = parts != ""
    return {code: len(set(parts[inside & (codes == code)])) for code in np.unique(codes[inside])}


@st.composite
def tables(draw):
    count = draw(st.integers(8, 300))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    return {
        "usable": rng.random(count) < draw(st.sampled_from([1.0, 0.9])),
        "hashes": rng.integers(0, draw(st.sampled_from([count // 2 + 4, 10**9])), count).astype(np.uint64),
        "strata": draw(st.sampled_from([None, rng.integers(0, draw(st.integers(1, 6)), count)])),
        "groups": draw(st.sampled_from([None, rng.integers(0, draw(st.integers(4, 60)), count)])),
        "seed": draw(st.integers(0, 1000)),
        "test_share": draw(st.sampled_from([0.05, 0.2, 0.5])),
        "valid_share": draw(st.sampled_from([0.05, 0.15, 0.4])),
    }


@settings(max_examples=150, deadline=None)
@given(tables())
def test_parts_are_disjoint_and_complete_and_tear_nothing_apart(table):
    try:
        found = divide(**table)
    except DataError as error:
        assert "would be empty" in error.what
        return
    parts = parts_of(found, len(table["usable"]))
    assert ((parts != "") == table["usable"]).all()
    assert set(sides(table["hashes"], parts).values()) == {1}
    if table["groups"] is not None:
        assert set(sides(table["groups"], parts).values()) == {1}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 8), st.booleans())
def test_every_class_keeps_its_share_and_stands_in_training(seed, classes, duplicates):
    rng = np.random.default_rng(seed)
    strata = rng.choice(classes, 400, p=rng.dirichlet(np.full(classes, 0.7)))
    counts = np.bincount(strata, minlength=classes)
    hashes = strata * 1000 + rng.integers(0, 100 if duplicates else 10**9, 400)
    parts = parts_of(divide(hashes=hashes, strata=strata, seed=seed, usable=np.ones(400, bool)), 400)
    for code in np.flatnonzero(counts):
        mine = parts[strata == code]
        assert (mine == "train").any()
        if counts[code] >= 20 and not duplicates:
            assert abs((mine == "test").mean() - 0.2) <= 1.5 / counts[code]
            assert abs((mine == "valid").mean() - 0.8 * 0.15) <= 1.5 / counts[code]


@pytest.mark.parametrize(("test_share", "valid_share"), [(0.2, 0.15), (0.1, 0.1), (0.5, 0.5), (0.9, 0.1)])
def test_shares_are_what_was_asked_for(test_share, valid_share):
    found = divide(1000, test_share=test_share, valid_share=valid_share)
    assert abs(len(found.test) - 1000 * test_share) <= 1
    assert abs(len(found.valid) - 1000 * (1 - test_share) * valid_share) <= 1
    grouped = divide(1000, groups=np.arange(1000) // 5, test_share=test_share, valid_share=valid_share)
    assert abs(len(grouped.test) - 1000 * test_share) <= 5


@pytest.mark.parametrize("seed", range(10))
def test_large_shares_leave_every_class_in_training(seed):
    strata = np.repeat(np.arange(5), [2, 3, 4, 50, 100])
    found = divide(len(strata), strata=strata, seed=seed, test_share=0.9, valid_share=0.9)
    assert set(strata[found.train]) == set(range(5))


def test_the_validation_part_has_no_more_rows_than_help():
    assert len(divide(100_000).valid) == 5000


def test_the_seed_alone_decides():
    strata = np.arange(500) % 3
    a, b, c = (parts_of(divide(500, strata=strata, seed=seed), 500) for seed in (1, 1, 2))
    assert (a == b).all()
    assert (a != c).any()


@pytest.mark.parametrize("seed", range(20))
def test_one_huge_group_goes_to_training(seed):
    groups = np.r_[np.zeros(900, int), 1 + np.arange(100) // 5]
    strata = np.arange(1000) % 2
    for some in (None, strata):
        found = divide(1000, groups=groups, strata=some, seed=seed)
        assert np.isin(np.arange(900), found.train).all()
        assert found.how == "by group"


@pytest.mark.parametrize("seed", range(20))
def test_a_class_within_one_group_stays_in_training(seed):
    groups = np.arange(200) // 10
    strata = np.zeros(200, int)
    strata[57] = 1
    assert 57 in divide(200, groups=groups, strata=strata, seed=seed).train


@pytest.mark.parametrize("seed", range(10))
def test_two_groups_alone_cannot_make_three_parts_but_three_can(seed):
    with pytest.raises(DataError, match="would be empty"):
        divide(100, groups=np.arange(100) % 2, seed=seed)
    parts = parts_of(divide(99, groups=np.arange(99) % 3, seed=seed), 99)
    assert sorted(np.unique(parts[:3])) == ["test", "train", "valid"]


def test_groups_that_share_a_duplicate_stay_together():
    hashes = np.arange(60)
    hashes[40] = hashes[0]  # group 0 and group 4
    groups = np.arange(60) // 10
    for seed in range(10):
        parts = parts_of(divide(60, hashes=hashes, groups=groups, seed=seed), 60)
        assert len(set(parts[groups == 0]) | set(parts[groups == 4])) == 1


@pytest.mark.parametrize("count", [3, 4, 5, 7, 10])
def test_tiny_tables(count):
    for strata in (None, np.arange(count), np.zeros(count, int)):
        parts = parts_of(divide(count, strata=strata), count)
        assert set(parts) == {"train", "valid", "test"}


@pytest.mark.parametrize("seed", range(10))
def test_two_classes_of_three_rows_both_stand_in_training(seed):
    strata = np.array([0, 1] * 3)
    assert set(strata[divide(6, strata=strata, seed=seed).train]) == {0, 1}


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_rows_are_an_error(count):
    with pytest.raises(DataError, match="part would be empty.*More rows"):
        divide(count)


def test_no_usable_row_is_an_error():
    with pytest.raises(DataError, match="0 usable rows"):
        divide(usable=np.zeros(9, bool))


@pytest.mark.parametrize(("test", "valid"), [(0, 0.2), (0.2, 0), (0, 0)])
def test_a_part_of_no_share_is_empty(test, valid):
    found = divide(100, strata=np.arange(100) % 2, test_share=test, valid_share=valid)
    assert len(found.test) == 100 * test and len(found.valid) == 100 * valid
    assert len(found.train) + len(found.valid) + len(found.test) == 100
    assert (found.how == "into one part") == (test == valid == 0)
    # Rows that can stand in no part of their own are then no error.
    assert len(divide(1, test_share=0, valid_share=0).train) == 1


def test_a_part_that_is_given_is_kept_whatever_its_share():
    parts = np.array(["train"] * 8 + ["test"] * 2, dtype=object)
    found = divide(10, parts=parts, test_share=0, valid_share=0)
    assert found.test.tolist() == [8, 9] and len(found.valid) == 0 and found.how == "as given"
    with pytest.raises(DataError, match="train part would be empty"):
        divide(usable=np.arange(10) > 7, parts=parts, test_share=0, valid_share=0)


def test_rows_that_are_all_the_same_are_an_error():
    with pytest.raises(DataError, match="would be empty"):
        divide(9, hashes=np.zeros(9))


@pytest.mark.parametrize("share", [-0.1, 0.91, float("nan")])
@pytest.mark.parametrize("option", ["test_share", "valid_share"])
def test_shares_outside_their_range_are_refused(option, share):
    with pytest.raises(SettingError, match=f"--{option.replace('_', '-')}: out of range"):
        divide(100, **{option: share})


def test_duplicates_are_counted_in_the_notes():
    assert divide(100).notes == ()
    hashes = np.arange(100)
    hashes[50:60] = 7
    (note,) = divide(100, hashes=hashes).notes
    assert "10 rows repeat" in note


def test_how_it_was_split_is_told():
    assert divide(100).how == "at random"
    assert divide(100, strata=np.arange(100) % 2).how == "stratified"
    assert divide(100, groups=np.arange(100) // 3).how == "by group"
    assert divide(100, times=np.arange(100.0)).how == "by time"


# -- by time


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=6, max_size=200), st.integers(0, 9))
def test_by_time_no_part_is_later_than_the_next(times, seed):
    times = np.array(times, dtype=float)
    try:
        found = divide(len(times), times=times, seed=seed)
    except DataError as error:
        assert "would be empty" in error.what
        assert len(np.unique(times)) < 3 or np.bincount(times.astype(int)).max() > 0.1 * len(times)
        return
    assert times[found.train].max() < times[found.valid].min()
    assert times[found.valid].max() < times[found.test].min()


def test_by_time_the_shares_are_kept_and_repeats_of_later_rows_left_out():
    hashes = np.arange(1000)
    hashes[:10] = hashes[-10:]
    found = divide(1000, times=np.arange(1000.0)[::-1].copy(), hashes=hashes)
    assert abs(len(found.test) - 200) <= 1
    assert not np.isin(hashes[found.test], hashes[found.train]).any()
    assert any("10 training rows were left out" in note for note in found.notes)


def test_a_missing_time_is_an_error_with_its_row():
    times = np.arange(100.0)
    times[41] = np.nan
    with pytest.raises(DataError, match="row 42: the time is missing"):
        divide(100, times=times)


# -- parts given


def test_parts_given_are_kept():
    parts = np.array(["train"] * 60 + ["valid"] * 20 + ["test"] * 20, dtype=object)
    found = divide(100, parts=parts)
    assert (parts_of(found, 100) == parts).all()
    assert found.how == "as given"
    assert found.notes == ()


@pytest.mark.parametrize("given", ["valid", "test"])
def test_the_part_that_is_not_given_comes_out_of_training(given):
    parts = np.array(["train"] * 80 + [given] * 20, dtype=object)
    found = divide(100, parts=parts, strata=np.arange(100) % 2)
    assert getattr(found, given).tolist() == list(range(80, 100))
    assert len(found.train) + len(found.valid if given == "test" else found.test) == 80


def test_training_rows_that_a_given_part_repeats_are_left_out_and_counted():
    parts = np.array(["train"] * 60 + ["valid"] * 20 + ["test"] * 20, dtype=object)
    hashes = np.arange(100)
    hashes[:5] = hashes[80:85]
    hashes[10:13] = hashes[60:63]
    hashes[70] = hashes[90]  # a validation row that the test part repeats
    found = divide(100, parts=parts, hashes=hashes)
    assert found.test.tolist() == list(range(80, 100))
    assert 70 not in found.valid
    assert not set(range(5)) & set(found.train)
    assert not {10, 11, 12} & set(found.train)
    assert not np.isin(hashes[found.train], hashes[np.r_[found.valid, found.test]]).any()
    assert [note.split()[0] for note in found.notes] == ["5", "1", "3"]


def test_groups_torn_by_the_given_parts_are_told_of():
    parts = np.array(["train"] * 80 + ["test"] * 20, dtype=object)
    groups = np.arange(100) % 10
    found = divide(100, parts=parts, groups=groups)
    assert (parts_of(found, 100)[80:] == "test").all()
    assert any("10 groups stand in more than one" in note for note in found.notes)
    apart = divide(100, parts=parts, groups=np.arange(100) // 10)
    assert not apart.notes


def test_parts_without_a_training_part_are_an_error():
    with pytest.raises(DataError, match="train part would be empty"):
        divide(10, parts=np.array(["test"] * 5 + ["valid"] * 5, dtype=object))


# -- without


def test_rows_that_cannot_be_read_leave_their_parts():
    found = Split(np.array([0, 1, 4]), np.array([2]), np.array([3, 5]), "at random", ("a note",)).without(
        {1, 3, 99}
    )
    assert found.train.tolist() == [0, 4]
    assert found.valid.tolist() == [2]
    assert found.test.tolist() == [5]
    assert (found.how, found.notes) == ("at random", ("a note",))
