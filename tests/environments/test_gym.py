from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import numpy as np
import pytest
import torch

from deepen.compute import seeds
from deepen.environments import gym
from deepen.environments.base import Moved
from deepen.environments.gym import Gym
from deepen.errors import SettingError, TrainingError
from deepen.shapes import Grid, Vector

gymnasium = pytest.importorskip("gymnasium")
spaces = gymnasium.spaces


class Plain:
    """Goes right; what it shows and when it ends can be set wrong."""

    action_space = spaces.Discrete(2)
    observation_space = spaces.Box(-9, 9, (2,))

    def __init__(self, **wrong: Any) -> None:
        self.wrong = wrong

    def reset(self, seed: int | None = None) -> Any:
        self.at = 0
        return self.wrong.get("reset", (np.zeros(2, np.float32), {}))

    def step(self, action: int) -> Any:
        self.at += 1
        seen = np.array([self.at, action], np.float32)
        usual = (seen, 1.0, self.at == 4, False, {})
        wrong = self.wrong.get("step", usual)
        return wrong(usual) if callable(wrong) else wrong


def copies_of(wrong: dict[str, Any], copies: int = 3, **settings: Any) -> Gym:
    """All good but the second."""
    made = iter(range(copies))
    return Gym(
        lambda way: Plain(**(wrong if next(made) == 1 else {})), name="plain", copies=copies, **settings
    )


def actions(*each: int) -> torch.Tensor:
    return torch.tensor(each)


@pytest.mark.parametrize("name", ["CartPole-v1", "FrozenLake-v1", "Blackjack-v1", "Acrobot-v1", "Taxi-v4"])
def test_it_steps_exactly_as_gymnasium_does(name: str) -> None:
    if name not in gymnasium.registry:
        pytest.skip(f"this Gymnasium has no {name}")
    made = gym.make(name, 3)
    plain = [gymnasium.make(name) for _ in range(3)]
    flat = plain[0].observation_space
    seen = made.begin(5)
    before = [one.reset(seed=seeds.derive(5, "copy", i) % 2**31)[0] for i, one in enumerate(plain)]
    assert isinstance(made.shape, Vector) and seen.shape == (3, made.shape.n) and seen.dtype == torch.float32
    assert made.actions == plain[0].action_space.n
    rng = np.random.default_rng(0)
    dones = 0
    for _ in range(250):
        for one, row in zip(before, seen, strict=True):
            assert row.tolist() == spaces.flatten(flat, one).astype(np.float32).tolist()
        chosen = rng.integers(0, made.actions, 3)
        moved = made.step(torch.from_numpy(chosen))
        for i, one in enumerate(plain):
            before[i], reward, ended, cut, _ = one.step(int(chosen[i]))
            assert moved.rewards[i].item() == np.float32(reward)
            assert moved.ended[i].item() == ended and moved.cut[i].item() == (cut and not ended)
            assert moved.last[i].tolist() == spaces.flatten(flat, before[i]).astype(np.float32).tolist()
            if ended or cut:
                dones += 1
                before[i], _ = one.reset()
        seen = moved.seen
    assert dones or name in {"Acrobot-v1", "Taxi-v4"}


def test_a_limit_of_time_cuts_and_a_fall_ends() -> None:
    made = gym.make("CartPole-v1", 2, max_episode_steps=7)
    made.begin(0)
    cut = []
    for step in range(7):
        moved = made.step(actions(step % 2, 0))  # to and fro keeps it up, left alone takes at least 8 steps
        cut.append(moved.cut.tolist())
        assert not moved.ended.any()
    assert cut == [[False, False]] * 6 + [[True, True]]
    fallen = gym.make("CartPole-v1", 1)
    fallen.begin(0)
    ended = [fallen.step(actions(0)).ended.item() for _ in range(12)]
    assert sum(ended) == 1


def test_both_at_once_is_an_end() -> None:
    made = Gym(lambda way: Plain(step=lambda u: (*u[:2], True, True, {})), name="plain", copies=1)
    made.begin(0)
    moved = made.step(actions(0))
    assert moved.ended.item() and not moved.cut.item()


def test_the_last_sight_of_an_episode_is_not_the_first_of_the_next() -> None:
    made = copies_of({"step": lambda u: (u[0], 2.0, False, u[0][0] == 2, {})})
    made.begin(0)
    made.step(actions(0, 0, 0))
    moved = made.step(actions(0, 1, 0))
    assert moved.cut.tolist() == [False, True, False] == moved.done.tolist()
    assert moved.seen.tolist() == [[2, 0], [0, 0], [2, 0]]
    assert moved.last.tolist() == [[2, 0], [2, 1], [2, 0]]
    assert moved.rewards.tolist() == [1, 2, 1]


