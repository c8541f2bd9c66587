"""Methods by their names: what each makes of layers and settings, and what it refuses."""

from __future__ import annotations

import pytest

from deepen.errors import SettingError
from deepen.pretraining.features.methods import METHODS, class_of, make


@pytest.mark.parametrize("method", METHODS)
def test_each_is_made_with_what_is_usual_and_with_what_is_asked(method):
    _, name, usual = METHODS[method]
    made = make(method, ())
    assert type(made) is class_of(method) and type(made).__name__ == name
    size = {"rbm": "n_hidden", "kmeans": "n_centroids"}.get(method)  # of those with one layer
    assert getattr(made, size or "layers") == (usual[0] if size else usual)
    made = make(method, (7,) if size else (9, 4), random_state=3)
    assert (made.random_state, getattr(made, size or "layers")) == (3, 7 if size else (9, 4))


def test_a_method_a_setting_and_layers_that_there_are_not():
    with pytest.raises(SettingError, match="--method: 'dbx' is not known.*Did you mean 'db"):
        make("dbx", ())
    with pytest.raises(SettingError, match="'epoch' is not a setting of RBM. Did you mean 'epochs'"):
        make("rbm", (3,), epoch=2)
    with pytest.raises(SettingError, match="--layers: has one hidden layer; came: 3 2"):
        make("rbm", (3, 2))
