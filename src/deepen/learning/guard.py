"""When a training goes wrong: skip, then roll back and lower the rate, then stop with the cause."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from deepen.errors import TrainingError
from deepen.learning.averages import Average

__all__ = ["Guard", "out_of_memory", "too_little_memory"]

_SKIPS = 3  # bad batches in a row before the weights are taken to be at fault, not the batch (assumed)
_WARM = 20  # losses by which the scale of the loss and of its noise is known (assumed)
_ROLLBACKS = 4  # 0.5 ** 4: a sixteenth of the rate did not help either (assumed)


class Guard:
    """Watches the losses, and keeps a copy of the last good state to go back to.

    Parameters
    ----------
    net, optimiser, average
        What is copied and put back.
    growing
        Whether the loss may grow while all goes well; then one that has run away is not told from one that grew.
    """

    def __init__(
        self,
        net: nn.Module,
        optimiser: torch.optim.Optimizer,
        average: Average | None = None,
        *,
        growing: bool = False,
    ) -> None:
        self._net, self._optimiser, self._average = net, optimiser, average
        self._growing = growing
        self.scale = 1.0
        self.events: list[str] = []
        self._skipped = 0
        self._rolled_back = 0
        self._forget()
        self._good: tuple[dict[str, Any], ...] | None = None

    def _forget(self) -> None:
        self._start = self._low = self.smooth = self._last = math.nan
        self._spread, self._seen = 0.0, 0

    def good(self, loss: float) -> bool:
        """Take note of a batch's loss, and say whether its gradient may be used."""
        if not math.isfinite(loss):
            return False
        if math.isnan(self.smooth):
            self.smooth = self._last = loss
        self._seen += 1
        weight = max(0.05, 1 / self._seen)
        self.smooth += weight * (loss - self.smooth)
        before, self._last = self._last, loss
        if self._seen <= _WARM:
            self._spread += weight * (abs(loss - self.smooth) - self._spread)
            self._start = self._low = self.smooth
            return True
        if self._growing:
            return True
        self._low = min(self._low, self.smooth)
        # Ten times the way it has come, above its lowest: noise does not reach that (assumed); and where the
        # target has a heavy tail, one batch alone may do so.
        way = self._start - self._low + self._spread + 0.1 * abs(self._start)
        return min(self.smooth, loss, before) <= self._low + 10 * way + 1e-6

    def keep(self) -> None:
        """Copy the state, as one to go back to; unless it is spoilt, which the next loss only will tell."""
        if self._skipped == 0 and _finite(self._net.state_dict()):
            parts = (self._net, self._optimiser, self._average)
            self._good = tuple(_copy(part.state_dict()) for part in parts if part is not None)

    def passed(self) -> None:
        """A step went well."""
        self._skipped = 0

    def failed(self, step: int, loss: float, *, used: bool = False) -> bool:
        """A step's loss was not finite, or has run away: skip it, roll back, or give up.

        Parameters
        ----------
        step, loss
            Where it was, and what.
        used
            Whether its gradient has been used already, so that skipping comes too late.

        Returns
        -------
        bool
            Whether it went back to earlier weights.

        Raises
        ------
        TrainingError
            If rolling back and lowering the rate has been tried enough.
        """
        self._skipped += 1
        ran_away = math.isfinite(loss)
        if self._skipped <= _SKIPS and not ran_away and not used:
            self.events.append(f"step {step}: the loss was {loss}; the batch was skipped")
            return False
        what = "ran away" if ran_away else f"stayed {loss}"
        if self._good is None or self._rolled_back >= _ROLLBACKS:
            raise TrainingError(
                f"the loss {what} at step {step}, and {self._rolled_back} times a lower rate did not help",
                mend="Look for extreme values in the inputs or the target, or set a lower rate.",
            )
        self._rolled_back += 1
        self._skipped = 0
        self.scale *= 0.5
        self._net.load_state_dict(self._good[0])
        # An optimizer goes on with the very tensors that it is given, so it gets copies.
        self._optimiser.load_state_dict(_copy(self._good[1]))
        if self._average is not None:
            self._average.load_state_dict(self._good[2])
        self._forget()
        self.events.append(
            f"step {step}: the loss {what}; went back to good weights with {self.scale:g} of the rate"
        )
        return True

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know."""
        return {
            "scale": self.scale, "events": self.events,
            "rolled_back": self._rolled_back, "skipped": self._skipped,
            "smooth": self.smooth, "low": self._low, "start": self._start, "spread": self._spread,
            "last": self._last, "seen": self._seen,
        }  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from :meth:`state_dict`."""
        self.scale, self.events = state["scale"], list(state["events"])
        self._rolled_back, self._skipped = state["rolled_back"], state["skipped"]
        self.smooth, self._low, self._start = state["smooth"], state["low"], state["start"]
        self._spread, self._last, self._seen = state["spread"], state["last"], state["seen"]


def _finite(state: dict[str, Any]) -> bool:
    return all(bool(v.isfinite().all()) for v in state.values() if isinstance(v, torch.Tensor))


def _copy(tree: Any) -> Any:
    if isinstance(tree, torch.Tensor):
        return tree.detach().clone()
    if isinstance(tree, dict):
        return {k: _copy(v) for k, v in tree.items()}
    if isinstance(tree, list):
        return [_copy(v) for v in tree]
    return tree


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or on the CPU.

    Examples
    --------
    >>> out_of_memory(MemoryError()), out_of_memory(RuntimeError("shapes differ"))
    (True, False)
    """
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and (
        "can't allocate memory" in text or "not enough memory" in text
    )


def too_little_memory(error: BaseException, *, where: str) -> TrainingError:
    """Make the error of a step for which memory did not suffice, and no smaller batch helps."""
    return TrainingError(
        "memory ran out",
        where=where,
        came=str(error).splitlines()[0][:200] if str(error) else type(error).__name__,
        mend="Choose a smaller net (--size), batch (--batch) or images (--image-size).",
    )
