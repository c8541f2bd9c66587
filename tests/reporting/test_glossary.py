import ast
from pathlib import Path

import deepen
from deepen.records import _LOWER_IS_BETTER, Measure
from deepen.reporting.glossary import MEASURES, METHODS, explained, opponent, shown, value_of


def test_every_measure_and_method_that_deepen_has_is_explained():
    assert set(MEASURES) >= _LOWER_IS_BETTER
    words = set()
    rooms = ("evidence", "reinforcement", "experts")
    for path in (p for room in rooms for p in (Path(deepen.__file__).parent / room).glob("*.py")):
        words |= {
            n.value
            for n in ast.walk(ast.parse(path.read_text()))
            if isinstance(n, ast.Constant) and isinstance(n.value, str)
        }
    assert {m for m in METHODS if m in words} == set(METHODS), "no method that is not one of deepen's"
    assert {"accuracy", "r2", "auc", "mase", "token_f1", "bits_per_byte"} <= set(MEASURES) & words
    played = ("return", "median_return", "best_return", "points", "top_5_accuracy", "winner_accuracy")
    assert set(played) <= set(MEASURES) & words
    assert value_of("points", 0.465) == "46.5 %" and value_of("top_5_accuracy", 0.4) == "40.0 %"


def test_an_opponent_has_a_name_within_a_sentence():
    assert opponent("mcts:100") == "a tree search of 100 random playouts a move"
    assert opponent("gtp:{x}: y") == "gtp:{x}: y", "another program is called as it calls itself"


def test_values_are_written_alike():
    assert value_of("r2", -3e-6) == "0.000" and value_of("r2", -0.25) == "-0.250"
    assert value_of("rmse", 0.00012) == "0.00012" and value_of("rmse", 123456.0) == "123,456"
    assert value_of("coverage_80", 0.834) == "83.4 %"
    assert value_of("auc", float("nan")) == "unknown"
    assert shown(Measure("mase", 0.613, 0.444, 0.836, "block bootstrap", 18)) == "0.613 [0.444, 0.836]"
    assert shown(Measure("return", 475.0, 475.0, 475.0, "published", 0)) == "475"
    largest = explained(Measure("best_return", 9.0, 9.0, 9.0, "largest", 20), "episodes")
    assert largest.endswith("on 20 episodes; no interval: it is the largest of them.")
    assert "resampling the episodes" in explained(
        Measure("return", 9.0, 8.0, 10.0, "bootstrap", 20), "episodes"
    )
    assert explained(Measure("new", 1, 1, 1, "none", 1)).startswith(
        "new: as its name says, on 1 examples; no interval"
    )
