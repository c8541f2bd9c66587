from deepen.reporting.style import short


def test_long_names_keep_both_ends_on_one_line() -> None:
    assert short("plain", 5) == "plain"
    assert short("a\n b", 5) == "a b"
    assert short("abcdefghij", 5) == "ab…ij"
    assert len(short("x" * 100, 12)) == 12


def test_dollars_are_no_formulas() -> None:
    assert short("$5", 9) == r"\$5"
