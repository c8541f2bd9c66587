"""Spoken words: the acoustic model, a deep net joined with a hidden Markov model.

============  ======================================================================
``frames``    from recordings to frames with those around them
``hmm``       words as rows of states, and the likeliest path through them
``learn``     the net, and its training on the states of frames
``decoding``  from the net's answers to paths
``acoustic``  what joins them: fit, predict, align
============  ======================================================================
"""

from deepen.speech.acoustic import AcousticModel

__all__ = ["AcousticModel"]
