"""Receptive fields by exact arithmetic: which part of an input one place of a level can see.

Along an axis, place p of a level sees the ``size`` places of the input from ``start + p * jump`` on. A filter of k
places, stride s, dilation d and padding a makes of (size, jump, start)

    size + (k - 1) d jump,  s jump,  start - a jump

(Araujo, Norris and Sim 2019, "Computing receptive fields of convolutional neural networks", section 2). Where branches
meet, the field is what any of them sees. The operations are read off the graph that autograd keeps of a forward pass,
so shortcuts, parallel filters and functional calls count as they were computed. What mixes all places (a mean, a matrix
product, a recurrent layer), and any operation that is not known here, sees the whole. At the far border a maximum that
rounds down leaves out places that the arithmetic counts as seen.

Legend: B examples in a batch; axes are counted with the batch as axis 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

__all__ = ["Axis", "Field", "fields_of"]


@dataclass(frozen=True)
class Axis:
    """How the places along one axis of a tensor see one axis of an input.

    Parameters
    ----------
    of
        The input's axis.
    size, jump, start
        See the head of this file. What lies outside of the input is padding.
    strides
        Each stride on the way, with whether a last place without its neighbours still makes a place.

    Examples
    --------
    >>> Axis(of=2).filtered(3, stride=2, padding=1).sees(5)
    (9, 12)
    >>> Axis(of=1).filtered(3, stride=2, padding=1).own(7)
    4
    """

    of: int
    size: int = 1
    jump: int = 1
    start: int = 0
    strides: tuple[tuple[int, bool], ...] = ()

    def filtered(
        self, k: int, *, stride: int = 1, dilation: int = 1, padding: int = 0, up: bool | None = None
    ) -> Axis:
        """What a filter, or a maximum or mean over a window, makes of it."""
        strides = (*self.strides, (stride, k % 2 == 1 if up is None else up)) if stride > 1 else self.strides
        size = self.size + (k - 1) * dilation * self.jump
        return Axis(self.of, size, self.jump * stride, self.start - padding * self.jump, strides)

    def sees(self, place: int) -> tuple[int, int]:
        """The first place of the input that ``place`` sees, and the first behind that it does not."""
        first = self.start + place * self.jump
        return first, first + self.size

    def own(self, n: int) -> int:
        """How many places belong to an example of which ``n`` places of the input are its own; one at the least."""
        for stride, up in self.strides:
            n = -(-n // stride) if up else n // stride
        return max(1, n)

    def join(self, other: Axis) -> Axis | None:
        """What either sees; None where they move at different paces."""
        if (self.of, self.jump) != (other.of, other.jump):
            return None
        start = min(self.start, other.start)
        end = max(self.start + self.size, other.start + other.size)
        return replace(self, start=start, size=end - start)


Field = tuple[Axis | None, ...]
"""For each axis of a tensor the axis of the input that it follows, or None where it sees the whole.

Within the walk an empty one stands for a tensor, of any axes, that sees the whole.
"""

_Seen = dict[str, Field]

_SAME = {
    "Relu", "LeakyRelu", "Gelu", "Silu", "Tanh", "Sigmoid", "Elu", "Hardtanh", "Hardswish", "Softplus", "Mish",
    "Add", "Sub", "Mul", "Div", "Neg", "Pow", "Abs", "Exp", "Where", "MaskedFill", "Clamp", "ClampMin", "Rsub", "Prelu",
    "Addcmul", "NativeBatchNorm", "CudnnBatchNorm", "MiopenBatchNorm", "NativeDropout", "Clone", "ToCopy", "Alias",
    "Contiguous", "Threshold", "Lerp", "FeatureDropout",
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
