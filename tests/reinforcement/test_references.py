from __future__ import annotations

import sys

import pytest

from deepen.errors import SettingError
from deepen.reinforcement.references import ATARI, atari, human_normalised, solved

# The last column of Mnih et al.'s table: the network, in per cent of the way from random play to a person's.
PUBLISHED = {
    "Alien": 42.7, "Amidar": 43.9, "Assault": 246.2, "Asterix": 70.0, "Asteroids": 7.3, "Atlantis": 449.9,
    "BankHeist": 57.7, "BattleZone": 67.6, "BeamRider": 119.8, "Bowling": 14.7, "Boxing": 1707.9, "Breakout": 1327.2,
    "Centipede": 63.0, "ChopperCommand": 64.8, "CrazyClimber": 419.5, "DemonAttack": 294.2, "DoubleDunk": 17.1,
    "Enduro": 97.5, "FishingDerby": 93.5, "Freeway": 102.4, "Frostbite": 6.2, "Gopher": 400.4, "Gravitar": 5.3,
    "Hero": 76.5, "IceHockey": 79.3, "Jamesbond": 145.0, "Kangaroo": 224.2, "Krull": 277.0, "KungFuMaster": 102.4,
    "MontezumaRevenge": 0.0, "MsPacman": 13.0, "NameThisGame": 278.3, "Pong": 132.0, "PrivateEye": 2.5, "Qbert": 78.5,
    "Riverraid": 57.3, "RoadRunner": 232.9, "Robotank": 509.0, "Seaquest": 25.9, "SpaceInvaders": 121.5,
    "StarGunner": 598.1, "Tennis": 143.2, "TimePilot": 100.9, "Tutankham": 112.2, "UpNDown": 92.7, "Venture": 32.0,
    "VideoPinball": 2539.4, "WizardOfWor": 67.5, "Zaxxon": 54.1,
}  # fmt: skip


def test_the_three_columns_give_the_fourth_that_was_published() -> None:
    assert set(ATARI) == set(PUBLISHED) and len(ATARI) == 49
    for name, published in PUBLISHED.items():
        found = 100 * human_normalised(name, ATARI[name].dqn)
        # Theirs follows from figures before rounding: in games of small scores the last digit moves it.
        span = ATARI[name].human - ATARI[name].random
        digit = 0.05 if abs(ATARI[name].dqn) < 1000 else 0.5
        allowed = 0.06 + 100 * digit / span * (2 + abs(found - 100) / 100)
        assert found == pytest.approx(published, abs=allowed), name


def test_each_is_a_game_that_can_be_played() -> None:
    pytest.importorskip("ale_py", minversion="0.12")
    from deepen.environments.atari import games, identity

    assert {f"ALE/{name}-v5" for name in ATARI} <= {identity(rom) for rom in games()}


def test_by_name() -> None:
    assert atari("ALE/Breakout-v5") == atari("Breakout") == ATARI["Breakout"]
    assert atari("MinAtar/breakout") is None
    assert human_normalised("ALE/Pong-v5", -20.7) == 0 and human_normalised("ALE/Pong-v5", 9.3) == 1
    with pytest.raises(
        SettingError, match="no human score of 'ALE/Pogn-v5' is known. Did you mean 'ALE/Pong-v5'"
    ):
        human_normalised("ALE/Pogn-v5", 1.0)


def test_what_counts_as_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gymnasium")
    assert solved("CartPole-v1") == 475 and solved("LunarLander-v3") == 200
    assert solved("Blackjack-v1") is None and solved("nothing of the kind") is None
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    assert solved("CartPole-v1") is None
