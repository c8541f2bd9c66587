"""Optimisers, with weight decay where it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from deepen.config import one_of
from deepen.learning.muon import Muon

__all__ = ["OPTIMISERS", "groups", "make", "scale_rates", "set_rate"]

OPTIMISERS = ("adamw", "muon", "sgd")
"""By their names."""


def groups(net: nn.Module, decay: float) -> list[dict[str, object]]:
    """Split the parameters in those that decay and those that do not.

    Matrices and filters decay; biases, norms' gains and embeddings' rows do not: shrinking those changes
    what the net computes instead of how complex it is (Goyal et al. 2017, section 5.3).
    """
    embedded = {id(m.weight) for m in net.modules() if isinstance(m, nn.Embedding | nn.EmbeddingBag)}
    spared = {id(p) for m in net.modules() for p in getattr(m, "no_decay", ())}
    yes: list[Tensor] = []
    no: list[Tensor] = []
    for p in net.parameters():
        if p.requires_grad:
            (no if p.ndim < 2 or id(p) in embedded | spared else yes).append(p)
    return [
        g
        for g in ({"params": yes, "weight_decay": decay}, {"params": no, "weight_decay": 0.0})
        if g["params"]
    ]


def make(
    name: str, net: nn.Module, *, rate: float, decay: float, momentum: float = 0.9
) -> torch.optim.Optimizer:
    """Build ``muon``, ``adamw`` or ``sgd`` (with Nesterov's momentum); the last two fused into one kernel.

    Parameters
    ----------
    rate
        The peak learning rate; the schedule scales it. Of ``muon`` that of the hidden convolutions alone: what else
        there is has its own, see :class:`~deepen.learning.muon.Muon`.
    decay
        Weight decay, for matrices and filters alone.

    Raises
    ------
    SettingError
        If the name is unknown.
    """
    one_of("optimiser", name, OPTIMISERS)
    if name == "muon":
        return _with_peaks(Muon(net, rate=rate, decay=decay))
    parts = groups(net, decay)
    fused = _can_fuse(p for g in parts for p in g["params"])  # type: ignore[attr-defined]
    if name == "adamw":
        made: torch.optim.Optimizer = torch.optim.AdamW(parts, lr=rate, fused=fused)
    else:
        made = torch.optim.SGD(parts, lr=rate, momentum=momentum, nesterov=True, fused=fused)
    return _with_peaks(made)


def scale_rates(optimiser: torch.optim.Optimizer, factors: Mapping[int, float]) -> None:
    """Give some parameters a rate of their own: a factor of their group's, by the ``id`` of the parameter.

    Those without a factor come first, so that the rate that is shown is theirs.

    Examples
    --------
    >>> net = nn.Linear(2, 2)
    >>> made = make("sgd", net, rate=0.1, decay=0.0)
    >>> scale_rates(made, {id(net.weight): 0.5})
    >>> [(group["peak"], len(group["params"])) for group in made.param_groups]
    [(0.1, 1), (0.05, 1)]
    """
    if not factors:
        return
    parted = []
    for group in optimiser.param_groups:
        by_factor: dict[float, list[Tensor]] = {}
        for p in group["params"]:
            by_factor.setdefault(factors.get(id(p), 1.0), []).append(p)
        parted += [
            {**group, "params": params, "lr": factor * group["lr"], "peak": factor * group["peak"]}
            for factor, params in by_factor.items()
        ]
    top = max(factors.get(id(p), 1.0) for group in parted for p in group["params"])
    optimiser.param_groups = sorted(parted, key=lambda g: factors.get(id(g["params"][0]), 1.0) != top)


def _with_peaks(made: torch.optim.Optimizer) -> torch.optim.Optimizer:
    for group in made.param_groups:
        group["peak"] = group["lr"]
    return made


def _can_fuse(parameters: Iterable[Tensor]) -> bool:
    return all(p.device.type in {"cpu", "cuda"} and p.is_floating_point() for p in parameters)


def set_rate(optimiser: torch.optim.Optimizer, factor: float) -> float:
    """Set every group's rate to ``factor`` of its peak, and give the first one."""
    for group in optimiser.param_groups:
        group.setdefault("peak", group["lr"])
        group["lr"] = group["peak"] * factor
    return float(optimiser.param_groups[0]["lr"])
