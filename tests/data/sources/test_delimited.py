"""Text tables: delimiters, encodings, quotes, headers, missing values, and the line of every error."""

import gzip

import pytest

from deepen.data.sources import read
from deepen.errors import DataError, SettingError

EXPECTED = {"age": ["31", "40", None], "town": ["Bern", "Ulm", "Rom"]}
PLAIN = "age,town\n31,Bern\n40,Ulm\nNA,Rom\n"


def load(tmp_path, text, name="t.csv", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path, **options)


def content(table):
    return {name: table[name].to_pylist() for name in table.names}


@pytest.mark.parametrize("mark", [",", ";", "\t", "|", " ", "   ", ", ", " ; "])
def test_any_delimiter(tmp_path, mark):
    assert content(load(tmp_path, PLAIN.replace(",", mark))) == EXPECTED


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n"])
def test_any_line_end(tmp_path, end):
    table = load(tmp_path, PLAIN.replace("\n", end))
    assert content(table) == EXPECTED
    assert table.where(1) == ("t.csv, line 5" if end == "\n\n" else "t.csv, line 3")


def test_a_named_delimiter_is_taken(tmp_path):
    assert content(load(tmp_path, "a/b\n1/2\n", delimiter="/")) == {"a": ["1"], "b": ["2"]}
    assert content(load(tmp_path, "a\tb\n1\t2\n", delimiter="tab")) == {"a": ["1"], "b": ["2"]}
    with pytest.raises(SettingError, match="delimiter"):
        load(tmp_path, PLAIN, delimiter="::")


def test_the_line_that_excel_writes_first(tmp_path):
    table = load(tmp_path, "sep=;\r\na;b\r\n1;2\r\n")
    assert content(table) == {"a": ["1"], "b": ["2"]}
    assert table.where(0) == "t.csv, line 3"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
def test_any_encoding(tmp_path, encoding):
    text = "name,where\nZoë,Zürich\nJosé,Málaga\nAnn,Ulm\n"
    table = load(tmp_path, text.encode(encoding))
    assert content(table) == {"name": ["Zoë", "José", "Ann"], "where": ["Zürich", "Málaga", "Ulm"]}


def test_the_encoding_is_noted_and_can_be_named(tmp_path):
    assert "encoding cp1252" in load(tmp_path, "a,b\n1,caf\xe9\u20ac\n".encode("cp1252")).notes[0]
    table = load(tmp_path, "a,b\n1,мир\n".encode("cp1251"), encoding="cp1251")
    assert table["b"].to_pylist() == ["мир"]
    with pytest.raises(SettingError, match="encoding"):
        load(tmp_path, PLAIN, encoding="klingon")
    with pytest.raises(DataError, match=r"t\.csv, line 2: the text is not utf-8"):
        load(tmp_path, b"a,b\n1,\xff\n", encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_byte_order_mark_is_no_letter_of_the_first_name(tmp_path, encoding):
    text = "\ufeff" + PLAIN.replace("age", '"age, years"')
    assert load(tmp_path, text.encode(encoding), encoding=encoding).names == ("age, years", "town")


def test_a_byte_that_cp1252_lacks(tmp_path):
    assert "latin-1" in load(tmp_path, b"a,b\n1,\x81\xe9\n").notes[0]


def test_gzip(tmp_path):
    assert content(load(tmp_path, gzip.compress(PLAIN.encode()), "t.csv.gz")) == EXPECTED
    with pytest.raises(DataError, match="damaged or cut short"):
        load(tmp_path, gzip.compress(PLAIN.encode() * 100)[:-20], "t.csv.gz")
    with pytest.raises(DataError, match="1000-fold"):
        load(tmp_path, gzip.compress(bytes(8 << 20), 9), "t.csv.gz")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('a,b\n"x,1","y"\n', [["x,1"], ["y"]]),
        ('a,b\n"x\ny",2\n"z",3\n', [["x\ny", "z"], ["2", "3"]]),
        ('a,b\n"say ""hi""",2\n', [['say "hi"'], ["2"]]),
        ('a,b\n"say \\"hi\\", you",2\n', [['say "hi", you'], ["2"]]),
        ('a, "b"\n1, "x, y"\n2,  "z" \n', [["1", "2"], ["x, y", "z"]]),
        ("a,b\n'x, 1','y'\n'z','it''s'\n", [["x, 1", "z"], ["y", "it's"]]),
        ('a,b\n5" pipe,1\n6" rod,2\n7 nail,3\n', [['5" pipe', '6" rod', "7 nail"], ["1", "2", "3"]]),
        ('a\tb\nham\t"Hello there\nspam\twin "now"\n', [["ham", "spam"], ['"Hello there', 'win "now"']]),
        ('a\tb\n"x"\t5" y\n"p ""q"""\tz\n', [["x", 'p "q"'], ['5" y', "z"]]),
        ('a b\n"x y" 2\n', [["x y"], ["2"]]),
    ],
)
def test_quotes(tmp_path, text, rows):
    table = load(tmp_path, text, header=True)
    assert list(content(table).values()) == rows


