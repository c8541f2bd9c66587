from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest
import torch

from deepen.environments import atari
from deepen.errors import SettingError
from deepen.shapes import Grid

ale_py = pytest.importorskip("ale_py", minversion="0.12")


def shrunk(grey: np.ndarray) -> np.ndarray:
    """(H, W) to (84, 84) by the mean over areas, a matrix product for each axis."""

    def areas(n: int) -> np.ndarray:
        edges = np.arange(85) * n / 84
        pixel = np.arange(n)
        return (
            np.clip(np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel), 0, None)
            * 84
            / n
        )

    return areas(grey.shape[0]) @ grey @ areas(grey.shape[1]).T


class Plain:
    """The paper's preprocessing, frame by frame, with ale-py's plain emulator."""

    def __init__(self, game: str, seed: int, sticky: float) -> None:
        self.ale = ale_py.ALEInterface()
        self.ale.setInt("random_seed", seed)
        self.ale.setFloat("repeat_action_probability", sticky)
        self.ale.loadROM(ale_py.roms.get_rom_path(game))
        self.actions = self.ale.getMinimalActionSet()

    def begin(self, noops: int) -> np.ndarray:
        self.ale.reset_game()
        for _ in range(noops):
            self.ale.act(ale_py.Action.NOOP)
        self.seen = np.zeros((4, 84, 84))
        return self._with(self._grey())

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool]:
        lives, reward, grey = self.ale.lives(), 0.0, []
        for _ in range(4):
            reward += self.ale.act(self.actions[action])
            grey.append(self._grey())
            if self.ale.game_over():
                break
        return (
            self._with(np.maximum(*grey[-2:]) if len(grey) > 1 else grey[0]),
            reward,
            self.ale.game_over(),
            self.ale.lives() < lives,
        )

    def _grey(self) -> np.ndarray:
        return self.ale.getScreenGrayscale().reshape(210, 160).astype(float)

    def _with(self, grey: np.ndarray) -> np.ndarray:
        self.seen = np.concatenate([self.seen[1:], shrunk(grey)[None]])
        return self.seen


@pytest.mark.parametrize(
    ("game", "sticky", "training"), [("Breakout", 0.0, True), ("SpaceInvaders", 0.25, False)]
)
def test_it_plays_as_the_paper_says_frame_by_frame(game: str, sticky: float, training: bool) -> None:
    made = atari.make(f"ALE/{game}-v5", 2, training=training, sticky=sticky, threads=1)
    assert (made.shape, made.dtype) == (Grid(4, 84, 84), torch.uint8)
    seen = made.begin(3)
    seed = atari.seeds.derive(3, "copy", 0) % 2**31
    plain = Plain(next(rom for rom in atari.games() if atari.identity(rom) == made.name), seed, sticky)
    assert made.actions == len(plain.actions)
    assert made.action_names == tuple(action.name.lower() for action in plain.actions)
    expected = plain.begin(int(made._frame[0]))
    rng = np.random.default_rng(0)
    lost = over = after = 0
    for step in range(800):
        if step % 10 == 0 or after:  # a rounded half may differ by one
            assert np.abs(seen[0].numpy() - expected).max() <= 0.5 + 1e-6
        actions = torch.from_numpy(rng.integers(0, made.actions, 2))
        moved = made.step(actions)
        expected, reward, game_over, life = plain.step(int(actions[0]))
        assert moved.rewards[0].item() == reward and not moved.cut.any()
        assert moved.ended[0].item() == (game_over or (training and life))
        lost, over = lost + life, over + game_over
        if game_over:
            expected = plain.begin(int(made._frame[0]))
            assert 0 <= made._frame[0] <= 30 and (moved.seen[0, :3] == 0).all()
            assert moved.last[0, :3].any()  # the pictures before the end, while the new game has none yet
        else:
            assert torch.equal(moved.last[0], moved.seen[0])  # after a lost life the game goes on
        seen, after = moved.seen, after + bool(over)
        if after == 20:  # steps of the next game
            break
    assert over and lost > over


def test_it_agrees_with_gymnasiums_wrappers() -> None:
    pytest.importorskip("cv2")
    gymnasium = pytest.importorskip("gymnasium")
    from gymnasium.wrappers import AtariPreprocessing, FrameStackObservation

    made = atari.make("ALE/Pong-v5", 1, noops=0)
    seed = atari.seeds.derive(0, "copy", 0) % 2**31
    game = gymnasium.make("ALE/Pong-v5", frameskip=1, repeat_action_probability=0.0)
    # That of Gymnasium seeds the emulator with a number drawn from its own seed; without chance it does not matter.
    theirs = FrameStackObservation(AtariPreprocessing(game, noop_max=0), 4, padding_type="zero")
    seen, (expected, _) = made.begin(0), theirs.reset(seed=seed)
    rng = np.random.default_rng(1)
    for _ in range(200):
        np.testing.assert_array_equal(seen[0].numpy(), expected)
        action = int(rng.integers(made.actions))
        moved, (expected, reward, ended, *_) = made.step(torch.tensor([action])), theirs.step(action)
        assert moved.rewards[0].item() == reward and moved.ended[0].item() == ended
        seen = moved.seen


