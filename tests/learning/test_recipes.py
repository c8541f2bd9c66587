from __future__ import annotations

import pytest

from deepen.learning.recipes import for_language, for_stack
from deepen.nets.assemble import NetSettings


@pytest.mark.parametrize(
    ("sizes", "activation", "rate"),
    [
        ([64, 64], "sigmoid", 1e-2),
        ([320, 64], "sigmoid", 2e-3),
        ([784, 500], "sigmoid", 1e-3),
        ([64, 64], "gelu", 1e-3),
    ],
)
def test_logistic_units_of_few_inputs_learn_at_a_higher_rate(sizes, activation, rate):
    net = NetSettings(reader="stack", given={"sizes": sizes, "activation": activation, "linear": False})
    assert for_stack(net, 300, "many classes").rate == pytest.approx(rate)


def test_the_layers_of_a_language_model_keep_what_builds_them():
    net = NetSettings(reader="language", given={"width": 64, "embedding_d": 32, "depth": 1})
    recipe = for_language(net, 300, "many classes")
    assert (recipe.net.reader, recipe.net.given) == (net.reader, net.given)
    assert recipe.most_epochs * 300 / recipe.batch > 500
