"""``deepen.see``: what each level of a trained net has learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepen.errors import SettingError
from deepen.learning.watch import Watch
from deepen.trained import Trained
from deepen.verbs.load import load

if TYPE_CHECKING:
    from deepen.pretraining.features.seen import Look
    from deepen.seeing.seen import Seen

__all__ = ["see"]


def see(
    model: Trained | str | Path,
    source: Any = None,
    y: Any = None,
    *,
    to: str | Path | None = None,
    nuisance: Sequence[str] = (),
    rows: int = 2000,
    units: int = 12,
    examples: int = 6,
    label_from: str | None = None,
    seed: int = 0,
    watch: Watch | None = None,
    **reading: Any,
) -> Seen | Look:
    """Look at what each level of a trained net has learned.

    Without data: the levels, the first layer's filters, and an input made for each unit by gradient ascent. With data
    also the inputs that excite each unit most, a linear probe on every level, the similarity between levels, a map of
    the last one, and what some answers rest on. A player needs no data: it is looked at while it plays.

    Parameters
    ----------
    model
        What :func:`train` gave, or its folder.
    source, y
        Data like those it learned from, best such as it has not seen; for the task's probe with the target.
    to
        A folder to write pictures, ``seeing.json`` and a README into; one that was written so before is replaced.
    nuisance
        Columns to probe for beside the target, such as ``speaker``; ``speaker=name:1:_`` is told by files' names.
    rows
        How many rows, or moments of play, are looked at, at the most.
    units, examples
        How many units of each level are shown, and how many answers are explained.
    label_from
        Where the files' names tell the target, see :mod:`deepen.data.names`.
    seed
        From which the rows drawn, the probes' folds and the ascent's noise follow.
    watch
        Who is told how it goes.
    **reading
        ``header``, ``delimiter``, ``encoding`` of a text table.

    Returns
    -------
    Seen
        All of it as arrays; its ``sentences``, one for each level, are the short of it. Of what :func:`pretrain` gave
        it is a :class:`~deepen.pretraining.features.seen.Look`: filters, chains, dreams and reconstructions. Of what
        :func:`play` gave it is a :class:`~deepen.seeing.player_seen.SeenPlayer`: what excites its units in its own
        play, and what some decisions rest on.

    Raises
    ------
    DataError
        If the data cannot be read, or are needed and not given; or if a player sees the same thing all the time.
    SettingError
        If an option is wrong, or the model is a forecaster's or of running text, which cannot be looked at yet.

    Examples
    --------
    >>> import deepen
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> seen = see(deepen.train(X, y, epochs=20), X, y)
    >>> len(seen.levels), seen.probed[0].levels[-1].value > 0.8
    (2, True)
    """
    from deepen.seeing.run import see as look_at

    trained = model if isinstance(model, Trained) else load(model)
    if trained.FORM == "features":
        from deepen.pretraining.features.look import look

        machine: Any = trained
        return look(machine, source, to=to, units=units, examples=examples, seed=seed, watch=watch, **reading)
    if trained.FORM in ("player", "board player"):
        from deepen.seeing.players import see_player

        if source is not None:
            raise SettingError(
                "a player is looked at in its own play: there are no data to give", where="see",
                came=str(source)[:80], mend="Leave the data out: deepen see model/.",
            )  # fmt: skip
        if nuisance:
            raise SettingError(
                "is a column of data, which a player has none of", where="--nuisance", came=nuisance[0]
            )
        return see_player(trained, to=to, rows=rows, units=units, examples=examples, seed=seed, watch=watch)
    return look_at(
        trained, source, y, to=to, nuisance=nuisance, rows=rows, units=units, examples=examples, label_from=label_from,
        seed=seed, watch=watch, **reading,
    )  # fmt: skip
