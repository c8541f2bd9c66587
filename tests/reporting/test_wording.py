from deepen.reporting.material import Material
from deepen.reporting.wording import EXPERTS, Wording, wording

from .conftest import board_player, expert, player


def test_a_task_that_is_not_known_has_words_of_its_own_all_the_same():
    assert wording("something new") == Wording()


def test_a_player_by_experts_games_is_told_from_one_by_its_own():
    assert [m.task for m in (player(), board_player(), expert())] == ["player", "board player", EXPERTS]
    assert expert().wording.epochs and not board_player().wording.epochs
    assert [m.unit for m in (player(), board_player(), expert(), Material())] == [
        "episodes", "games", "test positions", "test examples",
    ]  # fmt: skip
    assert [m.world for m in (board_player(), expert(), Material())] == ["go:9", "go:19", ""]
