from types import SimpleNamespace

import numpy as np

import deepen
from deepen.training.counting import count


def examples(task, target, labels=()):
    n = len(target)
    rows = SimpleNamespace(
        train=np.arange(0, n // 2), valid=np.arange(n // 2, n // 2 + 2), test=np.arange(n // 2 + 2, n)
    )

    def hot(part):
        return np.eye(len(labels))[target[part]] if task != "several labels" else target[part]

    return SimpleNamespace(
        rows=rows,
        target=target,
        schema=SimpleNamespace(task=task),
        preparation=SimpleNamespace(labels=labels),
        hot=hot,
    )


def test_classes_are_counted_in_every_part():
    facts = count(examples("many classes", np.array([0, 0, 1, 0, 1, 1, 1, 2]), ("a", "b", "c")))
    assert facts["parts"] == {"train": 4, "valid": 2, "test": 2}
    assert facts["classes"] == [
        {"name": "a", "train": 3, "valid": 0, "test": 0},
        {"name": "b", "train": 1, "valid": 2, "test": 1},
        {"name": "c", "train": 0, "valid": 0, "test": 1},
    ]


def test_several_labels_are_counted_one_by_one():
    target = np.array([[1, 1], [0, 1], [0, 0], [1, 0], [1, 1], [1, 1]])
    facts = count(examples("several labels", target, ("x", "y")))
    assert [(c["train"], c["valid"], c["test"]) for c in facts["classes"]] == [(1, 2, 1), (2, 1, 1)]


def test_of_a_number_the_sizes_are_counted_in_equal_steps():
    target = np.array([0.0, 0.0, 1.0, 24.0, 12.0, 12.0, 24.0, 24.0])
    found = count(examples("number", target))["target"]
    assert found["edges"] == [float(k) for k in range(25)]
    assert found["train"][0] == 2 and found["train"][1] == 1 and found["train"][-1] == 1
    assert sum(found["valid"]) == found["valid"][12] == 2 and found["test"][-1] == 2


def test_without_a_test_part_the_others_are_counted():
    one = examples("number", np.arange(8.0))
    one.rows.test = np.arange(0)
    assert sum(count(one)["target"]["test"]) == 0 and count(one)["parts"]["test"] == 0


def test_a_folder_keeps_them_through_loading_and_saving(tmp_path):
    model = deepen.train(
        [[float(n), float(n % 3)] for n in range(60)], ["ab"[n % 2] for n in range(60)], steps=1, size="tiny"
    )
    assert model.counts["parts"]["test"] == model.score.headline.n
    again = deepen.load(model.save(tmp_path / "a"))
    assert again.counts == model.counts
    assert deepen.load(again.save(tmp_path / "b")).counts == model.counts
