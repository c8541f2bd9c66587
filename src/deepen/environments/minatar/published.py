"""Scores to stand beside: the mean sum of rewards of an episode, sticky actions 0.1, difficulty growing."""

from __future__ import annotations

__all__ = ["DQN", "RANDOM"]

# Cited: Young and Tian (2019), their deep Q-network after 5 million frames, about as read off their curves.
DQN = {
    "MinAtar/asterix": 16.5,
    "MinAtar/breakout": 10.0,
    "MinAtar/freeway": 50.5,
    "MinAtar/seaquest": 20.0,
    "MinAtar/space_invaders": 45.0,
}

# Measured: actions drawn evenly from all six, the first episode of each of 1,024 copies; mean and standard error.
# The package's own games gave the same within these errors (400 to 1,000 episodes each, Freeway 60).
RANDOM = {
    "MinAtar/asterix": (0.541, 0.028),
    "MinAtar/breakout": (0.506, 0.023),
    "MinAtar/freeway": (0.134, 0.012),
    "MinAtar/seaquest": (0.125, 0.014),
    "MinAtar/space_invaders": (2.685, 0.065),
}
