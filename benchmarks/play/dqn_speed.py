"""Deep Q-learning on CartPole-v1 or Pong: steps a second of deepen, Stable-Baselines3 and a plain loop, side by side.

    python -m venv peers && peers/bin/pip install torch stable-baselines3 "gymnasium[classic-control]" \\
        ale-py opencv-python-headless
    python benchmarks/play/dqn_speed.py --peers peers/bin/python [--world ALE/Pong-v5] [--rounds 7] [--steps 10000]

The same net, batch, memory, updates for the steps in the environment, renewals of the target net and steps at random
(see ``WORLDS``), one thread. Pong is seen by all as 4 grey pictures of 84 x 84, an action lasts 4 frames, no sticky
actions: by Gymnasium's and Stable-Baselines3's own wrappers, which need OpenCV, so on Pong the plain loop runs in the
peers' Python too. There deepen computes as it does in a run with a clock, in the precision measured quickest; the peers
compute in float32, as they do unasked, and deepen in float32 stands beside them.

Each way is a process of its own that stays; in every round each trains a new net for the same number of steps, one
after the other in turn, and the ratios are those of one round. Of each both clocks are read: the processor's seconds,
which others on the machine hardly touch, and those on the wall.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
PEERS = ("Stable-Baselines3", "single file")


@dataclass(frozen=True)
class World:
    """What every way is given; ``target`` counts steps, ``ratio`` steps for an update, ``begin`` those at random."""

    name: str
    ways: tuple[str, ...]
    batch: int
    ratio: int
    begin: int
    memory: int
    rate: float
    target: int
    widths: tuple[int, ...]
    shape: tuple[int, ...]
    seen: str
    final: float = 0.05

    @property
    def atari(self) -> bool:
        return self.name.startswith("ALE/")


WORLDS = {
    world.name: world
    for world in (
        # CleanRL's for CartPole.
        World(
            "CartPole-v1", ("deepen, 1 copy", "deepen, 8 copies", *PEERS), batch=128, ratio=10, begin=1000,
            memory=10_000, rate=2.5e-4, target=500, widths=(120, 84), shape=(4,), seen="float32",
        ),
        # The net, batch and ratio of Mnih et al. (2015); a memory and a begin as small as a few hundred steps ask for.
        World(
            "ALE/Pong-v5", ("deepen, 1 copy", "deepen, 8 copies", "deepen, 1 copy, float32", *PEERS), batch=32,
            ratio=4, begin=64, memory=2000, rate=1e-4, target=1000, widths=(512,), shape=(4, 84, 84), seen="uint8",
        ),
    )
}  # fmt: skip


def deepen(world: World, copies: int, *, measured: bool) -> Callable[[int, int], object]:
    from deepen.environments import make
    from deepen.learning.budget import Clock, Horizon
    from deepen.reinforcement.dqn import DQN
    from deepen.reinforcement.learning import learn
    from deepen.reinforcement.precision import quickest

    environment = make(world.name, copies)

    def settings(steps: int) -> DQN:
        return DQN.suited(
            environment.shape, copies=copies, double=False, n=1, batch=world.batch, ratio=world.ratio,
            begin=world.begin, replay=world.memory, rate=world.rate, epsilon=world.final, explore=steps // 2,
            target=world.target // world.ratio, width=world.widths if len(world.widths) > 1 else world.widths[0],
            window=0.0,
        )  # fmt: skip

    net = settings(1000).net(environment)
    precision = quickest(net, environment, settings(1000)) if measured else None
    print(f"deepen, copies: {copies}, computes in {precision or 'float32'}", file=sys.stderr)

    def train(steps: int, seed: int) -> object:
        how = settings(steps)
        horizon = Horizon(how.updates(steps), Clock())
        return learn(how.net(environment), environment, how, horizon=horizon, seed=seed, precision=precision)

    return train


def stable_baselines(world: World) -> Callable[[int, int], object]:
    import gymnasium
    from stable_baselines3 import DQN

    given: dict[str, Any] = {"policy": "MlpPolicy", "policy_kwargs": {"net_arch": list(world.widths)}}
    if world.atari:
        given = {"policy": "CnnPolicy"}  # Mnih et al.'s net, its layer of 512 included

    def environment(seed: int) -> Any:
        if not world.atari:
            return gymnasium.make(world.name)
        import ale_py
        from stable_baselines3.common.env_util import make_atari_env
        from stable_baselines3.common.vec_env import VecFrameStack

        gymnasium.register_envs(ale_py)
        whole = {"frameskip": 1, "repeat_action_probability": 0.0}
        return VecFrameStack(make_atari_env(world.name, seed=seed, env_kwargs=whole), n_stack=world.shape[0])

    def train(steps: int, seed: int) -> object:
        model = DQN(
            env=environment(seed), learning_rate=world.rate, buffer_size=world.memory, learning_starts=world.begin,
            batch_size=world.batch, train_freq=world.ratio, gradient_steps=1, target_update_interval=world.target,
            exploration_fraction=0.5, exploration_final_eps=world.final, device="cpu", seed=seed, **given,
        )  # fmt: skip
        return model.learn(steps)

    return train


def plain_net(world: World, actions: int) -> Any:
    from torch import nn

    if not world.atari:
        a, b = world.widths
        return nn.Sequential(
            nn.Linear(world.shape[0], a), nn.ReLU(), nn.Linear(a, b), nn.ReLU(), nn.Linear(b, actions)
        )
    return nn.Sequential(
        nn.Conv2d(world.shape[0], 32, 8, 4), nn.ReLU(), nn.Conv2d(32, 64, 4, 2), nn.ReLU(), nn.Conv2d(64, 64, 3, 1),
        nn.ReLU(), nn.Flatten(), nn.Linear(3136, *world.widths), nn.ReLU(), nn.Linear(*world.widths, actions),
    )  # fmt: skip


def single_file(world: World) -> Callable[[int, int], object]:
    """A loop as people write it in one file: Gymnasium's vector of one, a memory of arrays, PyTorch's modules."""
    import gymnasium
    import numpy as np
    import torch
    from torch import nn

    def one() -> Any:
        if not world.atari:
            return gymnasium.wrappers.RecordEpisodeStatistics(gymnasium.make(world.name))
        import ale_py

        gymnasium.register_envs(ale_py)
        made = gymnasium.make(world.name, frameskip=1, repeat_action_probability=0.0)
        made = gymnasium.wrappers.RecordEpisodeStatistics(made)
        made = gymnasium.wrappers.AtariPreprocessing(made, terminal_on_life_loss=True)
        made = gymnasium.wrappers.ClipReward(made, -1.0, 1.0)
        return gymnasium.wrappers.FrameStackObservation(made, world.shape[0])

    def read(x: torch.Tensor) -> torch.Tensor:
        return x / 255.0 if world.atari else x.float()

    def train(steps: int, seed: int) -> object:
        rng = np.random.default_rng(seed)
        mode = gymnasium.vector.AutoresetMode.SAME_STEP
        envs = gymnasium.vector.SyncVectorEnv([one], autoreset_mode=mode)
        actions = int(envs.single_action_space.n)
        q, target = plain_net(world, actions), plain_net(world, actions)
        target.load_state_dict(q.state_dict())
        optimizer = torch.optim.Adam(q.parameters(), lr=world.rate)
        size = world.memory
        memory = {
            "obs": np.zeros((size, *world.shape), world.seen), "next": np.zeros((size, *world.shape), world.seen),
            "action": np.zeros((size, 1), np.int64), "reward": np.zeros(size, np.float32),
            "done": np.zeros(size, np.float32),
        }  # fmt: skip
        obs, _ = envs.reset(seed=seed)
        for step in range(steps):
            epsilon = max(world.final, 1 + (world.final - 1) * step / (steps // 2))
            if step < world.begin or rng.random() < epsilon:
                chosen = np.array([envs.single_action_space.sample()])
            else:
                with torch.no_grad():
                    chosen = q(read(torch.from_numpy(obs))).argmax(dim=1).numpy()
            following, rewards, ended, cut, infos = envs.step(chosen)
            last = following
            if cut[0]:
                last = infos["final_obs"][0][None]
            at = step % size
            memory["obs"][at], memory["next"][at], memory["action"][at] = obs[0], last[0], chosen
            memory["reward"][at], memory["done"][at] = rewards[0], ended[0]
            obs = following
            if step >= world.begin and step % world.ratio == 0:
                rows = rng.integers(0, min(step + 1, size), world.batch)
                batch = {name: torch.from_numpy(values[rows]) for name, values in memory.items()}
                with torch.no_grad():
                    best = target(read(batch["next"])).max(dim=1)[0]
                    goal = batch["reward"] + 0.99 * best * (1 - batch["done"])
                old = q(read(batch["obs"])).gather(1, batch["action"]).squeeze()
                loss = nn.functional.mse_loss(goal, old)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            if step % world.target == 0:
                for theirs, ours in zip(target.parameters(), q.parameters(), strict=True):
                    theirs.data.copy_(ours.data)
        envs.close()
        return q

    return train


def work(world: World, way: str) -> None:
    """Train as often as a line comes in, and give both clocks' seconds."""
    import torch

    torch.set_num_threads(1)
    made = {
        "deepen, 1 copy": lambda: deepen(world, 1, measured=True),
        "deepen, 8 copies": lambda: deepen(world, 8, measured=True),
        "deepen, 1 copy, float32": lambda: deepen(world, 1, measured=False),
        "Stable-Baselines3": lambda: stable_baselines(world), "single file": lambda: single_file(world),
    }  # fmt: skip
    train = made[way]()
    train(3 * world.begin // 2, 0)
    print("ready", flush=True)
    for line in sys.stdin:
        steps, seed = json.loads(line)
        cpu, wall = time.process_time(), time.perf_counter()
        train(steps, seed)
        print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peers", default=sys.executable, help="a Python with Stable-Baselines3")
    parser.add_argument("--world", choices=WORLDS, default="CartPole-v1")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    given = parser.parse_args()
    world = WORLDS[given.world]
    if given.work:
        work(world, given.work)
        return
    theirs = PEERS if world.atari else PEERS[:1]
    pythons = {way: given.peers if way in theirs else sys.executable for way in world.ways}
    environ = {**os.environ, "OMP_NUM_THREADS": "1"}
    workers = {
        way: subprocess.Popen(
            [python, str(HERE), "--world", world.name, "--work", way],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environ,
        )
        for way, python in pythons.items()
    }
    for way, worker in workers.items():
        if worker.stdout is None or worker.stdout.readline().strip() != "ready":
            sys.exit(f"{way} did not start")
    seconds: dict[str, list[list[float]]] = {way: [] for way in world.ways}
    for seed in range(1, given.rounds + 1):
        for way in world.ways if seed % 2 else reversed(world.ways):
            worker = workers[way]
            assert worker.stdin is not None and worker.stdout is not None
            worker.stdin.write(json.dumps([given.steps, seed]) + "\n")
            worker.stdin.flush()
            seconds[way].append(json.loads(worker.stdout.readline()))
    for worker in workers.values():
        assert worker.stdin is not None
        worker.stdin.close()
        worker.wait()
    print(
        f"{'':23} steps/s (cpu)  steps/s (wall)   of Stable-Baselines3   of single file   (medians of rounds, cpu)"
    )
    for way in world.ways:
        cpu, wall = (given.steps / statistics.median(t[i] for t in seconds[way]) for i in (0, 1))
        ratios = [
            statistics.median(b[0] / a[0] for a, b in zip(seconds[way], seconds[peer], strict=True))
            for peer in PEERS
        ]
        print(f"{way:23} {cpu:13,.0f} {wall:15,.0f} {ratios[0]:19.2f} x {ratios[1]:14.2f} x")


if __name__ == "__main__":
    main()
