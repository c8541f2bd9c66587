"""Scores by subgroup: exact in small worlds, quiet where no group differs, and sure where one does."""

import numpy as np
import pytest

from deepen.errors import DataError
from deepen.evidence import subgroups as module
from deepen.evidence.measures import score
from deepen.evidence.subgroups import holm, subgroups


def answers(right):
    """Probabilities of two classes that are right, or wrong, for a truth of zeros."""
    return np.where(np.asarray(right, bool)[:, None], [0.8, 0.2], [0.3, 0.7])


def verdicts(found):
    return {group.name: group.verdict for group in found.groups}


def test_holm_by_hand():
    np.testing.assert_allclose(holm([0.01, 0.005, 0.03, 0.04]), [0.03, 0.02, 0.06, 0.06])
    np.testing.assert_allclose(holm([0.6, 0.9]), [1.0, 1.0])


def test_each_group_has_the_measures_of_its_own_rows():
    rng = np.random.default_rng(0)
    truth, p, group = rng.integers(0, 2, 300), rng.dirichlet([1, 1], 300), rng.integers(0, 3, 300)
    found = subgroups("two classes", truth, p, group, "abc", column="x")
    for each in found.groups:
        mine = group == "abc".index(each.name)
        assert each.n == mine.sum()
        assert each.measures == score("two classes", truth[mine], p[mine]).measures
    assert found.whole == score("two classes", truth, p)["accuracy"]


def test_a_small_table_is_tested_exactly():
    # 1 of 4 right against 4 of 4: Fisher's two-sided p is 1 / 70 * (16 + ... ) over the tables as unlikely
    right = [1, 0, 0, 0, 1, 1, 1, 1]
    found = subgroups("two classes", np.zeros(8, int), answers(right), [0] * 4 + [1] * 4, "ab", column="x")
    # tables (right in a): C(4,a) C(4,5-a) / C(8,5) for a = 1..4: 4, 24, 24, 4 of 56; as unlikely as a=1: 8 of 56
    np.testing.assert_allclose([group.p for group in found.groups], 8 / 56)
    assert [group.name for group in found.groups] == ["a", "b"]
    assert set(verdicts(found).values()) == {""}


def test_the_p_values_are_corrected_for_the_number_of_groups():
    from scipy.stats import fisher_exact

    right = np.r_[np.arange(30) < 20, np.arange(30) < 27, np.arange(30) < 28]
    found = subgroups(
        "two classes", np.zeros(90, int), answers(right), np.repeat([0, 1, 2], 30), "abc", column="x"
    )
    plain = [fisher_exact([[r, 30 - r], [75 - r, 60 - 75 + r]])[1] for r in (20, 27, 28)]
    assert {g.name: g.p for g in found.groups} == pytest.approx(dict(zip("abc", holm(plain), strict=True)))
    assert max(plain) < 1
    assert verdicts(found)["a"] == "worse"


def test_a_permutation_test_agrees_with_all_permutations(monkeypatch):
    import itertools

    monkeypatch.setattr(module, "_SHUFFLED", 10**6)
    truth, said = np.zeros(7), np.array([9.0, 7.0, 1.0, 2.0, 0.5, 3.0, 8.0])
    place = np.array([0, 0, 1, 1, 1, 1, 0])
    off, far = said - said.mean(), abs((said - said.mean())[place == 0].sum())
    every = [abs(off[list(some)].sum()) for some in itertools.combinations(range(7), 3)]
    exact = np.mean(np.array(every) >= far - 1e-9)
    found = subgroups("number", truth, said, place, "ab", column="x")
    assert [group.p for group in found.groups] == pytest.approx([exact] * 2, abs=0.01)
    assert found.measure == "mae"
    assert found.groups[0].name == "a"


def test_a_worse_group_is_found_and_a_better_one():
    right = np.r_[np.arange(200) % 2, np.arange(200) % 20 > 0, np.ones(200)]
    found = subgroups("two classes", np.zeros(600, int), answers(right), np.repeat([0, 1, 2], 200),
                      ["half", "most", "all"], column="age")  # fmt: skip
    assert verdicts(found) == {"half": "worse", "most": "better", "all": "better"}
    assert found.worst.name == "half"
    assert "worse than the rest" in str(found)
    assert "Holm over 3" in str(found)


@pytest.mark.parametrize("task", ["two classes", "number"])
def test_where_no_group_differs_one_is_named_in_at_most_five_of_a_hundred(monkeypatch, task):
    monkeypatch.setattr(
        module, "score", lambda *_, **__: type("S", (), {"measures": {}, "__getitem__": lambda *_: 0})()
    )
    monkeypatch.setattr(module, "_SHUFFLED", 1)
    monkeypatch.setattr(module, "_FEWEST", 199)
    rng, named = np.random.default_rng(1), 0
    for _ in range(100):
        group = rng.integers(0, 5, 150)
        if task == "number":
            made = subgroups(task, np.zeros(150), rng.standard_t(2, 150), group, "abcde", column="x")
        else:
            made = subgroups(
                task, np.zeros(150, int), answers(rng.random(150) < 0.8), group, "abcde", column="x"
            )
        named += any(verdicts(made).values())
    assert named <= 10  # of 100, at a level of 5 %: more happens in 1 % of worlds


def test_two_groups_are_one_test():
    right = np.r_[np.arange(40) < 30, np.arange(40) < 38]
    found = subgroups(
        "two classes", np.zeros(80, int), answers(right), np.repeat([0, 1], 40), "ab", column="x"
    )
    assert found.groups[0].p == found.groups[1].p < 0.05
    assert "Holm" not in str(found) + found.test


def test_groups_without_rows_are_left_out_and_one_alone_is_refused():
    truth, p = np.zeros(6, int), answers([1, 1, 0, 1, 1, 0])
    found = subgroups("two classes", truth, p, [0, 0, 0, 2, 2, 2], "abc", column="x")
    assert [group.name for group in found.groups] == ["a", "c"]
    with pytest.raises(DataError, match="one group only"):
        subgroups("two classes", truth, p, [1] * 6, "abc", column="x")


def test_several_labels_are_grouped_too():
    truth = np.ones((80, 3), int)
    p = np.where(np.arange(80)[:, None] < 40, [0.9, 0.2, 0.4], [0.9, 0.8, 0.7])
    found = subgroups("several labels", truth, p, np.repeat([0, 1], 40), "ab", column="x")
    assert (found.measure, verdicts(found)) == ("label_accuracy", {"a": "worse", "b": "better"})
