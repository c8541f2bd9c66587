"""One pass: what it keeps is what the net says row by row."""

from __future__ import annotations

import numpy as np
import torch

from deepen.nets.levels import example, find
from deepen.nets.standing import activations
from deepen.seeing.look import look
from deepen.seeing.material import gather
from deepen.seeing.similarity import cka


def test_answers_summaries_and_the_best_rows(pictures):
    model, x, y = pictures
    material = gather(model, x, y, rows=1000)
    levels = find(model.net, example(model.preparation.shapes))
    found = look(material, levels)
    inputs = material.inputs(np.arange(len(material)))
    with torch.no_grad():
        assert np.allclose(found.answers, model.net(inputs).numpy(), atol=1e-4)
    last = activations(model.net, inputs, -1, model.preparation.shapes).values.numpy()
    assert np.allclose(found.summaries[levels[-1].name], last, atol=1e-4)
    best = found.preferred[levels[-1].name]
    assert (best.values[:, 0] == np.float32(last).max(0)).all() or np.allclose(
        best.values[:, 0], last.max(0), atol=1e-4
    )
    assert found.similarity.shape == (len(levels), len(levels))
    first = activations(
        model.net, {k: v[:128] for k, v in inputs.items()}, 0, model.preparation.shapes
    ).values
    assert np.isclose(found.similarity[0, -1], cka(first.flatten(1), last[:128]), atol=1e-3)


def test_three_rows_have_no_similarity(table):
    model, frame = table
    material = gather(model, frame.head(3), rows=10)
    found = look(material, find(model.net, example(model.preparation.shapes)))
    assert found.similarity is None
    assert found.answers.shape == (3, 2)
