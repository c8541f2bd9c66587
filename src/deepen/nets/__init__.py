"""Nets as plain PyTorch modules, each usable alone. They take shapes, not data sets.

- :class:`~deepen.nets.mlp.MLP`: numbers and categories
- :class:`~deepen.nets.cnn.CNN`: images
- :class:`~deepen.nets.lstm.LSTM`: series and texts, step by step; :class:`~deepen.nets.lstm_layers.LSTMStack` with
  its state in the open
- :class:`~deepen.nets.flat.FlatMLP`: short series of one length, all steps at once
- :class:`~deepen.nets.cnn1d.CNN1d`: series and texts, by filters along time
- :class:`~deepen.nets.spectrogram.SpectrogramCNN`: sound, as a picture of bands and time
- :class:`~deepen.nets.bag.Bag`: texts as bags of words
- :class:`~deepen.nets.seq2seq.Seq2Seq`: from one string of tokens to another, with attention, copying and beam search
- :class:`~deepen.nets.tagger.Tagging`: an answer for every step of a series or token of a sentence
- :class:`~deepen.nets.highway.Highway`: many layers with gates
- :class:`~deepen.nets.assemble.Assembled`: any set of inputs, one reader each
- :class:`~deepen.nets.ensemble.Ensemble`: several nets that vote
- :mod:`~deepen.nets.levels`: the levels of any net, with their receptive fields
- :mod:`~deepen.nets.standing`: what stands on a level
- :mod:`~deepen.nets.sizes`: one dial from tiny to huge; parameters and FLOPs known beforehand
"""

from deepen.nets.assemble import Assembled, NetSettings
from deepen.nets.bag import Bag
from deepen.nets.cnn import CNN
from deepen.nets.cnn1d import CNN1d
from deepen.nets.ensemble import Ensemble
from deepen.nets.flat import FlatMLP
from deepen.nets.highway import Highway
from deepen.nets.lstm import LSTM
from deepen.nets.lstm_layers import LSTMStack
from deepen.nets.mlp import MLP
from deepen.nets.seq2seq import Seq2Seq
from deepen.nets.spectrogram import SpectrogramCNN
from deepen.nets.tagger import Tagging

__all__ = [
    "CNN",
    "LSTM",
    "MLP",
    "Assembled",
    "Bag",
    "CNN1d",
    "Ensemble",
    "FlatMLP",
    "Highway",
    "LSTMStack",
    "NetSettings",
    "Seq2Seq",
    "SpectrogramCNN",
    "Tagging",
]
