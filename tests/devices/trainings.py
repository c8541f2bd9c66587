"""Each kind of training, as small as can be, on the device that pretends: a line of JSON for each.

python tests/devices/trainings.py [NAME ...]
"""

from __future__ import annotations

import json
import sys
import tempfile
import traceback
from collections.abc import Callable
from typing import Any

import pretend

pretend.register()

import numpy as np  # noqa: E402 - the device comes first
import torch  # noqa: E402

import deepen  # noqa: E402
from deepen.compute.signals import StopFlag  # noqa: E402
from deepen.games.registry import game  # noqa: E402
from deepen.learning.budget import Clock, Horizon  # noqa: E402
from deepen.learning.watch import Silent  # noqa: E402
from deepen.pretraining import DBM, DBN, RBM, DeepAutoencoder, KMeansFeatures  # noqa: E402
from deepen.search.evaluating import evaluator  # noqa: E402
from deepen.search.search import SearchSettings, search  # noqa: E402
from deepen.selfplay.learning import learn  # noqa: E402
from deepen.selfplay.settings import AlphaZero  # noqa: E402

THERE: dict[str, Any] = {"device": pretend.NAME}
ONCE: dict[str, Any] = {"epochs": 1, **THERE}

draws = np.random.default_rng(0)
ink = (draws.random((200, 16)) < 0.3).astype(np.float32)
pictures = draws.integers(0, 256, (200, 12, 12), dtype=np.uint8)
classes = draws.integers(0, 3, 200)


def machine(**settings: Any) -> Callable[[], Any]:
    """A restricted machine, and all that can be asked of it."""

    def train() -> Any:
        learner = RBM(8, **settings, **ONCE).fit(ink, classes if settings.get("labels") else None)
        learner.transform(ink[:5]), learner.sample(2, steps=3)
        if settings.get("visible") is None:
            learner.log_likelihood(ink[:9], log_z=learner.log_z(exact=False, runs=10, steps=20))
        return learner.net_

    return train


def belief() -> Any:
    learner = DBN([8, 6], labels=True, fine_tune="up-down", fine_tune_epochs=1, **ONCE).fit(ink, classes)
    learner.predict(ink[:5]), learner.sample(2, label=1, steps=3)
    return learner.net_


def deep_boltzmann() -> Any:
    learner = DBM([8, 6], **ONCE).fit(ink)
    learner.transform(ink[:5]), learner.sample(2, steps=3), learner.log_z(exact=False, runs=10, steps=20)
    return learner.net_


def resumed(make: Callable[[], Any], stage: str) -> Callable[[], Any]:
    """A training that is stopped some steps after a stage has begun, and goes on from its checkpoint."""

    class Stops(StopFlag, Silent):
        now = ""

        def stage(self, name: str, done: int = 0, total: int = 0) -> None:
            self.now, self.left = name, 5

        def __call__(self) -> bool:
            if self.now == stage:
                self.left -= 1
                if self.left < 0:
                    self.set("a test")
            return super().__call__()

    def train() -> Any:
        stops, y = Stops(), classes if getattr(make(), "labels", False) else None
        with tempfile.TemporaryDirectory() as folder:
            half = make().fit(ink, y, checkpoints=folder, watch=stops, stop=stops)
            assert half.histories_[stage].ended.startswith("stopped")
            return make().fit(ink, y, checkpoints=folder).net_

    return train


def autoencoder(**settings: Any) -> Callable[[], Any]:
    def train() -> Any:
        learner = DeepAutoencoder([8, 2], **settings, **ONCE).fit(ink)
        learner.inverse_transform(learner.transform(ink[:5]))
        return learner.net_

    return train


def centroids() -> Any:
    learner = KMeansFeatures(10, patch=4, n_patches=300, **THERE).fit(pictures / 255)
    learner.transform(pictures[:5] / 255)


def supervised(x: Any, y: Any, **settings: Any) -> Callable[[], Any]:
    return lambda: deepen.train(x, y, **settings, **ONCE).net


