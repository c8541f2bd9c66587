import dataclasses

import numpy as np
import pyarrow as pa
import pytest
import torch

from deepen.compute.processes import alone
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.learning.budget import Clock
from deepen.learning.watch import Silent
from deepen.training.context import Context
from deepen.training.gather import gather
from deepen.training.options import Options
from deepen.training.plain import candidates
from deepen.training.understand import understand


@pytest.fixture
def examples(tmp_path):
    def give(source, y=None, **options):
        context = Context(
            options=Options(**({"steps": 9} | options)), folder=None, clock=Clock(), watch=Silent(), stop=StopFlag(),
            world=alone(torch.device("cpu")), cache=Cache(tmp_path / "cache"),
        )  # fmt: skip
        return gather(context, *understand(context, source, y, None, None))

    return give


def sentences(n=120):
    rng = np.random.default_rng(0)
    words = np.array(
        ["the", "cat", "dog", "sat", "ran", "on", "under", "a", "mat", "tree", "quickly", "again"]
    )
    texts = [" ".join(rng.choice(words, 8)) for _ in range(n)]
    return pa.table({"text": texts, "length": rng.normal(size=n), "y": [str("cat" in t) for t in texts]})


def test_pictures_are_read_as_pixels_and_as_gradients(photos, examples):
    found = {c.name: c for c in candidates(examples(photos))}
    assert list(found) == [
        "linear", "PCA + linear", "neighbours", "SVM", "linear on gradients", "SVM on gradients", "boosting",
    ]  # fmt: skip
    rows = np.array([3, 1])
    assert found["SVM"].features(rows).shape == (2, 144)
    assert found["SVM on gradients"].features(rows).shape[1] > 144


def test_texts_are_read_by_tf_idf_with_the_other_columns_beside_it(examples):
    from sklearn.feature_extraction.text import TfidfTransformer

    gathered = examples(sentences(), target="y")
    svm, _, boosting = candidates(gathered)
    assert svm.learner == "linear SVM"
    x = svm.features(np.array([5, 6]))
    (name,) = gathered.preparation.stored
    own = np.asarray(gathered.arrays[name])
    from deepen.data.kinds.ngrams import counts

    expected = (
        TfidfTransformer(sublinear_tf=True)
        .fit(counts(own[gathered.rows.train], 2))
        .transform(counts(own[5:7], 2))
    )
    np.testing.assert_allclose(x[:, : expected.shape[1]].toarray(), expected.toarray(), rtol=1e-6)
    assert x.shape[1] > expected.shape[1]
    assert boosting.features(np.array([5, 6])).shape[0] == 2


def test_the_test_part_decides_no_feature(examples):
    first = examples(sentences(), target="y")
    x = candidates(first)[0].features(np.array([first.rows.train[0]]))
    poisoned = {name: np.array(array) for name, array in first.arrays.items()}
    for array in poisoned.values():
        array[first.rows.test] = 3
    again = candidates(dataclasses.replace(first, arrays=poisoned))[0].features(
        np.array([first.rows.train[0]])
    )
    np.testing.assert_array_equal(x.toarray(), again.toarray())


def test_tables_have_plain_numbers(patients, examples):
    found = candidates(examples(patients, target="outcome"))
    assert [c.name for c in found] == ["linear", "PCA + linear", "neighbours", "SVM", "boosting"]
    assert len({id(c.features) for c in found}) == 1  # worked out once for all
