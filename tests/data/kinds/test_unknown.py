"""The error for a class or label that was never learned."""

import pyarrow as pa
import pytest

from deepen.data.kinds import Category, Labels
from deepen.errors import DataError


def column(*values):
    return pa.chunked_array([list(values)])


@pytest.mark.parametrize(
    ("kind", "thing", "values"),
    [
        (Category(("cat", "dog")), "class", ("cat", "cta")),
        (Labels(("cat", "dog"), "|"), "label", ("cat|dog", "dog|cta")),
    ],
)
def test_classes_and_labels_say_the_same_of_what_was_never_learned(kind, thing, values):
    with pytest.raises(DataError) as error:
        kind.encode_target(column(*values), "pet", lambda row: f"pets.csv, row {row + 2}")
    assert str(error.value) == (
        f"pets.csv, row 3, column 'pet': a {thing} that the training part does not have; came: 'cta'. "
        "Did you mean 'cat'?"
    )
