import pytest

from deepen.matches.gtp_arguments import Refused, colour, exactly, figure, whole


def test_arguments_are_read():
    assert exactly(["a", "b", "c"], 2) == ["a", "b"]
    assert (whole("0"), whole("361"), figure("7.5"), figure("-3")) == (0, 361, 7.5, -3.0)
    assert [colour([c]) for c in ("b", "BLACK", "w", "White")] == [1, 1, -1, -1]


@pytest.mark.parametrize(
    ("read", "given"),
    [
        (whole, "-1"), (whole, "1.0"), (whole, "²"), (whole, "1" * 5000), (whole, "١"), (figure, "x"), (figure, "inf"),
        (figure, "nan"), (colour, []), (colour, ["red"]), (lambda a: exactly(a, 2), ["a"]),
    ],
)  # fmt: skip
def test_others_are_refused(read, given):
    with pytest.raises(Refused):
        read(given)
