"""Moments of a board game: positions of games that a player plays against itself, and what its net says of them.

Legend: N positions, B boards, C planes, H rows, W columns, A moves.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.games.boards import Boards
from deepen.matches.board_player import BoardPlayer
from deepen.reporting.board_picture import Position, pixels
from deepen.search.describing import describe
from deepen.seeing.moments import Aim, Moments, unseen

__all__ = ["MARGIN", "OfGames", "Outputs", "play_games"]

MARGIN = 0.85
"""Cells around a board, as :mod:`deepen.reporting.board_picture` draws it."""

_AT_ONCE = 64  # games (assumed)
_ROUNDS = 20  # of games; a small game has no more positions (assumed)
_SEARCHED = 64  # positions in which search and first thought are compared (assumed)


class Outputs(nn.Module):
    """What a net says of positions, in one tensor: the moves' log-probabilities among the legal ones, and the value.

    Parameters
    ----------
    net
        Gives logits (B, A) and values (B,).
    legal
        (A,) or (B, A) bool; None counts all moves.
    """

    def __init__(self, net: nn.Module, legal: Tensor | None = None) -> None:
        super().__init__()
        self.net = net
        self.legal = legal

    def forward(self, x: Tensor) -> Tensor:
        """Give (B, A + 1) of planes (B, C, H, W)."""
        logits, values = self.net(x)
        if self.legal is not None:
            logits = logits.masked_fill(~self.legal, -torch.inf)
        return torch.cat([logits.float().log_softmax(1), values.float()[:, None]], 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class OfGames(Moments):
    """Positions; the outputs are the moves and the value.

    Parameters
    ----------
    player
        Whose they are.
    boards
        The N positions themselves.
    legal
        (N, A) bool.
    """

    player: BoardPlayer
    boards: Boards
    legal: np.ndarray

    margin = MARGIN

    def choice(self, k: int) -> str:
        """What a move is called."""
        return self.player.rules.word(k)

    def start(self, row: int) -> Tensor:
        """An empty board, with the same player to move."""
        rules = self.player.rules
        empty = rules.begin(1, self.boards.turn.device)
        return rules.planes(dataclasses.replace(empty, turn=self.boards.turn[[row]]))[0]

    def picture(self, row: int, side: int = 160) -> np.ndarray:
        """Draw the board."""
        rules = self.player.rules
        stones = self.boards.stones[row].cpu().numpy()
        drawn = pixels(
            Position(game=self.player.game, stones=stones, last=rules.place(self.boards, row)), side=side
        )
        return np.asarray(drawn / 255.0)

    def decided(self, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Choose the likeliest legal move; where only one is legal nothing is chosen, and it beats none."""
        logits = np.where(self.legal, answers[:, :-1], -np.inf)
        ordered = np.sort(logits, axis=1)
        free = np.isfinite(ordered[:, -2]) if logits.shape[1] > 1 else np.zeros(len(logits), bool)
        apart = np.zeros(len(logits))
        apart[free] = ordered[free, -1] - ordered[free, -2]
        return logits.argmax(axis=1), apart

    def aims(self, row: int, answer: np.ndarray) -> list[Aim]:
        """Explain the net's first thought, and what it expects of the game."""
        legal = torch.from_numpy(self.legal[row]).to(self.seen.device)
        logits = np.where(self.legal[row], answer[:-1], -np.inf)
        move = int(logits.argmax())
        chance = np.exp(logits[move]) / np.exp(logits).sum()
        words = self.player.rules
        net = Outputs(self.player.net, legal)
        return [
            Aim(net, move, f"move {words.word(move)}: {100 * chance:.0f} %", "move"),
            Aim(net, len(answer) - 1, f"value {round(float(answer[-1]), 2) + 0.0:+.2f}", "value"),
        ]

    def tree(self, row: int) -> dict[str, Any]:
        """Search from one position, and tell the tree."""
        return describe(self.player.look_ahead(self.boards[[row]]))

    def kept_thoughts(self, answers: np.ndarray) -> tuple[int, int]:
        """Count in how many of the first positions the search keeps the net's first thought: and of how many."""
        free = np.flatnonzero(self.legal.sum(1) > 1)[:_SEARCHED]
        first = self.decided(answers)[0][free]
        moves = self.player.look_ahead(self.boards[free.tolist()]).move.cpu().numpy()
        return int((first == moves).sum()), len(free)


def play_games(player: BoardPlayer, rows: int, seed: int) -> OfGames:
    """Let a player play against itself, drawing moves from its first thought, and keep positions that differ.

    Parameters
    ----------
    rows
        N at the most.
    seed
        From which the moves drawn follow.
    """
    rules, device = player.rules, player.device
    chance = seeds.generator(seed, "seeing", device=device)
    kept: list[Boards] = []
    told: list[tuple[int, int]] = []  # the game and the move of each
    known: set[bytes] = set()
    games = 0
    for _ in range(_ROUNDS):
        boards = rules.begin(_AT_ONCE, device)
        for move in range(rules.longest + 1):
            playing = (~boards.over).nonzero()[:, 0]
            if not len(playing) or len(told) >= 4 * rows:
                break
            new = playing[unseen(known, rules.planes(boards[playing]))]
            kept.append(boards[new])
            told += [(games + k, move) for k in new.tolist()]
            policy = player.policy(boards)[0]
            policy[boards.over] = 1.0  # whose move does not count, but must be drawn
            boards = rules.play(boards, torch.multinomial(policy, 1, generator=chance)[:, 0])
        games += _AT_ONCE
        if len(told) >= rows:
            break
    order = seeds.numpy_generator(seed, "seeing", "order").permutation(len(told))[:rows]
    found = type(kept[0]).cat(kept)[torch.from_numpy(order).to(device)]
    n = len({told[k][0] for k in order})
    return OfGames(
        net=Outputs(player.net), shape=rules.shape, seen=rules.planes(found), player=player, boards=found,
        names=tuple(f"game {told[k][0] + 1}, move {told[k][1] + 1}" for k in order),
        legal=rules.legal(found).cpu().numpy(),
        findings=(
            f"{len(order):,} positions of {n:,} games of {player.game} against itself, its moves drawn from the net's "
            "first thought",
        ),
    )  # fmt: skip