def test_what_was_given_out_stays_as_it_was() -> None:
    made = copies_of({})
    kept: list[tuple[Moved, list[Any]]] = []
    made.begin(0)
    for _ in range(9):
        moved = made.step(actions(0, 1, 0))
        kept.append((moved, [moved.seen.clone(), moved.last.clone(), moved.rewards.clone(), moved.done]))
    for moved, [seen, last, rewards, done] in kept:
        assert torch.equal(moved.seen, seen) and torch.equal(moved.last, last)
        assert torch.equal(moved.rewards, rewards) and torch.equal(moved.done, done)


def test_the_seed_decides_and_each_copy_has_its_own() -> None:
    made = gym.make("CartPole-v1", 2)
    first, again, other = made.begin(0).clone(), made.begin(0).clone(), made.begin(1)
    assert torch.equal(first, again) and not torch.equal(first, other) and not torch.equal(first[0], first[1])


def test_pictures_come_as_grids() -> None:
    class Camera(Plain):
        observation_space = spaces.Box(0, 255, (8, 6, 3), np.uint8)

        def reset(self, seed: int | None = None) -> Any:
            return np.arange(144, dtype=np.uint8).reshape(8, 6, 3), {}

    made = Gym(lambda way: Camera(), name="camera", copies=2)
    seen = made.begin(0)
    assert made.shape == Grid(3, 8, 6) and made.dtype == seen.dtype == torch.uint8
    assert seen[1, 2, 0].tolist() == [2, 5, 8, 11, 14, 17]


def test_actions_mean_what_the_space_says() -> None:
    done: list[Any] = []

    class Pads(Plain):
        action_space = spaces.MultiDiscrete([2, 3], start=[5, 0])

        def step(self, action: Any) -> Any:
            done.append(action.tolist())
            return super().step(0)

    made = Gym(lambda way: Pads(), name="pads", copies=1)
    made.begin(0)
    for action in range(made.actions):
        made.step(actions(action))
    assert done == [[5, 0], [5, 1], [5, 2], [6, 0], [6, 1], [6, 2]]


@pytest.mark.parametrize("wrong", [actions(0, 0, 2), actions(0, -1, 0), actions(0, 0), actions(0, 0, 0, 0)])
def test_actions_that_there_are_not(wrong: torch.Tensor) -> None:
    made = copies_of({})
    made.begin(0)
    with pytest.raises(SettingError, match="no such actions; allowed: 3 from 0 to 1"):
        made.step(wrong)


def boom(usual: Any) -> Any:
    raise ZeroDivisionError("in the engine")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda u: (u[0] * np.nan, *u[1:]), "number 0 of the observation is no number; came: nan"),
        (lambda u: (np.array([0, np.inf]), *u[1:]), "number 1 of the observation is no number; came: inf"),
        (lambda u: (u[0], np.nan, *u[2:]), "the reward is no number; came: nan"),
        (lambda u: (u[0], float("-inf"), *u[2:]), "the reward is no number; came: -inf"),
        (lambda u: (u[0] * np.nan, 1.0, True, False, {}), "number 0 of the observation is no number"),
        (
            lambda u: (np.zeros(3, np.float32), *u[1:]),
            r"another shape.*allowed: \(2,\); came: float32 \(3,\)",
        ),
        (lambda u: (np.zeros(1, np.float32), *u[1:]), r"another shape"),
        (lambda u: (np.array(["a", "b"]), *u[1:]), "another type"),
        (lambda u: (None, *u[1:]), "another shape"),
        (lambda u: u[:2] + u[3:], "step returned what cannot be read.*a tuple of 4"),
        (lambda u: None, "step returned what cannot be read.*NoneType"),
        (lambda u: (u[0], None, *u[2:]), "the reward is no number"),
        (lambda u: (u[0], "much", *u[2:]), "cannot be read.*str"),
        (boom, "the environment failed in step; came: ZeroDivisionError: in the engine"),
    ],
)
def test_what_it_does_wrong_is_said_with_copy_step_and_action(step: Any, said: str) -> None:
    made = copies_of({"step": step})
    made.begin(0)
    with pytest.raises(TrainingError, match=rf"plain, step 1, copy 1, action 1: .*{said}") as raised:
        made.step(actions(0, 1, 0))
    if step is boom:
        assert isinstance(raised.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (np.zeros(2, np.float32), "reset returned what cannot be read.*ndarray"),
        ((np.zeros(3), {}), "another shape"),
        ((np.array([np.nan, 0]), {}), "number 0 of the observation is no number"),
    ],
)
def test_a_wrong_beginning(came: Any, said: str) -> None:
    with pytest.raises(TrainingError, match=rf"plain, at the beginning, copy 1: .*{said}"):
        copies_of({"reset": came}).begin(0)


