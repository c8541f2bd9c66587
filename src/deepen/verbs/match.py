"""``deepen.match``: games between a trained player and others."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deepen.compute import folders, journal
from deepen.compute.disk import check_writable
from deepen.compute.signals import StopFlag
from deepen.errors import DataError, FolderError, SettingError
from deepen.evidence.match import Game, Match
from deepen.games import Go
from deepen.games.go_records import GoRecord, write_go
from deepen.learning.watch import Watch
from deepen.matches.board_player import BoardPlayer
from deepen.matches.chooser import Chooser, Follower
from deepen.matches.gtp_client import Gtp
from deepen.matches.matches import match as play_match
from deepen.matches.opponents import opponent
from deepen.verbs.load import load, no_player

__all__ = ["board_player", "chooser", "gathered", "match", "seated"]

KIND = "match"
_NAME = (
    40  # letters of a program's command, by which it is called in tables (assumed to fit beside the scores)
)


def match(
    model: Any,
    against: Any = ("mcts:100",),
    *,
    games: int = 100,
    simulations: int | None = None,
    opening: int = 2,
    to: str | Path | None = None,
    into: str | Path | None = None,
    seed: int = 0,
    device: str | None = None,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
) -> list[Match]:
    """Let a player of a board game play against others.

    Parameters
    ----------
    model
        What :func:`deepen.play` gave for a board game, or its folder.
    against
        One or several: ``random``, ``minimax:4`` (moves that it looks ahead), ``mcts:100`` (simulations with random
        play), ``gnugo:1`` (its level), ``gtp:COMMAND`` for any program that speaks GTP, another folder or player.
    games
        With each of them; colours alternate.
    simulations
        Of the search for a move; 0 plays the net's first thought.
    opening
        Moves by chance in front of each pair of games, or two players without chance would repeat themselves: GNU Go at
        level 1, for all its seeds, played 10 different games of 98 (measured).
    to
        A folder for ``match.json`` and, of Go, the games as SGF.
    into
        A file of JSON Lines to which each match is added, so that :func:`gathered` rates the players of many matches.
        In it a folder's player is called as its folder is.
    seed
        From which openings and opponents follow.
    device
        Where nets compute, where folders are given.
    watch, stop
        Who is told, and the flag that ends it at the next move; games that are over by then are kept.

    Returns
    -------
    list of Match
        In the order of the opponents; each prints as a line with points, interval and Elo.

    Raises
    ------
    SettingError
        If it is no player of a board game, or there is no such opponent.
    FolderError
        If ``to`` or ``into`` cannot be written, or ``into`` is a file of something else.
    DataError
        If ``into`` holds matches of another game.

    Examples
    --------
    >>> import deepen
    >>> player = deepen.play("tictactoe", steps=100, size="tiny", episodes=2, settings={"simulations": 4})
    >>> (found,) = match(player, "random", games=4)
    >>> found.one, found.other, len(found.games)
    ('deepen, 128 simulations', 'random', 4)
    """
    if to is not None:
        folders.check_free(Path(to))
        folders.check_writable(Path(to))
    player = board_player(model, simulations=simulations, device=device)
    if into is not None:
        check_writable(Path(into))
        gathered(into, player.game)
        if isinstance(model, str | Path):
            player = player.called(Path(model).absolute().name)
    others = list(against) if isinstance(against, list | tuple) else [against]
    stop = stop or StopFlag()
    found = []
    for other in others:
        if stop():
            break
        with seated(other, player, seed=seed, device=device) as made:
            found.append(
                play_match(
                    player.rules,
                    player,
                    made,
                    games,
                    seed=seed,
                    opening=opening,
                    device=player.device,
                    watch=watch,
                    stop=stop,
                )
            )
        if into is not None and found[-1].games:
            journal.append(Path(into), found[-1].to_dict())
    if to is not None:
        _write(found, player, Path(to))
    return found


def gathered(into: str | Path, game: str | None = None) -> list[Match]:
    """Read the matches that were added to a file, the oldest first; none where there is no file.

    Parameters
    ----------
    game
        That all of them must be of.

    Raises
    ------
    FolderError
        If the file is damaged, or one of something else.
    DataError
        If a match in it is of another game.
    """
    if Path(into).is_dir():
        raise FolderError(
            "is a folder", where=into, allowed="a file", mend="Name a file, such as standings.jsonl."
        )
    found = []
    for number, line in enumerate(journal.read(Path(into)), 1):
        try:
            found.append(Match.from_dict(line))
        except (DataError, TypeError, AttributeError):
            raise FolderError(
                "is no match",
                where=f"{into}, line {number}",
                mend="Name a file of deepen match --into, or a new one.",
            ) from None
        if game is not None and found[-1].rules != game:
            raise DataError(
                "is of another game", where=f"{into}, line {number}", allowed=game, came=found[-1].rules,
                mend="Keep a file for each game.",
            )  # fmt: skip
    return found


def board_player(model: Any, *, simulations: int | None = None, device: str | None = None) -> BoardPlayer:
    """Give a player of a board game, of a folder too, that thinks so long.

    Raises
    ------
    SettingError
        If it is something else.
    """
    player = load(model, device=device) if isinstance(model, str | Path) else model
    if not isinstance(player, BoardPlayer):
        raise no_player(player, model, board=True)
    return player.thinking(simulations)


@contextmanager
def seated(
    against: Any, player: BoardPlayer, *, seed: int = 0, device: str | None = None
) -> Iterator[Chooser | Follower]:
    """Give whom a player plays against, as :func:`chooser` does; a program that this started is ended after it."""
    found = chooser(against, player, seed=seed, device=device)
    try:
        yield found
    finally:
        if found is not against and isinstance(found, Follower):
            found.close()


def chooser(
    against: Any, player: BoardPlayer, *, seed: int = 0, device: str | None = None
) -> Chooser | Follower:
    """Give whom a player plays against: by name, a program, a folder, or somebody who chooses moves.

    Raises
    ------
    SettingError
        If there is nobody of that name, or it is nobody who plays.
    """
    if isinstance(against, str) and against.startswith("gtp:"):
        command = shlex.split(against.removeprefix("gtp:"))
        if not command:
            raise SettingError("needs a command", where="--against", came=repr(against))
        return Gtp(command, player.rules, name=_called(command), seed=seed)
    if isinstance(against, Path) or (
        isinstance(against, str) and (Path(against) / folders.MANIFEST).is_file()
    ):
        other = board_player(against, device=device)
        return other.called(Path(against).name)
    if isinstance(against, str):
        return opponent(against, player.rules, seed=seed)
    if not isinstance(against, Follower) and not callable(getattr(against, "choose", None)):
        raise SettingError(
            "is nobody who plays", where="against", allowed="a name, a folder, a player or somebody who chooses moves",
            came=type(against).__name__,
        )  # fmt: skip
    given: Chooser | Follower = against
    return given


def _called(command: Sequence[str]) -> str:
    """A program's name in tables: its command without the folder it lies in, the first letters of it."""
    words = shlex.join([Path(command[0]).name, *command[1:]])
    return words if len(words) <= _NAME else f"{words[: _NAME - 3]}..."


