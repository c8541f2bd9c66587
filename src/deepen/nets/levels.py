"""The levels of a net, by name from input to output, and what stands on them while it runs.

A level is what one module gives to the next, so it is caught where the next one takes it in: after activation, shortcut
and (in evaluation silent) dropout. The last level is always ``features``, what the head reads.

Legend: B examples in a batch, F features, C channels, H height, W width, M members.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from deepen.errors import SettingError, nearest
from deepen.nets.assemble import Assembled
from deepen.nets.bag import Bag
from deepen.nets.cnn import CNN
from deepen.nets.ensemble import Ensemble
from deepen.nets.flat import FlatMLP
from deepen.nets.mlp import MLP

__all__ = ["caught", "level_of", "levels", "vectors"]


def levels(net: nn.Module) -> dict[str, nn.Module]:
    """Name the levels of a net, from input to output, each with the module that reads it.

    Of an :class:`~deepen.nets.ensemble.Ensemble` these are the levels of its first net. Nets for sequences have
    ``features`` alone: before it, steps behind an example's end would count too. Where a net has a reader for each of
    several inputs, the name of the input stands before those of its levels.

    Parameters
    ----------
    net
        One of :mod:`deepen.nets`; a module of another sort has no levels.

    Examples
    --------
    >>> from deepen.shapes import Grid
    >>> list(levels(MLP(8, 3, size="medium")))
    ['entry', 'layer 1', 'layer 2', 'features']
    >>> list(levels(CNN(Grid(1, 16, 16), 10, size="tiny")))
    ['stem', 'block 1', 'block 2', 'block 3', 'block 4', 'features']
    """
    if isinstance(net, Ensemble):
        return levels(net.nets[0])
    if not isinstance(net, Assembled):
        return _of_reader(net)
    if net.head is None:
        return _of_reader(net.readers[0])
    names = [*net.own, *(["table"] if net.tables else [])]
    found = {
        f"{name}: {level}": module
        for name, reader in zip(names, net.readers, strict=True)
        for level, module in _of_reader(reader).items()
    }
    return {**found, "features": net.head}


def _of_reader(net: nn.Module) -> dict[str, nn.Module]:
    """The levels of a net that reads one input."""
    found: dict[str, nn.Module] = {}
    if isinstance(net, FlatMLP):
        return _of_reader(net.mlp)
    if isinstance(net, MLP | Bag):
        found = {f"layer {k}" if k else "entry": layer for k, layer in enumerate(net.layers)}
    elif isinstance(net, CNN):
        found = {f"block {k}" if k else "stem": block for k, block in enumerate(net.stages)}
    head = getattr(net, "head", None)
    return {**found, "features": head} if isinstance(head, nn.Module) else found


def level_of(net: nn.Module, level: int | str) -> str:
    """Give the name of a level, by its name or its place: 0 for the first, -1 for the last.

    Raises
    ------
    SettingError
        If there is none of this name or place.

    Examples
    --------
    >>> level_of(MLP(8, 3), -1), level_of(MLP(8, 3), 0)
    ('features', 'entry')
    """
    names = list(levels(net))
    if isinstance(level, str) and level in names:
        return level
    if not isinstance(level, str) and -len(names) <= level < len(names):
        return names[level]
    mend = nearest(level, names) if isinstance(level, str) else f"There are: {', '.join(map(repr, names))}."
    raise SettingError("the net has no such level", where="level", came=repr(level), mend=mend)


@contextlib.contextmanager
def caught(net: nn.Module, *names: str) -> Iterator[Mapping[str, Tensor]]:
    """Catch what stands on some levels, each time that the net runs within the block.

    Parameters
    ----------
    names
        Of :func:`levels`.

    Yields
    ------
    mapping
        The activations of the last run by level, as the next module reads them: (B, F), (B, M, F) or (B, C, H, W).

    Examples
    --------
    >>> net = MLP(8, 3).eval()
    >>> with torch.no_grad(), caught(net, "layer 1", "features") as found:
    ...     outputs = net(torch.zeros(5, 8))
    >>> found["layer 1"].shape, torch.equal(net.head(found["features"]), outputs)
    (torch.Size([5, 128]), True)
    """
    known, found = levels(net), {}

    def catch(name: str) -> torch.utils.hooks.RemovableHandle:
        def keep(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
            found[name] = given[0]

        return known[name].register_forward_pre_hook(keep)

    handles = [catch(level_of(net, name)) for name in names]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def vectors(activations: Tensor) -> Tensor:
    """Make one row of numbers for each example: (B, F).

    Grids (B, C, H, W) give each channel's mean, as a net's own head reads them; members (B, M, F) stand side by side.

    Examples
    --------
    >>> vectors(torch.ones(5, 16, 4, 4)).shape, vectors(torch.ones(5, 3, 8)).shape
    (torch.Size([5, 16]), torch.Size([5, 24]))
    """
    return activations.mean((2, 3)) if activations.ndim == 4 else activations.flatten(1)
