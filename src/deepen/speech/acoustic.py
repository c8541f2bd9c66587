"""The acoustic model: a deep net that tells the states of a hidden Markov model from frames of sound.

The hybrid of Bourlard and Morgan (1994, "Connectionist speech recognition"), pretrained as a deep belief net by
Mohamed, Dahl and Hinton (2012, "Acoustic modeling using deep belief networks"). Words stand in the place of their
phones: one word is said in each recording, and each word has states of its own.

Legend: R recordings, B of them at a time or examples in a batch, T frames of the longest, W words, S states, D inputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from deepen.compute import folders, seeds
from deepen.compute.device import pick
from deepen.compute.weights import load_into, load_state, save_state
from deepen.config import between
from deepen.data.kinds import Audio
from deepen.errors import DataError, FolderError, SettingError, nearest
from deepen.learning.watch import Silent, Watch
from deepen.nets.stack import Stack
from deepen.records import History
from deepen.speech.decoding import likeliest_paths
from deepen.speech.frames import Frames, Recording, fit_audio, frames_of
from deepen.speech.hmm import WordHMM
from deepen.speech.learn import begin_at_random, log_shares, pretrained, teach

__all__ = ["KIND", "AcousticModel"]

KIND = "acoustic model"
"""What the manifest of such a folder says that it is."""

_TABLES = ("log_start", "log_stay", "log_leave")


class AcousticModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Recognises the one word that each recording holds.

    Frames are log-mel spectrograms with some frames to each side. A net of logistic layers, which begins as a deep
    belief net learned from all recordings, labelled or not, gives the probability of each state given a frame; divided
    by the state's share of all frames it is a likelihood up to a constant (Bourlard and Morgan, chapter 7), and
    Viterbi's algorithm finds the word. The states of the labelled frames come from cutting each recording evenly, and
    then, some times over, from the likeliest path of its word under the model so far.

    Parameters
    ----------
    states
        Of each word.
    context
        Frames to each side.
    hidden
        Units of each layer.
    pretrain
        Whether the net begins as a deep belief net; else at random.
    pretrain_epochs, epochs
        Passes over all frames for each layer, and over the labelled ones for each alignment.
    alignments
        How often states are given to frames, the even cut included.
    rate
        AdamW's peak rate.
    random_state
        The seed.
    device
        By default the first GPU, or the CPU.

    Attributes
    ----------
    classes_ : numpy.ndarray
        (W,) the words, ascending.
    net_, hmm_, audio_ : Stack, WordHMM, Audio
        What gives the states' probabilities, what joins them to words, and what makes frames of recordings.
    log_prior_ : torch.Tensor
        (S,) the logarithm of each state's share of the labelled frames.
    histories_ : list of History
        Of each alignment's training.

    Examples
    --------
    >>> import io, soundfile
    >>> def tone(hertz, seconds):
    ...     file, time = io.BytesIO(), np.arange(int(8000 * seconds)) / 8000
    ...     soundfile.write(file, np.sin(2 * np.pi * hertz * time), 8000, format="WAV")
    ...     return file.getvalue()
    >>> recordings = [tone(hertz, 0.2 + 0.01 * i) for i in range(10) for hertz in (300, 1500)]
    >>> model = AcousticModel(states=2, hidden=(16,), epochs=10, rate=0.01, pretrain_epochs=2)
    >>> model.fit(recordings, ["low", "high"] * 10).predict([tone(310, 0.3), tone(1400, 0.2)]).tolist()
    ['low', 'high']
    """

    def __init__(
        self,
        *,
        states: int = 5,
        context: int = 5,
        hidden: Sequence[int] = (512, 512, 512),
        pretrain: bool = True,
        pretrain_epochs: float = 10,
        epochs: float = 10,
        alignments: int = 3,
        rate: float = 1e-3,
        random_state: int = 0,
        device: str | None = None,
    ) -> None:
        self.states = states
        self.context = context
        self.hidden = hidden
        self.pretrain = pretrain
        self.pretrain_epochs = pretrain_epochs
        self.epochs = epochs
        self.alignments = alignments
        self.rate = rate
        self.random_state = random_state
        self.device = device

    FORMAT: ClassVar[int] = 1

    classes_: np.ndarray
    log_prior_: Tensor
    net_: Stack
    hmm_: WordHMM
    audio_: Audio
    histories_: list[History]

    def fit(
        self, recordings: Sequence[Recording], words: Sequence[Any], *, watch: Watch | None = None
    ) -> Self:
        """Learn.

        Parameters
        ----------
        recordings
            Names of files, or their bytes.
        words
            What is said in each; None where that is not known, and the recording serves pretraining alone.
        watch
            Who is told how it goes.

        Raises
        ------
        DataError
            If a recording cannot be read, or fewer than two words are known.
        SettingError
            If a setting is out of range.
        TrainingError
            If it diverges whatever is done.
        """
        for name, least in (("states", 1), ("context", 0), ("alignments", 1)):
            between(name, getattr(self, name), least, math.inf)
        if not len(self.hidden):
            raise SettingError("names no layer", where="hidden")
        told, device = watch or Silent(), pick(self.device)
        labelled, codes = (given.to(device) for given in self._codes(recordings, words))
        self.audio_ = fit_audio(recordings)
        frames = frames_of(self.audio_, recordings, least=self.states, device=device)
        self.hmm_ = WordHMM.flat(words=len(self.classes_), states=self.states)
        self.net_ = self._begun(frames, told).to(device)
        self.histories_ = []
        lengths = frames.lengths[labelled]
        for alignment in range(self.alignments):
            first = alignment == 0
            paths = self.hmm_.uniform(codes, lengths) if first else self._paths(frames, labelled, codes)
            self.hmm_ = self.hmm_.counted(paths, lengths)
            self.log_prior_ = log_shares(paths[paths >= 0], self.hmm_.words * self.states)
            told.stage(f"alignment {alignment + 1} of {self.alignments}")
            history = teach(
                self.net_, frames, labelled, paths[paths >= 0], context=self.context, epochs=self.epochs,
                rate=self.rate, seed=seeds.derive(self.random_state, alignment), watch=told,
            )  # fmt: skip
            self.histories_.append(history)
        return self

    def predict(self, recordings: Sequence[Recording]) -> np.ndarray:
        """Say which word each recording holds: (R,).

        Raises
        ------
        DataError
            If a recording cannot be read.
        """
        check_is_fitted(self, "net_")
        frames = self._frames(recordings)
        paths = self._paths(frames, torch.arange(len(frames.lengths), device=frames.lengths.device))
        return np.asarray(self.classes_[self.hmm_.word_of(paths).cpu().numpy()])

    def align(self, recordings: Sequence[Recording], words: Sequence[Any]) -> list[np.ndarray]:
        """Say in which state, from 0, of its word each frame of each recording is: R arrays (T,).

        Raises
        ------
        DataError
            If a recording cannot be read, or a word was not among those learned.
        """
        check_is_fitted(self, "net_")
        known = {word: code for code, word in enumerate(self.classes_.tolist())}
        for word in np.asarray(words).tolist():
            if word not in known:
                raise DataError(
                    "was not learned",
                    where="words",
                    came=repr(word),
                    mend=nearest(str(word), map(str, known)),
                )
        frames = self._frames(recordings)
        codes = torch.tensor(
            [known[word] for word in np.asarray(words).tolist()], device=frames.lengths.device
        )
        paths = self._paths(frames, torch.arange(len(codes), device=codes.device), codes)
        return [(path[path >= 0] % self.states).cpu().numpy() for path in paths]

    def save(self, folder: str | Path) -> Path:
        """Write it as a folder of safetensors and JSON: whole, or not at all.

        Raises
        ------
        FolderError
            If the place cannot be written, or holds something that deepen did not write.
        """
        check_is_fitted(self, "net_")
        target = Path(folder)
        tables = {"log_prior": self.log_prior_, **{name: getattr(self.hmm_, name) for name in _TABLES}}
        with folders.staged(target, kind=KIND) as stage:
            save_state(stage / "weights.safetensors", self.net_.state_dict())
            save_state(stage / "hmm.safetensors", tables)
            folders.write_json(stage / "acoustic.json", {
                "format": self.FORMAT, "settings": {**self.get_params(), "hidden": list(self.hidden)},
                "words": self.classes_.tolist(), "audio": self.audio_.to_dict(),
                "histories": [history.to_dict() for history in self.histories_],
            })  # fmt: skip
        return target

    @classmethod
    def load(cls, folder: str | Path, *, device: str | None = None) -> Self:
        """Read it from its folder.

        Raises
        ------
        FolderError
            If the folder is missing, damaged, foreign, or written by a newer deepen.
        """
        place = Path(folder)
        folders.verify(place, kind=KIND)
        data = folders.read_json(place / "acoustic.json")
        if data["format"] > cls.FORMAT:
            raise FolderError(
                "was written by a newer deepen", where=place, allowed=f"format {cls.FORMAT} or older",
                came=f"format {data['format']}", mend="Upgrade: pip install -U deepen.",
            )  # fmt: skip
        found = cls(**{**data["settings"], "hidden": tuple(data["settings"]["hidden"]), "device": device})
        found.classes_, found.audio_ = np.array(data["words"]), Audio.from_dict(data["audio"])
        found.histories_ = [History.from_dict(history) for history in data["histories"]]
        tables = {
            name: table.to(pick(device)) for name, table in load_state(place / "hmm.safetensors").items()
        }
        found.log_prior_ = tables.pop("log_prior")
        found.hmm_ = WordHMM(len(found.classes_), found.states, **tables)
        found.net_ = Stack([found._inputs, *found.hidden], len(found.log_prior_))
        load_into(found.net_, load_state(place / "weights.safetensors"), where=place)
        found.net_.to(pick(device)).eval()
        return found

    def _codes(self, recordings: Sequence[Recording], words: Sequence[Any]) -> tuple[Tensor, Tensor]:
        """Which recordings have a label, and the code of it; sets ``classes_``."""
        if len(recordings) != len(words):
            raise DataError(
                "one for each recording, or None", where="words", came=f"{len(words)} for {len(recordings)}"
            )
        labelled = [r for r, word in enumerate(words) if word is not None]
        self.classes_, codes = np.unique([words[r] for r in labelled], return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError("two words or more must be known", where="words", came=f"{len(self.classes_)}")
        return torch.tensor(labelled), torch.from_numpy(codes)

    def _frames(self, recordings: Sequence[Recording]) -> Frames:
        device = next(self.net_.parameters()).device
        return frames_of(self.audio_, recordings, least=self.states, device=device)

    def _begun(self, frames: Frames, watch: Watch) -> Stack:
        """The net before it has seen a label."""
        classes = self.states * len(self.classes_)
        if self.pretrain:
            seed = seeds.derive(self.random_state, "pretraining")
            return pretrained(
                frames,
                self.hidden,
                classes,
                context=self.context,
                epochs=self.pretrain_epochs,
                seed=seed,
                watch=watch,
            )
        net = Stack([self._inputs, *self.hidden], classes)
        begin_at_random(net, seeds.generator(self.random_state, "weights"))
        return net

    @property
    def _inputs(self) -> int:
        """D."""
        return (2 * self.context + 1) * len(self.audio_.mean)

    def _paths(self, frames: Frames, recordings: Tensor, words: Tensor | None = None) -> Tensor:
        """The likeliest path of each recording, through its word where that is given: (R, T), -1 behind the end."""
        return likeliest_paths(
            self.net_, self.hmm_, self.log_prior_, frames, recordings, words, context=self.context
        )
