"""Games of a net against itself, many at once, as the batches that it learns from.

The loop asks for a batch; where too few positions were played for what was learned from them, all games go on by a move
first. So playing and learning keep their proportion on any machine, and the net that plays is the newest.

Legend: B games, L recorded positions of a game, A moves, C planes, H rows, W columns.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.compute.precision import Precision
from deepen.games.boards import Boards
from deepen.games.rules import Rules
from deepen.learning.averages import Average
from deepen.learning.watch import Silent, Watch
from deepen.matches.openings import beginnings
from deepen.nets.policy_value import PolicyValue
from deepen.search.evaluating import evaluator
from deepen.search.search import search
from deepen.selfplay.resigning import Resigning
from deepen.selfplay.settings import AlphaZero
from deepen.selfplay.window import Positions, Window

__all__ = ["SelfPlay"]

# Bytes of a window that is kept with the checkpoints: half a second or so every half minute (assumed).
_SAVED = 2**27
# The part of ``least`` that is played before learning begins; and, so that a trained net does not learn a few games by
# heart, before it goes on where the window was lost or the training begins with it (both assumed).
_FIRST, _AGAIN = 20, 2


class SelfPlay:
    """Endless batches, from games that are played as they are needed.

    Parameters
    ----------
    net
        Who plays, as it is when a move is due.
    rules, settings
        What is played, and how.
    seed
        From which all draws follow.
    average
        Whose weights play instead of the net's own.
    precision
        In which way the net answers.
    trained
        Whether it has learned before, so that more is played before it learns on.
    watch
        Who is told that a window had to be played anew.
    stop
        Asked between moves whether to wait no more for what is due: then what was played so far must do, once a game
        is over. It may raise.

    Attributes
    ----------
    window
        What was played.
    resigning
        When games are given up.
    played, drawn
        Games that were finished, and positions that were learned from.
    """

    def __init__(
        self,
        net: PolicyValue,
        rules: Rules[Any],
        settings: AlphaZero,
        *,
        seed: int,
        average: Average | None = None,
        precision: Precision | None = None,
        trained: bool = False,
        watch: Watch | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._rules, self._settings = rules, settings
        self._average = average
        self._watch, self._stop = watch or Silent(), stop
        self._device = next(net.parameters()).device
        self._ask = evaluator(net, precision)
        self._generator = seeds.generator(seed, "self-play", device=self._device)
        self._chance = seeds.generator(seed, "caps")  # asked by Python, so it stays on the CPU
        self._size = settings.batch
        self.window = Window(rules, least=settings.least, most=settings.most, device=self._device)
        self.resigning = Resigning(settings.resigning, self._device)
        self.played, self.drawn = 0, 0
        self._first = max(1, settings.least // (_AGAIN if trained else _FIRST))
        self._begin()

    def _begin(self) -> None:
        """Begin all games anew."""
        B, L, shape = self._settings.games, self._rules.longest, self._rules.shape
        make: dict[str, Any] = {"device": self._device}
        self._boards: Boards = self._begun(B)
        self._planes = torch.zeros(B, L, shape.c, shape.h, shape.w, dtype=torch.float16, **make)
        self._policy = torch.zeros(B, L, self._rules.actions, dtype=torch.float16, **make)
        self._turn = torch.zeros(B, L, dtype=torch.int8, **make)  # 0 where nothing was recorded yet
        self._value = torch.zeros(B, L, **make)  # the search's, from the side of whose turn it was
        self._at = torch.zeros(B, dtype=torch.int64, **make)  # recorded so far
        self._lowest = torch.ones(B, 2, **make)  # what the first and the second player expected at the worst
        self._spared = self._draw_spared()

    def _begun(self, n: int) -> Boards:
        return beginnings(self._rules, n, self._settings.opening, self._generator)

    def _draw_spared(self) -> Tensor:
        drawn = torch.rand(self._settings.games, generator=self._generator, device=self._device)
        return drawn < self._settings.spared

    @property
    def steps(self) -> int:
        """Batches in which as many positions are learned from as ``least`` has; a measure of time, no more."""
        return max(1, self._settings.least // self._settings.batch)

    def next(self) -> Positions:
        """Play as much as is due, and draw a batch."""
        while self._due():
            if self._stop() and len(self.window):
                break
            self.play()
        self.drawn += self._size
        return self.window.draw(self._size, self._generator)

    def _due(self) -> bool:
        total = self.window.total
        return total < self._first or self.drawn + self._size > self._settings.reuse * total

    def halve(self) -> bool:
        """Draw batches of half the size."""
        if self._size == 1:
            return False
        self._size //= 2
        return True

    @torch.no_grad()
    def play(self) -> None:
        """Make a move in every game, and begin those anew that are over."""
        settings, boards = self._settings, self._boards
        whole = torch.rand(1, generator=self._chance).item() < settings.whole
        how = settings.search(settings.simulations if whole else settings.quick)
        explore = (boards.moves < settings.exploring).float()
        self._renew()
        found = search(self._rules, boards, self._ask, how, self._generator, explore=explore)
        if whole:
            self._record(boards, found.policy, found.value)
        self._boards = self._rules.play(boards, found.move)
        self._note_lowest(boards, found.value)
        self._finish(self._resigned(boards, found.value))

    def _renew(self) -> None:
        """Ask the net as it is now; the average's weights, where there is one."""
        with contextlib.nullcontext() if self._average is None else self._average.in_place():
            self._ask.renew()

    def _record(self, boards: Boards, policy: Tensor, value: Tensor) -> None:
        rows = torch.arange(len(boards), device=self._device)
        self._planes[rows, self._at] = self._rules.planes(boards).half()
        self._policy[rows, self._at] = policy.half()
        self._turn[rows, self._at] = boards.turn
        self._value[rows, self._at] = value
        self._at += 1

    def _note_lowest(self, boards: Boards, value: Tensor) -> None:
        who = (boards.turn < 0).long()[:, None]  # (B, 1)
        low = torch.minimum(self._lowest.gather(1, who), value[:, None])
        self._lowest.scatter_(1, who, low)

    def _resigned(self, boards: Boards, value: Tensor) -> Tensor:
        """Let whoever is sure to lose give up, and say which games ended so: (B,) bool."""
        given_up = self.resigning.given_up(value) & ~self._spared & ~self._boards.over
        winner = torch.where(given_up, -boards.turn, self._boards.winner)
        over = self._boards.over | given_up
        self._boards = dataclasses.replace(self._boards, over=over, winner=winner)
        return given_up

    def _finish(self, given_up: Tensor) -> None:
        """Bring the positions of finished games into the window, and begin these games anew."""
        over, winner = self._boards.over, self._boards.winner
        if not over.any():
            return
        saved = over & self._spared
        if saved.any():
            sides = torch.tensor([1, -1], device=self._device)
            not_lost = winner[saved][:, None] * sides >= 0
            self.resigning.played_out(self._lowest[saved][not_lost])
        known = (self._turn != 0) & over[:, None]  # (B, L)
        outcome = (winner[:, None] * self._turn).float()  # (B, L)
        target = torch.lerp(outcome, self._value, self._settings.mixed)
        owners = self._owners(over, given_up, known) if self._rules.territory else None
        self.window.add(Positions(self._planes[known], self._policy[known], target[known], owners))
        n = int(over.sum())
        self.played += n
        self._boards = self._boards.put(over, self._begun(n))
        self._turn[over] = 0
        self._at[over] = 0
        self._lowest[over] = 1.0
        self._spared = torch.where(over, self._draw_spared(), self._spared)

    def _owners(self, over: Tensor, given_up: Tensor, known: Tensor) -> Tensor:
        """Say of each known position (M of B, L) whose its places were at the end: (M, H, W), see Positions."""
        found = torch.zeros(self._boards.stones.shape, dtype=torch.int8, device=self._device)  # (B, H, W)
        found[over] = self._rules.owners(self._boards[over])
        found[given_up] = 2
        return found[known.nonzero()[:, 0]] * self._turn[known][:, None, None]

    def state_dict(self) -> dict[str, Any]:
        """The games as they stand, and the window, unless it is too large."""
        longest = int(self._at.max())  # no game has more recorded positions
        games = {name: getattr(self, name)[:, :longest] for name in _RECORDS}
        games |= {name: getattr(self, name) for name in _STANDS}
        small = self.window.room + sum(x.numel() * x.element_size() for x in games.values()) <= _SAVED
        fields = {f.name: getattr(self._boards, f.name) for f in dataclasses.fields(self._boards)}
        return {
            "generator": self._generator.get_state(),
            "chance": self._chance.get_state(),
            "size": self._size,
            "played": self.played,
            "drawn": self.drawn,
            "resigning": self.resigning.state_dict(),
            "window": self.window.state_dict() if small else None,
            "games": games if small else None,
            "boards": fields if small else None,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there; a window that was too large to be kept is played anew, as far as is needed to go on."""
        self._generator.set_state(state["generator"])
        self._chance.set_state(state["chance"])
        self._size, self.played, self.drawn = state["size"], state["played"], state["drawn"]
        self.resigning.load_state_dict(state["resigning"])
        if state["window"] is None:
            self.drawn = 0
            self._first = max(1, self._settings.least // _AGAIN)
            self._watch.note(
                f"the window of positions was too large to be kept; {self._first} are played before learning goes on"
            )
            return
        self.window.load_state_dict(state["window"])
        for name in _RECORDS:
            kept = state["games"][name]
            getattr(self, name)[:, : kept.shape[1]] = kept.to(self._device)
        for name in _STANDS:
            setattr(self, name, state["games"][name].clone().to(self._device))
        fields = {name: x.to(self._device) for name, x in state["boards"].items()}
        self._boards = dataclasses.replace(self._boards, **fields)


# Of the games as they stand: what was recorded of them, (B, L, ...) each, and what else is known of each, (B, ...).
_RECORDS, _STANDS = ("_planes", "_policy", "_turn", "_value"), ("_at", "_lowest", "_spared")