def player(world: str, steps: int, **settings: Any) -> Callable[[], Any]:
    method = settings.pop("method", None)
    making = settings.pop("making", None)
    return lambda: (
        deepen.play(
            world, steps=steps, method=method, settings=settings, making=making, episodes=1, **THERE
        ).net
    )


def board(name: str) -> Callable[[], Any]:
    """Some steps of learning by self-play, and a search by PUCT."""

    def train() -> Any:
        rules = game(name)
        settings = AlphaZero.of(
            rules, channels=8, blocks=1, games=8, simulations=4, quick=2, batch=16, least=32, most=500
        )
        net = settings.net(rules).to(torch.device(pretend.NAME))
        learn(net, rules, settings, horizon=Horizon(3, Clock()))
        boards = rules.begin(2, device=torch.device(pretend.NAME))
        chance = torch.Generator(pretend.NAME)
        search(
            rules, boards, evaluator(net), SearchSettings(simulations=6, method="puct"), chance,
            explore=torch.ones(2, device=pretend.NAME),
        )  # fmt: skip
        return net

    return train


words = np.array([f"{w} film {i}" for w in ("good", "poor", "so so") for i in range(40)])
waves = draws.normal(size=(200, 24, 1)).astype(np.float32)

TRAININGS: dict[str, Callable[[], Any]] = {
    "pictures": supervised(pictures, classes),
    "texts": supervised({"text": list(words)}, np.arange(120) // 40, kinds={"text": "text"}),
    "series": supervised(waves, classes),
    "numbers": supervised(ink, classes),
    "machine": machine(),
    "machine with labels": machine(labels=True),
    "machine, persistent chains": machine(chains="persistent"),
    "machine, tempered chains": machine(chains="tempered"),
    "machine of real numbers": machine(visible="gaussian"),
    "machine of rectified units": machine(visible="gaussian", hidden="rectified"),
    "belief net": belief,
    "deep Boltzmann machine": deep_boltzmann,
    "machine, resumed": resumed(lambda: RBM(8, batch=20, **ONCE), "rbm"),
    "machine, tempered chains, resumed": resumed(lambda: RBM(8, batch=20, chains="tempered", **ONCE), "rbm"),
    "belief net, resumed": resumed(
        lambda: DBN([8, 6], labels=True, fine_tune="up-down", batch=20, **ONCE), "up-down"
    ),
    "deep Boltzmann machine, resumed": resumed(lambda: DBM([8, 6], batch=20, window=0.2, **ONCE), "joint"),
    "autoencoder": autoencoder(),
    "autoencoder from machines": autoencoder(pretrain="rbm"),
    "autoencoder, variational": autoencoder(kind="variational"),
    "centroids": centroids,
    "deep Q-network": player("CartPole-v1", 400, method="dqn"),
    "deep Q-network with all its switches": player(
        "MinAtar/breakout", 400, method="dqn", prioritised=True, double=True, duelling=True, n=3
    ),
    "parallelised Q-network": player("CartPole-v1", 600),
    **{
        f"MinAtar {name}": player(f"MinAtar/{name}", 400, copies=8)
        for name in ("asterix", "freeway", "seaquest", "space_invaders", "breakout")
    },
    **{f"self-play, {of}": board(of) for of in ("tictactoe", "connect4", "gomoku:5", "go:5")},
}

# Only when asked for by name: the first needs ale-py, the others are what must fail.
BY_NAME: dict[str, Callable[[], Any]] = {
    "Atari": player("ALE/Pong-v5", 300, method="dqn", memory=2e7, begin=64, making={"frames": 400}),
    "two devices": lambda: torch.ones(2, **THERE) + torch.ones(2),
    "another generator": lambda: torch.rand(2, generator=torch.Generator(), **THERE),
    "numpy": lambda: torch.ones(2, **THERE).numpy(),
}


def main() -> None:
    for name in sys.argv[1:] or TRAININGS:
        said: dict[str, Any] = {"name": name, "error": None}
        try:
            with pretend.Pretending():
                net = (TRAININGS | BY_NAME)[name]()
            if net is not None:
                said["devices"] = sorted({x.device.type for x in (*net.parameters(), *net.buffers())})
        except Exception as error:  # the test tells which
            said["error"] = "".join(traceback.format_exception(error))
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
