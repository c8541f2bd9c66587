import pytest

from deepen import errors
from deepen.errors import DataError, DeepenError, nearest


def test_a_message_has_all_its_parts_in_order() -> None:
    error = DataError(
        "not a number", where="a.csv, row 7", allowed="a number", came="'x'", mend="Leave it empty."
    )
    assert str(error) == "a.csv, row 7: not a number; allowed: a number; came: 'x'. Leave it empty."


def test_every_error_is_caught_as_one_and_users_errors_are_value_errors() -> None:
    kinds = [getattr(errors, name) for name in errors.__all__ if name[0].isupper()]
    assert all(issubclass(kind, DeepenError) for kind in kinds)
    assert {k.__name__ for k in kinds if issubclass(k, ValueError)} == {
        "DataError",
        "SettingError",
        "FolderError",
    }


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("outcom", "Did you mean 'Outcome'?"),
        ("OUTCOME", "Did you mean 'Outcome'?"),
        ("zzz", "There are: 'age', 'Outcome'."),
    ],
)
def test_the_nearest_name_is_offered_whatever_its_case(name: str, answer: str) -> None:
    assert nearest(name, ["age", "Outcome"]) == answer


def test_many_names_are_cut_and_none_is_said() -> None:
    assert nearest("x", []) == "There are none."
    assert nearest("q", [f"column{i}" for i in range(30)]).endswith("'column11', ....")
