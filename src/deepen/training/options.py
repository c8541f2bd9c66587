"""What a user can say of a training, checked before any work begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deepen.config import Settings, between
from deepen.errors import SettingError
from deepen.learning.budget import Budget
from deepen.nets.sizes import SIZES, dial

__all__ = ["DEFAULT_MINUTES", "Options"]

DEFAULT_MINUTES = 5.0


class Options(Settings):
    """Every option of :func:`deepen.train` beside the data; plain data, so that a run can be resumed.

    Parameters
    ----------
    minutes, epochs, steps
        The budget: one of them; five minutes if none is named.
    target, input, kinds, drop, keep, group, time, without, forecast
        What the columns are, see :class:`deepen.data.recognise.Wishes`.
    header, delimiter, encoding
        How a text table is written, where that is not found out rightly.
    test_share, valid_share
        The shares held out, where the source has no parts of its own.
    allow_bad
        The share of pictures that may be unreadable and are then left out.
    size, image_size, batch, rate
        The net's size, the pictures' longer side in pixels, examples in a step, and the peak learning rate;
        each is chosen from the data and the clock unless it is said.
    balance
        Whether every class counts alike in training, however many examples it has.
    mirror
        Whether pictures may be mirrored; found out from the training part unless it is said.
    seed
        From which everything random follows.
    device
        ``cpu``, ``cuda``...; the first GPU, if there is one, else the CPU.
    """

    minutes: float | None = None
    epochs: float | None = None
    steps: int | None = None
    target: str | Sequence[str] | None = None
    input: Sequence[str] = ()
    forecast: str | Sequence[str] | None = None
    kinds: Mapping[str, str] | None = None
    drop: Sequence[str] = ()
    keep: Sequence[str] = ()
    group: str | None = None
    time: str | None = None
    without: Sequence[str] = ()
    header: bool | None = None
    delimiter: str | None = None
    encoding: str | None = None
    test_share: float | None = None
    valid_share: float | None = None
    allow_bad: float = 0.01
    size: str | float | None = None
    image_size: int | None = None
    batch: int | None = None
    rate: float | None = None
    balance: bool = False
    mirror: bool | None = None
    seed: int = 0
    device: str | None = None

    def __post_init__(self) -> None:
        if self.minutes is None and self.epochs is None and self.steps is None:
            object.__setattr__(self, "minutes", DEFAULT_MINUTES)
        self.budget  # noqa: B018 - refuses a wrong one
        for name, share in (("--test-share", self.test_share), ("--valid-share", self.valid_share)):
            if share is not None:
                between(name, share, 0, 0.9, open_low=True)
        between("--allow-bad", self.allow_bad, 0, 1)
        for name, low, high in (("image_size", 4, 4096), ("batch", 1, 10**7), ("seed", 0, 2**63 - 1)):
            value = getattr(self, name)
            if value is not None:
                between(f"--{name.replace('_', '-')}", value, low, high)
        if self.rate is not None:
            between("--rate", self.rate, 0, 100, open_low=True)
        if self.size is not None:
            dial(self._size_number())
        for name in ("drop", "keep", "without", "input"):
            if isinstance(getattr(self, name), str):
                raise SettingError("a list of names is needed", where=name, came=repr(getattr(self, name)))

    def _size_number(self) -> str | float:
        """The size: a name, or a number that may have come as text."""
        if isinstance(self.size, str) and self.size not in SIZES:
            try:
                return float(self.size)
            except ValueError:
                return self.size
        assert self.size is not None
        return self.size

    @property
    def net_size(self) -> str | float | None:
        """The size that was asked for, if any."""
        return None if self.size is None else self._size_number()

    @property
    def budget(self) -> Budget:
        """The budget."""
        return Budget(minutes=self.minutes, epochs=self.epochs, steps=self.steps)

    def reading(self) -> dict[str, Any]:
        """The options of reading alone."""
        return {"header": self.header, "delimiter": self.delimiter, "encoding": self.encoding}