def _write(found: Sequence[Match], player: BoardPlayer, place: Path) -> None:
    """Write the matches as plain data, and the games of Go as records that any viewer of Go reads."""
    with folders.staged(place, kind=KIND) as stage:
        folders.write_json(stage / "match.json", [one.to_dict() for one in found])
        if isinstance(player.rules, Go):
            for at, one in enumerate(found):
                for game in one.games:
                    record = _record(player.rules, one, game)
                    (stage / f"{at + 1}-{game.number + 1:03d}.sgf").write_text(
                        write_go(record), encoding="utf-8"
                    )


def _record(rules: Go, match: Match, game: Game) -> GoRecord:
    """One game of a match, as a record."""
    names = (match.one, match.other) if game.number % 2 == 0 else (match.other, match.one)
    black = None if game.points is None else game.points if game.number % 2 == 0 else 1 - game.points
    ahead = {1.0: "B+", 0.5: "0", 0.0: "W+"}.get(black, "?") if black is not None else "?"
    ended = {"resigned": "R", "illegal move": "F"}.get(game.ending, "")
    by = f"{abs(game.margin):g}" if game.margin and not ended else ended
    result = ahead + by if ahead in ("B+", "W+") else ahead
    return GoRecord(
        size=rules.size, komi=rules.komi, names=names, rules="Tromp-Taylor", result=result,
        moves=tuple((1 if at % 2 == 0 else -1, move) for at, move in enumerate(game.moves)),
    )  # fmt: skip
