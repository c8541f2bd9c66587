from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from deepen.compute.signals import StopFlag
from deepen.errors import DataError, SettingError, Stopped
from deepen.experts.run import Learned, learn_from_records
from deepen.games.go import Go
from deepen.games.go_records import GoRecord, write_go
from deepen.learning.watch import Progress, Silent

SIZE = 5


def copycat(rules: Go, n: int) -> list[GoRecord]:
    """Games in which everyone plays on the first free place of a fixed order, after two moves by chance."""
    generator = torch.Generator().manual_seed(0)
    order = torch.tensor([12, 6, 18, 8, 16, 7, 17, 11, 13])
    records = []
    for _ in range(n):
        start = (torch.randperm(16, generator=generator)[:2]).tolist()
        border = [at for at in range(25) if at not in order.tolist()]
        places = [border[at] for at in start] + order.tolist()
        moves = tuple((1 if k % 2 == 0 else -1, at) for k, at in enumerate(places))
        records.append(GoRecord(size=rules.size, moves=moves, winner=1, result="B+1"))
    return records


@pytest.fixture
def games(tmp_path: Path) -> Path:
    folder = tmp_path / "games"
    folder.mkdir()
    for number, record in enumerate(copycat(Go(SIZE), 120)):
        (folder / f"{number}.sgf").write_text(write_go(record))
    return folder


def test_what_can_be_learned_is_learned(games: Path) -> None:
    learned = learn_from_records(games, epochs=12, valid_share=0.1, test_share=0.1, device="cpu")
    # Nine of eleven moves follow from the board; the first two are by chance.
    assert learned.scores["test"]["accuracy"].value > 0.75
    assert learned.scores["test"]["accuracy"].value > learned.scores["commonest"]["accuracy"].value + 0.5
    assert learned.rules == "go:5" and learned.history.ended == "complete"
    assert {"loss", "score", "low", "high", "top_5"} == set(learned.history.moments[-1].valid)
    assert any("positions to train on, 100% of those of" in note for note in learned.notes)
    again = learned.plan.net(Go(SIZE))
    again.load_state_dict(learned.net.state_dict())
    x = Go(SIZE).planes(Go(SIZE).begin(2))
    assert torch.allclose(again.eval()(x)[0], learned.net(x)[0], atol=1e-5)


def test_the_same_seed_gives_the_same_net(games: Path) -> None:
    first, second = (learn_from_records(games, epochs=1, seed=3, device="cpu") for _ in range(2))
    for a, b in zip(first.net.parameters(), second.net.parameters(), strict=True):
        assert torch.equal(a, b)


class _Halfway(Silent):
    """Stops a training at a step."""

    def __init__(self, stop: StopFlag, step: float) -> None:
        self.stop, self.step = stop, step
        self.seen: list[int] = []

    def progress(self, now: Progress) -> None:
        self.seen.append(now.step)
        if now.step >= self.step:
            self.stop.set("asked to")


def test_resumed_is_as_uninterrupted(games: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def learn(folder: Path | None, at: float) -> Learned:
        stop = StopFlag()
        watch = _Halfway(stop, at)
        watches.append(watch)
        return learn_from_records(games, epochs=4, device="cpu", folder=folder, stop=stop, watch=watch)

    watches: list[_Halfway] = []
    whole = learn(None, at=math.inf)
    part = learn(tmp_path / "run", at=15)
    assert part.history.ended == "stopped by asked to"
    rest = learn(tmp_path / "run", at=math.inf)
    assert watches[2].seen[0] > watches[1].seen[-1] >= 1  # it went on, and did not begin anew
    assert (
        rest.history.ended == "complete" and rest.history.moments[-1].step == whole.history.moments[-1].step
    )
    for a, b in zip(whole.net.parameters(), rest.net.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_clock_chooses_and_ends(games: Path) -> None:
    learned = learn_from_records(games, minutes=0.05, device="cpu")
    assert learned.history.ended == "complete" and learned.about["seconds"] < 30
    assert learned.plan.replayed > 0


def test_where_the_clock_is_over_at_once_there_is_a_net_and_its_score_is_in_doubt(games: Path) -> None:
    learned = learn_from_records(games, minutes=1e-4, device="cpu")
    assert any("the clock ran out before anything was learned" in note for note in learned.notes)
    for measure in ("accuracy", "top_5_accuracy"):
        assert learned.scores["test"][measure].high - learned.scores["test"][measure].low > 0.05


def test_size_and_budget_are_checked_before_anything_is_read(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(SettingError, match="minutes, epochs and steps exclude one another"):
        learn_from_records(missing, minutes=1, epochs=1)
    with pytest.raises(SettingError, match="one of minutes"):
        learn_from_records(missing)
    with pytest.raises(SettingError, match="unknown size"):
        learn_from_records(missing, epochs=1, size="enormous")
    with pytest.raises(DataError):
        learn_from_records(missing, epochs=1)


def test_games_with_illegal_moves_are_told(games: Path) -> None:
    for number in range(40):
        (games / f"bad{number}.sgf").write_text(
            f"(;SZ[5];B[aa];W[aa];B[{'abcde'[number % 5]}{'abcde'[number // 8]}])"
        )
    learned = learn_from_records(games, epochs=1, device="cpu")
    assert any(
        "each with an illegal move: bad" in note
        and " to train with " in note
        and "A5, is onto a stone" in note
        for note in learned.notes
    )


def test_it_can_be_stopped_while_it_reads(games: Path) -> None:
    stop = StopFlag()
    stop.set("asked to")
    with pytest.raises(Stopped):
        learn_from_records(games, epochs=1, stop=stop)
