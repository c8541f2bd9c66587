"""All inputs of a net read at once, by the layers of a machine that learned on them side by side.

Legend: B examples, D columns of all inputs, F features, O outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from deepen.nets.rows import Rows
from deepen.nets.stack import Stack
from deepen.shapes import Shape

__all__ = ["Joint"]


class Joint(nn.Module):
    """Lays the inputs side by side, as :class:`~deepen.nets.rows.Rows` does, before a stack of layers.

    Where a reader of each input hands its features to a joint head, here the lowest layer sees all columns: what a
    machine has learned of a table is how its columns hang together.

    Parameters
    ----------
    shapes
        The inputs by name, in the order in which the machine read them.
    outputs
        O of the head; or None: then ``forward`` gives the features.
    given
        What builds the stack, as plain data: ``sizes`` from D on, and the rest of its arguments.

    Attributes
    ----------
    features_n : int
        F.

    Examples
    --------
    >>> import torch
    >>> from deepen.shapes import Codes, Vector
    >>> net = Joint({"numbers": Vector(3), "codes": Codes((2,))}, 2, {"sizes": [5, 4]})
    >>> net({"numbers": torch.zeros(6, 3), "codes": torch.ones(6, 1, dtype=torch.long)}).shape
    torch.Size([6, 2])
    """

    def __init__(self, shapes: Mapping[str, Shape], outputs: int | None, given: Mapping[str, Any]) -> None:
        super().__init__()
        self._rows = Rows(shapes)  # without weights: pixels come standardised, which the stack's scale undoes
        more = dict(given)
        self.stack = Stack(more.pop("sizes"), outputs, **more)
        self.features_n = self.stack.features_n

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give the outputs: (B, O)."""
        return self.stack(self._rows(inputs))  # type: ignore[no-any-return]
