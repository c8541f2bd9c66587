"""One net from any set of inputs: a reader for each, joined, and one head.

Legend: B examples in a batch, F features, M members, O outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from deepen.config import Settings
from deepen.errors import SettingError
from deepen.nets.joint import Joint
from deepen.nets.mlp import MLP
from deepen.nets.readers import build
from deepen.shapes import Codes, Shape, Vector

__all__ = ["JOINT", "TABLE", "Assembled", "NetSettings", "OwnNet", "reads_as_given", "start_from_prior"]


JOINT = "joint"
"""The reader of all inputs at once, and the name of its body."""

TABLE = "table"
"""The name of the body that reads numbers and codes."""


class NetSettings(Settings):
    """All that decides a net besides the shapes of its inputs.

    Parameters
    ----------
    size
        The dial: a name or a number, see :mod:`deepen.nets.sizes`.
    embedding, embedding_d, bins
        How numbers enter: ``piecewise`` linear with so many bins, ``periodic``, or as they are (None); and how
        many units each then has.
    members
        Nets in one that share their weights; for tables alone.
    dropout
        The share of hidden units silenced in training, in MLPs, nets for sequences, and before a joint head.
    reader
        By which net texts, recordings and series are read, see :mod:`deepen.nets.readers`; the first that can.
        :data:`JOINT` reads all inputs at once, see :mod:`deepen.nets.joint`.
    word_dropout
        The share of a text's tokens left out in training.
    given
        What builds a reader that came with weights of its own, see :data:`deepen.nets.readers.GIVEN`.
    """

    size: str | float = "small"
    embedding: str | None = "piecewise"
    embedding_d: int = 16
    bins: int = 16
    members: int = 1
    dropout: float = 0.1
    reader: str = ""
    word_dropout: float = 0.0
    given: Mapping[str, Any] | None = None


class Assembled(nn.Module):
    """Reads inputs by name and gives the outputs.

    Tables alone make an :class:`MLP`, one image alone a :class:`~deepen.nets.cnn.CNN`, one text, recording or
    series the net that ``settings`` name. Several inputs are read each by its own net, and their features, side by
    side, go to one head; only the layers of a machine that learned on all of them at once read them so.

    Parameters
    ----------
    shapes
        The inputs by name.
    outputs
        O.
    settings
        Size and the rest.

    Attributes
    ----------
    bodies : tuple of str
        What each of the readers is called, see :mod:`deepen.nets.bodies`.

    Raises
    ------
    SettingError
        If there is no input.

    Examples
    --------
    >>> from deepen.shapes import Grid
    >>> net = Assembled({"numbers": Vector(4), "image photo": Grid(3, 32, 32)}, 2, NetSettings(size="tiny"))
    >>> net({"numbers": torch.zeros(5, 4), "image photo": torch.zeros(5, 3, 32, 32)}).shape
    torch.Size([5, 2])
    """

    def __init__(self, shapes: Mapping[str, Shape], outputs: int, settings: NetSettings) -> None:
        super().__init__()
        if not shapes:
            raise SettingError("a net needs at least one input", where="shapes")
        self.head: nn.Module | None = None
        self.bodies: tuple[str, ...] = (JOINT,)
        if settings.reader == JOINT:
            assert settings.given is not None
            self.own, self.tables = [], []
            self.readers = nn.ModuleList([Joint(shapes, outputs, settings.given)])
            return
        tables = {n: s for n, s in shapes.items() if isinstance(s, Vector | Codes)}
        self.own = [n for n in shapes if n not in tables]
        self.tables = list(tables)
        self.bodies = (*self.own, *([TABLE] if tables else []))
        alone = len(self.own) + bool(tables) == 1
        head = outputs if alone else None
        self.readers = nn.ModuleList(
            build(
                shapes[name], head, way=settings.reader, size=settings.size, dropout=settings.dropout,
                word_dropout=settings.word_dropout, given=settings.given,
            )
            for name in self.own
        )  # fmt: skip
        if tables:
            self.readers.append(
                MLP(
                    list(tables.values()), head, size=settings.size, dropout=settings.dropout,
                    embedding=settings.embedding,  # type: ignore[arg-type]
                    embedding_d=settings.embedding_d, bins=settings.bins,
                    members=settings.members if alone else 1,
                )
            )  # fmt: skip
        if not alone:
            width = sum(r.features_n for r in self.readers)  # type: ignore[misc]
            self.head = nn.Sequential(
                nn.LayerNorm(width), nn.Dropout(settings.dropout), nn.Linear(width, outputs)
            )

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give the outputs (B, O), or (B, M, O) with members."""
        if self.bodies == (JOINT,):
            return self.readers[0](inputs)  # type: ignore[no-any-return]
        read = [reader(inputs[name]) for name, reader in zip(self.own, self.readers, strict=False)]
        if self.tables:
            read.append(self.readers[-1](*(inputs[name] for name in self.tables)))
        if self.head is None:
            return read[0]  # type: ignore[no-any-return]
        return self.head(torch.cat(read, dim=1))  # type: ignore[no-any-return]


class OwnNet(nn.Module):
    """A user's module among deepen's: it is called with the inputs in their order, without names."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, inputs: Mapping[str, Tensor]) -> Tensor:
        """Give what the user's module gives."""
        return self.module(*inputs.values())  # type: ignore[no-any-return]


def reads_as_given(net: nn.Module | None) -> bool:
    """Whether a user's module says, by an attribute ``as_given``, that its inputs shall not be scaled.

    Examples
    --------
    >>> reads_as_given(nn.Linear(2, 1))
    False
    """
    return bool(getattr(net, "as_given", False))


@torch.no_grad()
def start_from_prior(net: nn.Module, prior: Tensor) -> None:
    """Make an untrained net answer with the prior, whatever it is shown.

    So the first loss is the majority's, and a run that is stopped at once still has an answer.

    Parameters
    ----------
    net
        An :class:`Assembled` net: its last layer's weights become zero, its bias the prior.
    prior
        (O,) outputs: log shares of the classes, log odds of the labels, or the mean.
    """
    last = [m for m in net.modules() if hasattr(m, "bias") and hasattr(m, "weight")][-1]
    assert isinstance(last.weight, Tensor)
    assert isinstance(last.bias, Tensor)
    last.weight.zero_()
    last.bias.copy_(prior.expand_as(last.bias))
