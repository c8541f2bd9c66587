"""What each section says otherwise of a task: what was learned, from what, and on what it was tried."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXPERTS", "Wording", "wording"]

EXPERTS = "experts’ moves"
"""The task of a board player that learned from the records of games."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """The words for one task.

    Parameters
    ----------
    does, learned
        What it does with what is learned, and how it learned from a source.
    unit
        What a score stands on, in the plural.
    unscored, measure
        Why there is no score, and how to come to one.
    scored
        What the scores are of.
    data, noted, divided
        What the section of the data is called, and its list of notes; how the data are divided, empty where there are
        none.
    epochs
        Whether it goes over the same data again and again.
    loss
        What the loss is, and what it tells.
    """

    does: str = "It answers {}"
    learned: str = "It learned from {}"
    unit: str = "test examples"
    unscored: str = "no test part was held out"
    measure: str = "It was not tested: measure it on data that it has not seen, by deepen evaluate."
    scored: str = "On the test part, which it had never seen"
    data: str = "The data"
    noted: str = "What was understood, mended and left out"
    divided: str = (
        "The validation part chooses weights and settings; the test part is scored once, at the end, and nothing is "
        "learned from it. Equal inputs and groups are kept in one part."
    )
    epochs: bool = True
    loss: str = (
        "The training loss is the mean over the steps since the look before, with whatever noise the training adds, "
        "such as dropout and augmentation; the validation loss is that of the averaged weights without noise, and "
        "those are kept where it is least. Both are of the outputs before calibration."
    )


_OF = {
    "two classes": Wording(does="It tells the two classes of {} apart"),
    "many classes": Wording(does="It tells the classes of {} apart"),
    "several labels": Wording(does="It says which of the labels {} hold"),
    "number": Wording(does="It estimates {}"),
    "forecast": Wording(does="It forecasts {}", unit="test forecasts"),
    "text to text": Wording(does="It rewrites texts into {}"),
    "tags": Wording(does="It labels each token or step with {}"),
    "features": Wording(does="It describes what it reads by features that needed no labels"),
    "language": Wording(does="It writes on, and tells how likely a text is", unit="test tokens"),
    "player": Wording(
        does="It plays {}",
        learned="It learned by playing, from what it saw and was rewarded for",
        unit="episodes",
        unscored="no episode came to its end in the time that was left",
        measure="It was not tried to the end of an episode: player.evaluate() has no clock.",
        scored="Of whole episodes, played after the training with the best action always",
        data="The environment",
        noted="What was noted",
        divided="",
        epochs=False,
        loss=(
            "The loss is that of the action values: how far they lie from the rewards and the value of what follows. "
            "What is to be met moves as the player learns, so the loss need not fall: the returns tell how good it is."
        ),
    ),
    "board player": Wording(
        does="It plays {}",
        learned="It learned by playing against itself, from the rules alone",
        unit="games",
        unscored="no game was played in the time that was left",
        measure="It was not tried against others: deepen match has no clock.",
        scored="In games played after the training",
        data="The game",
        noted="What was noted",
        divided="",
        epochs=False,
        loss=(
            "The loss is the cross-entropy of the moves with those that the search prefers, and that of the outcome of "
            "the games. The games become harder to foretell as both sides learn, so it need not fall: the points tell "
            "how good it is. What plays is the average of the last weights."
        ),
    ),
    EXPERTS: Wording(
        does="It plays {} as experts do",
        unit="test positions",
        scored="On games that it had never seen: what it would play where an expert moved",
        divided=(
            "Games are divided as wholes. Those for validation choose the weights; those for the test are scored once, "
            "at the end, and nothing is learned from them."
        ),
        loss=(
            "The loss is the cross-entropy of the moves with the experts’, and in the training a little of the "
            "outcome’s. The validation loss is of the moves alone, by the averaged weights; those are kept where it is "
            "least."
        ),
    ),
}  # fmt: skip


def wording(task: str) -> Wording:
    """Give the words for a task.

    Examples
    --------
    >>> wording("player").does.format("Pong")
    'It plays Pong'
    """
    return _OF.get(task, Wording())
