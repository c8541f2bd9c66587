import numpy as np
import pytest
import torch

from deepen.environments.minatar import GAMES, make
from deepen.environments.minatar.draws import Generated
from deepen.errors import DataError, SettingError

from .proof import Numpy

NAMES = sorted(GAMES)


def equal(one, two):
    return all(
        torch.equal(getattr(one, f), getattr(two, f)) for f in ("seen", "rewards", "ended", "cut", "last")
    )


def played(game, steps, seed=1):
    chance = torch.Generator().manual_seed(seed)
    return [game.step(torch.randint(game.actions, (game.copies,), generator=chance)) for _ in range(steps)]


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_equals_single_ones(name):
    kind, seeds = GAMES[name], [3, 4, 5]
    together = kind(3, limit=40, draws=Numpy(seeds))
    apart = [kind(1, limit=40, draws=Numpy([s])) for s in seeds]
    together.begin(0)
    for game in apart:
        game.begin(0)
    chance = torch.Generator().manual_seed(0)
    for _ in range(60):
        actions = torch.randint(6, (3,), generator=chance)
        moved = together.step(actions)
        singles = [g.step(a) for g, a in zip(apart, actions.split(1), strict=True)]
        for f in ("seen", "rewards", "ended", "cut", "last"):
            assert torch.equal(getattr(moved, f), torch.cat([getattr(s, f) for s in singles])), f


@pytest.mark.parametrize("name", NAMES)
def test_an_episode_that_is_over_begins_anew(name):
    game = make(name, 32, limit=50)
    opening = game.begin(0)
    assert (opening.shape, opening.dtype) == ((32, game.shape.c, 10, 10), torch.bool)
    assert opening.is_contiguous()
    ages = torch.zeros(32, dtype=torch.int64)
    for moved in played(game, 120):
        ages += 1
        assert not (moved.ended & moved.cut).any()
        assert torch.equal(moved.cut, (ages == 50) & ~moved.ended)
        assert torch.equal(moved.seen[~moved.done], moved.last[~moved.done])
        for i in moved.done.nonzero()[:, 0].tolist():
            assert not torch.equal(moved.seen[i], moved.last[i])
            if name != "MinAtar/freeway":  # whose cars begin at one edge, but with trails of their own
                assert (moved.seen[i] == opening).flatten(1).all(1).any()
            else:
                assert torch.equal(moved.seen[i, :2], opening[0, :2])
        ages[moved.done] = 0
    assert moved.rewards.dtype == torch.float32


@pytest.mark.parametrize("name", NAMES)
def test_what_was_seen_is_not_changed_later(name):
    game = make(name, 4)
    game.begin(0)
    moved = played(game, 10)
    kept = [m.seen.clone() for m in moved]
    played(game, 30)
    assert all(torch.equal(m.seen, k) for m, k in zip(moved, kept, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_resumed_equals_uninterrupted(name, tmp_path):
    game = make(name, 8, limit=60)
    game.begin(3)
    played(game, 70)
    if name == "MinAtar/seaquest":
        game._make_room(16)
    torch.save(game.state_dict(), tmp_path / "state.pt")
    after = played(game, 60, seed=2)
    other = make(name, 8, limit=60)
    seen = other.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert torch.equal(seen, other._look().view_as(seen))
    assert all(equal(a, b) for a, b in zip(after, played(other, 60, seed=2), strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_repeats_itself_and_another_does_not(name):
    one, two = make(name, 4), make(name, 4)
    one.begin(5)
    played(one, 7)  # begin forgets what was
    one.begin(5), two.begin(5)
    first = played(one, 60)
    assert all(equal(a, b) for a, b in zip(first, played(two, 60), strict=True))
    two.begin(6)
    assert not all(equal(a, b) for a, b in zip(first, played(two, 60), strict=True))


def test_sticky_actions_repeat_the_one_before():
    always, never = make("breakout", 2, sticky=1), make("breakout", 2, sticky=0)
    left, right = torch.tensor([1, 1]), torch.tensor([3, 3])
    for game in (always, never):
        game.begin(0)
    assert always.step(left).seen[0, 0].nonzero().tolist() == [[9, 4]]  # at first nothing is repeated
    assert never.step(left).seen[0, 0].nonzero().tolist() == [[9, 3]]
    assert never.step(right).seen[0, 0].nonzero().tolist() == [[9, 4]]
    often = make("freeway", 4000, sticky=0.25)
    often.begin(0)
    often.step(torch.full((4000,), 2))
    assert abs(float((often._before == 0).float().mean()) - 0.25) < 0.03


def test_the_minimal_set_numbers_the_useful_actions_anew():
    full, few = make("space_invaders", 3), make("space_invaders", 3, minimal=True)
    assert (full.actions, few.actions) == (6, 4)
    full.begin(1), few.begin(1)
    for i, action in enumerate((0, 1, 3, 5)):
        assert equal(full.step(torch.full((3,), action)), few.step(torch.full((3,), i)))


def test_pictures_and_text():
    game = make("breakout", 2)
    game.begin(0)
    picture = game.picture()
    assert (picture.shape, picture.dtype) == ((160, 160, 3), np.uint8)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) == 4  # the ball covers its trail, for now
    lines = game.text().splitlines()
    assert lines[1:4] == ["#" * 10] * 2 + [lines[3]]
    assert lines[3].count("o") == 1
    assert lines[9] == "....=....."


@pytest.mark.parametrize(
    "actions", [torch.zeros(3, dtype=torch.int64), torch.zeros(2), torch.zeros(2, 1, dtype=torch.int64)]
)
def test_actions_of_another_shape_are_refused(actions):
    game = make("breakout", 2)
    game.begin(0)
    with pytest.raises(DataError, match=r"MinAtar/breakout: .*\(2,\) int64"):
        game.step(actions)


@pytest.mark.parametrize("option", [{"copies": 0}, {"sticky": 1.5}, {"limit": 0}])
def test_numbers_out_of_range_are_refused(option):
    with pytest.raises(SettingError, match=next(iter(option))):
        make("breakout", **{"copies": 2} | option)


def test_a_state_of_another_game_is_refused():
    state = make("breakout", 2).state_dict()
    with pytest.raises(SettingError, match="MinAtar/breakout with 2"):
        make("seaquest", 2).load_state_dict(state)
    with pytest.raises(SettingError, match="3 copies"):
        make("breakout", 3).load_state_dict(state)


def test_a_step_before_the_beginning_is_refused():
    with pytest.raises(SettingError, match="begin"):
        make("asterix", 2).step(torch.tensor([0, 0]))


def test_the_generator_is_the_usual_stream():
    assert isinstance(make("asterix", 2).draws, Generated)
