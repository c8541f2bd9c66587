"""From a net's answers on frames to the likeliest path of each recording through the words' states.

Legend: R recordings, B of them at a time, T frames of the longest, S states, c frames to each side.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepen.speech.frames import Frames
from deepen.speech.hmm import WordHMM

__all__ = ["likeliest_paths"]

_AT_ONCE = 64  # recordings together (assumed)


@torch.inference_mode()
def likeliest_paths(
    net: nn.Module,
    hmm: WordHMM,
    log_prior: Tensor,
    frames: Frames,
    recordings: Tensor,
    words: Tensor | None = None,
    *,
    context: int,
) -> Tensor:
    """Give the likeliest path of each recording, through its word where that is known: (R, T), -1 behind the end.

    By Bayes' rule ``p(frame | state)`` is ``p(state | frame) / p(state)``, up to ``p(frame)``, which all paths share
    (Bourlard and Morgan 1994, chapter 7).

    Parameters
    ----------
    net
        Of windows of frames, the logits of ``p(state | frame)``.
    hmm, log_prior
        What joins states to words, and ``log p(state)``: (S,).
    recordings, words
        Which of the frames' recordings, and the codes of what is said in them: (R,).
    context
        c.
    """
    lengths = frames.lengths[recordings]
    found = torch.full((len(recordings), int(lengths.max())), -1, device=lengths.device)
    for some in torch.split(torch.arange(len(recordings), device=lengths.device), _AT_ONCE):
        at = frames.windows(frames.rows(recordings[some]), context)
        scores = torch.log_softmax(net(at), dim=1) - log_prior  # (frames of these, S)
        parts = torch.split(scores, lengths[some].tolist())
        padded = nn.utils.rnn.pad_sequence(list(parts), batch_first=True)  # (B, T, S)
        if words is None:
            paths, _ = hmm.viterbi(padded, lengths[some])
        else:
            paths = hmm.align(padded, lengths[some], words[some])
        found[some, : paths.shape[1]] = paths
    return found
