import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import deepen
from deepen.records import Mistakes
from deepen.training.keeping import keep


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
    facts, pictures = keep(
        examples("many classes", np.array([0, 0, 1, 0, 1, 1, 1, 2]), ("a", "b", "c")), None, None
    )
    assert facts["parts"] == {"train": 4, "valid": 2, "test": 2}
    assert facts["classes"] == [
        {"name": "a", "train": 3, "valid": 0, "test": 0},
        {"name": "b", "train": 1, "valid": 2, "test": 1},
        {"name": "c", "train": 0, "valid": 0, "test": 1},
    ]
    assert pictures == {}


def test_several_labels_are_counted_one_by_one():
    target = np.array([[1, 1], [0, 1], [0, 0], [1, 0], [1, 1], [1, 1]])
    facts, _ = keep(examples("several labels", target, ("x", "y")), None, None)
    assert [(c["train"], c["valid"], c["test"]) for c in facts["classes"]] == [(1, 2, 1), (2, 1, 1)]


def test_of_a_number_the_histogram_and_some_answers_are_kept():
    rng = np.random.default_rng(0)
    target = rng.normal(size=2000)
    one = examples("number", target)
    truth = target[one.rows.test]
    facts, _ = keep(one, truth + 1, None)
    assert sum(facts["target"]["train"]) == 1000 and sum(facts["target"]["test"]) == 998
    found = facts["answers"]
    assert len(found["truth"]) == 400 and found["of"] == 998
    assert found["truth"][0] == pytest.approx(truth.min(), rel=1e-5) and found["truth"][-1] == pytest.approx(
        truth.max(), rel=1e-5
    )
    assert np.allclose(np.array(found["answered"]) - found["truth"], 1, atol=1e-4), (
        "each answer stays with its truth"
    )


def test_mistakes_are_kept_small():
    pixels = np.random.default_rng(0).integers(0, 256, (2, 300, 200, 3), dtype=np.uint8)
    wrong = Mistakes(pixels, ("a", "b"), ("b", "a"), (0.9, 0.8), 5, 50)
    facts, pictures = keep(examples("many classes", np.array([0, 1, 0, 1, 0, 1]), ("a", "b")), None, wrong)
    assert facts["mistakes"]["total"] == 5 and [m["picture"] for m in facts["mistakes"]["shown"]] == list(
        pictures
    )
    for data in pictures.values():
        with Image.open(io.BytesIO(data)) as image:
            assert max(image.size) == 128


def _kept_of(wrong):
    facts, pictures = keep(
        examples("many classes", np.array([0, 1, 0, 1, 0, 1]), ("lying", "standing")), None, wrong
    )
    return facts["mistakes"], pictures


def test_a_folder_keeps_them_through_loading_and_saving(tmp_path):
    model = deepen.train(
        [[float(n), float(n % 3)] for n in range(60)], ["ab"[n % 2] for n in range(60)], steps=1, size="tiny"
    )
    assert model.evidence["parts"]["test"] == model.score.headline.n
    wrong = Mistakes(np.zeros((1, 300, 200, 1), np.uint8), ("lying",), ("standing",), (0.9,), 1, 8)
    model.evidence["mistakes"], model.pictures = _kept_of(wrong)
    again = deepen.load(model.save(tmp_path / "a"))
    assert (again.evidence, again.pictures) == (model.evidence, model.pictures)
    assert len(again.pictures) == 1
    third = deepen.load(again.save(tmp_path / "b"))
    assert (third.evidence, third.pictures) == (model.evidence, model.pictures)
