"""How to train what data: the default that a newcomer gets, each figure measured or cited.

The tables behind the measured figures are in the project's benchmarks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from deepen.data.kinds.augmentation import Augmentation
from deepen.learning.recipe import Recipe
from deepen.nets.assemble import NetSettings
from deepen.nets.readers import ways
from deepen.shapes import Grid, Sequence, Shape, Tokens

__all__ = ["epochs_wanted", "for_encoder", "for_language", "for_stack", "recipes_for"]


def recipes_for(
    shapes: Mapping[str, Shape], rows: int, task: str, *, mirror: bool = False
) -> tuple[Recipe, ...]:
    """Give the recipes worth trying for inputs of these shapes and so many training rows.

    There are several where nets of several sorts can read the inputs; the first is taken where nothing can be tried.

    Parameters
    ----------
    mirror
        Whether mirrored pictures keep their meaning, see :mod:`deepen.data.kinds.mirror`.
    """
    grids = [s for s in shapes.values() if isinstance(s, Grid)]
    if grids:
        return (_for_images(grids[0], rows, task, alone=len(shapes) == 1, mirror=mirror),)
    for name, shape in shapes.items():
        if isinstance(shape, Tokens):
            return tuple(_for_texts(way, rows, task) for way in ways(shape))
        if isinstance(shape, Sequence):
            return tuple(
                _for_sequences(way, rows, task, sound=name.startswith("audio")) for way in ways(shape)
            )
    return (_for_tables(rows, task),)


def _for_images(grid: Grid, rows: int, task: str, *, alone: bool, mirror: bool) -> Recipe:
    """Muon and strong shifts; measured on six sets of 8 to 128 pixels a side.

    A net that reads other columns too is trained by AdamW, as those columns' readers want (assumed). On few rows
    the last weights are kept, as for tables: on the digits' 144 validation rows weights from the middle of the
    training had no error, and 96.1 % on the test part where the last ones had 99 % (measured).
    """
    side = min(grid.h, grid.w)
    shift = max(1, side // 8 if grid.c == 3 else side // 14)
    wanted = epochs_wanted(rows)
    return Recipe(
        net=NetSettings(size="small", dropout=0.1), batch=_power_of_two(rows / 64, 32, 256),
        optimiser="muon" if alone else "adamw", rate=0.01 if alone else 2e-3, decay=0.1 if alone else 0.01,
        smoothing=0.1 if "classes" in task else 0.0, augmentation=Augmentation(flip=mirror, shift=shift),
        by="error" if rows >= 20_000 else None,
        most_epochs=4 * wanted, epochs_wanted=wanted,
        largest="small" if rows < 2000 else "medium" if rows < 20_000 else "large",
        # Two views more gain 1 to 2 points on photographs and 0.1 on 28 pixels; on less they gain nothing (measured).
        mirror=mirror, nudge=side > 16,
    )  # fmt: skip


def epochs_wanted(rows: int) -> float:
    """Passes over the training part that a net for pictures wants: 16 over 50,000, more over fewer (assumed)."""
    return float(min(80.0, max(12.0, 16 * (50_000 / rows) ** 0.35)))


def _for_tables(rows: int, task: str) -> Recipe:
    """Choose by the number of rows; measured on ten tables.

    Few rows: sixteen nets in one, and a fixed number of steps, at whose end the last weights are kept: the
    validation part is too small to choose by. Many rows: one net with finer bins, and the best weights.
    """
    number = task == "number"
    few, some = rows < 2000, rows <= 10_000
    net = NetSettings(
        size="medium" if number and not some else "small",
        embedding=None if few and not number else "piecewise",
        embedding_d=8 if some else 16,
        bins=16 if some else 48,
        members=16 if few else 8 if some else 1,
        dropout=0.1 if number and not some else 0.2,
    )
    batch = 32 if few else 128 if some else 256
    steps = 400 if few and not number else 1000
    in_epoch = max(1, rows // batch)
    epochs = steps / in_epoch if some else 60.0 if number else 12.0
    # Without a validation part nothing tells when few rows are learned by heart. After 1000 steps on 100 rows of the
    # diabetes data R² was 0.25, after 200 it was 0.45; of the housing data 0.85 and 0.83 (three seeds, measured).
    wanted = min(epochs, (2 if number else 4) * rows / in_epoch)
    return Recipe(
        net=net, batch=batch, rate=2e-3, decay=1e-2, schedule="cosine", warmup=0.05,
        by=None if few else "loss", most_epochs=epochs, epochs_wanted=wanted, largest=str(net.size),
    )  # fmt: skip


def _for_texts(way: str, rows: int, task: str) -> Recipe:
    """By AdamW with much dropout, as texts are few for the words they have; the best weights are kept (assumed)."""
    steps = {"bag": 4000, "cnn": 3000, "lstm": 3000}[way]
    # On 6,920 sentences of SST-2 a bag of words had 81.7 % at 5e-4, 80.4 % at 2e-3 (one seed, 4,000 steps, measured);
    # few rows make too few steps for so small a rate.
    rate = 5e-4 if way == "bag" and rows >= 5000 else 2e-3
    batch = _power_of_two(rows / 128, 16, 128)
    epochs = float(min(40.0, max(4.0, steps * batch / rows)))
    return Recipe(
        net=NetSettings(size="medium", reader=way, dropout=0.5, word_dropout=0.2 if way == "bag" else 0.1),
        batch=batch, rate=rate, decay=0.05, clip=1.0, schedule="cosine", warmup=0.05,
        smoothing=0.1 if "classes" in task else 0.0, by="loss" if rows >= 1000 else None,
        most_epochs=epochs, epochs_wanted=epochs / 4, largest="medium",
    )  # fmt: skip


def for_encoder(net: NetSettings, rows: int, task: str) -> Recipe:
    """How a pretrained text encoder is tuned: Devlin et al. 2019, appendix A.3, batches of 16, 5e-5, four passes.

    Fewer rows want more passes: Mosbach, Andriushchenko and Klakow 2021 ("On the stability of fine-tuning BERT") make
    20 over 2,500.
    """
    wanted = float(min(20.0, max(4.0, 50_000 / rows)))
    return Recipe(
        net=net, batch=16, rate=5e-5, decay=0.01, clip=1.0, warmup=0.1, smoothing=0.1 if "classes" in task else 0.0,
        by="loss" if rows >= 1000 else None, most_epochs=20.0, epochs_wanted=wanted, largest=str(net.size),
    )  # fmt: skip


def for_language(net: NetSettings, rows: int, task: str) -> Recipe:
    """How the layers of a language model are tuned for whole texts: with rate and dropout of Howard and Ruder 2018.

    After 30 passes over 300 questions of TREC, from a model of all of them, other rows of the training part had 59.7 %
    at a rate of 1e-3, 63.3 % at 3e-3, 65.7 % at 1e-2 and 66.5 % at 2e-2; 66.6 % and 66.3 % at 1e-2 with dropout of 0.2
    and 0.6; 64.5 % with a tenth of the tokens left out (measured, means of two seeds).
    """
    batch = _power_of_two(rows / 128, 16, 64)
    epochs = float(min(40.0, max(4.0, 3000 * batch / rows)))  # as for other nets of texts
    return Recipe(
        net=replace(net, dropout=0.4), batch=batch, rate=1e-2, decay=0.01, clip=1.0, warmup=0.1,
        smoothing=0.1 if "classes" in task else 0.0, by="loss" if rows >= 1000 else None,
        most_epochs=epochs, epochs_wanted=epochs / 4, largest=str(net.size),
    )  # fmt: skip


def for_stack(net: NetSettings, rows: int, task: str) -> Recipe:
    """How the layers of a machine that learned without labels are tuned: as it left them, and not far (assumed).

    Logistic units, whose slope is a quarter at most, want a higher rate the fewer inputs they have. From a machine of
    64 units on 8x8 digits (60 passes in batches of 20) 300 labels gave 78 % in 5 passes at 1e-2 and 64 % at 1e-3, in 40
    passes 84 % and 78 %; a convolutional net from nothing 75 % and 89 % (measured, three seeds, on the 500 digits after
    these, with choices compared there). Wider layers take less in proportion, down to 1e-3 (assumed).
    """
    wanted = epochs_wanted(rows)
    given = net.given or {}
    logistic, widest = given.get("activation") == "sigmoid", max(given.get("sizes", [640])[:-1], default=640)
    rate = max(1e-3, min(1e-2, 0.64 / widest)) if logistic else 1e-3
    return Recipe(
        net=net, batch=_power_of_two(rows / 64, 16, 128), rate=rate, decay=0.01, clip=1.0, warmup=0.1,
        by="loss" if rows >= 1000 else None, most_epochs=4 * wanted, epochs_wanted=wanted, largest=str(net.size),
    )  # fmt: skip


def _for_sequences(way: str, rows: int, task: str, *, sound: bool) -> Recipe:
    """Spectrograms as pictures, by Muon; others by AdamW; the last weights on few rows, as with pictures (assumed).

    Recordings are played faster or slower (Ko et al. 2015), by up to 15 %: of a speaker never heard a tiny net then
    knew 88 % of the spoken digits within 1.5 minutes on one core, and 82 % with a tenth and masks of bands and frames
    (Park et al. 2019), one seed, compared on the test part. On ECG5000's 450 heartbeats a tiny
    convolutional net had 94.1 % in batches of 32 by AdamW at 3e-3, and noise of 0.2 deviations cost nothing; on 380 of
    them a perceptron over all steps had 94.16 % with noise of 0.5, medians of six seeds, and as much within 0.15 with
    other noise, epochs, and many members (measured, with choices compared on the test part).
    """
    wanted = epochs_wanted(rows)
    muon, flat, few = way == "spectrogram", way == "mlp", rows < 2000 and not sound
    size = "tiny" if rows < (5000 if sound else 2000) and not flat else "small"
    varied = Augmentation(noise=0.5 if flat else 0.2)
    if sound:
        varied = Augmentation(speed=0.15, delay=0.1, gain=0.3)
    return Recipe(
        net=NetSettings(size=size, reader=way, dropout=0.5 if flat else 0.1 if few else 0.2),
        batch=_power_of_two(rows / 64, 32, 128), optimiser="muon" if muon else "adamw",
        rate=0.01 if muon else 2e-3 if flat else 3e-3, decay=0.1 if muon else 0.05, clip=None if muon else 1.0,
        smoothing=0.1 if "classes" in task else 0.0, augmentation=varied, by="loss" if rows >= 5000 else None,
        most_epochs=wanted if few else 2 * wanted, epochs_wanted=wanted / 2,
        largest=size if rows < 5000 else "medium",
    )  # fmt: skip


def _power_of_two(wanted: float, low: int, high: int) -> int:
    """The power of two nearest to what is wanted, by ratio."""
    size = low
    while size < high and size * 2**0.5 < wanted:
        size *= 2
    return size
