"""Deep Q-learning on CartPole-v1: steps a second of deepen, Stable-Baselines3 and a plain loop, side by side.

    python -m venv peers && peers/bin/pip install torch stable-baselines3 "gymnasium[classic-control]"
    python benchmarks/play/dqn_speed.py --peers peers/bin/python [--rounds 7] [--steps 10000]

The same net (120 and 84 units, as CleanRL's for CartPole), batch of 128, memory of 10,000, one update for ten steps in
the environment, the target net renewed after 500 steps, the first 1,000 steps at random, one thread. Each way is a
process of its own that stays; in every round each trains a new net for the same number of steps, one after the other
in turn, and the ratios are those of one round. Of each both clocks are read: the processor's seconds, which others on
the machine hardly touch, and those on the wall.
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
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
WAYS = ("deepen, 1 copy", "deepen, 8 copies", "Stable-Baselines3", "single file")
BATCH, RATIO, RANDOM, MEMORY, RATE, FINAL, TARGET, WIDTHS = (
    128,
    10,
    1000,
    10_000,
    2.5e-4,
    0.05,
    500,
    (120, 84),
)


def deepen(copies: int) -> Callable[[int, int], object]:
    from deepen.environments import make
    from deepen.learning.budget import Clock, Horizon
    from deepen.reinforcement.dqn import DQN
    from deepen.reinforcement.learning import learn

    environment = make("CartPole-v1", copies)

    def train(steps: int, seed: int) -> object:
        settings = DQN.suited(
            environment.shape, copies=copies, double=False, batch=BATCH, ratio=RATIO, begin=RANDOM, replay=MEMORY,
            rate=RATE, epsilon=FINAL, explore=steps // 2, target=TARGET // RATIO, width=WIDTHS, window=0.0,
        )  # fmt: skip
        horizon = Horizon(settings.updates(steps), Clock())
        return learn(settings.net(environment), environment, settings, horizon=horizon, seed=seed)

    return train


def stable_baselines() -> Callable[[int, int], object]:
    import gymnasium
    from stable_baselines3 import DQN

    def train(steps: int, seed: int) -> object:
        model = DQN(
            "MlpPolicy", gymnasium.make("CartPole-v1"), learning_rate=RATE, buffer_size=MEMORY, learning_starts=RANDOM,
            batch_size=BATCH, train_freq=RATIO, gradient_steps=1, target_update_interval=TARGET,
            exploration_fraction=0.5, exploration_final_eps=FINAL, policy_kwargs={"net_arch": list(WIDTHS)},
            device="cpu", seed=seed,
        )  # fmt: skip
        return model.learn(steps)

    return train


def single_file() -> Callable[[int, int], object]:
    """A loop as people write it in one file: Gymnasium's vector of one, a memory of arrays, PyTorch's modules."""
    import gymnasium
    import numpy as np
    import torch
    from torch import nn

    def one() -> Any:
        return gymnasium.wrappers.RecordEpisodeStatistics(gymnasium.make("CartPole-v1"))

    def net() -> nn.Module:
        a, b = WIDTHS
        return nn.Sequential(nn.Linear(4, a), nn.ReLU(), nn.Linear(a, b), nn.ReLU(), nn.Linear(b, 2))

    def train(steps: int, seed: int) -> object:
        rng = np.random.default_rng(seed)
        mode = gymnasium.vector.AutoresetMode.SAME_STEP
        envs = gymnasium.vector.SyncVectorEnv([one], autoreset_mode=mode)
        q, target = net(), net()
        target.load_state_dict(q.state_dict())
        optimizer = torch.optim.Adam(q.parameters(), lr=RATE)
        memory = {
            "obs": np.zeros((MEMORY, 4), np.float32), "next": np.zeros((MEMORY, 4), np.float32),
            "action": np.zeros((MEMORY, 1), np.int64), "reward": np.zeros(MEMORY, np.float32),
            "done": np.zeros(MEMORY, np.float32),
        }  # fmt: skip
        obs, _ = envs.reset(seed=seed)
        for step in range(steps):
            epsilon = max(FINAL, 1 + (FINAL - 1) * step / (steps // 2))
            if step < RANDOM or rng.random() < epsilon:
                actions = np.array([envs.single_action_space.sample()])
            else:
                with torch.no_grad():
                    actions = q(torch.Tensor(obs)).argmax(dim=1).numpy()
            following, rewards, ended, cut, infos = envs.step(actions)
            last = following
            if cut[0]:
                last = infos["final_obs"][0][None]
            at = step % MEMORY
            memory["obs"][at], memory["next"][at], memory["action"][at] = obs[0], last[0], actions
            memory["reward"][at], memory["done"][at] = rewards[0], ended[0]
            obs = following
            if step >= RANDOM and step % RATIO == 0:
                rows = rng.integers(0, min(step + 1, MEMORY), BATCH)
                batch = {name: torch.from_numpy(values[rows]) for name, values in memory.items()}
                with torch.no_grad():
                    best = target(batch["next"]).max(dim=1)[0]
                    goal = batch["reward"] + 0.99 * best * (1 - batch["done"])
                old = q(batch["obs"]).gather(1, batch["action"]).squeeze()
                loss = nn.functional.mse_loss(goal, old)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            if step % TARGET == 0:
                for theirs, ours in zip(target.parameters(), q.parameters(), strict=True):
                    theirs.data.copy_(ours.data)
        envs.close()
        return q

    return train


def work(way: str) -> None:
    """Train as often as a line comes in, and give both clocks' seconds."""
    import torch

    torch.set_num_threads(1)
    made = {
        "deepen, 1 copy": lambda: deepen(1), "deepen, 8 copies": lambda: deepen(8),
        "Stable-Baselines3": stable_baselines, "single file": single_file,
    }  # fmt: skip
    train = made[way]()
    train(1500, 0)
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
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--work", choices=WAYS)
    given = parser.parse_args()
    if given.work:
        work(given.work)
        return
    pythons = {way: given.peers if way == "Stable-Baselines3" else sys.executable for way in WAYS}
    environ = {**os.environ, "OMP_NUM_THREADS": "1"}
    workers = {
        way: subprocess.Popen(
            [python, str(HERE), "--work", way],
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
    seconds: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    for seed in range(1, given.rounds + 1):
        for way in WAYS if seed % 2 else reversed(WAYS):
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
        f"{'':18} steps/s (cpu)  steps/s (wall)   of Stable-Baselines3   of single file   (medians of rounds, cpu)"
    )
    for way in WAYS:
        cpu, wall = (given.steps / statistics.median(t[i] for t in seconds[way]) for i in (0, 1))
        ratios = [
            statistics.median(b[0] / a[0] for a, b in zip(seconds[way], seconds[peer], strict=True))
            for peer in WAYS[2:]
        ]
        print(f"{way:18} {cpu:13,.0f} {wall:15,.0f} {ratios[0]:19.2f} x {ratios[1]:14.2f} x")


if __name__ == "__main__":
    main()
