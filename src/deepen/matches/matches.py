"""Games of two players against each other: points with an interval, and the difference on Elo's scale.

Colours alternate. Two games in a row begin with the same moves made by chance, if any, so that each player has either
side of them. Games of players that choose by the position alone are played all at once; another program's a few at a
time.

What ends a game other than its rules: a player resigns; one chooses an illegal move, and has lost by that; or another
program fails, which says nothing of strength, so that game counts for nobody.

Go is counted as it stands on the board, after Tromp and Taylor: who thinks that stones are dead has to take them, and
``gnugo`` is started so that it does. One thing is added: where the other program itself holds stones of its own to be
dead when both have passed, they are taken away before counting. It cannot win by that, and a player that sees no use
in taking what is dead loses nothing.

Legend: B games, A moves, P pairs of games.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from deepen.config import between
from deepen.errors import SettingError
from deepen.evidence.match import Game, Match
from deepen.games.boards import Boards
from deepen.games.rules import Rules
from deepen.learning.watch import Silent, Watch
from deepen.matches.chooser import RESIGN, Chooser, Fault, Follower
from deepen.matches.openings import openings

__all__ = ["match"]

_AT_ONCE = 1024  # games of players that choose by the position alone (assumed)
_FAULTS = 3  # in a row, after which a program is not started again


def match(
    rules: Rules[Any],
    one: Chooser | Follower,
    other: Chooser | Follower,
    games: int = 100,
    *,
    seed: int = 0,
    opening: int = 0,
    device: torch.device | str = "cpu",
    watch: Watch | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Match:
    """Play a match.

    Parameters
    ----------
    rules
        Of the game; both players must have the same.
    one, other
        The players; ``one`` begins the first game.
    games
        How many, of which nobody's are those in which a program failed.
    seed
        From which the openings follow.
    opening
        Moves made by chance at the beginning, the same for two games in a row. Without any, and without chance in the
        players, there are no more than two different games.
    device
        Where boards are.
    watch
        Who is told how it goes.
    stop
        Asked before each move whether to end; games that are not over then do not count.

    Returns
    -------
    Match
        If a program fails three times in a row, or it is asked to end, with the games up to then.

    Examples
    --------
    >>> from deepen.games import TicTacToe
    >>> from deepen.matches.opponents import opponent
    >>> rules = TicTacToe()
    >>> played = match(rules, opponent("mcts:20", rules), opponent("random", rules), games=4)
    >>> len(played.games), sum(played.results)
    (4, 4)
    """
    between("games", games, 1, 1_000_000)
    between("opening", opening, 0, max(0, rules.longest - 1))
    for player in (one, other):
        if player.rules.name != rules.name:
            raise SettingError(
                f"{player.name} plays another game", where="match", allowed=rules.name, came=player.rules.name
            )
    begun = time.monotonic()
    first = openings(rules, (games + 1) // 2, opening, seed)  # (P, opening)
    table = _Table(rules, (one, other), device, stop)
    at_once = min((p.at_once for p in (one, other) if isinstance(p, Follower)), default=_AT_ONCE)
    watch = watch or Silent()
    stopped = ""
    try:
        for start in range(0, games, at_once):
            watch.stage("games", start, games)
            numbers = range(start, min(start + at_once, games))
            stopped = table.play({n: first[n // 2] for n in numbers})
            if stopped:
                break
    except KeyboardInterrupt:
        stopped = "interrupted"
    watch.stage("games", len(table.games), games)
    kept = tuple(table.games[n] for n in sorted(table.games))
    return Match(
        rules=rules.name, one=one.name, other=other.name, games=kept, seed=seed, opening=opening, stopped=stopped,
        seconds=time.monotonic() - begun,
    )  # fmt: skip


class _Table:
    """The games of one match: those that are over by their number, and those that are being played."""

    def __init__(
        self,
        rules: Rules[Any],
        players: Sequence[Chooser | Follower],
        device: torch.device | str,
        stop: Callable[[], bool],
    ) -> None:
        self.rules: Any = rules  # some have a score, too
        self.players, self.device, self.stop = players, device, stop
        self.games: dict[int, Game] = {}
        self.faults = 0  # in a row

    def play(self, beginnings: Mapping[int, Sequence[int]]) -> str:
        """Play these games to their ends; say why no more can be played, or nothing."""
        numbers = list(beginnings)
        moves = {n: list(made) for n, made in beginnings.items()}
        boards = self.rules.begin(len(numbers), self.device)
        for ply in torch.tensor(list(moves.values()), dtype=torch.int64, device=self.device).T:
            boards = self.rules.play(boards, ply)
        while numbers:
            if self.stop():
                self._leave(numbers)
                return f"{len(numbers)} games were not played to their ends"
            turns = [
                (len(moves[n]) + n) % 2 for n in numbers
            ]  # whose move it is: that of one, or of the other
            chosen = self._chosen(numbers, moves, boards, turns)
            legal = self.rules.legal(boards).cpu()  # (B, A)
            goes_on = []
            for row, (number, whose) in enumerate(zip(numbers, turns, strict=True)):
                move = chosen[row]
                ended = self._broken_off(move, legal[row], whose)
                if ended is None:
                    assert isinstance(move, int)
                    moves[number].append(move)
                    goes_on.append(row)
                    continue
                ending, why, points = ended
                self._end(number, moves[number], points, ending, why)
                if self.faults >= _FAULTS:
                    return f"{_FAULTS} games in a row ended by a fault; the last one: {why}"
            boards, numbers = self._go_on(boards, numbers, goes_on, moves)
        return ""

    def _chosen(
        self, numbers: Sequence[int], moves: Mapping[int, Sequence[int]], boards: Any, turns: Sequence[int]
    ) -> dict[int, int | Fault]:
        """Ask each player for its moves, by row."""
        found: dict[int, int | Fault] = {}
        for whose, player in enumerate(self.players):
            rows = [row for row, turn in enumerate(turns) if turn == whose]
            if not rows:
                continue
            if isinstance(player, Follower):
                answers = player.follow({numbers[row]: moves[numbers[row]] for row in rows})
                found |= {row: answers[numbers[row]] for row in rows}
            else:
                some = boards if len(rows) == len(turns) else boards[torch.tensor(rows, device=self.device)]
                found |= dict(zip(rows, player.choose(some).tolist(), strict=True))
        return found

    def _broken_off(
        self, move: int | Fault, legal: Tensor, whose: int
    ) -> tuple[str, str, float | None] | None:
        """Say how a move ends a game before its time, and the points of ``one``; None where it does not."""
        lost = float(whose)
        if isinstance(move, Fault):
            return "fault", move.what, None
        if move == RESIGN:
            return "resigned", f"{self.players[whose].name} resigned", lost
        if not (0 <= move < self.rules.actions and bool(legal[move])):
            word = self.rules.word(move) if 0 <= move < self.rules.actions else str(move)
            return "illegal move", f"{self.players[whose].name} chose {word}", lost
        return None

    def _go_on(
        self, boards: Any, numbers: list[int], rows: list[int], moves: Mapping[int, Sequence[int]]
    ) -> tuple[Any, list[int]]:
        """Make the last of the moves on the boards at ``rows``, and count those that are over then."""
        if not rows:
            return boards, []
        boards = boards[torch.tensor(rows, device=self.device)] if len(rows) < len(numbers) else boards
        numbers = [numbers[row] for row in rows]
        boards = self.rules.play(boards, torch.tensor([moves[n][-1] for n in numbers], device=self.device))
        over = boards.over.tolist()
        if any(over):
            for row, number in enumerate(numbers):
                if over[row]:
                    self._count(number, moves[number], boards[[row]])
            boards = boards[~boards.over]
            numbers = [n for n, done in zip(numbers, over, strict=True) if not done]
        return boards, numbers

    def _count(self, number: int, moves: Sequence[int], board: Boards) -> None:
        """Count a game that ended by its rules, without the stones that their own side calls dead."""
        dead: list[int] = []
        said = ""
        points_count = hasattr(self.rules, "score")
        for whose, player in enumerate(self.players):
            if points_count and isinstance(player, Follower):
                places, heard = player.judge(number, moves)
                said = heard or said
                colour = 1 if whose == number % 2 else -1
                own = board.stones.flatten() == colour
                dead += [p for p in places if 0 <= p < len(own) and bool(own[p])]
        winner, margin = int(board.winner), None
        if points_count:
            stones = board.stones.clone()
            stones.view(1, -1)[:, dead] = 0
            margin = float(self.rules.score(dataclasses.replace(board, stones=stones)))
            winner = (margin > 0) - (margin < 0)
        points = (1 + winner * (1 if number % 2 == 0 else -1)) / 2
        self._end(number, moves, points, "rules", "", margin=margin, said=said, dead=tuple(sorted(dead)))

    def _leave(self, numbers: Sequence[int]) -> None:
        """Let those who follow them forget some games."""
        for player in self.players:
            if isinstance(player, Follower):
                for number in numbers:
                    player.leave(number)

    def _end(
        self, number: int, moves: Sequence[int], points: float | None, ending: str, why: str, **more: Any
    ) -> None:
        self._leave([number])
        self.faults = self.faults + 1 if points is None else 0
        self.games[number] = Game(
            number=number, moves=tuple(moves), points=points, ending=ending, why=why, **more
        )
