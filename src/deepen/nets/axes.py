"""Receptive fields by exact arithmetic: which places of an input one place of a level can see, along an axis.

Place p of a level sees the ``size`` places of the input from ``start + p * jump`` on. A filter of k places, stride s,
dilation d and padding a makes of (size, jump, start)

    size + (k - 1) d jump,  s jump,  start - a jump

(Araujo, Norris and Sim 2019, "Computing receptive fields of convolutional neural networks", section 2). Where branches
meet, the field is what any of them sees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["Axis", "Field"]


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
