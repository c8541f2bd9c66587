"""The replay memory: the steps of the last while, of which batches are drawn at random (Lin 1992; Mnih et al. 2015).

Each copy of the environment has a ring of rows, and one row holds one observation and what was done there: action,
reward, and whether the episode ended. What followed is the next row, so every observation is kept once. Some rows hold
an observation alone: the newest one, on which nothing was done yet; the last one of an episode that was cut, from
which its value is still taken; and with stacked frames those before the first of an episode.

Legend: B copies, T rows of each copy's ring, N transitions in a batch, n steps, K frames in a stack, S the shape of one
observation, (N,) or (C, H, W), F the shape of what one row keeps of it: S, or (C / K, H, W) with stacked frames.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.environments.base import Moved
from deepen.errors import SettingError, TrainingError
from deepen.reinforcement.n_step import n_step_returns
from deepen.shapes import Grid, Vector

__all__ = ["Replay", "Transitions"]

_ALONE, _STEP, _END = (
    0,
    1,
    2,
)  # a row: an observation alone, with a step on it, with the last step of an episode
_FACTS = 2 + 4 + 1  # bytes of a row beside the observation: action, reward, kind
_CHECKED = 32  # additions at which stacked frames are compared with those before (assumed)


class Transitions(NamedTuple):
    """A batch of what was done and what came of it, over one step or several.

    Parameters
    ----------
    seen, following
        (N, *S) the state, and the one after up to n steps.
    actions
        (N,) int64.
    returns, discounts
        (N,) the rewards on the way, and what the value of ``following`` is multiplied by; 0 after an end.
    rows
        (N,) int64: where they stand in the memory.
    weights
        (N,) how much each counts; None where all count alike.
    """

    seen: Tensor
    actions: Tensor
    returns: Tensor
    discounts: Tensor
    following: Tensor
    rows: Tensor
    weights: Tensor | None = None


class Replay:
    """A replay memory of a given number of bytes, all of them taken at once, from which steps are drawn uniformly.

    Parameters
    ----------
    shape, dtype
        Of the observations, which are kept in their own type.
    copies
        B.
    size
        Bytes of the whole; :meth:`bytes_for` tells how many a number of steps needs.
    discount, n
        Of the returns over n steps.
    stack
        K: observations are stacks of K frames along the channels, the newest last, each the one before moved on by a
        frame. Then single frames are kept: a million of 84 x 84 take 7 GB, not 28.
    seed
        From which the draws follow.
    device
        Where it is kept.
    keep
        The most bytes that a checkpoint may take; a memory that holds more is not saved, and is filled anew.

    Attributes
    ----------
    rows
        T.

    Raises
    ------
    SettingError
        If the bytes do not suffice for a single window, or the channels are not those of K frames.

    Examples
    --------
    >>> memory = Replay(Vector(4), torch.float32, copies=2, size=1e6, discount=0.99)
    >>> memory.capacity, len(memory)
    (43478, 0)
    """

    def __init__(
        self,
        shape: Vector | Grid,
        dtype: torch.dtype,
        *,
        copies: int,
        size: float,
        discount: float,
        n: int = 1,
        stack: int = 1,
        seed: int = 0,
        device: torch.device | str = "cpu",
        keep: float = 512e6,
    ) -> None:
        frame = _frame(shape, stack)
        self.copies, self.n, self.stack, self.discount, self.keep = copies, n, stack, discount, keep
        self.device = torch.device(device)
        self._on_cpu = self.device.type == "cpu"
        each = _row_bytes(frame, dtype)
        self.rows = int(size // (each * copies))
        if self.rows < n + 2 * stack + 1:
            raise SettingError(
                "too small a memory for one window of steps", where="size", came=f"{size:.0f} bytes",
                allowed=f"{each * copies * (n + 2 * stack + 1)} or more",
            )  # fmt: skip
        total = self.rows * copies
        try:
            self._frames = torch.zeros((total, *frame), dtype=dtype, device=self.device)  # (B T, *F)
        except (RuntimeError, MemoryError) as error:
            raise SettingError(
                "memory does not suffice for the replay memory", where="size", came=f"{total * each / 1e9:.1f} GB",
                mend="Give it fewer bytes.",
            ) from error  # fmt: skip
        self._actions = torch.zeros(total, dtype=torch.int16, device=self.device)  # (B T,)
        self._rewards = torch.zeros(total, device=self.device)  # (B T,)
        self._kinds = torch.zeros(total, dtype=torch.uint8, device=self.device)  # (B T,)
        # On a CPU, NumPy writes single rows in a quarter of the time; what it writes to is the same memory.
        self._write = {name: self._native(getattr(self, name)) for name in _KEPT}
        self._base = self._native(self.rows * torch.arange(copies, device=self.device))  # (B,)
        self._heads = self._base + 0  # (B,) the newest rows
        self._written = self._native(
            torch.zeros(copies, dtype=torch.int64, device=self.device)
        )  # (B,) rows so far
        self._generator = seeds.generator(seed, "replay", device=self.device)
        self._back = torch.arange(stack - 1, -1, -1, device=self.device)  # (K,)
        self._ahead = torch.arange(n, device=self.device)  # (n,)
        self._unchecked = _CHECKED if stack > 1 else 0
        self._seen: Tensor | None = None

    @staticmethod
    def bytes_for(steps: float, shape: Vector | Grid, dtype: torch.dtype, *, stack: int = 1) -> float:
        """How many bytes so many steps need.

        Examples
        --------
        >>> Replay.bytes_for(1_000_000, Grid(4, 84, 84), torch.uint8, stack=4) / 1e9
        7.063
        """
        return steps * _row_bytes(_frame(shape, stack), dtype)

    @property
    def capacity(self) -> int:
        """The steps for which there is room; each cut and each newest observation takes that of one more."""
        return self.rows * self.copies

    def __len__(self) -> int:
        """How many steps there are."""
        return int(torch.count_nonzero(self._kinds))

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
        rows, ended = self._heads, self._native(moved.ended)  # (B,)
        self._write["_actions"][rows] = self._native(actions)
        self._write["_rewards"][rows] = self._native(moved.rewards if rewards is None else rewards)
        self._write["_kinds"][rows] = _STEP + ended
        self._touch(rows)
        if self._unchecked:
            self._check(moved.last)
            self._seen = moved.seen
        over, last = ended | self._native(moved.cut), self._stacked(moved.last)[-1]
        if not over.any():
            self._put(slice(None), last)
            return None
        self._put(~ended, last[~ended])  # what was seen in the end counts, unless nothing is to come
        for frame in self._stacked(moved.seen):
            self._put(over, frame[over])
        return moved.done

    def sample(self, size: int) -> Transitions:
        """Draw steps uniformly, with replacement: each that is there is as likely as any other."""
        return self._gather(self._draw(size))

    def _draw(self, size: int) -> Tensor:
        """Draw rows (N,) with a step on them: those without are drawn again, which leaves the others equally likely."""
        high = min(self.rows, int(self._written.max()))
        rows = self._anywhere(size, high)
        while True:
            alone = self._kinds[rows] == _ALONE  # (N,)
            if not alone.any():
                return rows
            assert not alone.all() or len(self), "nothing to draw from"
            rows[alone] = self._anywhere(int(alone.sum()), high)

    def _anywhere(self, size: int, high: int) -> Tensor:
        drawn = torch.randint(high * self.copies, (size,), generator=self._generator, device=self.device)
        return drawn if high == self.rows else drawn % high + self.rows * (drawn // high)

    def _gather(self, rows: Tensor) -> Transitions:
        """Collect the transitions that begin at rows (N,)."""
        first = rows - rows % self.rows  # (N,) the first row of the copy's ring
        window = (
            first[:, None] + (rows[:, None] % self.rows + self._ahead) % self.rows
            if self.n > 1
            else rows[:, None]
        )
        kinds = self._kinds[window]  # (N, n)
        found = n_step_returns(self._rewards[window], kinds != _ALONE, kinds == _END, self.discount)
        after = first + (rows % self.rows + found.lengths) % self.rows  # (N,)
        return Transitions(
            self._observations(rows), self._actions[rows].long(), found.returns, found.discounts,
            self._observations(after), rows,
        )  # fmt: skip

    def _observations(self, rows: Tensor) -> Tensor:
        """Give the observations that stand at rows (N,), stacked as they were seen: (N, *S)."""
        if self.stack == 1:
            return self._frames.index_select(0, rows)
        first = rows - rows % self.rows
        each = first[:, None] + (rows[:, None] % self.rows - self._back) % self.rows  # (N, K)
        frames = self._frames.index_select(0, each.flatten())  # (N K, *F)
        return frames.view(len(rows), -1, *frames.shape[2:])

    def _put(self, which: Any, frames: Any) -> None:
        """Write the next observation of some copies, on which nothing was done yet."""
        base, at = self._base[which], self._written[which] % self.rows
        rows = base + at
        self._heads[which] = rows
        self._write["_frames"][rows] = frames
        self._written[which] += 1
        self._forget(rows)
        for more in range(1, self.stack):  # the oldest rows: frames of their stacks are being written over
            self._forget(base + (at + more) % self.rows)

    def _forget(self, rows: Any) -> None:
        """Take the steps at rows out, if there were any."""
        self._write["_kinds"][rows] = _ALONE
        self._touch(rows)

    def _touch(self, rows: Any) -> None:
        """Take note that steps at rows came or went; of no consequence where all are equally likely."""

    def _stacked(self, seen: Tensor) -> list[Any]:
        """Give the K frames of observations (B, *S), the newest last, each (B, *F)."""
        return (
            [self._native(frame) for frame in seen.chunk(self.stack, dim=1)]
            if self.stack > 1
            else [self._native(seen)]
        )

    def _check(self, last: Tensor) -> None:
        self._unchecked -= 1
        assert self._seen is not None
        c = last.shape[1] // self.stack
        if not torch.equal(self._seen[:, c:], last[:, :-c]):
            raise TrainingError(
                "an observation is not the one before moved on by a frame", where="stack", came=str(self.stack),
                mend="Keep whole observations: stack=1.",
            )  # fmt: skip

    def _native(self, tensor: Tensor) -> Any:
        """Give what rows are written with: NumPy's view of a tensor on a CPU, else the tensor."""
        return tensor.cpu().numpy() if self._on_cpu else tensor.to(self.device)

    def state_dict(self) -> dict[str, Any]:
        """What it holds, if that is no more than ``keep`` bytes; else only that it must be filled anew."""
        high = min(self.rows, int(self._written.max()))
        kept = {
            name: getattr(self, name).view(self.copies, self.rows, *getattr(self, name).shape[1:])[:, :high]
            for name in _KEPT
        }
        whole = sum(part.numel() * part.element_size() for part in kept.values()) <= self.keep
        return {
            "written": torch.as_tensor(self._written).clone(), "random": self._generator.get_state(), "rows": self.rows,
            **({name: part.contiguous() for name, part in kept.items()} if whole else {}),
        }  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> bool:
        """Go on from there.

        Returns
        -------
        bool
            Whether what it held came back; if not, it is empty and must be filled anew.
        """
        self._generator.set_state(state["random"].cpu())
        whole = _KEPT[0] in state and state["rows"] == self.rows and len(state["written"]) == self.copies
        self._kinds.zero_()
        self._written[...] = self._native(state["written"]) if whole else 0
        for name in _KEPT if whole else ():
            part = state[name]
            mine = getattr(self, name)
            mine.view(self.copies, self.rows, *mine.shape[1:])[:, : part.shape[1]] = part.to(self.device)
        self._heads[...] = self._base + (self._written - 1) % self.rows
        self._unchecked = 0
        return whole


_KEPT = ("_frames", "_actions", "_rewards", "_kinds")


def _frame(shape: Vector | Grid, stack: int) -> tuple[int, ...]:
    """The shape of what a row keeps of an observation."""
    if isinstance(shape, Vector):
        if stack != 1:
            raise SettingError("only a Grid has stacked frames", where="stack", allowed="1", came=str(stack))
        return (shape.n,)
    if stack < 1 or shape.c % stack:
        raise SettingError(
            "the channels are not those of so many frames",
            where="stack",
            allowed=f"a divisor of {shape.c}",
            came=str(stack),
        )
    return (shape.c // stack, shape.h, shape.w)


def _row_bytes(frame: tuple[int, ...], dtype: torch.dtype) -> int:
    return math.prod(frame) * dtype.itemsize + _FACTS
