from deepen.data.kinds import Category, Image
from deepen.learning.pretrained import HandsOn, Pretrained
from deepen.nets import NetSettings


def test_it_tells_what_it_reads() -> None:
    kinds = {"photo": Image(8, 8, 1), "sex": Category(("f", "m"))}
    assert Pretrained("a model", kinds, NetSettings(), {}).reads == "'photo' (image), 'sex' (category)"


def test_whatever_gives_what_was_learned_can_be_gone_on_from() -> None:
    class Machine:
        def pretrained(self, origin: str) -> Pretrained:
            return Pretrained(origin, {}, NetSettings(), {})

    assert isinstance(Machine(), HandsOn)
    assert not isinstance(object(), HandsOn)