def test_lines_are_told_across_quoted_line_ends_and_blank_lines(tmp_path):
    table = load(tmp_path, 'a,b\n\n"x\ny",2\n\n"z",3\n')
    assert [table.where(i) for i in range(2)] == ["t.csv, line 3", "t.csv, line 6"]


def test_missing_values(tmp_path):
    marks = ["", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "?", " ? "]
    table = load(tmp_path, "a,b\n" + "".join(f"{mark},1\n" for mark in marks) + "x,2\n")
    assert table["a"].null_count == len(marks)
    assert table["a"][len(marks)].as_py() == "x"


def test_a_dash_is_missing_only_among_numbers(tmp_path):
    table = load(tmp_path, "a,b\n-,-\n1.5,x\n-2,y\n")
    assert content(table) == {"a": [None, "1.5", "-2"], "b": ["-", "x", "y"]}


def test_values_are_trimmed(tmp_path):
    assert content(load(tmp_path, "a , b\n 1 ,  x y  \n")) == {"a": ["1"], "b": ["x y"]}


def test_decimal_commas(tmp_path):
    table = load(tmp_path, "preis;ort\n1.234,5;Ulm\n7,25;Bern\n")
    assert content(table) == {"preis": ["1234.5", "7.25"], "ort": ["Ulm", "Bern"]}
    assert any("decimal commas" in note for note in table.notes)
    assert load(tmp_path, "1,5;2\n3,5;4\n")["c1"].to_pylist() == ["1.5", "3.5"]


def test_without_a_header(tmp_path):
    table = load(tmp_path, "1,x\n2,y\n")
    assert content(table) == {"c1": ["1", "2"], "c2": ["x", "y"]}
    assert table.where(0) == "t.csv, line 1"
    assert "no header" in table.notes[0]


def test_the_header_can_be_told(tmp_path):
    assert load(tmp_path, "1,2\n3,4\n", header=True).names == ("1", "2")
    assert load(tmp_path, "a,b\n1,2\n", header=False)["c1"].to_pylist() == ["a", "1"]


def test_names_are_made_unique(tmp_path):
    table = load(tmp_path, "age,,age,c2\n1,2,3,4\n5,6,7,8\n")
    assert len(set(table.names)) == 4
    assert table.names[0] == "age"
    assert any("'age_2'" in note for note in table.notes)


def test_row_names_without_a_title(tmp_path):
    table = load(tmp_path, '"age" "town"\n"1" 31 "Bern"\n"2" 40 "Ulm"\n')
    assert content(table) == {"c1": ["1", "2"], "age": ["31", "40"], "town": ["Bern", "Ulm"]}
    assert any("one name fewer" in note for note in table.notes)


def test_a_delimiter_at_the_end_of_each_row(tmp_path):
    assert content(load(tmp_path, "a,b\n1,2,\n3,4,\n")) == {"a": ["1", "3"], "b": ["2", "4"]}


@pytest.mark.parametrize(
    ("bad", "came"), [("5,6,7\n", 3), ("5\n", 1), ('"5,\n6",7,8\n', 3)], ids=["long", "short", "quoted"]
)
def test_a_ragged_row_is_named_by_its_line(tmp_path, bad, came):
    text = "a,b\n" + '1,"2"\n' * 3 + "\n" + bad + "8,9\n" * 4
    with pytest.raises(DataError) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith("t.csv, line 6: the row has a wrong number of fields; allowed: 2; ")
    assert caught.value.came == str(came)


def test_a_ragged_row_far_down(tmp_path):
    with pytest.raises(DataError, match=r"line 150001: .*allowed: 3; came: 4"):
        load(tmp_path, "a,b,c\n" + "1,2,3\n" * 149_999 + "1,2,3,4\n" + "1,2,3\n" * 10)


def test_a_quote_that_is_not_closed(tmp_path):
    with pytest.raises(DataError, match=r"line 3: .*A quote opened there"):
        load(tmp_path, 'a,b\n1,2\n"3,4\n' + "5,6\n" * 5 + "7,8,\n9,9\n")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        ("\n \n".encode("utf-16"), "empty"),
        (b"a,b\n", "no row"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG image"),
        (b"PK\x03\x04" + bytes(50), "zip archive"),
        (bytes(range(256)) * 4, "binary|NUL"),
        (bytes(range(1, 32)) * 40, "binary"),
        (b"a,b\n1,2\n3,\x004\n" + b"5,6\n" * 99, "line 3: a NUL byte"),
    ],
)
def test_what_is_no_table(tmp_path, data, match):
    with pytest.raises(DataError, match=match):
        load(tmp_path, data)


def test_plain_text_is_one_column(tmp_path):
    table = load(tmp_path, "Good, and long.\nBad.\nWell, well, it was fine\n", "t.txt", header=False)
    assert len(table) == 3
    assert len(table.names) == 1


@pytest.mark.parametrize("stray", ["", " z"], ids=["formed", "unclear"])
def test_a_field_longer_than_a_book(tmp_path, stray):
    table = load(tmp_path, 'a,b\n"' + "x, " * 2_000_000 + f'"{stray},1\ny,2\n')
    assert len(table["a"][0].as_py()) > 5_000_000
