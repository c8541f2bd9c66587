"""Where a replay memory keeps what happened: a ring of rows for each copy of the environment.

One row holds one observation and what was done on it: action, reward, and whether the episode ended. What followed is
the next row, so every observation is kept once. Some rows hold an observation alone: the newest one, on which nothing
was done yet; the last one of an episode that was cut, from which its value is still taken; and with stacked frames
those before the first of an episode.

On a CPU the rows are NumPy's, which reads and writes a few of them in a quarter of PyTorch's time; elsewhere they are
tensors. Both are indexed alike, so there is one way for both.

Legend: B copies, T rows of each copy's ring, N rows at once, K frames in a stack, S the shape of one observation, (N,)
or (C, H, W), F the shape of what one row keeps of it: S, or (C / K, H, W) with stacked frames.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from deepen.environments.base import Moved
from deepen.errors import SettingError, TrainingError
from deepen.reinforcement.heads import heads
from deepen.shapes import Grid, Vector

__all__ = ["ALONE", "END", "STEP", "Rings"]

ALONE, STEP, END = 0, 1, 2  # a row: an observation alone, with a step on it, with the last step of an episode
_FACTS = 2 + 4 + 1  # bytes of a row beside the observation: action, reward, kind
_CHECKED = 32  # additions at which stacked frames are compared with those before (assumed)
_KEPT = ("frames", "actions", "rewards", "kinds")


class Rings:
    """B rings of T rows, of a given number of bytes.

    Parameters
    ----------
    shape, dtype
        Of the observations, which are kept in their own type.
    copies
        B.
    size
        Bytes of all rings together; :meth:`bytes_for` tells how many a number of steps needs.
    stack
        K: observations are stacks of K frames along the channels, the newest last, each the one before moved on by a
        frame. Then single frames are kept: a million of 84 x 84 take 7 GB, not 28.
    device
        Where they are kept.
    keep
        The most bytes that a checkpoint may take; of rings that hold more nothing is saved, and they are filled anew.

    Attributes
    ----------
    rows
        T.

    Raises
    ------
    SettingError
        If the bytes do not suffice for a few rows, or the channels are not those of K frames.
    """

    _BESIDE: ClassVar[int] = 0  # bytes for each row that a kind of memory keeps besides

    def __init__(
        self,
        shape: Vector | Grid,
        dtype: torch.dtype,
        *,
        copies: int,
        size: float,
        stack: int = 1,
        device: torch.device | str = "cpu",
        keep: float = 256e6,
    ) -> None:
        frame = _frame(shape, stack)
        self.copies, self.stack, self.keep, self.device = copies, stack, keep, torch.device(device)
        self._on_cpu = self.device.type == "cpu"
        each, least = self._row_bytes(frame, dtype), 2 * stack + 2
        self.rows = int(size // (each * copies))
        if self.rows < least:
            raise SettingError(
                "too small a memory", where="size", came=f"{size:.0f}",
                allowed=f"{each * copies * least} bytes or more, which hold {copies * least} steps",
            )  # fmt: skip
        total = self.rows * copies
        try:
            self._frames = self._zeros((total, *frame), dtype)  # (B T, *F)
            self._actions = self._zeros((total,), torch.int16)  # (B T,)
            self._rewards = self._zeros((total,), torch.float32)  # (B T,)
            self._kinds = self._zeros((total,), torch.uint8)  # (B T,)
        except (RuntimeError, MemoryError) as error:
            raise SettingError(
                "memory does not suffice for the replay memory", where="size", came=f"{total * each / 1e9:.1f} GB",
                mend="Give it fewer bytes.",
            ) from error  # fmt: skip
        self._heads = heads(copies, self.rows, self._native)
        self._back = self._native(torch.arange(stack - 1, -1, -1))  # (K,)
        self._unchecked = _CHECKED if stack > 1 else 0
        self._seen: Tensor | None = None

    @classmethod
    def bytes_for(cls, steps: float, shape: Vector | Grid, dtype: torch.dtype, *, stack: int = 1) -> float:
        """How many bytes so many steps need.

        Examples
        --------
        >>> Rings.bytes_for(1_000_000, Grid(4, 84, 84), torch.uint8, stack=4) / 1e9
        7.063
        """
        return steps * cls._row_bytes(_frame(shape, stack), dtype)

    @classmethod
    def _row_bytes(cls, frame: tuple[int, ...], dtype: torch.dtype) -> int:
        return math.prod(frame) * dtype.itemsize + _FACTS + cls._BESIDE

    @property
    def capacity(self) -> int:
        """The steps for which there is room; each cut and each newest observation takes that of one more."""
        return self.rows * self.copies

    @property
    def high(self) -> int:
        """The rows from the begin of a ring among which all are that were written."""
        return min(self.rows, self._heads.most)

    def __len__(self) -> int:
        """How many steps there are."""
        return int((self._kinds != ALONE).sum())

    def begin(self, seen: Tensor) -> None:
        """Take what is seen (B, *S) as the begin of an episode in every copy; one that went on there is broken off."""
        self._seen = seen
        for frame in self._stacked(seen):
            self._put(slice(None), frame)

    def add(self, actions: Tensor, moved: Moved, rewards: Tensor | None = None) -> Tensor | None:
        """Add one step of all copies.

        Parameters
        ----------
        actions
            (B,) what was done on what was seen last.
        moved
            What came of it.
        rewards
            (B,) those to learn from, where they are not ``moved.rewards``.

        Returns
        -------
        Tensor
            (B,) bool, in which copies an episode is over; None if in none.

        Raises
        ------
        TrainingError
            If stacked frames are not those before, moved on by one.
        """
        rows, native = self._heads.newest, self._native
        # A tensor is written in its own type alone; NumPy narrows by itself, for less.
        self._actions[rows] = native(actions if self._on_cpu else actions.to(torch.int16))
        self._rewards[rows] = native(moved.rewards if rewards is None else rewards)
        self._kinds[rows] = STEP
        self._touch(rows)
        if self._unchecked:
            self._check(moved.last)
            self._seen = moved.seen
        last = self._stacked(moved.last)[-1]
        if not moved.over:
            self._put(slice(None), last)
            return None
        done = moved.done
        ended, over = native(moved.ended), native(done)  # (B,)
        if not over.any():
            self._put(slice(None), last)
            return None
        self._kinds[rows] += ended  # from STEP to END
        self._put(~ended, last[~ended])  # what was seen in the end counts, unless nothing is to come
        for frame in self._stacked(moved.seen):
            self._put(over, frame[over])
        return done

    def _put(self, which: Any, frames: Any) -> None:
        """Write the next observation of some copies, on which nothing was done yet."""
        rows = self._heads.move(which)
        self._frames[rows] = frames
        self._forget(rows)
        for more in range(1, self.stack):  # the oldest rows: frames of their stacks are being written over
            self._forget(self._heads.ahead(which, more))

    def _forget(self, rows: Any) -> None:
        """Take the steps at rows out, if there were any."""
        self._kinds[rows] = ALONE
        self._touch(rows)

    def _touch(self, rows: Any) -> None:
        """Take note that steps at rows, or at a slice of them, came or went."""

    def _observations(self, rows: Any) -> Tensor:
        """Give the observations that stand at rows (N,), stacked as they were seen: (N, *S)."""
        if self.stack == 1:
            return self._tensor(self._taken(self._frames, rows))
        at = (rows % self.rows)[:, None]  # (N, 1)
        each = rows[:, None] - at + (at - self._back) % self.rows  # (N, K)
        return self._tensor(self._taken(self._frames, each)).flatten(1, 2)  # of (N, K, *F)

    def _stacked(self, seen: Tensor) -> list[Any]:
        """Give the K frames of observations (B, *S), the newest last, each (B, *F)."""
        if self.stack == 1:
            return [self._native(seen)]
        return [self._native(frame) for frame in seen.chunk(self.stack, dim=1)]

    def _check(self, last: Tensor) -> None:
        self._unchecked -= 1
        assert self._seen is not None
        c = last.shape[1] // self.stack
        if not torch.equal(self._seen[:, c:], last[:, :-c]):
            raise TrainingError(
                "an observation is not the one before moved on by a frame", where="stack", came=str(self.stack),
                mend="Keep whole observations: stack=1.",
            )  # fmt: skip

    def _taken(self, part: Any, rows: Any) -> Any:
        """Give what stands at rows, in any shape, of a part; on a CPU by what takes NumPy the least time."""
        return part.take(rows, axis=0) if self._on_cpu else part[rows]

    def _tensor(self, rows: Any) -> Tensor:
        """Give what was taken as a tensor."""
        return torch.from_numpy(rows) if self._on_cpu else rows

    def _native(self, tensor: Tensor) -> Any:
        """Give a tensor as rows are: NumPy's view of it on a CPU, else on the device."""
        if self._on_cpu:
            return tensor.numpy() if tensor.is_cpu else tensor.cpu().numpy()
        return tensor.to(self.device)

    def _zeros(self, sides: tuple[int, ...], dtype: torch.dtype) -> Any:
        if self._on_cpu:  # NumPy takes pages from the system when they are first written, PyTorch all at once
            return np.zeros(sides, torch.empty(0, dtype=dtype).numpy().dtype)
        return torch.zeros(sides, dtype=dtype, device=self.device)

    def _ring(self, name: str, high: int) -> Tensor:
        """One of the parts as (B, high, ...), which writes to it."""
        whole = torch.as_tensor(getattr(self, f"_{name}"))
        return whole.view(self.copies, self.rows, *whole.shape[1:])[:, :high]

    def state_dict(self) -> dict[str, Any]:
        """What they hold, if that is no more than ``keep`` bytes; else only that they must be filled anew."""
        kept = {name: self._ring(name, self.high) for name in _KEPT}
        beside = self._BESIDE * self.capacity
        whole = sum(part.numel() * part.element_size() for part in kept.values()) + beside <= self.keep
        return {
            "rows": self.rows, "written": self._heads.written,
            "kept": {name: part.contiguous() for name, part in kept.items()} if whole else None,
        }  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> bool:
        """Go on from there.

        Returns
        -------
        bool
            Whether what they held came back; if not, they are empty and must be filled anew.
        """
        kept, written = state["kept"], state["written"]
        whole = kept is not None and state["rows"] == self.rows and len(written) == self.copies
        self._kinds[:] = ALONE
        self._heads.set(written if whole else None)
        for name in _KEPT if whole else ():
            self._ring(name, kept[name].shape[1]).copy_(kept[name])
        self._unchecked = 0
        return whole


def _frame(shape: Vector | Grid, stack: int) -> tuple[int, ...]:
    """The shape of what a row keeps of an observation."""
    if isinstance(shape, Vector):
        if stack != 1:
            raise SettingError("only a Grid has stacked frames", where="stack", allowed="1", came=str(stack))
        return (shape.n,)
    if stack < 1 or shape.c % stack:
        raise SettingError(
            "the channels are not those of so many frames", where="stack", allowed=f"a divisor of {shape.c}",
            came=str(stack),
        )  # fmt: skip
    return (shape.c // stack, shape.h, shape.w)
