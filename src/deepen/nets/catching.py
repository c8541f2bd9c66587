"""What the layers of a net read while it runs, caught at their doors.

Nothing is asked of a net but that it runs: deepen's own and a user's are treated alike.

Legend: B examples in a batch.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

from torch import Tensor, nn

from deepen.nets.assemble import Assembled, OwnNet
from deepen.nets.cnn import Residual
from deepen.nets.ensemble import Ensemble
from deepen.nets.lstm_layers import LSTMBothWays, LSTMLayer
from deepen.nets.policy_value import Block

__all__ = ["catching", "outputs"]

# Around a shortcut, over a grid.
_BLOCKS = (Residual, Block)
# What is one layer, however many it is made of.
_WHOLE = (
    *_BLOCKS, LSTMBothWays, LSTMLayer, nn.RNNBase, nn.MultiheadAttention, nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
)  # fmt: skip


def outputs(net: nn.Module, inputs: Mapping[str, Tensor]) -> Tensor:
    """Run a net on inputs by name: deepen's own read them by name, any other in their order.

    Returns
    -------
    Tensor
        (B, O); members are averaged.
    """
    named = isinstance(net, Assembled | Ensemble | OwnNet)
    out: Tensor = net(inputs) if named else net(*inputs.values())
    if out.ndim == 1:
        out = out[:, None]
    return out.mean(1) if out.ndim == 3 else out


@contextlib.contextmanager
def catching(
    net: nn.Module, paths: Sequence[str] | None, *, grids: bool = False
) -> Iterator[tuple[dict[str, Tensor], dict[str, int]]]:
    """Catch what the layers of a net read, by their paths: all that is new to them, or what is named.

    Parameters
    ----------
    paths
        What is named.
    grids
        Whether a grid is caught where it is flattened, while its places still stand side by side.

    Yields
    ------
    dict, dict
        What was read, as it stood; and which of its axes holds the units.
    """
    found: dict[str, Tensor] = {}
    channels: dict[str, int] = {}
    handles = []

    def keep(path: str, module: nn.Module) -> None:
        def hook(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
            if path in found or not given or not isinstance(given[0], Tensor):
                return
            if paths is None and isinstance(module, nn.Flatten) and not (grids and given[0].ndim == 4):
                return
            if paths is None and any(given[0] is x or (grids and _same(given[0], x)) for x in found.values()):
                return  # another filter over the same level
            found[path] = given[0]
            channels[path] = 1 if _is_convolution(module) or given[0].ndim == 2 else given[0].ndim - 1

        handles.append(module.register_forward_pre_hook(hook))

    for path, modules in _layers(net).items():
        if paths is None or path in paths:
            for module in modules:
                keep(path, module)
    try:
        yield found, channels
    finally:
        for handle in handles:
            handle.remove()


def _same(x: Tensor, y: Tensor) -> bool:
    """Whether two tensors are the same numbers in the same memory, one of them flattened."""
    return x.data_ptr() == y.data_ptr() and x.shape[0] == y.shape[0] and x.numel() == y.numel()


def _is_convolution(module: nn.Module) -> bool:
    first = next((p for p in module.parameters() if p.ndim >= 3), None)
    return isinstance(module, (*_BLOCKS, nn.Flatten)) or (
        first is not None and type(module).__name__.startswith(("Conv", "Lazy"))
    )


def _layers(net: nn.Module) -> dict[str, list[nn.Module]]:
    """The layers with a matrix of weights of their own, by path, each with the modules at whose door to stand.

    The net itself is none. A block that counts as one layer may be run by its parts, as
    :func:`deepen.nets.masked.masked` does; so its first part stands beside it.
    """
    found: dict[str, list[nn.Module]] = {}
    inside: list[str] = []
    for path, module in net.named_modules():
        if not path or any(path.startswith(f"{block}.") for block in inside):
            continue
        if isinstance(module, _WHOLE):
            inside.append(path)
            found[path] = [module, *([_first(module)] if isinstance(module, _BLOCKS) else [])]
        elif isinstance(module, nn.Flatten):
            found[path] = [module]  # has no weights, and only counts where it is asked for
        elif not isinstance(module, nn.Embedding | nn.EmbeddingBag) and any(
            p.ndim >= 2 for p in module.parameters(recurse=False)
        ):
            found[path] = [module]
    return found


def _first(module: nn.Module) -> nn.Module:
    return next(m for m in module.modules() if any(p.ndim >= 2 for p in m.parameters(recurse=False)))
