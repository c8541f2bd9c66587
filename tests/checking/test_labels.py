from collections.abc import Callable

import numpy as np

from deepen.checking.checked import Checked
from deepen.checking.facets import facets
from deepen.checking.labels import wrong_labels
from deepen.checking.plain import plain_features
from deepen.findings import Finding

Prepare = Callable[..., Checked]


def looked_at(checked: Checked, **more: object) -> list[Finding | str | dict[str, float]]:
    features, way = plain_features(checked, facets(checked))
    return list(
        wrong_labels(checked, features, way, seconds=30.0, seed=0, tell=lambda _done, _of: None, **more)  # type: ignore[arg-type]
    )


def test_flipped_labels_are_named_with_what_they_look_like(
    prepare: Prepare, stripes: tuple[np.ndarray, np.ndarray]
) -> None:
    x, y = stripes
    y = y.copy()
    y[[4, 9]] = 1 - y[[4, 9]]
    found = looked_at(prepare(x, y))
    named = [f for f in found if isinstance(f, Finding)]
    assert {f.rows[0] for f in named[:2]} == {4, 9}
    assert f"labelled {y[4]}, looks like {1 - y[4]}" in next(f.text for f in named if f.rows == (4,))
    (figures,) = (f for f in found if isinstance(f, dict))
    assert 0.9 < figures["accuracy of the learner that doubts labels"] < 0.99
    assert 0.0 < figures["labels estimated wrong"] < 0.15
    right = figures["accuracy of the learner that doubts labels"]
    assert np.isclose(named[0].severity, 0.25 + 0.4 * named[0].figures["margin"] * right)


def test_a_models_answers_go_before_for_rows_it_has_not_seen(
    prepare: Prepare, stripes: tuple[np.ndarray, np.ndarray]
) -> None:
    x, y = stripes[0], stripes[1].copy()
    y[[8, 45]] = 1 - y[[8, 45]]
    checked = prepare(x[:40], y[:40], test=(x[40:], y[40:]))
    given = np.eye(2)[y[40:]] * 0.96 + 0.02
    named = [f.rows for f in looked_at(checked) if isinstance(f, Finding)]
    assert (45,) in named
    found = looked_at(checked, known=(np.arange(40, 60), given))  # a model that thinks all labels right
    assert (45,) not in [f.rows for f in found if isinstance(f, Finding)]
    found = looked_at(checked, known=(np.arange(40, 60), given[:, ::-1]))  # and one that thinks all wrong
    assert any("no better than a quick learner" in f for f in found if isinstance(f, str))
    assert [f.rows for f in found if isinstance(f, Finding)] == named


def test_numbers_are_not_doubted(prepare: Prepare, rows: dict[str, np.ndarray]) -> None:
    (said,) = looked_at(prepare(rows, target="b"))
    assert "classes" in str(said)


def test_a_poor_learner_accuses_less_severely(prepare: Prepare) -> None:
    rng = np.random.default_rng(0)
    table = {"a": rng.normal(size=400), "label": rng.choice(["yes", "no"], 400)}
    named = [f for f in looked_at(prepare(table, target="label")) if isinstance(f, Finding)]
    assert all(f.severity < 0.45 for f in named)