def test_a_long_game_is_cut_and_the_rest_of_it_is_not_seen() -> None:
    made = atari.make("ALE/Pong-v5", 2, frames=40, noops=0, threads=1)
    seen = made.begin(0)
    before = seen
    for step in range(1, 25):
        moved = made.step(torch.tensor([0, 0]))
        assert moved.cut.all().item() == (step % 10 == 0) and not moved.ended.any()
        if step % 10 == 0:
            assert torch.equal(moved.last[:, :3], before[:, 1:]) and (moved.seen[:, :3] == 0).all()
        before = moved.seen


def test_what_was_given_out_stays_as_it_was() -> None:
    made = atari.make("ALE/Breakout-v5", 2, frames=60, threads=2)
    kept = [(seen := made.begin(0), seen.clone())]
    for _ in range(40):
        moved = made.step(torch.tensor([1, 2]))
        kept += [(moved.seen, moved.seen.clone()), (moved.last, moved.last.clone())]
    assert all(torch.equal(one, other) for one, other in kept)


def test_copies_differ_and_a_seed_repeats_them() -> None:
    made = atari.make("ALE/SpaceInvaders-v5", 3)
    runs = []
    for seed in (0, 0, 1):
        made.begin(seed)
        begun = made._frame.tolist()
        for _ in range(20):
            moved = made.step(torch.tensor([2, 2, 2]))
        runs.append((begun, moved.seen))
    assert runs[0][0] == runs[1][0] != runs[2][0] and torch.equal(runs[0][1], runs[1][1])
    assert len({bytes(row.numpy()) for row in runs[0][1]}) == 3


@pytest.mark.parametrize("frames", [108_000, 42])  # 42: cut in the middle of an action
def test_the_picture_is_of_the_very_game(frames: int) -> None:
    made = atari.make("ALE/Breakout-v5", 2, pictures=True, sticky=0.25, training=True, frames=frames)
    made.begin(7)
    rng = np.random.default_rng(0)
    games, differ = 0, []
    for _ in range(220):
        before = made._frame[0]
        moved = made.step(torch.from_numpy(rng.integers(0, made.actions, 2)))
        assert made._screen is not None
        assert made._screen._emulator.getEpisodeFrameNumber() == made._frame[0]
        assert made._screen._emulator.lives() == made._lives[0]
        games += made._frame[0] < before
        grey = shrunk(made._screen._emulator.getScreenGrayscale().reshape(210, 160).astype(float))
        differ.append((np.abs(grey - moved.seen[0, 3].numpy()) > 20).sum())
    assert (
        np.mean(differ) < 10
    )  # of what moves the brighter of two frames is seen: 5; in another game 19 (measured)
    assert games  # it followed into a new one
    picture = made.picture()
    assert picture is not None and picture.shape == (210, 160, 3) and picture.dtype == np.uint8
    assert atari.make("ALE/Pong-v5", 1).picture() is None


def test_settings() -> None:
    assert atari.make("ALE/Pong-v5", 1, full=True).actions == 18
    assert atari.make("ALE/MsPacman", 1).name == "ALE/MsPacman-v5"
    made = atari.make("ALE/Breakout-v5", 1, noops=0)
    made.begin(0)
    assert made._frame.tolist() == [0]
    with pytest.raises(
        SettingError, match="'ALE/Pongo-v5' is not an Atari game. Did you mean 'ALE/Pong-v5'?"
    ):
        atari.make("ALE/Pongo-v5", 1)
    with pytest.raises(SettingError, match="'Combat'|'ALE/Combat-v5'"):  # for two
        atari.make("ALE/Combat-v5", 1)
    with pytest.raises(SettingError, match="'stiky' is not a setting of Playing. Did you mean 'sticky'"):
        atari.make("ALE/Pong-v5", 1, stiky=0.25)
    for wrong in ({"sticky": 1.5}, {"noops": -1}, {"frames": 0}, {"threads": 0}):
        with pytest.raises(SettingError, match="out of range"):
            atari.make("ALE/Pong-v5", 1, **wrong)


@pytest.mark.parametrize("wrong", [[6], [-1], [0, 0]])
def test_actions_that_there_are_not(wrong: list[int]) -> None:
    made = atari.make("ALE/Pong-v5", 1)
    made.begin(0)
    with pytest.raises(SettingError, match="no such actions; allowed: 1 from 0 to 5"):
        made.step(torch.tensor(wrong))


@pytest.mark.parametrize(
    ("package", "said"),
    [
        (None, r"needs the package ale-py. pip install 'deepen\[play\]'"),
        (
            types.SimpleNamespace(__version__="0.11.2", roms=None),
            "too old; allowed: 0.12 or newer; came: 0.11.2",
        ),
    ],
)
def test_without_ale_py_or_with_an_old_one(package: Any, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ale_py", package)
    with pytest.raises(SettingError, match=said):
        atari.make("ALE/Pong-v5", 1)


def test_without_gymnasium(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "gymnasium", None)
    with pytest.raises(SettingError, match=r"needs the package gymnasium. pip install 'deepen\[play\]'"):
        atari.make("ALE/Pong-v5", 1)
