import pytest

from deepen.games import Go
from deepen.matches.gtp_client import program
from deepen.matches.gtp_handicap import fixed, most
from deepen.matches.gtp_session import Broken, Session


@pytest.mark.parametrize("size", range(7, 20))
def test_stones_lie_apart_and_alike_on_both_sides(size):
    rules = Go(size)
    for stones in range(2, most(size) + 1):
        places = {rules.move(word) for word in fixed(stones, size)}
        assert len(places) == stones
        if stones != 3:  # turned by half a circle they are the same
            assert {rules.places - 1 - place for place in places} == places


@pytest.mark.parametrize("size", [7, 8, 9, 12, 13, 19])
def test_gnu_go_places_them_alike(has_gnugo, size):
    session = Session([program("gnugo"), "--mode", "gtp"], Go(size), 20)
    try:
        for stones in range(2, 10):
            session.clear()
            if stones <= most(size):
                assert set(session.say(f"fixed_handicap {stones}").split()) == set(fixed(stones, size))
            else:
                with pytest.raises(Broken, match="invalid"):
                    session.say(f"fixed_handicap {stones}")
    finally:
        session.close()
