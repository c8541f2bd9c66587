"""What :func:`deepen.play` gives for a board game: a policy, a value, and the search that they guide.

Legend: B boards, A moves, C planes, H rows, W columns.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.errors import SettingError, TrainingError
from deepen.evidence.match import Match
from deepen.games import Boards, Rules, game
from deepen.matches.chooser import RESIGN, Chooser, Fault, Follower
from deepen.matches.sensible import sensible
from deepen.model_card import ONE_TRAINING, made, matched, measured
from deepen.nets.policy_value import PolicyValue
from deepen.reporting.board_picture import Position, pixels
from deepen.search.evaluating import evaluator
from deepen.search.search import Evaluate, Found, SearchSettings, search
from deepen.trained import Trained

__all__ = ["BoardPlayer"]

_DRAWN = 2  # moves of a game against itself, or it would always be the same


@dataclass(kw_only=True, repr=False)
class BoardPlayer(Trained):
    """A trained player of a board game.

    Parameters
    ----------
    game
        Its name, by which the rules are found again.
    net_settings
        Of the net, see :class:`~deepen.nets.policy_value.PolicyValue`.
    searching
        How it looks ahead; no simulations at all play the net's first thought.
    method, settings
        How it was trained: ``alphazero`` or ``experts``, and the method's settings.
    matches
        Against whom it was tried, as plain data: see :class:`~deepen.evidence.match.Match`.
    title
        What it is called beside others.
    """

    FORM: ClassVar[str] = "board player"
    FOREIGN: ClassVar[str] = "holds no player of a board game"

    game: str
    net_settings: Mapping[str, Any]
    searching: SearchSettings | None = field(default_factory=SearchSettings)
    method: str = "alphazero"
    settings: Mapping[str, Any] = field(default_factory=dict)
    matches: tuple[Mapping[str, Any], ...] = ()
    title: str = "deepen"

    @cached_property
    def rules(self) -> Rules[Any]:
        """Of the game."""
        return game(self.game)

    @property
    def name(self) -> str:
        """As others call it."""
        return f"{self.title}, {self.searching.simulations if self.searching else 'no'} simulations"

    def called(self, title: str) -> BoardPlayer:
        """Give the same player by another name."""
        return dataclasses.replace(self, title=title)

    def thinking(self, simulations: int | None) -> BoardPlayer:
        """Give the same player with another number of simulations; 0 plays the net's first thought.

        A player that has not searched so far searches as it did when it learned.

        Raises
        ------
        SettingError
            If it is below zero.
        """
        if simulations is None:
            return self
        if simulations == 0:
            return dataclasses.replace(self, searching=None)
        searching = dataclasses.replace(self.searching or self._as_it_learned, simulations=simulations)
        return dataclasses.replace(self, searching=searching)

    @property
    def _as_it_learned(self) -> SearchSettings:
        return SearchSettings.from_dict(
            {k: v for k, v in self.settings.items() if k in SearchSettings.names()}
        )

    @cached_property
    def _ask(self) -> Evaluate:
        assert isinstance(self.net, PolicyValue)
        return evaluator(self.net)

    @torch.no_grad()
    def policy(self, boards: Boards) -> tuple[Tensor, Tensor]:
        """Give the net's first thought: the probabilities of moves (B, A), and values (B,) for whose turn it is."""
        boards = boards.to(self.device)
        legal = self.rules.legal(boards)
        logits, values = self._ask(self.rules.planes(boards, legal))
        return torch.softmax(logits.masked_fill(~legal, -torch.inf), dim=1).nan_to_num(0.0), values

    def look_ahead(
        self, boards: Boards, simulations: int | None = None, *, among: Tensor | None = None
    ) -> Found:
        """Search from each position, for a policy better than the first thought.

        Parameters
        ----------
        among
            (B, A) bool: the moves to choose from; by default those that are :mod:`~deepen.matches.sensible`.
        """
        how, boards = self.thinking(simulations).searching or self._as_it_learned, boards.to(self.device)
        among = sensible(self.rules, boards) if among is None else among.to(self.device)
        return search(self.rules, boards, self._ask, how, among=among)

    def choose(self, boards: Boards) -> Tensor:
        """Give a move (B,) on each board: a :mod:`~deepen.matches.sensible` one, which fills no own eye of Go."""
        return self.choose_among(boards, None)

    def choose_among(self, boards: Boards, among: Tensor | None) -> Tensor:
        """Give a move (B,) on each board, one of some moves (B, A) bool of which one at least is legal."""
        if self.searching is not None:
            return self.look_ahead(boards, among=among).move
        boards = boards.to(self.device)
        among = sensible(self.rules, boards) if among is None else among.to(self.device)
        policy = self.policy(boards)[0]
        if among is not None:
            policy = policy.masked_fill(~(among & self.rules.legal(boards)), -1.0)
        return policy.argmax(dim=1)

    def watch(
        self, other: Chooser | Follower, *, seed: int = 0, longest: int = 5000, pictures: bool = True
    ) -> Iterator[tuple[Any, str]]:
        """Play one game against another, and give each moment of it: a picture or a text, and a line about it.

        Parameters
        ----------
        other
            Who it is; the player itself will do.
        seed
            This player begins where it is even. The first moves of a game against itself are drawn from it.
        longest
            Moves after which no more are shown.
        pictures
            Whether pictures (H, W, 3) uint8 are drawn; else the board as text.

        Raises
        ------
        SettingError
            If the other one plays another game.
        TrainingError
            If the other one is a program, and fails.
        """
        if other.rules.name != self.rules.name:
            raise SettingError(
                f"{other.name} plays another game",
                where="watch",
                allowed=self.rules.name,
                came=other.rules.name,
            )
        try:
            yield from self._watched(other, seed, longest, pictures)
        finally:
            if isinstance(other, Follower):
                other.leave(0)

    def _watched(
        self, other: Chooser | Follower, seed: int, longest: int, pictures: bool
    ) -> Iterator[tuple[Any, str]]:
        chance = seeds.generator(seed, "watching", device=self.device)
        rules, boards, made = self.rules, self.rules.begin(1, self.device), list[int]()
        sides = [self, other] if seed % 2 == 0 else [other, self]
        line = ", ".join(f"{name}: {side.name}" for name, side in zip(rules.sides, sides, strict=True))
        while True:
            yield self._drawn(boards, pictures), line
            if bool(boards.over[0]) or len(made) == longest:
                return
            turn = len(made) % 2
            if other is self and len(made) < _DRAWN:
                move = int(torch.multinomial(self.policy(boards)[0], 1, generator=chance))
            else:
                move = _asked(sides[turn], boards, made)
            if broken := self._broken_off(move, boards):
                told = f"{rules.sides[1 - turn]} wins after {len(made)} moves: {rules.sides[turn]} {broken}"
                yield self._drawn(boards, pictures), told
                return
            made.append(move)
            boards = rules.play(boards, torch.tensor([move], device=self.device))
            hopes = f"{rules.sides[0]} expects {self._for_first(boards):+.2f}"
            line = f"{len(made)}. {rules.sides[turn]} {rules.word(move)}; {hopes}"
            if bool(boards.over[0]):
                winner = int(boards.winner[0])
                ended = "a draw" if winner == 0 else f"{rules.sides[(1 - winner) // 2]} wins"
                line = f"{ended} after {len(made)} moves"

    def _broken_off(self, move: int, boards: Boards) -> str:
        """How a move ends the game before its time; empty where it does not."""
        if move == RESIGN:
            return "resigned"
        if 0 <= move < self.rules.actions and bool(self.rules.legal(boards)[0, move]):
            return ""
        return (
            f"chose {self.rules.word(move) if 0 <= move < self.rules.actions else move}, which is not allowed"
        )

    def _for_first(self, boards: Boards) -> float:
        """What the net expects the first player to get, from -1 to 1."""
        return float(self.policy(boards)[1][0] * boards.turn[0])

    def _drawn(self, boards: Boards, pictures: bool) -> Any:
        if not pictures:
            return self.rules.text(boards)
        return pixels(
            Position(game=self.game, stones=boards.stones[0].cpu().numpy(), last=self.rules.place(boards))
        )

    def _specific(self) -> dict[str, Any]:
        return {
            "game": self.game,
            "net": dict(self.net_settings),
            "searching": None if self.searching is None else self.searching.to_dict(),
            "method": self.method,
            "settings": dict(self.settings),
            "matches": list(self.matches),
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any], place: Path) -> BoardPlayer:
        rules = game(data["game"])
        searching = data["searching"]
        return cls(
            net=PolicyValue(rules.shape, rules.actions, **data["net"]), game=data["game"], net_settings=data["net"],
            searching=None if searching is None else SearchSettings.from_dict(searching), method=data["method"],
            settings=data["settings"], matches=tuple(data["matches"]), **cls._common_from(data),
        )  # fmt: skip

    def _write_card(self, path: Path) -> None:
        how = {"alphazero": "by playing against itself", "experts": "from the games of experts"}[self.method]
        lines = [
            f"# A player of {self.game}", "", f"Trained by deepen {how}.", "",
            "```python", "import deepen", "", 'player = deepen.load("this-folder")', "boards = player.rules.begin(1)",
            "player.choose(boards)          # its move", "```", "",
            "    deepen match this-folder --against mcts:100", "    deepen watch this-folder --out game.gif",
            "    deepen gtp this-folder          # for programs that speak the Go Text Protocol",
            "    deepen report this-folder", "",
        ]  # fmt: skip
        if self.matches:
            lines += ["## How good it is", "", *matched([Match.from_dict(one) for one in self.matches])]
        elif "test" in self.scores:
            lines += ["## How good it is", "", *measured(self.scores)]
        notes = [*self.notes, *([ONE_TRAINING] if self.method == "alphazero" else [])]
        if notes:
            lines += ["## What to know", "", *(f"- {text}" for text in notes), ""]
        lines += made(self.about, self.history)
        path.write_text("\n".join(lines), encoding="utf-8")


def _asked(player: Chooser | Follower, boards: Boards, made: Sequence[int]) -> int:
    """Ask one player for its move.

    Raises
    ------
    TrainingError
        If a program fails.
    """
    if not isinstance(player, Follower):
        return int(player.choose(boards)[0])
    move = player.follow({0: made})[0]
    if isinstance(move, Fault):
        raise TrainingError(f"gave no move: {move.what}", where=player.name)
    return move
