"""How AlphaZero learns a game, and what is good for each game."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Self

from deepen.config import Settings, between, one_of, whole
from deepen.games.rules import Rules
from deepen.nets.policy_value import PolicyValue
from deepen.search.search import SearchSettings

__all__ = ["AlphaZero"]


class AlphaZero(Settings):
    """How a net learns a game by playing against itself.

    Parameters
    ----------
    channels, blocks, pooling, value, policy
        Of the net, see :class:`deepen.nets.policy_value.PolicyValue`.
    games
        That are played at once.
    simulations, quick, whole
        Of a search whose policy is learned, of a quick one that only moves the game on, and the share of the former:
        playout cap randomisation (Wu 2019). All games of a move do the same, so that they stay in step.
    considered, c_scale
        Of Gumbel's search.
    opening
        The most moves that are made by chance before a game begins, from none to so many of them alike: so that the
        net sees positions that it would not play into itself.
    exploring
        Moves from the beginning of a game that are drawn; after them the best is played.
    mixed
        The share of the search's value in what the value's head learns; the rest is the game's outcome (Young et al.
        2018 found a mixture to be better for Connect Four).
    resigning
        The share of games that would be resigned wrongly, at the most; the value at which to resign follows from it
        (Silver et al. 2017: 5 %). 0 plays all games to the end.
    spared
        The share of games that are played on whatever happens, from which that is measured.
    batch, reuse
        Positions of a step of learning, and how often each position is learned from on average.
    least, most
        The window's: up to how many positions all count, and how many are kept at the most. Learning begins when a
        twentieth of ``least`` is there.
    optimiser, rate, decay, warmup
        As in :mod:`deepen.learning.optimisers` (Muon was measured on Connect Four and go:5: docs/decisions/0023), and
        the share of the training in which the rate rises.
    value_weight
        Of the value's loss.
    ownership
        The weight of learning whose each place will be, in a game that is about places: a game then tells as much as
        it has places, not only who won. KataGo has 1.5 (Wu 2019); 0 for none.

    Examples
    --------
    >>> AlphaZero(games=0)
    Traceback (most recent call last):
    ...
    deepen.errors.SettingError: games: out of range; allowed: 1 or more, up to 1e+06; came: 0
    """

    channels: int = 32
    blocks: int = 3
    pooling: bool = False
    value: str = "outcomes"
    policy: str = "dense"
    games: int = 128
    simulations: int = 32
    quick: int = 8
    whole: float = 0.5
    considered: int = 16
    c_scale: float = 1.0
    opening: int = 0
    exploring: int = 12
    mixed: float = 0.25
    resigning: float = 0.0
    spared: float = 0.1
    batch: int = 256
    reuse: float = 6.0
    least: int = 20_000
    most: int = 400_000
    optimiser: str = "muon"
    rate: float = 0.02
    decay: float = 0.05
    warmup: float = 0.02
    value_weight: float = 1.0
    ownership: float = 0.0

    def __post_init__(self) -> None:
        one_of("value", self.value, ("outcomes", "tanh"))
        for name in ("games", "simulations", "quick", "batch", "least", "most"):
            whole(name, getattr(self, name), 1, 1e9 if name in ("batch", "least", "most") else 1e6)
        for name in ("channels", "blocks", "opening", "exploring"):
            whole(name, getattr(self, name), 0, 1e9)
        for name in ("whole", "reuse", "rate"):
            between(name, getattr(self, name), 0, 1 if name == "whole" else math.inf, open_low=True)
        for name in ("mixed", "resigning", "spared", "warmup"):
            between(name, getattr(self, name), 0, 1)
        one_of("policy", self.policy, ("dense", "places"))
        between("value_weight", self.value_weight, 0, 1e6)
        between("ownership", self.ownership, 0, 1e6)
        between("decay", self.decay, 0, math.inf)
        between("most", self.most, self.least, 1e9)
        self.search(self.simulations)  # refuses what is none of a search

    @classmethod
    def of(cls, rules: Rules[Any], **changes: Any) -> Self:
        """Give what is good for a game on two cores, with changes.

        Examples
        --------
        >>> from deepen.games import game
        >>> settings = AlphaZero.of(game("connect4"), channels=64)
        >>> settings.channels, settings.simulations
        (64, 16)
        """
        return dataclasses.replace(cls(**_good(rules)), **changes)

    def net(self, rules: Rules[Any]) -> PolicyValue:
        """Build the net."""
        return PolicyValue(
            rules.shape,
            rules.actions,
            channels=self.channels,
            blocks=self.blocks,
            pooling=self.pooling,
            value=self.value,
            policy=self.policy,
            owners=self.ownership > 0 and rules.territory,
        )

    def updates(self, moves: float) -> int:
        """How many steps of learning so many moves give.

        Examples
        --------
        >>> AlphaZero(whole=0.5, reuse=6.0, batch=256).updates(100_000)
        1171
        """
        return max(1, int(moves * self.whole * self.reuse / self.batch))

    def search(self, simulations: int, *, proofs: bool = False) -> SearchSettings:
        """Give the settings of a search; in a game that is learned from it proves nothing.

        Within ten minutes of Connect Four proofs took a quarter of the positions, and the net's first thought agreed
        with a solver in 83 % of positions (two seeds), without them in 90 % (one).
        """
        return SearchSettings(
            simulations=simulations, considered=self.considered, c_scale=self.c_scale, proofs=proofs
        )


def _good(rules: Rules[Any]) -> dict[str, Any]:
    """Settings by the game's name: those of the small games were tried, those of the others follow from their sizes."""
    kind = rules.name.split(":")[0]
    side = max(rules.shape.h, rules.shape.w)
    if kind == "tictactoe":
        return {
            "channels": 32, "blocks": 2, "games": 64, "simulations": 16, "whole": 1.0, "exploring": 9, "least": 2_000,
            "most": 20_000, "batch": 128, "c_scale": 0.3, "mixed": 0.5,
        }  # fmt: skip
    if kind == "connect4":
        return {  # the opening was measured: docs/decisions/0023
            "simulations": 16, "whole": 1.0, "c_scale": 0.5, "opening": 10, "exploring": 42, "least": 10_000,
            "reuse": 5.0,
        }  # fmt: skip
    large = side > 9
    found: dict[str, Any] = {
        "channels": 64 if large else 48 if side > 7 else 32,
        "blocks": 6 if large else 4,
        "games": 32 if large else 128 if kind == "go" else 64,
        "simulations": 32,
        "exploring": 30 if large else max(4, side * side // 4),
        "resigning": 0.05,
        "most": 100_000 if large else 200_000,
    }  # fmt: skip
    if kind == "go":
        # Points of 100 games of go:5, each trained for a processor minute, 16 simulations: the policy by places against
        # the dense one 63 [53, 72]; with owners against without 62 [52, 71]; 128 games at once against 64, since they
        # play 1.4 times as many in the time, 70 [60, 78].
        found |= {"policy": "places", "ownership": 1.5}
        found |= {"pooling": side > 7, "value": "tanh", "whole": 0.25 if large else 0.5}
    return found
