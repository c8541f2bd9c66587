"""The bodies of a net: its readers without the head, level by level; what one net can hand on to another.

A body is known by the name of its input, so that the reader of ``image photo`` can go from a net that reads pictures
alone to one that reads other columns beside them; what reads several inputs is called :data:`TABLE` or :data:`JOINT`.
Levels are counted as :mod:`deepen.nets.levels` counts them: by what
one layer with weights hands to the next, in the order in which the net runs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Set

import torch
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets.assemble import JOINT, TABLE, Assembled
from deepen.nets.catching import catching, outputs
from deepen.nets.levels import example
from deepen.shapes import Shape

__all__ = ["JOINT", "TABLE", "Bodies", "bodies_of", "frozen", "put_bodies", "stacked"]

Bodies = Mapping[str, Mapping[str, Tensor]]
"""The weights and statistics of each body, by the name of its input and by their names in its reader."""


def bodies_of(net: Assembled) -> dict[str, dict[str, Tensor]]:
    """Give the weights of every reader, without the head's, as copies on the CPU.

    Examples
    --------
    >>> from deepen.nets import NetSettings
    >>> from deepen.shapes import Vector
    >>> found = bodies_of(Assembled({"numbers": Vector(4)}, 2, NetSettings(size="tiny", embedding=None)))
    >>> list(found), list(found["table"])
    (['table'], ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias'])
    """
    state = net.state_dict()
    return {
        body: {n.removeprefix(prefix): t.detach().cpu().clone() for n, t in state.items() if n in names}
        for body, prefix, names in _bodies(net)
    }


def put_bodies(net: Assembled, bodies: Bodies) -> None:
    """Let readers of a net begin with these bodies; the others, and the head, stay as they are.

    Raises
    ------
    SettingError
        If a body does not fit the reader of its input.
    """
    state = net.state_dict()
    for body, prefix, names in _bodies(net):
        if body not in bodies:
            continue
        given = {prefix + name: tensor for name, tensor in bodies[body].items()}
        wrong = [
            name.removeprefix(prefix)
            for name in sorted(names | given.keys())
            if name not in given or name not in names or given[name].shape != state[name].shape
        ]
        if wrong:
            raise SettingError(
                "what was learned before does not fit the net that is to read it",
                where=body,
                came=", ".join(wrong[:3]),
            )
        net.load_state_dict(given, strict=False)


def stacked(net: Assembled, shapes: Mapping[str, Shape]) -> dict[str, list[list[str]]]:
    """Name the weights and statistics of every body, level by level from the input on.

    Norms belong to the layer before them, filters side by side are one level, and what looks up vectors before the
    first layer is a level of its own, but what scales its inputs belongs to it.

    Parameters
    ----------
    shapes
        The inputs of the net.

    Returns
    -------
    dict
        The levels by the name of the input; the names in them are those of the net's state.

    Examples
    --------
    >>> from deepen.nets import NetSettings
    >>> from deepen.shapes import Tokens
    >>> shapes = {"text note": Tokens(v=9, n=5)}
    >>> net = Assembled(shapes, 2, NetSettings(size="tiny", reader="bag"))
    >>> for level in stacked(net, shapes)["text note"]:
    ...     print(level)
    ['readers.0.entry.embedding.weight', 'readers.0.norm.weight', 'readers.0.norm.bias']
    ['readers.0.layers.0.weight', 'readers.0.layers.0.bias']
    """
    device, mode = next(net.parameters()).device, net.training
    net.eval()
    with torch.no_grad(), catching(net, None) as (read, _):
        outputs(net, {name: x.to(device) for name, x in example(shapes).items()})
    net.train(mode)
    found, weights = {}, {name for name, _ in net.named_parameters()}
    for body, prefix, names in _bodies(net):
        starts = _starts(net, prefix, read)
        levels: list[list[str]] = [[] for _ in range(len(starts) + 1)]
        at = 0
        for name in (name for name in net.state_dict() if name in names):
            at = next((k for k, path in enumerate(starts, 1) if name.startswith(f"{path}.")), at)
            levels[at].append(name)
        found[body] = _with_weights([level for level in levels if level], weights)
    return found


def _with_weights(levels: list[list[str]], weights: Set[str]) -> list[list[str]]:
    """Join what only scales the inputs to the first level that learns."""
    if len(levels) > 1 and weights.isdisjoint(levels[0]):
        return [levels[0] + levels[1], *levels[2:]]
    return levels


def _starts(net: Assembled, prefix: str, read: Iterable[str]) -> list[str]:
    """The paths at which the levels of a body begin; a block that its reader names is one level."""
    blocks = [f"{prefix}{block}" for block in getattr(net.get_submodule(prefix[:-1]), "blocks", ())]
    mine = [path for path in read if path.startswith(prefix)]
    whole = [next((block for block in blocks if path.startswith(f"{block}.")), path) for path in mine]
    return list(dict.fromkeys(whole))


@contextlib.contextmanager
def frozen(net: nn.Module, names: Set[str]) -> Iterator[None]:
    """Hold weights and statistics of these names as they are while the block runs, whatever trains the net.

    Held weights ask for no gradient, so that nothing is computed backwards below the lowest level that is trained; and
    batch norms that are held normalise by their running statistics, as in evaluation.
    """
    held = [p for name, p in net.named_parameters() if name in names and p.requires_grad]
    norms = [
        module
        for path, module in net.named_modules()
        if any(True for _ in module.buffers(recurse=False))
        and all(name in names for name in _own(path, module))
    ]
    for parameter in held:
        parameter.requires_grad_(False)
    for norm in norms:
        norm.eval()
        vars(norm)["train"] = lambda _mode=True, norm=norm: norm
    try:
        yield
    finally:
        for norm in norms:
            del vars(norm)["train"]
        for parameter in held:
            parameter.requires_grad_(True)


def _own(path: str, module: nn.Module) -> list[str]:
    """The names of what stands in a module itself and is part of its state."""
    return [f"{path}.{name}" if path else name for name in module.state_dict() if "." not in name]


def _bodies(net: Assembled) -> list[tuple[str, str, Set[str]]]:
    """Each body's name, the prefix of its reader in the net, and the names of its weights and statistics."""
    head = _head(net)
    found: list[tuple[str, str, Set[str]]] = []
    for place, body in enumerate(net.bodies):
        prefix = f"readers.{place}."
        names = {n for n in net.state_dict() if n.startswith(prefix) and not n.startswith(head)}
        found.append((body, prefix, names))
    return found


def _head(net: Assembled) -> str:
    """The prefix of the head: the joint one, or the last layer with a bias of a reader that stands alone."""
    if net.head is not None:
        return "head."
    last = [path for path, m in net.named_modules() if hasattr(m, "bias") and hasattr(m, "weight")][-1]
    return f"{last}."
