from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import pytest

from deepen.environments import find
from deepen.errors import SettingError

pytest.importorskip("gymnasium")


class Coin:
    action_space = 2

    def reset(self, seed: int | None = None) -> Any:
        return [1.0], {}

    def step(self, action: int) -> Any:
        return [1.0], float(action), True, False, {}


def test_each_name_finds_its_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find.make("CartPole-v1", 2).name == "CartPole-v1"
    assert find.make(Coin, 2, longest=9)._guard.longest == 9  # type: ignore[attr-defined]
    (tmp_path / "my_coins.py").write_text(
        "import gymnasium\n"
        "class Coin:\n"
        "    action_space = 3\n"
        "    def reset(self, seed=None): return [1.0], {}\n"
        "    def step(self, action): return [1.0], 0.0, True, False, {}\n"
        "from gymnasium.envs.classic_control import CartPoleEnv\n"
        "gymnasium.register('MyCoins-v3', entry_point=CartPoleEnv)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    made = find.make("my_coins:Coin", 2)
    assert (made.name, made.actions) == ("my_coins:Coin", 3)
    assert find.make("my_coins:MyCoins-v3", 1).actions == 2
    del sys.modules["gymnasium"].registry["MyCoins-v3"], sys.modules["my_coins"]


def test_atari_is_told_whether_it_is_for_learning() -> None:
    pytest.importorskip("ale_py", minversion="0.12")
    seen = []
    for training in (True, False):
        made = find.make("ALE/Breakout-v5", 1, training=training, noops=0)
        made.begin(0)
        seen.append(sum(made.step(find.torch.tensor([1])).ended.item() for _ in range(110)))
    assert seen[0] > seen[1] == 0


def test_minatar_by_any_of_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def make(name: str, copies: int, *, device: str = "cpu", sticky: float = 0.1) -> str:
        asked.append((name, copies, device, sticky))
        return name

    monkeypatch.setitem(sys.modules, "deepen.environments.minatar", types.SimpleNamespace(make=make))
    for name in ("MinAtar/space_invaders", "MinAtar/SpaceInvaders-v1", "minatar/Space_Invaders"):
        assert find.make(name, 4, device="cpu", sticky=0.0) == "MinAtar/space_invaders"
    assert asked[0][1:] == (4, "cpu", 0.0)
    with pytest.raises(SettingError, match="'stiky' is not a setting of MinAtar. Did you mean 'sticky'"):
        find.make("MinAtar/freeway", 1, stiky=0.0)
    with pytest.raises(
        SettingError, match="'MinAtar/brakeout' is not a game of MinAtar. Did you mean 'MinAtar/breakout'"
    ):
        find.make("MinAtar/brakeout", 1)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("CartPol-v1", "'CartPole-v1'"),
        ("cartpole", "'CartPole-v1'"),
        ("LunarLander-v2", "'LunarLander-v3'"),
        ("Breakuot", "'MinAtar/breakout'"),
        ("breakout", "'MinAtar/breakout'"),
    ],
)
def test_an_unknown_name_gets_the_nearest(wrong: str, meant: str) -> None:
    with pytest.raises(SettingError, match=f"there is no environment '{wrong}'. Did you mean .*{meant}"):
        find.make(wrong, 1)


def test_a_name_like_none() -> None:
    with pytest.raises(SettingError, match=r"no environment 'xyzzy'. .*gymnasium.farama.org"):
        find.make("xyzzy", 1)
    with pytest.raises(SettingError, match="no_such_package:Env-v0: needs a package.*no_such_package"):
        find.make("no_such_package:Env-v0", 1)
    with pytest.raises(SettingError, match="no_such_module: cannot be imported"):
        find.make("no_such_module:Env", 1)


@pytest.mark.parametrize(
    "old", ["PongNoFrameskip-v4", "PongDeterministic-v0", "Pong-ram-v4", "Pong-ramNoFrameskip-v0"]
)
def test_old_names_of_atari_get_a_hint(old: str) -> None:
    with pytest.raises(SettingError, match="is an old name of an Atari game. Use 'ALE/Pong-v5'"):
        find.make(old, 1)


def test_an_old_name_that_ale_py_has_registered_gets_it_too() -> None:
    pytest.importorskip("ale_py")
    with pytest.raises(SettingError, match="'Pong-v4' is an old name of an Atari game. Use 'ALE/Pong-v5'"):
        find.make("Pong-v4", 1)
    assert (
        find.make("Blackjack-v1", 1).actions == 2
    )  # which is an Atari game too, but this one is Gymnasium's


def test_names_are_the_newest_and_each_once() -> None:
    names = find.names()
    assert len(names) == len(set(names))
    assert "CartPole-v1" in names and "CartPole-v0" not in names and "MinAtar/freeway" in names
    assert not [n for n in names if n.startswith(("phys2d/", "GymV", "MinAtar/Free")) or "NoFrameskip" in n]
    for one in ("CartPole-v1", "Taxi-v4"):
        assert one not in names or find.make(one, 1).name == one
