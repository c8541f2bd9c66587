"""The hidden Markov model of a vocabulary: a row of states for each word, and the likeliest path through them.

Equations: L. R. Rabiner, "A tutorial on hidden Markov models and selected applications in speech recognition", 1989,
called Rabiner below. All is in logarithms, so that long recordings do not underflow.

Legend: B recordings, T frames of the longest, W words, n states of each word, S = W n states.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from deepen.errors import SettingError

__all__ = ["WordHMM"]

_FRAMES = 8.0  # in one state, before any is counted: a spoken digit of 0.4 s in 5 states (assumed)


@dataclass(frozen=True, eq=False)
class WordHMM:
    """States from left to right: each is stayed in or left for the next of its word, the last one for the end.

    A recording holds one word. State ``w * n + i`` is the i-th of word w.

    Parameters
    ----------
    words, states
        W and n.
    log_start
        (W,) of each word: a path begins in its first state.
    log_stay, log_leave
        (S,) of staying in each state for another frame, and of leaving it.

    Examples
    --------
    >>> hmm = WordHMM.flat(words=2, states=2)
    >>> scores = torch.tensor([[[0.0, 0, 5, 0], [0, 0, 5, 0], [0, 0, 0, 5]]])
    >>> path, _ = hmm.viterbi(scores, torch.tensor([3]))
    >>> path.tolist(), hmm.word_of(path).tolist()
    ([[2, 2, 3]], [1])
    """

    words: int
    states: int
    log_start: Tensor
    log_stay: Tensor
    log_leave: Tensor

    @classmethod
    def flat(cls, *, words: int, states: int) -> Self:
        """Give the model before anything was counted: all words alike, and eight frames in a state on average.

        Raises
        ------
        SettingError
            If there is no word, or no state.
        """
        for name, value in (("words", words), ("states", states)):
            if value < 1:
                raise SettingError("must be 1 or more", where=name, came=str(value))
        return cls(
            words,
            states,
            torch.full((words,), -math.log(words)),
            torch.full((words * states,), math.log(1 - 1 / _FRAMES)),
            torch.full((words * states,), -math.log(_FRAMES)),
        )

    def counted(self, paths: Tensor, lengths: Tensor) -> WordHMM:
        """Give the model whose probabilities are counted on paths (B, T), -1 behind their ends.

        Rabiner, equations 40a and b, with the likeliest path in the place of all (his segmental
        k-means). What never was is taken to be once (Laplace).
        """
        own = paths[torch.arange(paths.shape[1], device=paths.device) < lengths[:, None]]  # (frames of all)
        frames = torch.bincount(own, minlength=self.words * self.states).double()
        words = torch.bincount(self.word_of(paths), minlength=self.words).double()
        visits = words.repeat_interleave(self.states)  # each state of a word is left once
        start, total = (words + 1) / (words.sum() + self.words), frames + 2
        # A state that is stayed in for f frames is stayed in f - 1 times and left once.
        return WordHMM(
            self.words,
            self.states,
            start.log().float(),
            ((frames - visits + 1) / total).log().float(),
            ((visits + 1) / total).log().float(),
        )

    def uniform(self, words: Tensor, lengths: Tensor) -> Tensor:
        """Share each recording's frames out evenly among the states of its word: (B,) and (B,) to (B, T).

        The flat start, from which the first alignment is learned. Behind a recording's end stands -1.
        """
        at = torch.arange(int(lengths.max()), device=lengths.device)
        place = torch.div(at * self.states, lengths[:, None], rounding_mode="floor")  # (B, T)
        return torch.where(at < lengths[:, None], words[:, None] * self.states + place, -1)

    def word_of(self, paths: Tensor) -> Tensor:
        """Say which word each path (B, T) is of: (B,)."""
        return torch.div(paths[:, 0], self.states, rounding_mode="floor")

    def align(self, scores: Tensor, lengths: Tensor, words: Tensor) -> Tensor:
        """Give the likeliest path through the states of a known word: (B, T), see :meth:`viterbi`."""
        of = torch.arange(self.words * self.states, device=scores.device) // self.states  # (S)
        return self.viterbi(scores.masked_fill((of != words[:, None])[:, None], -math.inf), lengths)[0]

    def viterbi(self, scores: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Give the likeliest path of each recording, and its joint log probability (Rabiner, equations 32 to 35).

        Parameters
        ----------
        scores
            (B, T, S) the log likelihood of each frame in each state, up to a constant of the frame.
        lengths
            (B,) frames of each recording; at least n, since every state is passed through.

        Returns
        -------
        paths, log_probability
            (B, T), -1 behind a recording's end; and (B,).
        """
        B, T, S = scores.shape
        stay, leave = self.log_stay.to(scores), self.log_leave.to(scores)
        first = torch.arange(S, device=scores.device) % self.states == 0
        best = scores.new_full((B, S), -math.inf)  # of the paths that end in each state
        best[:, first] = self.log_start.to(scores) + scores[:, 0, first]
        moved = torch.zeros(
            B, T, S, dtype=torch.bool, device=scores.device
        )  # whether the state before was another
        for t in range(1, T):
            from_before = (best + leave).roll(1, dims=1).masked_fill(first, -math.inf)
            stayed = best + stay
            moved[:, t] = from_before > stayed
            going_on = (t < lengths)[:, None]
            best = torch.where(going_on, torch.maximum(from_before, stayed) + scores[:, t], best)
        ended = (best + leave).masked_fill(~first.roll(-1), -math.inf)
        log_probability, state = ended.max(dim=1)
        paths = torch.full((B, T), -1, device=scores.device)
        for t in range(T - 1, -1, -1):
            here = t < lengths
            paths[:, t] = torch.where(here, state, -1)
            back = moved[:, t].gather(1, state[:, None])[:, 0]
            state = torch.where(here, state - back.long(), state)
        return paths, log_probability
