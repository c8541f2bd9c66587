"""The quickest way to do a training's steps on this machine: in which precision, and on how many threads."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from deepen.compute.precision import Precision, candidates, fastest
from deepen.compute.threads import threads
from deepen.learning.plan import timed

__all__ = ["quickest"]

# Times as fast that several threads must be to be used. They gain little on small steps, and lose much where another
# program comes: a training that began alone on two cores did 2 passes a minute, and then 1 in 6 (measured).
_GAIN = 1.5


def quickest(
    net: nn.Module, device: torch.device, trial: Callable[[Precision], Callable[[], object]]
) -> tuple[Precision, int, float]:
    """Measure each precision on all threads, and on a single one.

    Parameters
    ----------
    trial
        Gives one step of a net that is thrown away, done in a given way.

    Returns
    -------
    way, threads, seconds
        The quickest; the number of threads is 0 where it stays as it is; and the seconds of a step.
    """

    def seconds_of(way: Precision, count: int) -> float:
        with threads(count or torch.get_num_threads()):
            return timed(trial(way), device)

    ways = [way for way in candidates(device, net, seconds=0.0) if not way.channels_last]
    found: list[tuple[float, int, Precision]] = []
    for count in [0, 1] if device.type == "cpu" and torch.get_num_threads() > 1 else [0]:
        way, table = fastest(ways, lambda w, n=count: seconds_of(w, n))  # type: ignore[misc]
        found.append((table[str(way)], count, way))
    several, single = found[0], found[-1]
    best = several if len(found) == 1 or _GAIN * several[0] < single[0] else single
    return best[2], best[1], best[0]
