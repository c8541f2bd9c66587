from __future__ import annotations

from deepen.evidence.match import Game, Match
from deepen.model_card import made, matched, measured
from deepen.records import History, Measure, Score


def returned(value: float, method: str = "bootstrap") -> Measure:
    return Measure("return", value, value - 1, value + 1, method, 20)


def test_a_figure_without_an_interval_has_none_on_the_card() -> None:
    scores = {
        "test": Score(
            {"return": returned(9.0), "best_return": returned(12.0, "largest")}, part="20 episodes"
        ),
        "a person": Score({"return": returned(30.0, "published")}),
    }
    card = measured(scores, "Over 20 episodes")
    assert card[0] == "Over 20 episodes, with 95 % intervals:"
    assert "| return | 9 | 8 to 10 | bootstrap | 20 |" in card
    assert "| return | 12 |  | largest | 20 |" in card
    assert "Beside it: a person: return 30." in card
    assert measured({"test": Score({"return": returned(9.0)})})[0].startswith("On the test part")


def test_matches_are_a_line_each() -> None:
    games = tuple(
        Game(number=k, moves=(), points=p, ending="rules") for k, p in enumerate((1.0, 0.5, 0.0, 1.0))
    )
    lines = matched([Match(rules="go:9", one="a", other="mcts:100", games=games)])
    assert "| mcts:100 | 4 | 2 | 1 | 1 | 62.5% | 21.9% to 90.8% |" in lines


def test_thousands_are_parted_but_for_a_seed() -> None:
    lines = made({"environment steps": 1234567, "seed": 1000003}, History())
    assert "- environment steps: 1,234,567" in lines and "- seed: 1000003" in lines
