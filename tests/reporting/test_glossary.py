import ast
from pathlib import Path

import deepen.evidence
from deepen.records import _LOWER_IS_BETTER, Measure
from deepen.reporting.glossary import MEASURES, METHODS, explained, shown, value_of


def test_every_measure_and_method_that_deepen_has_is_explained():
    assert set(MEASURES) >= _LOWER_IS_BETTER
    words = set()
    for path in Path(deepen.evidence.__file__).parent.glob("*.py"):
        words |= {
            n.value
            for n in ast.walk(ast.parse(path.read_text()))
            if isinstance(n, ast.Constant) and isinstance(n.value, str)
        }
    assert {m for m in METHODS if m in words} == set(METHODS), "no method that is not one of deepen's"
    assert {"accuracy", "r2", "auc", "mase", "token_f1", "bits_per_byte"} <= set(MEASURES) & words


def test_values_are_written_alike():
    assert value_of("r2", -3e-6) == "0.000" and value_of("r2", -0.25) == "-0.250"
    assert value_of("rmse", 0.00012) == "0.00012" and value_of("rmse", 123456.0) == "123,456"
    assert value_of("coverage_80", 0.834) == "83.4 %"
    assert value_of("auc", float("nan")) == "unknown"
    assert shown(Measure("mase", 0.613, 0.444, 0.836, "block bootstrap", 18)) == "0.613 [0.444, 0.836]"
    assert explained(Measure("new", 1, 1, 1, "none", 1)).startswith(
        "new: as its name says, on 1 examples; no interval"
    )
