"""The commands that Go alone has: handicaps, the score, what became of the stones, and games from a file.

``final_status_list`` names as dead what does not stand in the end when the player plays on by itself, see
:mod:`~deepen.matches.settling`, and ``final_score`` counts without these stones. They are the player's judgement:
where another one thinks otherwise, ``kgs-genmove_cleanup`` (an extension of KGS) plays on until no stone of the other
that it holds to be dead is left, and then all that stands is alive. Stones in seki are named alive; by area they
count so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from deepen.errors import DataError, SettingError
from deepen.games.boards import Boards
from deepen.games.go import Go, GoBoards
from deepen.games.go_records import GoRecord, read_go
from deepen.matches.chooser import Chooser, Thinker
from deepen.matches.gtp_arguments import Refused, exactly, whole
from deepen.matches.gtp_handicap import fixed, most
from deepen.matches.settling import dead_stones, taking

__all__ = ["GoCommands"]

_STATUS = ("alive", "dead", "seki")


class _Game(Protocol):
    """What these commands know of the server: its game, and who plays."""

    chooser: Chooser
    past: list[Boards]
    komi: float

    def genmove(self, arguments: Sequence[str], among: Callable[[Boards], Tensor | None]) -> str:
        """Make a move of those that ``among`` gives."""


class GoCommands:
    """Commands of one game of Go.

    Parameters
    ----------
    game
        Whose positions they read and set.
    rules
        Of Go.
    """

    def __init__(self, game: _Game, rules: Go) -> None:
        self.game, self.rules = game, rules
        self.commands: dict[str, Callable[[Sequence[str]], str]] = {
            "fixed_handicap": self._fixed, "place_free_handicap": self._free, "set_free_handicap": self._set,
            "final_score": self._score, "final_status_list": self._status, "kgs-genmove_cleanup": self._cleanup,
            "loadsgf": self._load,
        }  # fmt: skip
        self._judged: tuple[Tensor, Tensor] | None = (
            None  # stones (1, n, n), and which of them are dead (n, n)
        )

    @property
    def _boards(self) -> GoBoards:
        boards = self.game.past[-1]
        assert isinstance(boards, GoBoards)
        return boards

    def _fixed(self, arguments: Sequence[str]) -> str:
        stones = self._asked(arguments)
        if stones > most(self.rules.size):
            raise Refused("invalid number of stones")
        return self._placed([self.rules.move(word) for word in fixed(stones, self.rules.size)])

    def _free(self, arguments: Sequence[str]) -> str:
        """Place fixed stones where the board has so many, else what the player likes best, a stone after the other."""
        stones = self._asked(arguments)
        if stones >= self.rules.places:
            raise Refused("invalid number of stones")
        if stones <= most(self.rules.size):
            return self._fixed(arguments)
        places: list[int] = []
        while len(places) < stones:
            boards = self._set_up(places, (), 1)
            move = int(self.game.chooser.choose(boards)[0])
            if not 0 <= move < self.rules.places or not bool(self.rules.legal(boards)[0, move]):
                break  # it passes: fewer stones may be placed
            places.append(move)
        if len(places) < 2:
            raise Refused("invalid number of stones")
        return self._placed(places)

    def _set(self, arguments: Sequence[str]) -> str:
        self._check_empty()
        try:
            places = [self.rules.move(word) for word in arguments]
        except SettingError:
            raise Refused("bad vertex list") from None
        wrong = len(set(places)) < len(places) or self.rules.places in places
        if wrong or not 2 <= len(places) < self.rules.places:
            raise Refused("bad vertex list")
        self._placed(places)
        return ""

    def _asked(self, arguments: Sequence[str]) -> int:
        stones = whole(exactly(arguments, 1)[0], "handicap not an integer")
        self._check_empty()
        if stones < 2:
            raise Refused("invalid number of stones")
        return stones

    def _check_empty(self) -> None:
        if bool(self._boards.stones.any()):
            raise Refused("board not empty")

    def _placed(self, places: Sequence[int]) -> str:
        """Begin with black stones, and white to move; they are no move that could be undone."""
        self.game.past = [self._set_up(places, (), -1)]
        return " ".join(self.rules.word(place) for place in places)

    def _set_up(self, black: Sequence[int], white: Sequence[int], turn: int) -> GoBoards:
        device = self._boards.turn.device
        stones = torch.zeros(1, self.rules.places, dtype=torch.int8, device=device)
        stones[:, list(black)], stones[:, list(white)] = 1, -1
        grid = stones.view(1, self.rules.size, self.rules.size)
        return self.rules.set_up(grid, torch.tensor([turn], dtype=torch.int8, device=device))

    def _score(self, _: Sequence[str]) -> str:
        boards = self._boards
        stones = boards.stones.masked_fill(self._dead(boards), 0)
        points = float(self.rules.score(dataclasses.replace(boards, stones=stones)))
        points += self.rules.komi - self.game.komi
        return "0" if points == 0 else f"{'B' if points > 0 else 'W'}+{abs(points):g}"

    def _status(self, arguments: Sequence[str]) -> str:
        (status,) = exactly(arguments, 1)
        if status not in _STATUS:
            raise Refused("invalid status")
        chains: dict[int, list[str]] = {}
        if status != "seki":
            boards = self._boards
            dead = self._dead(boards).flatten().tolist()
            for place, chain in enumerate(boards.chain.flatten().tolist()):
                if chain >= 0 and dead[place] == (status == "dead"):
                    chains.setdefault(chain, []).append(self.rules.word(place))
        return "\n".join(" ".join(words) for words in chains.values())

    def _cleanup(self, arguments: Sequence[str]) -> str:
        return self.game.genmove(arguments, self._taking)

    def _taking(self, boards: Boards) -> Tensor | None:
        """Say which moves help to take the other's dead stones: (1, A) bool; None where nothing is to be taken."""
        assert isinstance(boards, GoBoards)
        dead = self._dead(boards) & (boards.stones[0] == -boards.turn)
        found = taking(self.rules, boards, dead)
        return found if bool(dead.any()) and bool(found.any()) else None

    def _dead(self, boards: GoBoards) -> Tensor:
        """Say which stones are dead, (n, n) bool; once for each position, since it takes a while."""
        if self._judged is None or not torch.equal(self._judged[0], boards.stones):
            player = self.game.chooser
            policy = (lambda b: player.policy(b)[0]) if isinstance(player, Thinker) else None
            self._judged = boards.stones, dead_stones(self.rules, boards, policy)
        return self._judged[1]

    def _load(self, arguments: Sequence[str]) -> str:
        """Take over the first game of a file, up to the move in front of the one named; or leave all as it was."""
        (name,) = exactly(arguments, 1)
        until = whole(arguments[1]) if len(arguments) > 1 else None
        try:
            record = read_go(Path(name).read_bytes(), where=name)[0]
            past = self._replayed(record, until)
        except OSError as error:
            raise Refused(f"cannot load file: {error.strerror or error}") from None
        except (DataError, IndexError) as error:
            raise Refused(f"cannot load file: {' '.join(str(error).split())}") from None
        self.game.past = past
        if record.komi is not None:
            self.game.komi = record.komi
        return ""

    def _replayed(self, record: GoRecord, until: int | None) -> list[Boards]:
        if record.size != self.rules.size:
            raise DataError("a board of another size", allowed=str(self.rules.size), came=str(record.size))
        made = record.moves if until is None else record.moves[: max(0, until - 1)]
        first = record.moves[0][0] if record.moves else -1 if record.black and not record.white else 1
        boards = self._set_up(record.black, record.white, first)
        if bool(((boards.stones != 0) & (boards.liberties == 0)).any()):
            raise DataError("stones are set up without a liberty")
        past: list[Boards] = [boards]
        for number, (colour, place) in enumerate(made, 1):
            boards = dataclasses.replace(boards, turn=torch.full_like(boards.turn, colour))
            if not bool(self.rules.legal(boards)[0, place]):
                raise DataError(f"move {number}, {self.rules.word(place)}, is illegal")
            boards = self.rules.play(boards, torch.tensor([place], device=boards.turn.device))
            past.append(boards)
        return past
