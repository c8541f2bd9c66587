"""Whether the first row is a header, over the cases that people's files show."""

import pytest

from deepen.data.sources.header import has_header, unique_names


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("age,sex|31,f|40,m", True),
        ("31,f|40,m", False),
        ("?,f|40,m|41,m", False),
        ("2019,2020,2021|1.5,2.5,3.5|4,5,6", True),
        ("0,1,2,3|0.5,0.25,0.1,7|1,2,9,4", True),
        ("1,2,3|2,3,4|3,4,5", False),
        ("yes,no,red|no,no,blue|yes,no,red", False),
        ("size,wet,colour|big,no,blue|small,no,red|big,yes,red", True),
        ("name|Ann|Bob", True),
        (",a,b|0,1,2|1,3,4", True),
        ("5.1,3.5,setosa|4.9,3.0,setosa|6.2,3.4,virginica", False),
        ("1|2|3", False),
        ("a,b", True),
        ("1,b", False),
    ],
)
def test_has_header(rows, expected):
    assert has_header([row.split(",") for row in rows.split("|")]) is expected


def test_names_never_collide():
    names, notes = unique_names(["a", "a_2", "a", "a", "", "c5"])
    assert len(set(names)) == 6
    assert names[:2] == ["a", "a_2"]
    assert len(notes) == 3
