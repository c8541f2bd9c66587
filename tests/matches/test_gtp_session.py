import pytest

from deepen.matches import gtp_session
from deepen.matches.gtp_session import Broken, Session


@pytest.fixture
def session(program, rules, monkeypatch):
    monkeypatch.setattr(gtp_session, "_FAREWELL", 0.3)
    begun = Session(program(), rules, 10.0)
    yield begun
    begun.close()


def test_only_what_is_new_is_told(session):
    said = []
    send, session.send = session.send, lambda command: (said.append(command), send(command))
    session.clear()
    session.tell([4, 0])
    session.tell([4, 0, 8])
    session.tell([4, 0, 8])
    assert said == ["boardsize 3", "clear_board", "play b B2", "play w A3", "play b C1"]
    said.clear()
    session.tell([4, 1])  # another game
    assert said == ["boardsize 3", "clear_board", "play b B2", "play w B3"]


def test_a_move_is_asked_for_and_fetched_later(session):
    session.clear()
    session.ask([0])
    assert session.moved() == 1 and session.moves == [0, 1]


def test_a_program_that_is_gone(session):
    session.clear()
    session.process.kill()
    session.process.wait()
    with pytest.raises(Broken, match=r"ended at 'genmove b' \(exit code -9\)"):
        session.say("genmove b")
