import dataclasses

from deepen.evaluation import Confusion, Evaluation, Pair
from deepen.records import History, Measure, Moment, Score
from deepen.reporting.advice import next_steps, verdict
from deepen.reporting.material import Material

from .conftest import evaluation, study


def accuracy(value, width=0.02, n=500):
    return Measure("accuracy", value, value - width, value + width, "wilson", n)


def rmse(value, width=0.2):
    return Measure("rmse", value, value - width, value + width, "bootstrap", 500)


def alone(measure):
    return Score({measure.name: measure})


def test_the_verdict_goes_by_intervals_and_by_what_is_better():
    assert "better than everything simpler" in verdict(alone(accuracy(0.9)), {"linear": accuracy(0.8)})
    assert "A linear model is better here" in verdict(
        alone(accuracy(0.7)), {"linear": accuracy(0.8), "majority": accuracy(0.1)}
    )
    assert "cannot tell" in verdict(alone(accuracy(0.81)), {"linear": accuracy(0.8)})
    assert "cannot tell" in verdict(alone(accuracy(0.83)), {"linear": accuracy(0.8)}), (
        "the intervals touch still"
    )
    assert "has as good a figure" in verdict(alone(accuracy(0.79)), {"linear": accuracy(0.8)})
    assert "better than everything simpler" in verdict(alone(rmse(3.0)), {"linear": rmse(5.0)})
    assert "is better here" in verdict(alone(rmse(5.0)), {"linear": rmse(3.0)})
    assert verdict(alone(rmse(5.0)), {}) == "Nothing simpler was measured beside it."


def of(score, moments=(), evaluation=None, **more):
    data = {"scores": {"test": score.to_dict()}, "history": History(tuple(moments)).to_dict(), **more}
    return Material(model=data, evaluation=evaluation)


def told(*given, **more):
    return " ".join(next_steps(of(*given, **more)))


def test_each_step_follows_from_its_numbers():
    assert "test examples leave the accuracy between 70 and 90 %" in told(alone(accuracy(0.8, 0.1)))
    assert "leave the accuracy" not in told(alone(accuracy(0.8, 0.04)))
    short, long = Moment(5, 0.4, 3, 1e-3, 1.0, {"loss": 1.1}), Moment(5, 9.0, 3, 1e-3, 0.1, {"loss": 0.5})
    assert "allowed 40% of one pass" in told(alone(accuracy(0.8)), [short])
    uncounted = Moment(5, 0.0, 3, 1e-3, 1.0, {"loss": 1.1})
    assert "of one pass" not in told(alone(accuracy(0.8)), [uncounted]), (
        "not every training counts its passes"
    )
    assert "more data would help" not in told(alone(accuracy(0.8)), [short])
    assert "more data would help" in told(alone(accuracy(0.8)), [long])
    few = {
        "classes": [
            {"name": "rare", "train": 3},
            {"name": "rarer", "train": 2},
            {"name": "often", "train": 300},
        ]
    }
    assert "‘rarer’ has only 2 training examples and 1 more class is as rare" in told(
        alone(accuracy(0.8)), counts=few
    )
    stopped = of(alone(accuracy(0.8)), history={"moments": [], "events": [], "ended": "stopped by the user"})
    assert "deepen train --resume" in next_steps(stopped)[0]


def test_coverage_that_misses_its_promise_is_said():
    narrow = Measure("coverage_80", 0.6, 0.5, 0.7, "block bootstrap", 90)
    score = Score({"mase": Measure("mase", 0.8, 0.7, 0.9, "block bootstrap", 90), "coverage_80": narrow})
    assert "should hold 80% of what comes held 60%: they are too narrow" in told(score)


def test_confusion_is_advised_on_unless_the_class_was_not_learned():
    def of_counts(wrong):
        found = Confusion(("b", "a"), ((50 - wrong, wrong), (1, 49)), (Pair("a", "b", 1, wrong, 100),))
        own = alone(accuracy(0.8))
        return told(own, evaluation=Evaluation(own.measures, ordered=found))

    assert "‘a’ was answered where ‘b’ was true: 9 of 50" in of_counts(9)
    assert "was answered where" not in of_counts(40)
    assert "was answered where" not in of_counts(2), "chance"


def test_a_group_that_is_worse_is_named_and_chance_is_not():
    own, found = alone(accuracy(0.9)), evaluation(ordered=None)
    said = told(own, evaluation=found)
    assert "it is worst for" in said and "80.0 %" in said and "on 80 examples" in said
    (groups,) = found.subgroups
    same = dataclasses.replace(groups, groups=groups.groups[1:])
    assert "it is worst for" not in told(own, evaluation=evaluation(ordered=None, subgroups=(same,)))


def test_a_study_speaks_first():
    found = Material(model=of(alone(accuracy(0.8))).model, study=study())
    assert next_steps(found)[0].startswith("Boosting is as good")
    assert "deepen evaluate" in next_steps(Material())[0]
