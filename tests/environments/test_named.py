"""Names of what is seen and of actions: known ones, an environment's own, and wrong ones."""

from __future__ import annotations

import pytest
import torch

from deepen.environments import make
from deepen.environments.named import names_of
from deepen.errors import SettingError


class Named:
    action_space = 2
    observation_names = ("height", "speed")
    action_names = ("fall", "rise")

    def reset(self, seed=None):
        return [1.0, 0.0], {}

    def step(self, action):
        return [1.0, 0.0], 0.0, True, False, {}


class Nameless(Named):
    observation_names = action_names = None


class Behind:
    """A wrapper, as Gymnasium has them."""

    unwrapped = Named()


def test_an_environment_names_its_numbers_and_actions():
    environment = make(Named, 2)
    assert environment.observation_names == ("height", "speed")
    assert environment.action_names == ("fall", "rise")
    assert names_of(Behind(), "x", 2, 2) == (("height", "speed"), ("fall", "rise"))
    nameless = make(Nameless, 1)
    assert nameless.observation_names == nameless.action_names == ()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (("height",), "observation_names: is not one name for each; allowed: 2; came: 1"),
        ("up", "observation_names: are no names"), ((1, 2), "observation_names: are no names"), (3, "are no names"),
    ],
)  # fmt: skip
def test_wrong_names_are_refused(said, message):
    with pytest.raises(SettingError, match=message):
        make(type("Wrong", (Named,), {"observation_names": said}), 1)


@pytest.mark.parametrize("name", ["Acrobot-v1", "CartPole-v1", "MountainCar-v0"])
def test_gymnasiums_own_have_as_many_names_as_there_are(name):
    pytest.importorskip("gymnasium")
    environment = make(name, 1)
    assert len(environment.observation_names) == environment.shape.n
    assert len(environment.action_names) == environment.actions


def test_names_are_those_of_the_numbers():
    """What is called so moves so: pushed to the right, a cart's velocity grows, and its pole falls to the left."""
    pytest.importorskip("gymnasium")
    cart = make("CartPole-v1", 1)
    first = cart.begin(0)[0]
    later = cart.step(torch.tensor([cart.action_names.index("push right")])).seen[0]
    change = dict(zip(cart.observation_names, (later - first).tolist(), strict=True))
    assert change["cart velocity"] > 0.1 and change["pole angular velocity"] < -0.1
    car = make("MountainCar-v0", 1)
    car.begin(0)
    speeds = [
        car.step(torch.tensor([car.action_names.index(push)])).seen[0, 1].item()
        for push in ("push right", "push left")
    ]
    assert speeds[0] > 0 and speeds[1] < speeds[0]


def test_what_an_option_changes_has_no_names():
    assert names_of(object(), "CartPole-v1", 16, 2) == ((), ("push left", "push right"))


def test_minatar_names_its_channels_and_actions():
    game = make("MinAtar/space_invaders", 1, minimal=True)
    assert game.observation_names[3:] == ("right", "friendly bullet", "enemy bullet")
    assert game.action_names == ("none", "left", "right", "fire")
    assert len(make("MinAtar/freeway", 1).action_names) == 6
