"""What is said of a player beside others, by its intervals alone."""

import pytest

from deepen.records import History, Measure, Moment, Score
from deepen.reporting.advice import next_steps
from deepen.reporting.material import Material
from deepen.reporting.standing import PLAYERS, against, player_steps, standing

from .conftest import board_player, player, returned


def mark(value):
    return returned(value, value, value, "published", 0)


def told(material):
    return " ".join(player_steps(material))


def test_a_player_is_better_equal_or_worse_by_its_interval():
    found = player(**{"DQN of 2015": mark(30.0), "a person": mark(20.0), "counts as solved": mark(10.0)})
    assert standing(found) == (
        "It does better than play at random (1.000 [0.500, 1.500]) and what counts as solved (10). The episodes cannot "
        "tell it from a person, as published (20). It does worse than the deep Q-network of 2015, as published (30)."
    )
    assert "not ahead of the deep Q-network of 2015, as published and a person" in told(found)
    edge = player((21.0, 20.0, 24.0), **{"a person": mark(20.0)})
    assert "cannot tell it from a person" in standing(edge), "what touches is not better"


def test_a_player_that_is_no_better_than_chance_is_told_so():
    found = player((1.2, 0.9, 1.5), **{"a person": mark(20.0)})
    assert "cannot tell it from play at random" in standing(found)
    assert "does not play better than chance" in told(found) and "not ahead of" not in told(found)
    assert "worse than play at random" in standing(player((0.1, 0.0, 0.2)))
    assert "better than chance" not in told(player()) and "not ahead" not in told(player())


def test_one_episode_tells_nothing_apart():
    found = standing(player((21.0, 21.0, 21.0, "none", 1), **{"a person": mark(20.0)}))
    assert found.startswith("The episodes cannot tell it from play at random") and "better" not in found


def test_returns_that_are_all_alike_are_told():
    assert standing(player((500.0, 500.0, 500.0))).endswith("All of its 100 episodes returned the same.")
    assert "the same" not in standing(player())


def looks(returns):
    moments = tuple(Moment(k, k, k, 0.1, 1.0, {"return": v}) for k, v in enumerate(returns))
    return Material(model={**player().model, "history": History(moments).to_dict()})


@pytest.mark.parametrize(
    ("late", "rose"),
    [
        ((4, 5, 6, 7), True), ((4, 6, 5, 7), False), ((4, 5, 7), False), ((9, 9, 9, 9), False), ((7, 6, 5, 4), False),
        ((1, 3, 2, 4, 6, 5, 7, 8), True), ((1, 3, 2, 4, 1, 3, 2, 9), False),  # one best look may be luck
    ],
)  # fmt: skip
def test_whether_it_was_still_learning_is_told_by_the_last_third_of_its_looks(late, rose):
    for before in (0.0, 100.0):  # whatever it was before
        assert (
            "still rose over the last third" in told(looks([before] * 2 * len(late) + list(late)))
        ) is rose


def test_a_training_that_was_stopped_is_told_and_nothing_of_a_training_part():
    model = {**player().model, "history": History((), (), "stopped by the user").to_dict()}
    found = " ".join(next_steps(Material(model=model)))
    assert "stopped before its time" in found and "--resume" not in found
    assert "pass over" not in " ".join(next_steps(player())) and "deepen study" not in found


def test_a_board_player_is_compared_with_even():
    found = board_player()
    assert list(against(found)) == ["gnugo:1", "random"]
    assert standing(found) == (
        "It is stronger than play at random (100.0 % [83.9, 100.0] of the points). The games cannot tell it from GNU "
        "Go at level 1 (30.0 % [14.5, 51.9] of the points)."
    )
    assert "It is weaker than GNU Go at level 1" in standing(board_player(0.1))
    assert "It is stronger than GNU Go at level 1 (" in standing(board_player(0.9))


def test_a_board_player_may_look_further_ahead_or_play_more_games():
    found = told(board_player())
    assert "deepen match --simulations 128" in found and "--against gnugo:1 --games 80" in found
    assert "between 15% and 52%" in found and "deepen gtp" in found
    ahead = told(board_player(1.0, n=200))
    assert "simulations" not in ahead and "--games" not in ahead and "more minutes" not in ahead


def test_a_player_without_a_score_is_to_be_tried():
    for form, way in (("player", "player.evaluate()"), ("board player", "deepen match")):
        assert form in PLAYERS
        (step,) = next_steps(Material(model={"form": form}))
        assert way in step and "data" not in step
        assert standing(Material(model={"form": form})) == "Nothing was measured beside it."


def test_an_infinite_or_missing_figure_does_no_harm():
    alone = Score({"points": Measure("points", float("nan"), 0.0, 1.0, "wilson", 0)}, part="against random")
    found = Material(model={**board_player().model, "scores": {"test": alone.to_dict()}})
    assert "cannot tell it from play at random" in standing(found)
