"""The receptive fields of any tensor, read off the graph that autograd keeps of a forward pass.

So shortcuts, parallel filters and functional calls count as they were computed, by the arithmetic of
:mod:`deepen.nets.axes`. What mixes all places (a mean, a matrix product, a recurrent layer), and any operation that is
not known here, sees the whole. At the far border a maximum that rounds down leaves out places that the arithmetic
counts as seen. Of a norm over channels and places only what it scales counts, not that its mean and spread are of all
places.

Legend: B examples in a batch; axes are counted with the batch as axis 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from deepen.nets.axes import Axis, Field

__all__ = ["fields_of"]

_Seen = dict[str, Field]

_SAME = {
    "Relu", "LeakyRelu", "Gelu", "Silu", "Tanh", "Sigmoid", "Elu", "Hardtanh", "Hardswish", "Softplus", "Mish",
    "Add", "Sub", "Mul", "Div", "Neg", "Pow", "Abs", "Exp", "Where", "MaskedFill", "Clamp", "ClampMin", "Rsub", "Prelu",
    "Addcmul", "NativeBatchNorm", "CudnnBatchNorm", "MiopenBatchNorm", "NativeDropout", "Clone", "ToCopy", "Alias",
    "Contiguous", "Threshold", "Lerp", "FeatureDropout", "NativeGroupNorm",
}  # fmt: skip


def fields_of(tensor: Tensor, inputs: Mapping[str, Tensor]) -> dict[str, Field]:
    """Find what each place of a tensor sees of the inputs that it was computed from.

    Parameters
    ----------
    tensor
        Computed from ``inputs`` with gradients on.
    inputs
        Leaves that require a gradient, or whole numbers (B, T) that were looked up in an embedding.

    Returns
    -------
    dict
        A field for each input that the tensor depends on, axis 0 (the batch) included.

    Examples
    --------
    >>> import torch
    >>> x = torch.zeros(1, 1, 9, 9, requires_grad=True)
    >>> net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2))
    >>> rows = fields_of(net(x), {"x": x})["x"][2]
    >>> rows.size, rows.jump, rows.start
    (4, 2, 0)
    """
    found = _Walk(inputs).of(tensor.grad_fn, tensor)
    return {which: field or (None,) * tensor.ndim for which, field in found.items()}


class _Walk:
    """A walk through the graph, from a tensor down to the inputs; every node is looked at once."""

    def __init__(self, inputs: Mapping[str, Tensor]) -> None:
        self._inputs = inputs
        self._known: dict[Any, _Seen] = {}

    def of(self, node: Any, tensor: Tensor | None = None) -> _Seen:
        if node is None:
            names = [n for n, x in self._inputs.items() if tensor is x]
            return {n: _itself(self._inputs[n].ndim) for n in names}
        # Deep nets have more nodes than Python has frames, so the way down is kept in a list.
        todo = [node]
        while todo:
            at = todo[-1]
            below = [n for n, _ in at.next_functions if n is not None and n not in self._known]
            if below and at not in self._known:
                todo += below
                continue
            todo.pop()
            if at not in self._known:
                self._known[at] = self._one(at)
        return self._known[node]

    def _one(self, node: Any) -> _Seen:
        name = type(node).__name__.split("Backward")[0]
        if name == "AccumulateGrad":
            return self.of(None, node.variable)
        if name == "Embedding":
            return self._looked_up(node)
        below = [self._known[n] for n, _ in node.next_functions if n is not None]
        seen = _joined(below)
        return {which: _step(name, node, field) for which, field in seen.items()}

    def _looked_up(self, node: Any) -> _Seen:
        indices = node._saved_indices
        for which, x in self._inputs.items():
            if x.untyped_storage().data_ptr() == indices.untyped_storage().data_ptr():
                # One column of a table of codes is no place that could be moved along.
                places = _itself(x.ndim) if x.shape == indices.shape else (None,) * indices.ndim
                return {which: (*places, None)}
        return {}


def _itself(axes: int) -> Field:
    return tuple(Axis(of=k) for k in range(axes))


def _joined(parts: Sequence[_Seen]) -> _Seen:
    seen: _Seen = {}
    for part in parts:
        for which, field in part.items():
            seen[which] = _union(seen[which], field) if which in seen else field
    return seen


def _union(a: Field, b: Field) -> Field:
    if not a or not b:
        return ()
    axes = max(len(a), len(b))  # a smaller tensor is broadcast along the first axes
    a, b = ((None,) * (axes - len(f)) + f for f in (a, b))
    return tuple(x.join(y) if x is not None and y is not None else None for x, y in zip(a, b, strict=True))


def _step(name: str, node: Any, field: Field) -> Field:
    """What an operation makes of the field of what it reads."""
    if name in _SAME or not field:
        return field
    step = _STEPS.get(name)
    return step(node, field) if step is not None else ()


def _axis(value: int, axes: int) -> int:
    value = value - 2**64 if value >= 2**63 else value  # kept as an unsigned number
    return value % axes


def _convolved(node: Any, field: Field) -> Field:
    sides = node._saved_weight.shape[2:]
    if node._saved_transposed or len(field) < 2 + len(sides):
        return ()
    found: list[Axis | None] = [field[0], None]
    for k, side in enumerate(sides):
        axis = field[2 + k]
        found.append(
            axis and axis.filtered(
                side, stride=node._saved_stride[k], dilation=node._saved_dilation[k], padding=node._saved_padding[k]
            )
        )  # fmt: skip
    return tuple(found)


def _pooled(node: Any, field: Field) -> Field:
    sides = node._saved_kernel_size
    strides = node._saved_stride or sides
    dilation = getattr(node, "_saved_dilation", (1,) * len(sides))
    first = len(field) - len(sides)
    found = list(field[:first])
    for k, side in enumerate(sides):
        axis = field[first + k]
        found.append(
            axis and axis.filtered(
                side, stride=strides[k], dilation=dilation[k], padding=node._saved_padding[k], up=node._saved_ceil_mode
            )
        )  # fmt: skip
    return tuple(found)


def _transposed(node: Any, field: Field) -> Field:
    a, b = (_axis(d, len(field)) for d in (node._saved_dim0, node._saved_dim1))
    found = list(field)
    found[a], found[b] = found[b], found[a]
    return tuple(found)


def _permuted(node: Any, field: Field) -> Field:
    return tuple(field[_axis(d, len(field))] for d in node._saved_dims)


def _unsqueezed(node: Any, field: Field) -> Field:
    at = _axis(node._saved_dim, len(field) + 1)
    return (*field[:at], None, *field[at:])


def _squeezed(node: Any, field: Field) -> Field:
    given = getattr(node, "_saved_dim", None)
    if isinstance(given, int):
        gone = {_axis(given, len(field))}
    elif given is not None:
        gone = {_axis(d, len(field)) for d in given}
    else:
        gone = {k for k, n in enumerate(node._saved_self_sym_sizes) if n == 1}
    return tuple(axis for k, axis in enumerate(field) if k not in gone)


def _padded(node: Any, field: Field) -> Field:
    found, pad = list(field), node._saved_pad
    for k in range(len(pad) // 2):
        axis = found[-1 - k]
        if axis is not None:
            found[-1 - k] = replace(axis, start=axis.start - _signed(pad[2 * k]) * axis.jump)
    return tuple(found)


def _sliced(node: Any, field: Field) -> Field:
    at, found = _axis(node._saved_dim, len(field)), list(field)
    axis = found[at]
    if axis is not None:
        first, size = _signed(node._saved_start), int(node._saved_self_sym_sizes[at])
        first = max(0, first + size) if first < 0 else min(first, size)
        step = int(node._saved_step)
        found[at] = replace(axis, start=axis.start + first * axis.jump, jump=axis.jump * step)
    return tuple(found)


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _concatenated(node: Any, field: Field) -> Field:
    at = _axis(node._saved_dim, len(field))
    return tuple(None if k == at else axis for k, axis in enumerate(field))


_STEPS = {
    "Convolution": _convolved, "MaxPool2DWithIndices": _pooled, "MaxPool3DWithIndices": _pooled, "AvgPool2D": _pooled,
    "AvgPool3D": _pooled, "Transpose": _transposed, "T": lambda _node, field: field[::-1], "Permute": _permuted,
    "Unsqueeze": _unsqueezed, "Squeeze": _squeezed, "ConstantPadNd": _padded, "Slice": _sliced, "Cat": _concatenated,
}  # fmt: skip
