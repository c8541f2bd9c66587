"""Rules of board games, batched as tensors: thousands of games step at once.

- :mod:`~deepen.games.boards`: positions, many at once
- :mod:`~deepen.games.rules`: what every game is
- :mod:`~deepen.games.registry`: games by name
- :mod:`~deepen.games.lines`: so many in a row; :mod:`~deepen.games.tictactoe`, :mod:`~deepen.games.connect4`,
  :mod:`~deepen.games.gomoku`
- :mod:`~deepen.games.go`: Go; :mod:`~deepen.games.chains`, :mod:`~deepen.games.superko`,
  :mod:`~deepen.games.area`: what it is made of; :mod:`~deepen.games.eyes`: what a player had better not fill;
  :mod:`~deepen.games.going_on`: games that go on after their end
- :mod:`~deepen.games.perfect`: perfect tic-tac-toe; :mod:`~deepen.games.connect4_solver`: perfect Connect Four, on
  :mod:`~deepen.games.connect4_search` and :mod:`~deepen.games.connect4_bits`; :mod:`~deepen.games.minimax`: any game
- :mod:`~deepen.games.words`: the names of places, and boards drawn as text
"""

from deepen.games.boards import Boards
from deepen.games.connect4 import Connect4
from deepen.games.go import Go, GoBoards
from deepen.games.gomoku import Gomoku
from deepen.games.registry import game, names
from deepen.games.rules import Rules
from deepen.games.tictactoe import TicTacToe

__all__ = ["Boards", "Connect4", "Go", "GoBoards", "Gomoku", "Rules", "TicTacToe", "game", "names"]
