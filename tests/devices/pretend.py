"""A device that only pretends to be one, for a machine without a GPU: what would fail on CUDA fails here.

Its tensors lie in the CPU's memory, but PyTorch sees another device. An operation on tensors of two devices, a random
draw by another device's generator, and a NumPy view of a tensor that lies there are refused, as CUDA refuses them;
everything else is computed for real. It rests on PyTorch's backend for devices written in Python, which is registered
once for a process and changes it for good: so whatever uses this runs in a process of its own.

What it cannot show: kernels, their speed and rounding, streams, graphs, CUDA's half precision, and LSTMs, whose
CUDA kernel PyTorch calls by its name.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.backend_registration import _DummyBackendModule, _setup_privateuseone_for_python_backend

NAME = "pretend"

# These take tensors of the CPU beside their own: copies between devices, and indices.
_MIXED = frozenset({"copy_", "_to_copy", "index", "index_put", "index_put_", "_index_put_impl_"})

_homes: dict[int, str] = {}  # of generators, by their address
_kept: list[Any] = []  # so that no address comes twice


class _Backend(_DummyBackendModule):
    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16, torch.float16]


class Away(torch.Tensor):
    """A tensor on the device, with what it holds here as ``inner``."""

    inner: torch.Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> Away:
        made = torch.Tensor._make_wrapper_subclass(
            cls, inner.shape, strides=inner.stride(), storage_offset=inner.storage_offset(), dtype=inner.dtype,
            layout=inner.layout, device=torch.device(NAME, 0),
        )  # fmt: skip
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})

    def tolist(self) -> Any:
        return self.inner.tolist()

    def numpy(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"can't convert a tensor on {NAME} to numpy; use Tensor.cpu() first")

    __array__ = numpy


class _Generator(torch._C.Generator):
    """One of the CPU's, that says which device it was made for."""

    def __new__(cls, device: Any = "cpu") -> _Generator:
        made = super().__new__(cls)
        made.home = torch.device(device).type
        _homes[made._cdata] = made.home
        _kept.append(made)
        return made

    @property
    def device(self) -> torch.device:
        return torch.device(self.home)


class Pretending(TorchDispatchMode):
    """While this is entered there is such a device."""

    def __enter__(self) -> Any:
        torch._C._set_only_lift_cpu_tensors(True)  # torch.tensor(..., device=) asks this mode for the copy
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        torch._C._set_only_lift_cpu_tensors(False)
        super().__exit__(*error)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Check where an operation's tensors lie, and compute it here."""
    given = tree_leaves((args, kwargs))
    tensors = [x for x in given if isinstance(x, torch.Tensor)]
    away = any(isinstance(x, Away) for x in tensors)
    if kwargs.get("device") is not None:
        away = torch.device(kwargs["device"]).type == NAME
        kwargs = {**kwargs, "device": torch.device("cpu")}
    elif away and func.overloadpacket.__name__ not in _MIXED:
        here = [x for x in tensors if not isinstance(x, Away) and x.dim() > 0]
        if here:
            raise RuntimeError(
                f"{func}: tensors on {NAME} and on the CPU, shapes {[tuple(x.shape) for x in here]}"
            )
    for generator in (x for x in given if isinstance(x, torch._C.Generator)):
        if _homes.get(generator._cdata, "cpu") != (NAME if away else "cpu"):
            raise RuntimeError(f"{func}: a generator of another device")
    if kwargs.get("pin_memory"):
        kwargs = {**kwargs, "pin_memory": False}
    found = func(*tree_map(_inner, args), **tree_map(_inner, kwargs))
    same = {id(_inner(x)): x for x in tensors}  # what was changed in place is given back itself
    return tree_map(lambda x: same.get(id(x)) if id(x) in same else _sent(x, away), found)


def _inner(x: Any) -> Any:
    return x.inner if isinstance(x, Away) else x


def _sent(x: Any, away: bool) -> Any:
    return Away(x) if away and isinstance(x, torch.Tensor) and not isinstance(x, Away) else x


def register() -> None:
    """Make the device known to this process, before deepen is imported."""
    _setup_privateuseone_for_python_backend(NAME, _Backend())
    torch.Generator = _Generator  # type: ignore[assignment,misc]
    # Wrapped tensors cannot be views in inference mode; what is computed is the same.
    torch.inference_mode = torch.no_grad  # type: ignore[assignment,misc]
