from deepen.games import TicTacToe
from deepen.matches.chooser import RESIGN, Choosing, Follower
from deepen.matches.gtp_client import Gtp


def test_followers_and_choosers_are_told_apart(program):
    rules = TicTacToe()
    with Gtp(program(), rules) as other:
        assert isinstance(other, Follower)
    assert not isinstance(
        Choosing("first", rules, lambda boards: rules.legal(boards).int().argmax(1)), Follower
    )
    assert not 0 <= RESIGN < rules.actions
