"""What a training that goes on from a trained player takes over: the net, checked, and the history that goes on.

The optimiser and the schedule of the rate begin anew, and what was learned from is not kept with a player: it is played
again, by the net as it stands.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from deepen.compute.folders import read_json, write_json
from deepen.errors import SettingError
from deepen.records import History

__all__ = ["Before", "asked_of", "refuse_size", "take_over"]

_FILE = "before.json"
_COUNTED = ("environment_steps", "episodes")  # figures of a look that count from the beginning


@dataclass(frozen=True)
class Before:
    """What was learned before a training.

    Parameters
    ----------
    history
        Of all trainings up to then.
    seconds
        That they took.
    """

    history: History = dataclasses.field(default_factory=History)
    seconds: float = 0.0

    @classmethod
    def of(cls, trained: Any, folder: Path | None = None, *, going_on: bool = False) -> Before:
        """Give that of a trained model; of an interrupted run what it began with, which is kept in its folder.

        A run that was stopped may have written its model over the one that it began with.

        Parameters
        ----------
        trained
            The model, or None for a training from nothing.
        folder
            The run's, if there is one.
        going_on
            Whether an interrupted run goes on there.
        """
        if trained is None:
            return cls()
        if folder is not None and going_on and (folder / _FILE).is_file():
            kept = read_json(folder / _FILE)
            return cls(History.from_dict(kept["history"]), kept["seconds"])
        about = trained.about
        found = cls(trained.history, about.get("seconds", 0.0) + about.get("seconds before", 0.0))
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / _FILE, {"history": found.history.to_dict(), "seconds": found.seconds})
        return found

    def then(self, history: History) -> History:
        """Give both histories as one: steps, epochs, seconds and what was played are counted from the beginning.

        Examples
        --------
        >>> from deepen.records import Moment
        >>> one = History((Moment(10, 1.0, 5.0, 0.1, 2.0, {"episodes": 3.0}),))
        >>> two = Before(one, 6.0).then(one).moments[1]
        >>> two.step, two.epoch, two.seconds, two.valid
        (20, 2.0, 11.0, {'episodes': 6.0})
        """
        if not self.history.moments:
            return dataclasses.replace(history, events=(*self.history.events, *history.events))
        last = self.history.moments[-1]
        counted = {name: last.valid[name] for name in _COUNTED if name in last.valid}
        moments = tuple(
            dataclasses.replace(
                m, step=last.step + m.step, epoch=last.epoch + m.epoch, seconds=self.seconds + m.seconds,
                valid={**m.valid, **{n: counted[n] + m.valid[n] for n in counted if n in m.valid}},
            )
            for m in history.moments
        )  # fmt: skip
        return History(
            (*self.history.moments, *moments), (*self.history.events, *history.events), history.ended
        )


def asked_of(before: Any) -> dict[str, str]:
    """Give what a run is asked by a model that it goes on from, if any, see :meth:`deepen.learning.job.Job.begin`.

    Which model it is does not count: a run that was stopped may have written its own over it.
    """
    return {} if before is None else {"from": "a player"}


def refuse_size(size: Any) -> None:
    """Refuse a size, since the net is there already.

    Raises
    ------
    SettingError
        If one is given.
    """
    if size is not None:
        raise SettingError(
            "the net is that of the player it goes on from",
            where="--size",
            came=str(size),
            mend="Leave it out.",
        )


def take_over(net: nn.Module, settings: Mapping[str, Any], before: nn.Module, its: Mapping[str, Any]) -> None:
    """Give a net the weights of another one that was built alike.

    Parameters
    ----------
    net, settings
        The new net, and the keywords that build it.
    before, its
        The trained one, and its keywords.

    Raises
    ------
    SettingError
        If it was built otherwise, naming what differs.
    """
    mine, theirs = json.loads(json.dumps(dict(settings))), json.loads(json.dumps(dict(its)))
    for name in {**theirs, **mine}:
        if mine.get(name) != theirs.get(name):
            raise SettingError(
                f"the net that it goes on from has another {name}", where="--from", allowed=str(theirs.get(name)),
                came=str(mine.get(name)), mend="Leave out what asks for another net, or train without --from.",
            )  # fmt: skip
    net.load_state_dict(before.state_dict())
