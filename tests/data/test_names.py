"""Labels and groups out of the names of files."""

import pyarrow as pa
import pytest

from deepen.data.names import read_form, with_parts_of_names
from deepen.data.table import Table
from deepen.errors import DataError, SettingError


def table(names, column="audio", target=None, **more):
    columns = {column: pa.chunked_array([pa.array(names)])}
    columns |= {name: pa.chunked_array([values]) for name, values in more.items()}
    return Table(columns, "digits/", target=target)


FLAT = ["7_theo_3.wav", "0_ann_1.wav"]


def told(names, form, **more):
    found = with_parts_of_names(table(names, **more), label_from=form, group_from=None)
    assert found.target == "label"
    return found["label"].to_pylist()


@pytest.mark.parametrize(
    ("form", "labels"),
    [
        ("name:0:_", ["7", "0"]),
        ("name:1:_", ["theo", "ann"]),
        ("name:-1:_", ["3", "1"]),
        ("name:0:_t", ["7", "0_ann_1"]),
    ],
)
def test_a_part_of_the_name(form, labels):
    assert told(FLAT, form) == labels


def test_the_mark_may_be_several_letters_or_a_colon():
    assert told(["a--b-c.wav"], "name:1:--") == ["b-c"]
    assert told(["a:b.wav"], "name:1::") == ["b"]


def test_folder_and_extension_are_no_part_of_the_name():
    assert told(["x_y/7_theo.v2.wav", "x_y\\8_ann.wav"], "name:1:_") == ["theo.v2", "ann"]


@pytest.mark.parametrize(("form", "labels"), [("folder:0", ["theo", "ann"]), ("folder:-1", ["7", "8"])])
def test_a_folder(form, labels):
    assert told(["theo/7/1.wav", "ann/x/8/2.wav"], form) == labels


def test_label_and_group_at_once():
    found = with_parts_of_names(table(FLAT), label_from="name:0:_", group_from="name:1:_")
    assert found.names == ("audio", "label", "group")
    assert found["group"].to_pylist() == ["theo", "ann"]


def test_nothing_said_changes_nothing():
    given = table(FLAT)
    assert with_parts_of_names(given, label_from=None, group_from=None).names == given.names


def test_pictures_texts_and_structs_have_names_too():
    assert told(["cat_1.png"], "name:0:_", column="image") == ["cat"]
    assert told(["spam_1.txt"], "name:0:_", column="file") == ["spam"]
    structs = [{"bytes": b"x", "path": "7_theo.wav"}, {"bytes": b"y", "path": None}]
    assert told(structs, "name:0:_") == ["7", None]


def test_the_first_column_of_files_is_meant():
    assert told([1, 2], "name:0:_", column="age", audio=["a_1.wav", "b_2.wav"]) == ["a", "b"]


def test_a_label_that_the_folders_made_gives_way_but_no_other():
    assert told(FLAT, "name:0:_", target="label", label=["digits", "digits"]) == ["7", "0"]
    with pytest.raises(
        SettingError, match=r"--label-from: there is a column 'label' already.*--target label"
    ):
        told(FLAT, "name:0:_", label=["a", "b"])


def test_a_name_of_too_few_parts_is_named():
    with pytest.raises(
        DataError, match=r"digits/, row 2, 0ann.wav: .*between '_'.*allowed: 2 or more; came: 1"
    ):
        told(["7_theo.wav", "0ann.wav"], "name:1:_")
    with pytest.raises(DataError, match="too few folders"):
        told(["1.wav"], "folder:0")
    with pytest.raises(DataError, match="allowed: 3 or more"):
        told(["7_theo.wav"], "name:-3:_")


@pytest.mark.parametrize(
    "form", ["", "name", "name:0", "name:x:_", "name:0:", "folder", "folder:a", "nmae:0:_", "folder:0:_"]
)
def test_another_form_is_refused(form):
    with pytest.raises(SettingError, match="--group-from: not a form of names; allowed: name:0:_"):
        read_form(form, "--group-from")


def test_without_names_of_files_there_is_nothing_to_read():
    with pytest.raises(DataError, match=r"no column holds names of files; came: age"):
        told([1, 2], "name:0:_", column="age")