def test_a_beginning_that_goes_wrong_later() -> None:
    class Later(Plain):
        begun = 0

        def reset(self, seed: int | None = None) -> Any:
            self.at, self.begun = 0, self.begun + 1
            return (np.array([np.nan, 0]) if self.begun == 2 else np.zeros(2)), {}

    made = Gym(lambda way: Later(), name="later", copies=1)
    made.begin(0)
    with pytest.raises(TrainingError, match="later, step 4, copy 0: number 0"):
        for _ in range(4):
            made.step(actions(0))


def test_an_episode_that_never_ends_is_cut_and_noted_once() -> None:
    made = copies_of({"step": lambda u: (*u[:2], False, False, {})}, longest=6)
    made.begin(0)
    moved = [made.step(actions(0, 0, 0)) for _ in range(18)]
    assert [bool(m.cut[1]) for m in moved] == ([False] * 5 + [True]) * 3
    assert [bool(m.ended[0]) for m in moved] == [step % 4 == 3 for step in range(18)]
    assert not any(m.cut[0] for m in moved)
    assert moved[5].last[1].tolist() == [6, 0] and moved[5].seen[1].tolist() == [0, 0]
    assert len(made.notes) == 1 and "cut after 6 steps (step 6, copy 1)" in made.notes[0]


def test_settings_reach_the_environment_and_wrong_ones_are_said() -> None:
    lake = gym.make("FrozenLake-v1", 1, map_name="8x8")
    assert lake.shape == Vector(64)
    with pytest.raises(SettingError, match="CartPole-v1: cannot be made with {'gravty': 1}.*gravty"):
        gym.make("CartPole-v1", 1, gravty=1)
    with pytest.raises(SettingError, match="Use pictures=True"):
        gym.make("CartPole-v1", 1, render_mode="human")
    with pytest.raises(SettingError, match="copies: out of range"):
        gym.make("CartPole-v1", 0)
    with pytest.raises(SettingError, match=r"Pendulum-v1: the actions are not discrete.*Box"):
        gym.make("Pendulum-v1", 1)


def test_a_missing_package_comes_with_the_line_that_installs_it() -> None:
    def build(**_: Any) -> None:
        raise gymnasium.error.DependencyNotInstalled(
            'Ball is not installed, run `pip install swig` followed by `pip install "gymnasium[ball]"`'
        )

    gymnasium.register("Ball-v0", entry_point=build)
    try:
        with pytest.raises(
            SettingError, match=r'it: pip install swig, then pip install "gymnasium\[ball\]"$'
        ):
            gym.make("Ball-v0", 1)
    finally:
        del gymnasium.registry["Ball-v0"]


def test_gymnasium_itself_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gymnasium", None)
    with pytest.raises(SettingError, match=r"needs the package gymnasium. pip install 'deepen\[play\]'"):
        gym.make("CartPole-v1", 1)


def test_a_version_out_of_date_is_noted_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = gym.make("CartPole-v0", 2)
    assert len(made.notes) == 1 and "out of date" in made.notes[0] and "\x1b" not in made.notes[0]


def test_the_first_copy_can_be_drawn() -> None:
    pytest.importorskip("pygame")
    made = gym.make("CartPole-v1", 2, pictures=True)
    made.begin(0)
    before = made.picture()
    assert before is not None and before.dtype == np.uint8 and before.shape[2] == 3
    for _ in range(5):
        made.step(actions(1, 1))
    after = made.picture()
    assert after is not None and not np.array_equal(before, after)
    assert made.text() == ""
    made.close()
    assert gym.make("CartPole-v1", 1).picture() is None


def test_the_first_copy_as_text_where_it_can() -> None:
    made = gym.make("FrozenLake-v1", 2)
    made.begin(0)
    assert "SFFF" in "".join(ch for ch in made.text() if ch.isalpha()) or "FFF" in made.text()
    assert made.picture() is None
    plain = gym.make("CartPole-v1", 1)
    plain.begin(0)
    assert plain.text() == ""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
@pytest.mark.parametrize(("screen", "driver"), [("", "dummy"), (":0", None)])
def test_pictures_are_drawn_without_a_screen_where_there_is_none(
    screen: str, driver: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("SDL_VIDEODRIVER", "any")  # so that what stood there comes back behind the test
    monkeypatch.delenv("SDL_VIDEODRIVER")
    gym.make("FrozenLake-v1", 1).close()
    assert "SDL_VIDEODRIVER" not in os.environ
    gym.make("FrozenLake-v1", 1, pictures=True).close()
    assert os.environ.get("SDL_VIDEODRIVER") == driver
