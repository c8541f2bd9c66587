"""An n-gram model with Kneser and Ney's smoothing: what counting can say of the next token, within seconds.

The interpolated, modified form of Chen and Goodman (1999, "An empirical study of smoothing techniques for
language modeling", section 3)::

    p(w | h) = (c(h w) - D(c(h w))) / c(h) + left(h) p(w | h without its first token)

D takes a part of every count away, another one for counts of 1, 2 and more, and left(h) is what that leaves.
Counts of all but the longest contexts say in how many contexts a token was seen, not how often: a token that
has followed one word only is no good guess after another one.

Legend: N tokens of a stream, V ids, C contexts of one length, G n-grams of one length, K longest order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from deepen.errors import FolderError

__all__ = ["NGram", "Order"]

Ids = NDArray[np.integer]

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio (Knuth 1998, section 6.4)


@dataclass(frozen=True, eq=False)
class Order:
    """The n-grams of one length: for each context the tokens seen behind it.

    Parameters
    ----------
    contexts
        Hashes of the contexts, in order: (C,) uint64.
    left
        left(h) of each context: (C,).
    first
        Where each context's tokens begin, and at last their number: (C + 1,).
    tokens, shares
        The tokens behind each context in order, and the first part of their probability: (G,).
    """

    contexts: NDArray[np.uint64]
    left: NDArray[np.float32]
    first: NDArray[np.int64]
    tokens: NDArray[np.int32]
    shares: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class NGram:
    """A fitted model.

    Examples
    --------
    >>> model = NGram.fit(np.array([1, 2, 1, 2, 1, 3, 1, 2] * 50), v=4, order=3)
    >>> p, seen = model.ahead([3, 1])
    >>> p.argmax().item(), round(p.sum().item(), 6), seen
    (2, 1.0, 2)
    """

    v: int
    orders: tuple[Order, ...]

    @classmethod
    def fit(cls, stream: Ids, v: int, order: int) -> Self:
        """Count the n-grams of a stream (N,) of ids below ``v``, up to ``order`` tokens long."""
        n = len(stream)
        # The place of each n-gram that comes first, of every length, and how often it comes.
        places, counts = [], []
        for k in range(1, min(order, n) + 1):
            _, place, count = np.unique(_hashes(stream, k), return_index=True, return_counts=True)
            places.append(place)
            counts.append(count)
        found = []
        for k, (place, count) in enumerate(zip(places, counts, strict=True), start=1):
            if k < len(places):
                count = _followers(stream, k, place, places[k])
            found.append(_order(stream, k, place, count, v))
        return cls(v, tuple(found))

    @property
    def grams(self) -> int:
        """How many n-grams there are, of all lengths."""
        return sum(len(order.tokens) for order in self.orders)

    def follow(self, stream: Ids, start: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Go along a stream (N,), and guess each token from ``start`` on by those before it.

        Returns
        -------
        p
            The probability of each token: (N - start,).
        seen
            How many of the tokens before it were seen together in training, at most K - 1: (N - start,).
        """
        p = np.full(len(stream) - start, 1 / self.v)
        longest = np.zeros(len(p), np.int64)
        for k, order in enumerate(self.orders, start=1):
            lo = max(start, k - 1)  # tokens before it have no context of this length
            if lo >= len(stream):
                break
            context = _hashes(stream[lo - k + 1 : len(stream) - 1], k - 1, len(stream) - lo)
            at = np.searchsorted(order.contexts, context).clip(max=len(order.contexts) - 1)
            known = order.contexts[at] == context
            share = _shares(order, at, stream[lo:], self.v)
            lower = p[lo - start :]
            p[lo - start :] = np.where(known, share + order.left[at] * lower, lower)
            longest[lo - start :] = np.where(known, k - 1, longest[lo - start :])
        return p, longest

    def ahead(self, context: Sequence[int] | Ids) -> tuple[NDArray[np.float64], int]:
        """Give the probability of every id to come next (V,), and how many tokens before it were seen together."""
        seen = 0
        p = np.full(self.v, 1 / self.v)
        given = np.asarray(context, dtype=np.int64)
        for k, order in enumerate(self.orders, start=1):
            if k - 1 > len(given):
                break
            sought = _hashes(given[len(given) - k + 1 :], k - 1, 1)[0]
            at = int(np.searchsorted(order.contexts, sought))
            if at == len(order.contexts) or order.contexts[at] != sought:
                break
            seen = k - 1
            p *= order.left[at]
            own = slice(order.first[at], order.first[at + 1])
            p[order.tokens[own]] += order.shares[own]
        return p, seen

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Write as named arrays."""
        return {
            f"{k}.{name}": array for k, order in enumerate(self.orders) for name, array in vars(order).items()
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], v: int) -> Self:
        """Read from named arrays.

        Raises
        ------
        FolderError
            If one is missing.
        """
        count = len({name.partition(".")[0] for name in arrays})
        try:
            orders = tuple(
                Order(**{name: arrays[f"{k}.{name}"] for name in Order.__dataclass_fields__})  # type: ignore[arg-type]
                for k in range(count)
            )
        except KeyError as error:
            raise FolderError(f"its n-grams are damaged: {error} is missing") from None
        return cls(v, orders)


def _hashes(stream: Ids, k: int, count: int | None = None) -> NDArray[np.uint64]:
    """Hash every run of ``k`` tokens: (N - k + 1,), or the first ``count`` of them.

    64 bits: among 10 million n-grams one chance in 400,000 that any two are taken for one.
    """
    count = len(stream) - k + 1 if count is None else count
    h = np.zeros(count, np.uint64)
    for j in range(k):
        h = (h + stream[j : j + count].astype(np.uint64) + np.uint64(1)) * _MIX
        h ^= h >> np.uint64(29)
    return h


def _followers(stream: Ids, k: int, place: NDArray[np.intp], longer: NDArray[np.intp]) -> NDArray[np.int64]:
    """In how many different contexts each n-gram was seen: how many longer ones end with it."""
    all_hashes = _hashes(stream, k)
    own = all_hashes[place]  # in order, as np.unique gave them
    return np.maximum(1, np.bincount(np.searchsorted(own, all_hashes[longer + 1]), minlength=len(own)))


def _order(stream: Ids, k: int, place: NDArray[np.intp], count: NDArray[np.int64], v: int) -> Order:
    hashes = _hashes(stream[: len(stream) - 1], k - 1) if k > 1 else np.zeros(len(stream), np.uint64)
    contexts, at = np.unique(hashes[place], return_inverse=True)
    tokens = stream[place + k - 1].astype(np.int64)
    order = np.argsort(at * v + tokens)
    at, tokens, count = at[order], tokens[order], count[order]
    taken = _discounts(count)[np.minimum(count, 3)]
    total = np.bincount(at, count, len(contexts))
    left = np.bincount(at, taken, len(contexts)) / total
    first = np.searchsorted(at, np.arange(len(contexts) + 1))
    shares = (count - taken) / total[at]
    return Order(contexts, left.astype(np.float32), first, tokens.astype(np.int32), shares.astype(np.float32))


def _discounts(count: NDArray[np.int64]) -> NDArray[np.float64]:
    """D for counts of 0 (none), 1, 2, and 3 or more (Chen and Goodman 1999, equation 17)."""
    n = np.bincount(np.minimum(count, 5), minlength=6).astype(np.float64)
    y = n[1] / max(1.0, n[1] + 2 * n[2])
    d = np.array([0.0, *(i - (i + 1) * y * n[i + 1] / max(1.0, n[i]) for i in (1, 2, 3))])
    # Few n-grams make wild estimates; something must be left for what was not seen, and of what was.
    return d.clip([0, 0.05, 0.05, 0.05], [0, 0.95, 1.9, 2.85])


def _shares(order: Order, at: NDArray[np.intp], tokens: Ids, v: int) -> NDArray[np.float64]:
    """The share of each token behind its context, zero where it was never seen there."""
    owner = np.repeat(np.arange(len(order.contexts)), np.diff(order.first))
    keys = owner * v + order.tokens
    sought = at * v + tokens.astype(np.int64)
    found = np.searchsorted(keys, sought).clip(max=len(keys) - 1)
    return np.where(keys[found] == sought, order.shares[found], 0.0)
