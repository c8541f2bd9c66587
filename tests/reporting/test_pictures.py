from pathlib import Path

from deepen.evaluation import Evaluation, Mistakes
from deepen.evidence.confusion import arrange
from deepen.records import Measure
from deepen.reporting.pictures import draw


def test_only_what_there_is_is_drawn(tmp_path: Path) -> None:
    measures = {"accuracy": Measure("accuracy", 1, 1, 1, "none", 1)}
    assert draw(Evaluation(measures, mistakes=Mistakes((), 0, 9)), tmp_path) == ()
    found = Evaluation(measures, ordered=arrange("ab", [[3, 1], [0, 2]]))
    assert [path.name for path in draw(found, tmp_path)] == ["confusion.png"]
    assert [path.name for path in tmp_path.iterdir()] == ["confusion.png"]
