"""Which quotes enclose fields, and where records begin."""

import pytest

from deepen.data.sources.dialect import Dialect
from deepen.data.sources.quoting import settle

COMMA = Dialect(",", '"')


@pytest.mark.parametrize(
    ("data", "quoting"),
    [
        (b"a,b\n1,2\n", "none"),
        (b'a,"b"\n1,"2,3"\n', "formed"),
        (b'a,"say ""hi"""\n""\n', "formed"),
        (b'a,5" pipe\n1,2\n', "stray"),
        (b'a,"open\n1,2\n', "stray"),
        (b'a,"x" y\n1,2,3\n', "unclear"),
    ],
)
def test_quoting(data, quoting):
    assert settle(data, COMMA).quoting == quoting


def test_blanks_beside_quotes_go_and_those_inside_stay():
    settled = settle(b'a,  "b , c"  ,d\n "e" , "f",g\n', COMMA)
    assert settled.data == b'a,"b , c",d\n"e","f",g\n'
    assert settled.quoting == "formed"


def test_records_begin_outside_quotes_on_lines_that_are_not_blank():
    data = b'a,b\r\n\r\n"x\r\n\r\ny",2\r\n\r\nz,3'
    assert settle(data, COMMA).lines.tolist() == [1, 3, 7]
