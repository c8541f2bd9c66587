"""A net from nothing beside one that begins with what was learned before: what it is, and within what time."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import deepen
from deepen.errors import DataError, SettingError, Stopped
from deepen.model import Model
from deepen.records import History
from deepen.training import from_nothing as stage
from deepen.training.beside import Others
from deepen.training.options import Options


def table(rows: int, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Whether two numbers have the same sign, which a net learns from many rows alone."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 4))
    return {f"x{k}": x[:, k] for k in range(4)}, np.where(x[:, 0] * x[:, 1] > 0, "alike", "apart")


@pytest.fixture(scope="module")
def before() -> Model:
    return deepen.train(*table(400, 0), epochs=20, size="tiny", shallow_share=0)


X, Y = table(120, 1)
FEW: dict[str, Any] = {"epochs": 6, "shallow_share": 0, "test_share": 0.5, "freeze": "all"}


@pytest.fixture(scope="module")
def model(before: Model) -> Model:
    more = {**X, "more": X["x0"] ** 2}  # which the old net does not read
    return deepen.train(more, Y, from_=before, **FEW)


def test_it_is_what_a_training_without_from_gives_on_the_same_rows(model: Model) -> None:
    options = {name: value for name, value in FEW.items() if name != "freeze"}
    alone = deepen.train({**X, "more": X["x0"] ** 2}, Y, **options)
    assert list(model.scores) == ["test", "from nothing", "majority"]
    assert model.scores["from nothing"].to_dict() == alone.score.to_dict()


def test_the_net_is_compared_with_it_row_by_row(model: Model) -> None:
    found = model.from_nothing
    assert found is not None
    assert found.paired.one == model.score["accuracy"].value
    assert found.paired.other == model.scores["from nothing"]["accuracy"].value
    assert found.paired.difference > 0.1  # 60 rows do not teach the sign of a product
    assert found.paired.low <= found.paired.difference <= found.paired.high
    assert [each.name for each in found.learners] == ["from nothing", "this net"]
    assert all(0 <= each.valid <= 1 and each.rows == found.rows for each in found.learners)


def test_it_is_kept_and_told(model: Model, tmp_path: Any) -> None:
    assert any(note.startswith("a net from nothing has accuracy 0.") for note in model.notes)
    assert any("does not read it: more" in note for note in model.notes)
    assert sum(note.startswith("net of size") for note in model.notes) == 1  # of this net, not of the other
    assert deepen.load(model.save(tmp_path / "m")).from_nothing == model.from_nothing
    card = (tmp_path / "m" / "README.md").read_text()
    assert model.from_nothing is not None
    assert "### A net from nothing" in card
    assert model.from_nothing.sentence in card
    assert (f"**{model.from_nothing.sentence}**" in card[:600]) == model.from_nothing.first


def test_the_net_itself_is_the_same_with_it_and_without(before: Model) -> None:
    with_it = deepen.train(X, Y, from_=before, **FEW)
    without = deepen.train(X, Y, from_=before, from_nothing_share=0, **FEW)
    assert without.from_nothing is None
    assert "from nothing" not in without.scores
    assert np.array_equal(with_it.raw(X), without.raw(X))
    assert without.score == with_it.score


def test_without_a_test_part_or_a_pretrained_net_there_is_none(before: Model, monkeypatch: Any) -> None:
    monkeypatch.setattr(stage, "_trained", lambda *_: pytest.fail("it was trained"))
    assert deepen.train(X, Y, from_=before, **{**FEW, "test_share": 0}).from_nothing is None
    assert deepen.train(X, Y, epochs=1, shallow_share=0).from_nothing is None


def context(minutes: float, left: float, **options: Any) -> Any:
    chosen = Options(minutes=minutes, **options)
    told: list[str] = []
    return SimpleNamespace(
        options=chosen, folder=None, pretrained=object(), world=SimpleNamespace(tell=lambda value: value, first=True),
        clock=SimpleNamespace(left=left, elapsed=1.0), tell=told.append, told=told,
        watch=SimpleNamespace(stage=lambda _: None),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "left", "share", "seconds"),
    [(5, 280, None, 56), (5, 280, 0.5, 140), (0.5, 30, None, None), (0.5, 30, 0.5, 15), (5, 40, None, None),
     (float("inf"), float("inf"), None, float("inf"))],
)  # fmt: skip
def test_it_has_its_share_of_what_is_left_of_the_clock_and_too_little_is_told(
    monkeypatch: Any, minutes: float, left: float, share: float | None, seconds: float | None
) -> None:
    given = []

    def trained(_context: Any, _table: Any, _schema: Any, _examples: Any, seconds: float) -> Others:
        given.append(seconds)
        return Others({"from nothing": SimpleNamespace(headline="accuracy 0.8")}, "from nothing")  # type: ignore[dict-item]

    monkeypatch.setattr(stage, "_trained", trained)
    run: Any = context(minutes, left, from_nothing_share=share)
    examples: Any = SimpleNamespace(rows=SimpleNamespace(test=np.arange(3)))
    found = stage.from_nothing(run, None, None, examples)  # type: ignore[arg-type]
    assert given == ([] if seconds is None else [pytest.approx(seconds)])
    assert bool(found.chosen) == (seconds is not None)
    assert ("less than 10 s" in run.told[0]) == (seconds is None)


def test_what_saw_not_even_every_row_is_not_compared(
    before: Model, monkeypatch: Any, few_passes: None
) -> None:
    whole = stage.learn_together

    def short(*asked: Any) -> tuple[Any, Any, History]:
        net, settings, history = whole(*asked)
        return net, settings, replace(history, moments=(replace(history.moments[-1], epoch=0.3),))

    monkeypatch.setattr(stage, "learn_together", short)
    model = deepen.train(X, Y, from_=before, **{**FEW, "epochs": None, "minutes": 1})
    assert model.from_nothing is None
    assert any("allowed 30% of one pass" in note for note in model.notes)


def test_that_it_fails_is_no_reason_to_lose_the_net(before: Model, monkeypatch: Any) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise DataError("nothing can be read", where="here")

    monkeypatch.setattr(stage, "gather", refuse)
    model = deepen.train(X, Y, from_=before, **FEW)
    assert model.from_nothing is None
    assert any("its training failed: here: nothing can be read" in note for note in model.notes)


def test_a_run_that_goes_on_reads_it_again(before: Model, tmp_path: Any, monkeypatch: Any) -> None:
    first = deepen.train(X, Y, from_=before, checkpoints=tmp_path / "run", **FEW)
    monkeypatch.setattr(stage, "_trained", lambda *_: pytest.fail("it was trained again"))
    again = deepen.train(X, Y, from_=before, checkpoints=tmp_path / "run", **FEW)
    assert again.scores == first.scores
    assert first.from_nothing is not None
    assert again.from_nothing is not None
    assert again.from_nothing.paired == first.from_nothing.paired
    assert again.from_nothing.best == first.from_nothing.best


def test_one_that_was_interrupted_is_gone_on_with(before: Model, tmp_path: Any) -> None:
    from deepen.compute.signals import StopFlag
    from deepen.learning.watch import Silent

    class StopAtOnce(Silent):
        def progress(self, now: Any) -> None:
            if now.step:
                flag.set("the test")

    whole = deepen.train(X, Y, from_=before, **FEW)
    flag = StopFlag()
    with pytest.raises(Stopped, match="stopped by the test while training a net from nothing"):
        deepen.train(X, Y, from_=before, checkpoints=tmp_path / "run", watch=StopAtOnce(), stop=flag, **FEW)
    rest = deepen.train(X, Y, from_=before, checkpoints=tmp_path / "run", **FEW)
    assert rest.scores == whole.scores


@pytest.mark.parametrize(
    ("options", "said"),
    [({"from_nothing_share": 0.3}, "--from-nothing-share: belongs to a pretrained net"),
     ({"from_nothing_share": 1}, "--from-nothing-share: out of range")],
)  # fmt: skip
def test_a_share_without_from_and_a_wrong_share_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        deepen.train(X, Y, epochs=1, **options)
